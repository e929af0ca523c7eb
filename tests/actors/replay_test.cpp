/// What was recorded, or found by the checker, comes to the same on actors.
#include <catch2/catch.hpp>

#include <sstream>

#include "actors/replay.hpp"
#include "actors/trace_tap.hpp"
#include "simulation/check.hpp"
#include "tests/actors/played.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// Long enough for a busy machine: what a table leaves out costs its round a phase.
constexpr std::uint32_t patient_ms = 100;

trace trace_in(const std::string& path) {
    std::istringstream lines{content_of(path)};
    return read_trace(lines);
}

std::vector<counterexample> examples_of(const cluster_parameters& cluster, int values) {
    check_settings settings;
    settings.cluster = cluster;
    settings.faults = 2;
    settings.values = values;
    std::vector<counterexample> examples;
    for (const auto& one : check(settings).cases) {
        if (one.example) {
            examples.push_back(parse_counterexample(format_counterexample(*one.example)));
        }
    }
    return examples;
}

/// The differences as one text, so that a failing test shows them.
std::string differences_of(const replay_result& result) {
    std::string all;
    for (const auto& one : result.differences) {
        all += one + "\n";
    }
    return all;
}

/// A scenario with a liar, recorded on actors.
struct recorded_run {
    temporary_directory dir;
    std::string path = dir.file("run.jsonl");
    run_result result;

    explicit recorded_run(scenario what, bool payloads = false) {
        auto settings = settings_for(std::move(what));
        settings.trace_file = path;
        settings.trace_payloads = payloads;
        result = run(settings);
    }
};

scenario one_liar(std::uint32_t commanders, server_id server, const std::string& behavior,
                  std::uint32_t total = 2) {
    auto what = loyal_scenario(commanders, 3, 40);
    if (behavior == "random") {
        set_phase(what, 200); // Some of its choices are silence, which costs a phase.
    }
    if (commanders == 2) {
        what.cluster.tolerate = {1, 1, total};
    }
    what.byzantine.push_back({server, behavior, {}, {}, 0});
    return what;
}

} // namespace

TEST_CASE("every counterexample that the checker writes reproduces on actors", "[threads]") {
    struct architecture {
        std::uint32_t commanders;
        std::optional<std::uint32_t> total;
    };
    const auto of = GENERATE(architecture{1, {}}, architecture{2, {}}, architecture{2, 1});
    const auto values = GENERATE(2, 3);
    cluster_parameters cluster;
    cluster.commanders = of.commanders;
    cluster.lieutenants = 3;
    cluster.max_recursion = 0;
    cluster.tolerate = default_budget(of.commanders, 3);
    cluster.tolerate.total = of.total.value_or(cluster.tolerate.total);
    const auto examples = examples_of(cluster, values);
    REQUIRE(examples.size() >= 4);
    replay_settings how;
    how.phase_timeout_ms = patient_ms;
    for (const auto& example : examples) {
        const auto result = replay(example, how);
        INFO(format_counterexample(example));
        INFO(differences_of(result));
        CHECK(result.same());
        CHECK(result.compared == 1);
    }
}

TEST_CASE("a counterexample that was edited comes to another outcome", "[threads]") {
    cluster_parameters cluster;
    cluster.commanders = 1;
    cluster.lieutenants = 3;
    cluster.max_recursion = 0;
    cluster.tolerate = default_budget(1, 3);
    auto examples = examples_of(cluster, 2);
    REQUIRE(!examples.empty());
    auto& example = examples.front();
    SECTION("what leaked") {
        example.outcome.leaked = !example.outcome.leaked;
    }
    SECTION("who voted what") {
        auto& cast = example.outcome.votes.at(0).begin()->second;
        cast = cast == decision::release ? decision::withhold : decision::release;
    }
    SECTION("a level more") {
        example.outcome.votes.push_back({{lieutenant_id(0), decision::release}});
    }
    const auto result = replay(example, {});
    CHECK_FALSE(result.same());
    CHECK_FALSE(result.differences.front().empty());
}

TEST_CASE("a recorded run played again decides the same", "[threads]") {
    const auto liar = GENERATE(values<scenario>({
        loyal_scenario(1, 3, 40),
        loyal_scenario(2, 3, 40),
        one_liar(1, commander_id(0), "consistent_lie"),
        one_liar(1, commander_id(0), "equivocating"),
        one_liar(2, commander_id(0), "equivocating", 1),
        one_liar(2, lieutenant_id(1), "flipping"),
        one_liar(2, commander_id(1), "random"),
    }));
    const recorded_run recorded{liar};
    const auto played = replay(trace_in(recorded.path), {});
    INFO(liar.byzantine.size() << " liars among " << liar.cluster.commanders << " commanders");
    INFO(differences_of(played));
    CHECK(played.same());
    CHECK(played.compared == 40);
    CHECK(played.played.totals.released == recorded.result.totals.released);
    CHECK(played.played.totals.leaked == recorded.result.totals.leaked);
    CHECK(played.played.totals.denied == recorded.result.totals.denied);
    CHECK(played.played.messages == recorded.result.messages);
}

TEST_CASE("a recorded run with its payloads plays with those payloads", "[threads]") {
    const recorded_run recorded{one_liar(1, commander_id(0), "tampering"), true};
    REQUIRE(recorded.result.totals.corrupted > 0);
    const auto trace = trace_in(recorded.path);
    const auto played = replay(trace, {});
    INFO(differences_of(played));
    CHECK(played.same());
    CHECK(played.played.totals.corrupted == recorded.result.totals.corrupted);
}

TEST_CASE("a replay can be recorded, and played again", "[threads]") {
    const recorded_run recorded{one_liar(2, commander_id(0), "equivocating", 1)};
    replay_settings how;
    how.trace_file = recorded.dir.file("again.jsonl");
    REQUIRE(replay(trace_in(recorded.path), how).same());
    CHECK(replay(trace_in(*how.trace_file), {}).same());
}

TEST_CASE("what the simulator recorded comes to the same verdicts on actors", "[threads]") {
    struct lying {
        std::uint32_t commanders;
        std::uint32_t total;
        server_id server;
        const char* behavior;
    };
    const auto lie = GENERATE(values<lying>({
        {1, 1, commander_id(0), "loyal"},
        {1, 1, commander_id(0), "consistent_lie"},
        {1, 1, commander_id(0), "equivocating"},
        {1, 1, lieutenant_id(0), "flipping"},
        {2, 1, commander_id(0), "equivocating"},
        {2, 2, commander_id(0), "equivocating"},
        {2, 2, commander_id(1), "consistent_lie"},
        {2, 1, lieutenant_id(2), "flipping"},
        {2, 2, commander_id(1), "random"},
        {2, 2, lieutenant_id(0), "random"},
        {2, 2, commander_id(0), "tampering"},
    }));
    const auto seed = GENERATE(as<std::uint64_t>{}, 1, 2);
    auto what = loyal_scenario(lie.commanders, 3, 0);
    what.cluster.tolerate = {lie.commanders - 1, 1, lie.total};
    what.cluster.window = 1; // One round after the other on both drivers.
    simulation_settings settings;
    settings.cluster = what.cluster;
    settings.cluster.phase_timeout = 20'000;
    settings.seed = seed;
    settings.batch = 5;
    settings.stop_when_broken = false;
    settings.byzantine.push_back({lie.server, lie.behavior, {}, {}});
    open_database(database_settings_of(loyal_scenario(1, 3, 40), seed))->for_each([&](auto& r) {
        settings.database.list.push_back(r);
        return true;
    });
    const temporary_directory dir;
    const auto path = dir.file("simulated.jsonl");
    trace_tap tap{path, what, settings, traced_payloads::sizes_only};
    settings.hooks = tap.hooks();
    const auto simulated = simulate(settings);
    tap.finish(simulated);
    const auto trace = trace_in(path);
    REQUIRE(trace.header.driver == "simulation");
    replay_settings how;
    how.phase_timeout_ms = patient_ms;
    const auto played = replay(trace, how);
    INFO(lie.behavior << " at " << to_string(lie.server) << ", total " << lie.total);
    INFO(differences_of(played));
    CHECK(played.same());
    CHECK(played.compared == 40);
    CHECK(played.played.totals.leaked == simulated.leaked);
    CHECK(played.played.totals.denied == simulated.denied);
}

TEST_CASE("an edited trace shows what is different now", "[threads]") {
    const recorded_run recorded{one_liar(2, commander_id(0), "equivocating", 1)};
    auto trace = trace_in(recorded.path);
    std::string expected;
    SECTION("the liar was loyal") {
        trace.header.byzantine.clear();
        expected = "other commanders were convicted";
    }
    SECTION("a flag was the other one") {
        auto& flag = trace.header.records.front().confidentiality;
        flag = opposite(flag);
        expected = "record " + trace.header.records.front().id + ": ";
    }
    SECTION("an outcome was another one") {
        for (auto& event : trace.events) {
            if (auto* closed = std::get_if<closed_event>(&event.what)) {
                auto& outcome = closed->round.decided.front().outcome;
                outcome = outcome == record_outcome::released ? record_outcome::withheld
                                                              : record_outcome::released;
                expected = "round " + std::to_string(number_of(closed->round.round)) + ", record ";
                break;
            }
        }
    }
    const auto played = replay(trace, {});
    CHECK_FALSE(played.same());
    CHECK_THAT(differences_of(played), Catch::Matchers::Contains(expected));
}

TEST_CASE("a trace that can't be played is told why", "[threads]") {
    const recorded_run recorded{one_liar(2, commander_id(0), "equivocating", 1)};
    auto trace = trace_in(recorded.path);
    const auto why = [&] { return message_of<replay_error>([&] { (void)replay(trace, {}); }); };
    SECTION("no records") {
        trace.header.records.clear();
        CHECK_THAT(why(), Catch::Matchers::Contains("no records"));
    }
    SECTION("no rounds") {
        trace.events.clear();
        CHECK_THAT(why(), Catch::Matchers::Contains("no rounds"));
    }
    SECTION("a round is missing") {
        const auto of_first = [](const trace_event& event) {
            const auto* sent = std::get_if<sent_event>(&event.what);
            return sent != nullptr && number_of(round_of(sent->what)) == 1;
        };
        trace.events.erase(std::remove_if(trace.events.begin(), trace.events.end(), of_first),
                           trace.events.end());
        CHECK_THAT(why(), Catch::Matchers::Contains("no request of round 1"));
    }
    SECTION("an unknown behaviour") {
        trace.header.byzantine.front().behavior = "befuddling";
        CHECK_THAT(why(), Catch::Matchers::Contains("befuddling")
                              && Catch::Matchers::Contains("commander-1"));
    }
    SECTION("an unknown option") {
        trace.header.byzantine.front().options_json = R"({"loudness": 3})";
        CHECK_THAT(why(), Catch::Matchers::Contains("loudness"));
    }
    SECTION("an option that is none") {
        trace.header.byzantine.front().options_json = R"({"to": {"a": 1}})";
        CHECK_THAT(why(), Catch::Matchers::Contains("no option's value"));
    }
    SECTION("options that are no object") {
        trace.header.byzantine.front().options_json = "[1]";
        CHECK_THAT(why(), Catch::Matchers::Contains("no JSON object"));
    }
    SECTION("rounds that are no range") {
        trace.header.byzantine.front().rounds = "often";
        CHECK_THAT(why(), Catch::Matchers::Contains("often"));
    }
    SECTION("a liar that the cluster doesn't have") {
        trace.header.byzantine.front().server = commander_id(7);
        CHECK_THAT(why(), Catch::Matchers::Contains("commander-8"));
    }
    SECTION("a depth that its lieutenants can't carry") {
        trace.header.cluster.depth = 3;
        CHECK_THAT(why(), Catch::Matchers::Contains("a depth of 3 among 3 lieutenants"));
    }
    SECTION("an exchange that nobody could finish") {
        trace.header.cluster.lieutenants = 1'000;
        trace.header.cluster.depth = 16;
        CHECK_THAT(why(), Catch::Matchers::Contains("a depth of 16"));
    }
    SECTION("no round may ever begin") {
        trace.header.cluster.window = 0;
        CHECK_THAT(why(), Catch::Matchers::Contains("a window of 0 rounds"));
    }
    SECTION("a phase that never ends") {
        trace.header.cluster.phase_timeout = tick_never;
        CHECK_THAT(why(), Catch::Matchers::Contains("a phase of"));
    }
    SECTION("sub-rounds without end") {
        trace.header.cluster.max_recursion = 4'000'000'000;
        CHECK_THAT(why(), Catch::Matchers::Contains("sub-rounds"));
    }
}
