#include "simulation/atlas.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "protocol/assert.hpp"
#include "simulation/strategy.hpp"

namespace byzgate {

namespace {

bool shows(const counterexample& example, broken_property what) {
    switch (what) {
        case broken_property::leak:
            return example.outcome.leaked;
        case broken_property::framing:
            return example.outcome.framed;
        case broken_property::denial:
            return example.truth == flag::public_ && example.outcome.denied;
        case broken_property::disagreement:
            return example.outcome.disagreed;
        case broken_property::agreement:
        case broken_property::validity:
            break;
    }
    return example.breaks == what;
}

std::uint64_t ways_to_choose(std::uint64_t some, std::uint64_t of) {
    std::uint64_t ways = 1;
    for (std::uint64_t i = 0; i < some; ++i) {
        ways = ways * (of - i) / (i + 1);
    }
    return ways;
}

std::vector<present_faults> classes_of(const cluster_parameters& cluster, std::uint32_t faults) {
    std::vector<present_faults> classes;
    for (std::uint32_t size = 0; size <= faults; ++size) {
        for (std::uint32_t bl = 0; bl <= size; ++bl) {
            const auto bc = size - bl;
            if (bc <= cluster.commanders && bl <= cluster.lieutenants) {
                classes.push_back({bc, bl});
            }
        }
    }
    return classes;
}

std::vector<server_id> first_set(present_faults liars) {
    std::vector<server_id> set;
    for (std::uint32_t i = 0; i < liars.bc; ++i) {
        set.push_back(commander_id(i));
    }
    for (std::uint32_t i = 0; i < liars.bl; ++i) {
        set.push_back(lieutenant_id(i));
    }
    return set;
}

/// For the progress only.
double weight_of(const atlas_settings& settings, const atlas_architecture& what,
                 present_faults liars) {
    const auto choices = strategy_space_of(what.cluster, first_set(liars), 0).choices.size();
    const auto all =
        strategy_count{static_cast<std::uint32_t>(what.values), static_cast<std::uint32_t>(choices)}
            .as_number();
    const bool sampled = !all || *all > settings.budget;
    return 1e5 + static_cast<double>(sampled ? settings.sample_max : *all);
}

atlas_row row_of(const atlas_settings& settings, const atlas_architecture& what,
                 present_faults liars, const std::function<void(double)>& progress) {
    check_settings how;
    how.cluster = what.cluster;
    how.byzantine = first_set(liars);
    how.values = what.values;
    how.budget = settings.budget;
    how.sample_max = settings.sample_max;
    how.seed = settings.seed;
    how.jobs = settings.jobs;
    how.progress = progress;
    auto result = check(how);
    BYZGATE_ASSERT(result.cases.size() == 2);
    BYZGATE_ASSERT(result.cases[0].truth == flag::confidential);
    atlas_row row;
    row.liars = liars;
    row.sets = ways_to_choose(liars.bc, what.cluster.commanders)
               * ways_to_choose(liars.bl, what.cluster.lieutenants);
    row.promise = promised(what.cluster, liars);
    row.confidential = std::move(result.cases[0]);
    row.public_ = std::move(result.cases[1]);
    return row;
}

atlas_architecture made(std::string name, std::string title, std::uint32_t commanders,
                        std::uint32_t lieutenants, std::uint32_t depth) {
    atlas_architecture what{std::move(name), std::move(title), {}, 3};
    what.cluster.commanders = commanders;
    what.cluster.lieutenants = lieutenants;
    what.cluster.depth = depth;
    what.cluster.max_recursion = 0;
    what.cluster.tolerate = default_budget(commanders, lieutenants);
    return what;
}

atlas_architecture with_signatures(atlas_architecture what) {
    what.name += "-signed";
    what.title += ", signed";
    what.cluster.protocol = protocol_kind::signed_;
    return what;
}

} // namespace

atlas_verdict atlas_row::verdict() const noexcept {
    if (!confidential.broken_promises.empty() || !public_.broken_promises.empty()) {
        return atlas_verdict::breaks_promise;
    }
    if (confidential.counts.leaks > 0) {
        return atlas_verdict::leaks;
    }
    if (confidential.counts.framings + public_.counts.framings > 0) {
        return atlas_verdict::frames;
    }
    return public_.counts.denials > 0 ? atlas_verdict::denies : atlas_verdict::survives;
}

const counterexample* atlas_row::example(broken_property what) const noexcept {
    const std::array both{&confidential, &public_};
    for (const auto* one : both) {
        if (one->example && one->example->breaks == what) {
            return &*one->example;
        }
    }
    for (const auto* one : both) {
        if (one->example && shows(*one->example, what)) {
            return &*one->example;
        }
    }
    return nullptr;
}

bool atlas::promises_held() const noexcept {
    for (const auto& section : sections) {
        for (const auto& row : section.rows) {
            if (row.verdict() == atlas_verdict::breaks_promise) {
                return false;
            }
        }
    }
    return true;
}

const atlas_row& atlas::at(const std::string& architecture, present_faults liars) const {
    for (const auto& section : sections) {
        if (section.architecture.name != architecture) {
            continue;
        }
        for (const auto& row : section.rows) {
            if (row.liars.bc == liars.bc && row.liars.bl == liars.bl) {
                return row;
            }
        }
    }
    throw std::out_of_range("the atlas has no row " + architecture + " with "
                            + std::to_string(liars.bc) + " and " + std::to_string(liars.bl)
                            + " liars");
}

std::vector<atlas_architecture> atlas_architectures() {
    std::vector<atlas_architecture> all;
    for (const auto& [lieutenants, number] : {std::pair{3U, "three"}, {4U, "four"}}) {
        const auto under = std::string{", "} + number + " lieutenants";
        const auto end = "-" + std::to_string(lieutenants);
        all.push_back(made("single" + end, "One commander" + under, 1, lieutenants, 1));
        all.push_back(with_signatures(all.back()));
        auto dual =
            made("dual" + end + "-total-1",
                 "Two commanders" + under + ", one fault tolerated in all", 2, lieutenants, 1);
        dual.cluster.tolerate.total = 1;
        all.push_back(dual);
        dual = made("dual" + end + "-total-2",
                    "Two commanders" + under + ", two faults tolerated in all", 2, lieutenants, 1);
        dual.cluster.tolerate.total = 2;
        all.push_back(dual);
        // What is tolerated in all changes nothing about the rules of signed messages.
        dual = made("dual" + end, "Two commanders" + under, 2, lieutenants, 1);
        all.push_back(with_signatures(dual));
        all.push_back(made("triple" + end, "Three commanders" + under, 3, lieutenants, 1));
        all.push_back(with_signatures(all.back()));
    }
    const auto seven = made("seven-generals", "One commander, six lieutenants, depth 2", 1, 6, 2);
    all.push_back(seven);
    // With silence and oral messages its spaces are too large to be played out.
    all.back().values = 2;
    all.push_back(with_signatures(seven));
    return all;
}

atlas make_atlas(const atlas_settings& settings) {
    double weight = 0;
    for (const auto& what : settings.architectures) {
        for (const auto liars : classes_of(what.cluster, settings.faults)) {
            weight += weight_of(settings, what, liars);
        }
    }
    atlas all;
    double done = 0;
    for (const auto& what : settings.architectures) {
        auto& section = all.sections.emplace_back();
        section.architecture = what;
        for (const auto liars : classes_of(what.cluster, settings.faults)) {
            const auto mine = weight_of(settings, what, liars);
            std::function<void(double)> progress;
            if (settings.progress) {
                progress = [&](double share) { settings.progress((done + share * mine) / weight); };
            }
            section.rows.push_back(row_of(settings, what, liars, progress));
            done += mine;
        }
    }
    return all;
}

} // namespace byzgate
