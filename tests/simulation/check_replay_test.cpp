/// What the checker finds on paper, the real machines do: every counterexample is played with the
/// behaviour `scripted` in the simulator and comes to the same votes and the same end.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "naive_check.hpp"
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

int naive_server(server_id id) {
    const auto number = static_cast<int>(index_of(id)) + 1;
    return is_commander(id) ? number : -number;
}

/// What the plain enumeration makes of the example's table.
check_outcome on_paper(const counterexample& example) {
    const auto& cluster = example.cluster;
    naive::setting s;
    s.commanders = static_cast<int>(cluster.commanders);
    s.lieutenants = static_cast<int>(cluster.lieutenants);
    s.depth = static_cast<int>(cluster.depth);
    s.fc = static_cast<int>(cluster.tolerate.commanders);
    s.fl = static_cast<int>(cluster.tolerate.lieutenants);
    s.total = static_cast<int>(cluster.tolerate.total);
    for (const auto id : example.byzantine) {
        s.byzantine.insert(naive_server(id));
    }
    s.is_public = example.truth == flag::public_;
    s.recursion = static_cast<int>(cluster.max_recursion);
    naive::strategy said;
    for (const auto& line : example.table) {
        naive::path along;
        for (const auto id : line.what.path) {
            along.push_back(naive_server(id));
        }
        said[{static_cast<int>(line.what.level), along, naive_server(line.what.to)}] =
            to_string(line.says)[0];
    }
    const auto o = naive::play(s, said);
    check_outcome outcome{o.leak, o.deny, o.disagree, o.frame, {}};
    for (const auto& level : o.votes) {
        auto& votes = outcome.votes.emplace_back();
        for (const auto& [who, what] : level) {
            votes[lieutenant_id(static_cast<std::uint32_t>(-who) - 1)] =
                what == "release"    ? decision::release
                : what == "withhold" ? decision::withhold
                                     : decision::unresolved;
        }
    }
    return outcome;
}

} // namespace

TEST_CASE("any strategy, sub-rounds too, comes to the same on the machines as on paper") {
    const auto seed = 20'240'229U;
    std::mt19937 random(seed);
    const auto draw = [&](std::size_t below) { return random() % below; };
    std::size_t leaks = 0;
    std::size_t framings = 0;
    for (int i = 0; i < 4'000; ++i) {
        counterexample example;
        auto& cluster = example.cluster;
        cluster.commanders = static_cast<std::uint32_t>(2 + draw(2));
        cluster.lieutenants = static_cast<std::uint32_t>(3 + draw(3));
        cluster.depth = static_cast<std::uint32_t>(draw(3));
        cluster.max_recursion = static_cast<std::uint32_t>(draw(4));
        cluster.tolerate = default_budget(cluster.commanders, cluster.lieutenants);
        cluster.tolerate.total =
            draw(2) == 0 ? std::max(cluster.tolerate.commanders, cluster.tolerate.lieutenants)
                         : cluster.tolerate.total;
        for (const auto id : cluster.servers()) {
            if (draw(3) == 0) {
                example.byzantine.push_back(id);
            }
        }
        example.truth = draw(2) == 0 ? flag::public_ : flag::confidential;
        example.byzantine_vote =
            example.truth == flag::public_ ? decision::withhold : decision::release;
        // Mostly liars without silence, so that what they say is often enough believed.
        const std::size_t values = 2 + draw(2);
        for (auto& c : oral_choices(cluster, example.byzantine, cluster.max_recursion)) {
            example.table.push_back({std::move(c), values_of_choices[draw(values)], {}});
        }
        const auto expected = on_paper(example);
        leaks += expected.leaked ? 1 : 0;
        framings += expected.framed ? 1 : 0;
        INFO("seed " << seed << ", strategy " << i << "\n" << format_counterexample(example));
        REQUIRE((played(example) == expected));
    }
    CHECK(leaks > 0);
    CHECK(framings > 0);
}

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
