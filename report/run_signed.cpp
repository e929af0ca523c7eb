// What each lieutenant took of what was signed. A trace holds no keys: whose signatures are good is
// told by who refused what, and by what came from a commander itself.

#include <algorithm>

#include "protocol/admit.hpp"
#include "protocol/evidence.hpp"
#include "report/run_analysis.hpp"

namespace byzgate {

namespace {

/// A batch with the signature beside it, wherever in the level it was seen.
struct seen_batch {
    server_id commander{};
    claim_batch claims;
    seal_ptr seal;
    std::optional<digest> root; ///< as somebody called it who was not refused
};

/// What is known to be signed well in one level.
class known_signatures {
public:
    known_signatures(const round_analysis& round, level_number level) {
        // A liar's relay tells something only where nobody else showed what was signed: whoever
        // knows a signature already doesn't look at what stands beside it.
        for (const bool liars : {false, true}) {
            for (const auto& step : round.steps) {
                if (step.sent != nullptr && step.level == level) {
                    learn(step, liars);
                }
            }
        }
    }

    /// Whether nothing that is known speaks against that item.
    [[nodiscard]] bool vouch(const signed_relay& in, std::size_t item, server_id from,
                             server_id to) const {
        const auto& what = in.items[item];
        const auto* known = find(what.commander, what.seal->by);
        const named_root root = in.own->roots[item];
        if (known == nullptr || *known->seal != *what.seal
            || !same_batch(known->claims, what.claims) || root.commander != what.commander
            || (known->root && *known->root != root.root)) {
            return false;
        }
        std::vector<server_id> signers{from, to};
        for (const auto& link : what.links) {
            const bool twice =
                std::find(signers.begin(), signers.end(), link->lieutenant) != signers.end();
            signers.push_back(link->lieutenant);
            const bool names_it =
                std::find(link->roots.begin(), link->roots.end(), root) != link->roots.end();
            const bool is_known = std::any_of(links_.begin(), links_.end(),
                                              [&](const relay_link* l) { return *l == *link; });
            if (twice || !names_it || !is_known) {
                return false;
            }
        }
        return true;
    }

    /// What that commander signed so; null if nobody is known to have taken it.
    [[nodiscard]] const seen_batch* find(server_id commander, const signature& by) const {
        for (const auto& one : batches_) {
            if (one.commander == commander && one.seal->by == by) {
                return &one;
            }
        }
        return nullptr;
    }

private:
    void learn(const round_step& step, bool liars) {
        const auto* told = std::get_if<distribution>(&step.sent->what);
        if (told != nullptr && is_commander(step.from) && told->seal && told->claims && !liars
            && !step.refused_whole()) {
            add({step.from, told->claims, told->seal, std::nullopt});
        }
        const auto* passed_on = std::get_if<signed_relay>(&step.sent->what);
        if (passed_on == nullptr || !passed_on->own || step.faulty != liars
            || (liars && (step.refused || step.sent->lost))) {
            return;
        }
        links_.push_back(passed_on->own.get());
        const auto& roots = passed_on->own->roots;
        for (std::size_t i = 0; i < passed_on->items.size(); ++i) {
            const auto& item = passed_on->items[i];
            if (item.seal && item.claims && i < roots.size()) {
                add({item.commander, item.claims, item.seal, roots[i].root});
            }
            for (const auto& link : item.links) {
                if (link) {
                    links_.push_back(link.get());
                }
            }
        }
    }
    void add(const seen_batch& one) {
        for (auto& known : batches_) {
            if (known.commander == one.commander && known.seal->by == one.seal->by) {
                if (*known.seal == *one.seal && same_batch(known.claims, one.claims)) {
                    known.root = known.root ? known.root : one.root;
                }
                return;
            }
        }
        batches_.push_back(one);
    }

    std::vector<seen_batch> batches_;
    std::vector<const relay_link*> links_;
};

bool is_of_the_whole(refusal why) {
    return why == refusal::late || why == refusal::duplicate || why == refusal::unknown_round
           || why == refusal::oversized;
}

/// Which items of a relay that was refused somehow are the ones; none: all of it.
void settle_refusals(round_analysis& round, const level_analysis& level,
                     const known_signatures& known, const cluster_parameters& cluster) {
    for (auto& step : round.steps) {
        const auto* passed_on =
            step.sent != nullptr ? std::get_if<signed_relay>(&step.sent->what) : nullptr;
        if (passed_on == nullptr || step.level != level.number || !step.refused
            || is_of_the_whole(*step.refused)
            || refusal_of_relay(*passed_on, level.asked.size(), level.in_round.size(), step.from,
                                cluster)) {
            continue;
        }
        for (std::size_t i = 0; i < passed_on->items.size(); ++i) {
            if (!known.vouch(*passed_on, i, step.from, step.to)) {
                step.refused_items.push_back(i);
            }
        }
    }
}

/// The place of a commander among those that were asked.
std::optional<std::size_t> place_of(const level_analysis& level, server_id commander) {
    const auto at = std::find(level.asked.begin(), level.asked.end(), index_of(commander));
    if (!is_commander(commander) || at == level.asked.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(at - level.asked.begin());
}

void accept(std::vector<accepted_batch>& into, const claim_batch& claims, const seal_ptr& seal,
            std::uint32_t phase) {
    for (auto& known : into) {
        if (known.same_root(claims, *seal)) {
            known.phase = std::min(known.phase, phase);
            return;
        }
    }
    into.push_back({claims, seal, phase});
}

bool is_contained(const std::vector<std::size_t>& in, std::size_t what) {
    return std::find(in.begin(), in.end(), what) != in.end();
}

/// Whether two batches of one commander, made in different levels, contradict each other.
bool contradict(const round_analysis& round, const level_analysis& then, const claim_batch& before,
                const level_analysis& now, const claim_batch& after) {
    for (std::size_t i = 0; i < after->size(); ++i) {
        const auto where = round.position_in(then, now.in_round[i]);
        if (!where || *where >= before->size()) {
            continue;
        }
        const auto& a = (*before)[*where];
        const auto& b = (*after)[i];
        if (a.is_present() && b.is_present() && a.version == b.version && a != b) {
            return true;
        }
    }
    return false;
}

} // namespace

void run_analysis::hear_signed(round_analysis& round, level_analysis& level) const {
    const auto& cluster = run_.header.cluster;
    const known_signatures known{round, level.number};
    settle_refusals(round, level, known, cluster);
    level.accepted.assign(cluster.lieutenants,
                          std::vector<std::vector<accepted_batch>>(level.asked.size()));
    const auto records = level.in_round.size();
    for (const auto& step : round.steps) {
        if (step.level != level.number || step.sent->lost || !is_lieutenant(step.to)
            || step.refused_whole()) {
            continue;
        }
        auto& heard = level.accepted[index_of(step.to)];
        const auto* told = std::get_if<distribution>(&step.sent->what);
        if (told != nullptr && told->seal && told->claims && told->claims->size() == records) {
            if (const auto asked = place_of(level, step.from)) {
                accept(heard[*asked], told->claims, told->seal, 0);
            }
        }
        const auto* passed_on = std::get_if<signed_relay>(&step.sent->what);
        if (passed_on == nullptr || !is_lieutenant(step.from) || step.from == step.to
            || step.phase < 1 || step.phase > depth_of(level)
            || refusal_of_relay(*passed_on, level.asked.size(), records, step.from, cluster)) {
            continue;
        }
        for (std::size_t i = 0; i < passed_on->items.size(); ++i) {
            const auto& item = passed_on->items[i];
            const auto asked = place_of(level, item.commander);
            const auto* what = known.find(item.commander, item.seal->by);
            if (asked && what != nullptr && what->claims->size() == records
                && !is_contained(step.refused_items, i)) {
                accept(heard[*asked], what->claims, what->seal, step.phase);
            }
        }
    }
}

void run_analysis::value_signed(const round_analysis& round, level_analysis& level) const {
    const auto lieutenants = run_.header.cluster.lieutenants;
    const auto nothing = make_claim_batch(std::vector<claim>(level.in_round.size()));
    level.caught.resize(lieutenants);
    for (std::uint32_t j = 0; j < lieutenants; ++j) {
        level.values.emplace_back();
        for (std::size_t asked = 0; asked < level.asked.size(); ++asked) {
            const auto& kept = level.accepted[j][asked];
            level.values.back().push_back(kept.size() == 1 ? kept.front().claims : nothing);
            auto is_caught = kept.size() > 1;
            for (const auto& before : round.levels) {
                const auto then = place_of(before, commander_id(level.asked[asked]));
                if (before.number >= level.number || !before.computed || !then
                    || kept.size() != 1) {
                    continue;
                }
                const auto& older = before.accepted[j][*then];
                is_caught = is_caught
                            || (!older.empty()
                                && contradict(round, before, older.front().claims, level,
                                              kept.front().claims));
            }
            if (is_caught) {
                level.caught[j].push_back(level.asked[asked]);
            }
        }
    }
}

void run_analysis::view_signed(const round_analysis& round, std::size_t level_index,
                               std::uint32_t lieutenant, record_view& view) const {
    const auto& request = *round.levels[level_index].request;
    for (const auto& proof : request.proofs) {
        if (proof && is_commander(proof->commander())
            && run_.header.cluster.contains(proof->commander())
            && std::find(request.convicted.begin(), request.convicted.end(), proof->commander())
                   != request.convicted.end()) {
            view.convicted[index_of(proof->commander())] = true;
        }
    }
    for (std::size_t i = 0; i <= level_index; ++i) {
        const auto& level = round.levels[i];
        for (std::size_t n = 0; level.computed && n < level.caught[lieutenant].size(); ++n) {
            view.convicted[level.caught[lieutenant][n]] = true;
        }
    }
}

namespace {

/// Why that item is not what the sender was given; by record. Empty texts where nothing is wrong.
std::string against_item(const passed_claims& said, const std::vector<accepted_batch>& owed,
                         std::size_t position) {
    const auto& says = (*said.claims)[position];
    for (const auto& one : owed) {
        if (one.same_root(said.claims, *said.seal)) {
            return one.seal->by == said.seal->by ? "" : "that is not the commander's signature";
        }
    }
    if (owed.empty()) {
        return "nobody had told it that before this phase";
    }
    const auto& heard = (*owed.front().claims)[position];
    return heard == says ? "" : "it had been shown " + describe(heard);
}

} // namespace

void run_analysis::compare_signed_relay(const level_analysis& level, round_step& step) const {
    const auto& passed_on = std::get<signed_relay>(step.sent->what);
    // Which messages came too late or were refused is not always to be told from a trace: what a
    // server says that nobody told to lie is taken for what it heard.
    if (!step.faulty || !is_lieutenant(step.from) || !is_lieutenant(step.to) || step.from == step.to
        || step.phase < 1 || step.phase > depth_of(level)) {
        return;
    }
    const auto records = level.in_round.size();
    const auto& heard = level.accepted[index_of(step.from)];
    for (std::size_t asked = 0; asked < level.asked.size(); ++asked) {
        const auto commander = commander_id(level.asked[asked]);
        // With one commander it goes without saying.
        const auto of_whom = level.asked.size() > 1 ? " of " + to_string(commander) : std::string{};
        std::vector<accepted_batch> owed;
        std::copy_if(heard[asked].begin(), heard[asked].end(), std::back_inserter(owed),
                     [&](const accepted_batch& one) { return one.phase + 1 == step.phase; });
        std::size_t given = 0;
        for (std::size_t item = 0; item < passed_on.items.size(); ++item) {
            const auto& said = passed_on.items[item];
            if (said.commander != commander || !said.claims || !said.seal
                || said.claims->size() != records) {
                continue;
            }
            ++given;
            for (std::size_t i = 0; i < records; ++i) {
                auto reproach = against_item(said, owed, i);
                if (!reproach.empty()) {
                    step.deviations.push_back({item, i, std::move(reproach) + of_whom});
                }
            }
        }
        // Nobody keeps more than two, and which two depends on what came first.
        if (given < owed.size() && heard[asked].size() <= 2) {
            for (std::size_t i = 0; i < records; ++i) {
                step.deviations.push_back(
                    {passed_on.items.size(), i, "it kept back what it had been shown" + of_whom});
            }
        }
    }
}

} // namespace byzgate
