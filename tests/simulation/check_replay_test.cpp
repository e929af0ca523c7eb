/// What the checker finds on paper, the real machines do: every counterexample is played with the
/// behaviour `scripted` in the simulator and comes to the same votes and the same end.
#include <catch2/catch.hpp>

#include <algorithm>

#include "simulation/check.hpp"
#include "simulation/simulate.hpp"

using namespace byzgate;

namespace {

check_outcome played(const counterexample& example) {
    simulation_settings settings;
    settings.cluster = example.cluster;
    settings.database.list = {{"the record", "1", example.truth, "its payload"}};
    settings.rounds = 1;
    settings.stop_when_broken = false;
    for (const auto& [server, how] : scripts_of(example)) {
        settings.byzantine.push_back({server, "scripted", how.options(), {}});
    }
    const auto is_loyal = [&](server_id id) {
        return std::find(example.byzantine.begin(), example.byzantine.end(), id)
               == example.byzantine.end();
    };
    check_outcome seen;
    seen.votes.resize(1);
    settings.hooks.sent = [&](tick, server_id from, server_id, const message& what, bool) {
        const auto* ballot = std::get_if<vote>(&what);
        if (ballot == nullptr || !is_loyal(from)) {
            return;
        }
        if (seen.votes.size() <= ballot->level) {
            seen.votes.resize(ballot->level + 1);
        }
        seen.votes[ballot->level][from] = ballot->verdicts->at(0).what;
        for (const auto& accused : ballot->accusations) {
            seen.framed = seen.framed || is_loyal(accused.commander);
        }
    };
    const auto result = simulate(settings);
    seen.leaked = result.leaked > 0;
    seen.denied = result.denied > 0;
    for (const auto& level : seen.votes) {
        std::size_t releases = 0;
        for (const auto& [who, what] : level) {
            releases += what == decision::release ? 1 : 0;
        }
        seen.disagreed = seen.disagreed || (releases > 0 && releases < level.size());
    }
    return seen;
}

/// How many counterexamples there were.
std::size_t replay_all(const cluster_parameters& cluster, int values, std::uint32_t recursion) {
    check_settings settings;
    settings.cluster = cluster;
    settings.faults = 2;
    settings.values = values;
    settings.recursion = recursion;
    settings.budget = std::uint64_t{1} << 20;
    settings.sample_max = 10'000;
    std::size_t examples = 0;
    for (const auto& of : check(settings).cases) {
        if (of.example) {
            ++examples;
            const auto again = parse_counterexample(format_counterexample(*of.example));
            INFO(format_counterexample(again));
            CHECK((played(again) == of.example->outcome));
        }
    }
    return examples;
}

} // namespace

TEST_CASE("every counterexample reproduces on the machines that servers run") {
    cluster_parameters cluster;
    cluster.commanders = GENERATE(1U, 2U, 3U);
    cluster.lieutenants = GENERATE(2U, 3U, 4U);
    cluster.depth = GENERATE(0U, 1U, 2U);
    const auto values = GENERATE(2, 3);
    if (cluster.depth >= cluster.lieutenants) {
        return;
    }
    cluster.tolerate = default_budget(cluster.commanders, cluster.lieutenants);
    CHECK(replay_all(cluster, values, 0) > 0);
    if (cluster.commanders > 1) {
        cluster.tolerate.total = 1;
        CHECK(replay_all(cluster, values, 0) > 0);
    }
}

TEST_CASE("every counterexample with sub-rounds reproduces on the machines that servers run") {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = GENERATE(3U, 4U);
    cluster.tolerate = {1, 1, GENERATE(1U, 2U)};
    CHECK(replay_all(cluster, 2, GENERATE(1U, 2U)) > 0);
    CHECK(replay_all(cluster, 3, 1) > 0);
}
