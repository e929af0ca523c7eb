/// How the supervisor runs rounds: deadlines, sub-rounds, the window, votes that it refuses.
#include <catch2/catch.hpp>

#include "tests/protocol/one_supervisor.hpp"

namespace byzgate::testing {

namespace {

using refusal_list = std::vector<refusal>;

cluster_parameters three() {
    return make_cluster(2, 3, 1);
}

} // namespace

TEST_CASE("a round is asked of every lieutenant and commander, and ended at every one") {
    one_supervisor gate{three()};
    gate.submit({"a", "b"});
    const auto requests = gate.sent<round_request>();
    REQUIRE(requests.size() == 5);
    for (const auto& [to, request] : requests) {
        CHECK(request.round == round_id{1});
        CHECK(request.level == 0);
        CHECK(*request.records == std::vector<record_id>{"a", "b"});
        CHECK(request.convicted.empty());
    }
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.cast(j, {for_withholding(), for_withholding()});
    }
    CHECK(gate.sent<round_end>().size() == 5);
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].round == round_id{1});
    CHECK(gate.closed[0].submission == 1);
    CHECK_FALSE(gate.closed[0].halted);
    CHECK(*gate.closed[0].records == std::vector<record_id>{"a", "b"});
}

TEST_CASE("a silent lieutenant costs its round the deadline and not a hang") {
    one_supervisor gate{three()};
    gate.now = 50;
    gate.submit();
    gate.cast(0, {for_withholding()});
    gate.cast(1, {for_withholding()});
    // (m+2)·Delta after the request.
    CHECK(gate.machine.next_deadline() == 350);
    gate.tick_at(349);
    CHECK(gate.closed.empty());
    gate.tick_at(350);
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::withheld);
    CHECK(gate.machine.next_deadline() == tick_never);
}

TEST_CASE("a round in which nobody votes is withheld") {
    one_supervisor gate{three()};
    gate.submit();
    gate.tick_at(10'000);
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::withheld);
}

TEST_CASE("no more rounds are in flight than the window has") {
    const auto window = GENERATE(1U, 2U, 5U);
    auto cluster = three();
    cluster.window = window;
    one_supervisor gate{cluster};
    for (std::uint32_t i = 0; i < 7; ++i) {
        gate.submit();
        CHECK(gate.machine.rounds_open() == std::min(window, i + 1));
    }
    CHECK(gate.machine.submissions_waiting() == 7 - window);
    for (std::uint64_t round = 1; round <= 7; ++round) {
        for (std::uint32_t j = 0; j < 3; ++j) {
            gate.cast(j, {for_withholding()}, round_id{round});
        }
        CHECK(gate.closed.size() == round);
        CHECK(gate.closed.back().submission == round);
        CHECK(gate.machine.rounds_open() == std::min<std::size_t>(window, 7 - round));
    }
}

TEST_CASE("rounds may close in another order than they opened") {
    one_supervisor gate{three()};
    gate.submit();
    gate.submit();
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.cast(j, {for_withholding()}, round_id{2});
    }
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].submission == 2);
    CHECK(gate.machine.rounds_open() == 1);
}

TEST_CASE("a sub-round opens exactly with fl+1 unresolved votes, up to max_recursion") {
    const auto lieutenants = GENERATE(3U, 5U, 7U);
    auto cluster = make_cluster(2, lieutenants, 1);
    cluster.max_recursion = GENERATE(0U, 1U, 2U);
    const auto fl = cluster.tolerate.lieutenants;
    for (const auto unresolved : {fl, fl + 1, lieutenants}) {
        one_supervisor gate{cluster};
        gate.submit();
        for (level_number level = 0; level <= cluster.max_recursion; ++level) {
            for (std::uint32_t j = 0; j < lieutenants && gate.closed.empty(); ++j) {
                gate.cast(j, {j < unresolved ? unsure() : for_withholding()}, round_id{1}, level);
            }
        }
        INFO(unresolved << " unresolved, fl " << fl);
        REQUIRE(gate.closed.size() == 1);
        const auto& decided = gate.closed[0].decided[0];
        if (unresolved <= fl) {
            CHECK(decided.outcome == record_outcome::withheld);
            CHECK(decided.level == 0);
        } else {
            CHECK(decided.outcome == record_outcome::unresolved);
            CHECK(decided.level == cluster.max_recursion);
        }
        CHECK(gate.newest_level() == decided.level);
        CHECK(gate.delivered().empty());
    }
}

TEST_CASE("a quorum beats unresolved votes: no sub-round for what is released") {
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {unsure()});
    gate.cast(1, {for_release()});
    gate.cast(2, {for_release()});
    gate.serve([](server_id, std::uint32_t) { return payload_of("a"); });
    gate.receipt();
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.newest_level() == 0);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::released);
}

TEST_CASE("a sub-round opens at the deadline too, if enough were unsure") {
    one_supervisor gate{three()};
    gate.submit({"a", "b"});
    gate.cast(0, {unsure(), for_withholding()});
    gate.cast(1, {unsure(), for_withholding()});
    gate.tick_at(300);
    CHECK(gate.closed.empty());
    CHECK(gate.newest_level() == 1);
    CHECK(*gate.sent<round_request>().back().second.records == std::vector<record_id>{"a"});
    CHECK(gate.machine.next_deadline() == 600);
    // The third vote of level 0 comes too late for either level.
    gate.cast(2, {for_release(), for_release()});
    CHECK(gate.refusals() == refusal_list{refusal::late});
}

TEST_CASE("what is found in a sub-round is delivered as the record it is in the round") {
    one_supervisor gate{three()};
    gate.submit({"x", "a", "y", "b"});
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.cast(j, {for_withholding(), unsure(), for_withholding(), unsure()});
    }
    REQUIRE(*gate.sent<round_request>().back().second.records == std::vector<record_id>{"a", "b"});
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.cast(j, {for_withholding(), for_release("v1", "b")}, round_id{1}, 1);
        gate.serve([](server_id, std::uint32_t) { return payload_of("b"); }, round_id{1}, 1);
    }
    gate.receipt();
    REQUIRE(gate.closed.size() == 1);
    REQUIRE(gate.delivered().size() == 1);
    CHECK(gate.delivered()[0].id == "b");
    CHECK(gate.closed[0].decided[3].outcome == record_outcome::released);
    CHECK(gate.closed[0].decided[3].level == 1);
    CHECK(gate.closed[0].decided[1].outcome == record_outcome::withheld);
    CHECK(gate.closed[0].decided[1].level == 1);
    CHECK(gate.closed[0].decided[0].level == 0);
}

TEST_CASE("a lieutenant votes once a level") {
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {for_release()});
    gate.cast(0, {for_release()});
    CHECK(gate.refusals() == refusal_list{refusal::duplicate});
    CHECK(gate.requests().empty());
    gate.cast(0, {for_withholding()});
    CHECK(gate.refusals() == refusal_list{refusal::duplicate});
}

TEST_CASE("votes by those who have none are refused") {
    one_supervisor gate{three()};
    gate.submit();
    for (const auto from : {lieutenant_id(3), lieutenant_id(0xffff), commander_id(0),
                            external_party_id, supervisor_id, server_id{0x0009'0000}}) {
        gate.hear(from, vote{round_id{1},
                             0,
                             std::make_shared<const std::vector<verdict>>(
                                 std::vector<verdict>{for_release()}),
                             {}});
        CHECK(gate.refusals() == refusal_list{refusal::unknown_server});
    }
    gate.cast(0, {for_release()});
    CHECK(gate.requests().empty());
}

TEST_CASE("votes for rounds and levels that aren't open are refused") {
    one_supervisor gate{three()};
    gate.cast(0, {for_release()});
    CHECK(gate.refusals() == refusal_list{refusal::unknown_round});
    gate.submit();
    gate.cast(0, {for_release()}, round_id{1}, 1);
    CHECK(gate.refusals() == refusal_list{refusal::unknown_round});
    gate.cast(0, {for_release()}, round_id{2});
    CHECK(gate.refusals() == refusal_list{refusal::unknown_round});
    gate.tick_at(300);
    REQUIRE(gate.closed.size() == 1);
    gate.cast(0, {for_release()});
    CHECK(gate.refusals() == refusal_list{refusal::late});
    CHECK(gate.closed.size() == 1);
}

TEST_CASE("a vote of the wrong shape is refused and the right one still counts") {
    auto withheld_with_content = for_release();
    withheld_with_content.what = decision::withhold;
    auto undecided = for_release();
    undecided.what = static_cast<decision>(3);
    auto unreasonable = for_release();
    unreasonable.why = static_cast<reason>(6);
    auto endless = for_release();
    endless.version = std::string(2'000, 'v');
    for (const auto& verdicts : std::vector<std::vector<verdict>>{{},
                                                                  {for_release(), for_release()},
                                                                  {withheld_with_content},
                                                                  {undecided},
                                                                  {unreasonable},
                                                                  {endless}}) {
        one_supervisor gate{three()};
        gate.submit();
        gate.cast(0, verdicts);
        CHECK(gate.refusals() == refusal_list{refusal::malformed});
        gate.hear(lieutenant_id(0), vote{round_id{1}, 0, nullptr, {}});
        CHECK(gate.refusals() == refusal_list{refusal::malformed});
        gate.cast(0, {for_release()});
        CHECK(gate.refusals().empty());
        gate.cast(1, {for_release()});
        CHECK(gate.requests().size() == 1);
    }
}

} // namespace byzgate::testing
