#include "protocol/release_rule.hpp"

#include <algorithm>
#include <optional>

#include "protocol/assert.hpp"

namespace byzgate {

bool compare_same(const claim& a, const claim& b) noexcept {
    if (a.is_present() && b.is_present()) {
        return a == b;
    }
    return !a.says_public() && !b.says_public();
}

bool comparable(const claim& a, const claim& b) noexcept {
    return !a.is_present() || !b.is_present() || a.version == b.version;
}

namespace {

/// One claim and the distinct lieutenants that reported it, ascending.
struct tally {
    claim what;
    std::vector<std::uint32_t> reporters;
};

void count(std::vector<tally>& tallies, const report& r) {
    auto same = std::find_if(tallies.begin(), tallies.end(),
                             [&](const tally& t) { return t.what == r.what; });
    if (same == tallies.end()) {
        same = tallies.insert(tallies.end(), tally{r.what, {}});
    }
    const auto at = std::lower_bound(same->reporters.begin(), same->reporters.end(), r.lieutenant);
    if (at == same->reporters.end() || *at != r.lieutenant) {
        same->reporters.insert(at, r.lieutenant);
    }
}

reported_claim grounds_of(const tally& t) {
    reported_claim grounds{t.what, {}};
    for (const auto lieutenant : t.reporters) {
        grounds.reporters.push_back(lieutenant_id(lieutenant));
    }
    return grounds;
}

conviction make_conviction(const cluster_parameters& cluster, std::uint32_t commander,
                           const tally& first, const tally& second) {
    const auto enough = cluster.reporters_for_good();
    return {commander, first.reporters.size() >= enough && second.reporters.size() >= enough,
            grounds_of(first), grounds_of(second)};
}

/// The two most reported claims, if both have enough reporters. Ties go to the earlier one.
std::optional<conviction> convict_on(const cluster_parameters& cluster, std::uint32_t commander,
                                     std::vector<tally> tallies, std::uint32_t reporters) {
    std::stable_sort(tallies.begin(), tallies.end(), [](const tally& a, const tally& b) {
        return a.reporters.size() > b.reporters.size();
    });
    if (tallies.size() < 2 || tallies[1].reporters.size() < reporters) {
        return std::nullopt;
    }
    return make_conviction(cluster, commander, tallies[0], tallies[1]);
}

/// Two claims about one version that `self` was told directly, at whatever levels.
std::optional<conviction> convict_by_own_receipt(const cluster_parameters& cluster,
                                                 std::uint32_t self, std::uint32_t commander,
                                                 const std::vector<tally>& same_version) {
    const auto heard_by_self = [&](const tally& t) {
        return std::binary_search(t.reporters.begin(), t.reporters.end(), self);
    };
    const auto first = std::find_if(same_version.begin(), same_version.end(), heard_by_self);
    if (first == same_version.end()) {
        return std::nullopt;
    }
    const auto second = std::find_if(std::next(first), same_version.end(), heard_by_self);
    if (second == same_version.end()) {
        return std::nullopt;
    }
    return make_conviction(cluster, commander, *first, *second);
}

} // namespace

std::optional<conviction> convict(const cluster_parameters& cluster, std::uint32_t self,
                                  std::uint32_t commander, const reports_by_level& reports,
                                  std::uint32_t reporters) {
    BYZGATE_ASSERT(reporters >= 1);
    if (reports.empty()) {
        return std::nullopt;
    }
    std::vector<tally> this_level;
    for (const auto& r : reports.back()) {
        count(this_level, r);
    }
    if (auto found = convict_on(cluster, commander, std::move(this_level), reporters)) {
        return found;
    }
    if (reports.size() < 2) {
        return std::nullopt;
    }
    std::vector<tally> all_levels;
    for (const auto& level : reports) {
        for (const auto& r : level) {
            if (r.what.is_present()) {
                count(all_levels, r);
            }
        }
    }
    while (!all_levels.empty()) {
        const auto version = all_levels.front().what.version;
        const auto rest =
            std::stable_partition(all_levels.begin(), all_levels.end(),
                                  [&](const tally& t) { return t.what.version == version; });
        const std::vector<tally> same_version(all_levels.begin(), rest);
        all_levels.erase(all_levels.begin(), rest);
        if (auto found = convict_on(cluster, commander, same_version, reporters)) {
            return found;
        }
        if (auto found = convict_by_own_receipt(cluster, self, commander, same_version)) {
            return found;
        }
    }
    return std::nullopt;
}

namespace {

std::vector<std::uint32_t> unconvicted(const record_view& view,
                                       const std::vector<bool>& convicted) {
    std::vector<std::uint32_t> left;
    for (std::uint32_t x = 0; x < view.values.size(); ++x) {
        if (!convicted[x]) {
            left.push_back(x);
        }
    }
    return left;
}

template <class Relation>
bool all_pairs(const record_view& view, const std::vector<std::uint32_t>& among, Relation related) {
    for (std::size_t i = 0; i < among.size(); ++i) {
        for (std::size_t j = i + 1; j < among.size(); ++j) {
            if (!related(view.values[among[i]], view.values[among[j]])) {
                return false;
            }
        }
    }
    return true;
}

verdict release_of(const claim& public_claim) {
    return {decision::release, reason::enough_public, public_claim.version,
            public_claim.payload_digest};
}

verdict keep(decision what, reason why) {
    return {what, why, {}, {}};
}

/// The public claim that most of `among` make, and how many; ties go to the lowest commander.
std::pair<const claim*, std::size_t> most_public(const record_view& view,
                                                 const std::vector<std::uint32_t>& among) {
    std::pair<const claim*, std::size_t> best{nullptr, 0};
    for (const auto x : among) {
        if (!view.values[x].says_public()) {
            continue;
        }
        const auto support = static_cast<std::size_t>(
            std::count_if(among.begin(), among.end(),
                          [&](std::uint32_t y) { return view.values[y] == view.values[x]; }));
        if (support > best.second) {
            best = {&view.values[x], support};
        }
    }
    return best;
}

/// What the values of the unconvicted commanders come to, `convictions_count` being c.
verdict weigh(const cluster_parameters& cluster, const record_view& view,
              const std::vector<std::uint32_t>& among, std::size_t convictions_count) {
    if (convictions_count > cluster.tolerate.commanders) {
        return keep(decision::withhold, reason::budget_disproved);
    }
    const auto needed = cluster.tolerate.commanders - convictions_count + 1;
    const auto [claimed, support] = most_public(view, among);
    if (claimed != nullptr && support >= needed) {
        return release_of(*claimed);
    }
    const auto not_public =
        static_cast<std::size_t>(std::count_if(among.begin(), among.end(), [&](std::uint32_t x) {
            return !view.values[x].says_public();
        }));
    const auto said_not_public =
        static_cast<std::size_t>(std::count_if(among.begin(), among.end(), [&](std::uint32_t x) {
            return view.values[x].is_report() && !view.values[x].says_public();
        }));
    const bool all_heard = std::all_of(among.begin(), among.end(),
                                       [&](std::uint32_t x) { return view.values[x].is_report(); });
    // Among fc-c+1 unconvicted commanders one is loyal, so what they say is so for sure; what
    // nobody said may be different the next time.
    const auto why = all_heard || said_not_public >= needed ? reason::not_public : reason::silence;
    if (all_pairs(view, among, compare_same)) {
        return keep(decision::withhold, claimed != nullptr ? reason::too_few_public : why);
    }
    if (not_public >= needed) {
        return keep(decision::withhold, why);
    }
    return keep(decision::unresolved, all_heard ? reason::commanders_differ : reason::silence);
}

} // namespace

namespace {

/// Whether the commander told a loyal lieutenant in this level that there is no such record: fl+1
/// report it. A loyal one says so when the record came or went between two reads, so that its lack
/// of a value is no sign that anybody lies.
bool said_absent(const cluster_parameters& cluster, const reports_by_level& reports) {
    if (reports.empty()) {
        return false;
    }
    std::vector<tally> tallies;
    for (const auto& r : reports.back()) {
        if (r.what.kind == claim_kind::absent) {
            count(tallies, r);
        }
    }
    return !tallies.empty() && tallies.front().reporters.size() >= cluster.reporters_for_good();
}

/// Reporters of each claim that convict where the values of `among` differ.
std::uint32_t threshold_for(const cluster_parameters& cluster, const record_view& view,
                            const std::vector<std::uint32_t>& among) {
    const bool one_lies =
        all_pairs(view, among, comparable)
        && std::none_of(among.begin(), among.end(), [&](std::uint32_t x) {
               return !view.values[x].is_present() && said_absent(cluster, view.reports[x]);
           });
    return one_lies ? cluster.reporters_when_comparable() : cluster.reporters_for_good();
}

} // namespace

ruling rule_on(const cluster_parameters& cluster, std::uint32_t self, const record_view& view) {
    ruling result;
    auto convicted = view.convicted;
    auto among = unconvicted(view, convicted);
    if (!all_pairs(view, among, compare_same)) {
        const auto threshold = threshold_for(cluster, view, among);
        for (const auto x : among) {
            if (auto found = convict(cluster, self, x, view.reports[x], threshold)) {
                convicted[x] = true;
                result.convictions.push_back(std::move(*found));
            }
        }
        among = unconvicted(view, convicted);
    }
    const auto c = static_cast<std::size_t>(std::count(convicted.begin(), convicted.end(), true));
    result.what = weigh(cluster, view, among, c);
    return result;
}

verdict weigh_on(const cluster_parameters& cluster, const record_view& view) {
    const auto c =
        static_cast<std::size_t>(std::count(view.convicted.begin(), view.convicted.end(), true));
    return weigh(cluster, view, unconvicted(view, view.convicted), c);
}

} // namespace byzgate
