/// What people read at the end of a run.
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "apps/summary.hpp"

using namespace byzgate;
using Catch::Matchers::Contains;

namespace {

std::string summary_of(const run_result& result, scenario what = {}) {
    char* text = nullptr;
    std::size_t size = 0;
    auto* to = ::open_memstream(&text, &size);
    REQUIRE(to != nullptr);
    what.phase_timeout_ms = 20;
    print_summary(to, what, result);
    std::fclose(to);
    std::string all{text, size};
    std::free(text);
    return all;
}

run_result with(refusal why, std::uint64_t count) {
    run_result result;
    result.messages = 500;
    result.totals.denied = 3;
    result.refusals[static_cast<std::size_t>(why)] = count;
    return result;
}

} // namespace

TEST_CASE("a summary tells what servers refused, the most frequent first") {
    auto result = with(refusal::bad_signature, 3);
    result.refusals[static_cast<std::size_t>(refusal::duplicate)] = 12;
    CHECK_THAT(summary_of(result), Contains("refused       12 duplicate, 3 bad signature\n"));
    CHECK_THAT(summary_of(run_result{}), !Contains("refused"));
}

TEST_CASE("where many messages were late and records denied, a longer phase is the hint") {
    const auto late = summary_of(with(refusal::late, 100));
    CHECK_THAT(late, Contains("100 late") && Contains("hint"));
    CHECK_THAT(late, Contains("cluster.phase_timeout_ms=200"));
    CHECK_THAT(summary_of(with(refusal::late, 1)), !Contains("hint"));
    CHECK_THAT(summary_of(with(refusal::malformed, 100)), !Contains("hint"));
    auto nothing_denied = with(refusal::late, 100);
    nothing_denied.totals.denied = 0;
    CHECK_THAT(summary_of(nothing_denied), !Contains("hint"));
}

TEST_CASE("only a run with a state says what the recipient had already") {
    run_result result;
    CHECK_THAT(summary_of(result), !Contains("delivered"));
    CHECK_FALSE(summary_json(scenario{}, result).contains("repeats"));
    result.recipient = {7, 2};
    CHECK_THAT(summary_of(result),
               Contains("delivered     7 in this run; 2 the recipient had already\n"));
    CHECK(summary_json(scenario{}, result)["delivered"] == 7);
    CHECK(summary_json(scenario{}, result)["repeats"] == 2);
}

TEST_CASE("behaviours whose rounds were over before a run began are told") {
    run_result result;
    scenario what;
    byzantine_config liar;
    liar.server = commander_id(0);
    liar.behavior = "silent";
    liar.rounds.last = round_id{5};
    what.byzantine.push_back(liar);
    result.first_round = round_id{5};
    CHECK_THAT(summary_of(result, what), !Contains("were over"));
    result.first_round = round_id{6};
    CHECK_THAT(
        summary_of(result, what),
        Contains("commander-1: the rounds of silent were over: this run began with round 6"));
}

TEST_CASE("who was convicted before is told from who is now, and wondered at if it is loyal") {
    run_result result;
    result.recipient = {0, 0};
    result.totals.convicted = {commander_id(0)};
    result.convicted_before = {commander_id(0)};
    scenario what;
    CHECK(summary_json(what, result)["convicted_before"].dump() == "[\"commander-1\"]");
    CHECK_THAT(summary_of(result),
               Contains("before this run, by evidence in its state: commander-1")
                   && Contains("says loyal"));
    byzantine_config liar;
    liar.server = commander_id(0);
    liar.behavior = "equivocating";
    what.byzantine.push_back(liar);
    CHECK_THAT(summary_of(result, what), Contains("before this run") && !Contains("says loyal"));
    CHECK_THAT(summary_of(run_result{}), !Contains("before this run"));
}
