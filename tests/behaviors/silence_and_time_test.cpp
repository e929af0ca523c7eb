#include "stage.hpp"

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

namespace {

const auto three = make_records(3); // public, confidential, public
using texts = std::vector<std::string>;

} // namespace

TEST_CASE("selectively_silent serves all but those it is told not to") {
    const auto at = seat_of(commander_id(0));
    const auto server = played(at, "selectively_silent", {{"to", texts{"lieutenant-2"}}});
    CHECK(distributed(ask_commander(*server, 1, three)) == "pcp,.,pcp,pcp");
}

TEST_CASE("selectively_silent may keep back some kinds of messages only") {
    const auto server =
        played(seat_of(lieutenant_id(0)), "selectively_silent",
               {{"to", texts{"lieutenant-2", "supervisor"}}, {"kinds", texts{"vote"}}});
    CHECK(relayed(tell_lieutenant(*server, 1, three), lieutenant_id(1)) == "pcp,pcp");
    CHECK(voted(step(*server, clock_tick{})) == ".");
    CHECK_THROWS_WITH(validate_behavior(seat_of(lieutenant_id(0)), "selectively_silent",
                                        {{"kinds", texts{"votes"}}}),
                      Contains("payload_reply") && Contains("votes"));
}

TEST_CASE("selectively_silent by probability is fixed by the seed and about as often as it says") {
    const auto at = seat_of(commander_id(0));
    const auto count = [&](double probability, std::uint64_t seed) {
        auto seeded = at;
        seeded.seed = seed;
        const auto server = played(seeded, "selectively_silent", {{"probability", probability}});
        std::string served;
        for (std::uint64_t round = 1; round <= 100; ++round) {
            for (const auto c : distributed(ask_commander(*server, round, three))) {
                served += c == '.' ? "." : c == 'c' ? "c" : "";
            }
        }
        return served;
    };
    CHECK(count(0.25, 1) == count(0.25, 1));
    CHECK(count(0.25, 1) != count(0.25, 2));
    const auto served = count(0.25, 1);
    const auto silent = std::count(served.begin(), served.end(), '.');
    CHECK(silent > 60);
    CHECK(silent < 140);
    CHECK_THAT(count(0.0, 1), !Contains("."));
    CHECK_THAT(count(1.0, 1), !Contains("c"));
    CHECK_THROWS_WITH(validate_behavior(at, "selectively_silent", {{"probability", 1.5}}),
                      Contains("0 to 1"));
}

TEST_CASE("delaying holds a commander's claims until just past the close of their phase") {
    const auto at = seat_of(commander_id(0));
    const auto wait = at.cluster.phase_timeout;
    const auto server = played(at, "delaying");
    CHECK(ask_commander(*server, 1, three, 50).empty());
    const auto due = server->next_deadline();
    CHECK(due == 50 + wait + wait / 10);
    CHECK(step(*server, clock_tick{}, due - 1).empty());
    CHECK(distributed(step(*server, clock_tick{}, due)) == "pcp,pcp,pcp,pcp");
    CHECK(server->next_deadline() == tick_never);
}

TEST_CASE("delaying may send just before the close") {
    const auto at = seat_of(commander_id(0));
    const auto wait = at.cluster.phase_timeout;
    const auto server = played(at, "delaying", {{"until", std::string{"before"}}});
    CHECK(ask_commander(*server, 1, three, 50).empty());
    CHECK(server->next_deadline() == 50 + wait - wait / 10);
}

TEST_CASE("delaying knows when relays and votes are due") {
    const auto at = seat_of(lieutenant_id(0), 2, 4, 2);
    const auto wait = at.cluster.phase_timeout;
    const auto server = played(at, "delaying");
    CHECK(tell_lieutenant(*server, 1, three).empty());
    CHECK(server->next_deadline() == 2 * wait + wait / 10);
    const auto first = step(*server, clock_tick{}, 2 * wait + wait / 10);
    CHECK(count_of<relay>(first) == 3);
    CHECK(relayed(first, lieutenant_id(1), 1) == "pcp,pcp");
    CHECK(voted(first) == ".");
    CHECK(server->next_deadline() == 3 * wait + wait / 10);
    CHECK(count_of<relay>(step(*server, clock_tick{}, 3 * wait + wait / 10)) == 3);
    CHECK(voted(step(*server, clock_tick{}, 4 * wait + wait / 10)) == "www");
}

TEST_CASE("delaying by milliseconds holds each message that long") {
    const auto server = played(seat_of(commander_id(0)), "delaying",
                               {{"by_ms", std::int64_t{5}}, {"to", texts{"lieutenant-1"}}});
    CHECK(distributed(ask_commander(*server, 1, three, 10)) == ".,pcp,pcp,pcp");
    CHECK(server->next_deadline() == 5'010);
    CHECK(distributed(step(*server, clock_tick{}, 5'010)) == "pcp,.,.,.");
    CHECK_THROWS_AS(
        validate_behavior(seat_of(commander_id(0)), "delaying", {{"by_ms", std::int64_t{-1}}}),
        behavior_error);
}

TEST_CASE("delaying sends what it held back even after the round is closed") {
    const auto server = played(seat_of(commander_id(0)), "delaying");
    ask_commander(*server, 1, three);
    CHECK(step(*server, received{supervisor_id, round_end{round_id{1}}}, 10).empty());
    CHECK(distributed(step(*server, clock_tick{}, 1'000'000)) == "pcp,pcp,pcp,pcp");
}

TEST_CASE("crashing stops at its round and comes back at a later one with no memory") {
    const auto at = seat_of(commander_id(0));
    const auto server = make_behavior(
        at, "crashing", {{"at_round", std::int64_t{2}}, {"back_at_round", std::int64_t{4}}});
    CHECK(distributed(ask_commander(*server, 1, three)) == "pcp,pcp,pcp,pcp");
    CHECK(ask_commander(*server, 2, three).empty());
    CHECK(ask_commander(*server, 3, three).empty());
    CHECK(distributed(ask_commander(*server, 4, three)) == "pcp,pcp,pcp,pcp");
    CHECK(distributed(ask_commander(*server, 5, three)) == "pcp,pcp,pcp,pcp");
}

TEST_CASE("a lieutenant that crashed has forgotten the rounds that were open") {
    const auto at = seat_of(lieutenant_id(0));
    const auto votes_after_three_requests = [&](std::string_view name,
                                                const behavior_options& how) {
        const auto server = make_behavior(at, name, how);
        for (std::uint64_t round = 1; round <= 3; ++round) {
            step(*server, request(round, ids_of(three)));
        }
        return count_of<vote>(step(*server, clock_tick{}, 10 * at.cluster.phase_timeout));
    };
    CHECK(votes_after_three_requests("loyal", {}) == 3);
    CHECK(votes_after_three_requests(
              "crashing", {{"at_round", std::int64_t{2}}, {"back_at_round", std::int64_t{3}}})
          == 1);
}

TEST_CASE("crashing without options stops at the first round it hears of, for that round") {
    const auto server = make_behavior(seat_of(commander_id(0)), "crashing", {});
    CHECK(ask_commander(*server, 7, three).empty());
    CHECK(distributed(ask_commander(*server, 8, three)) == "pcp,pcp,pcp,pcp");
    const auto for_ever =
        make_behavior(seat_of(commander_id(0)), "crashing", {{"back_at_round", std::int64_t{0}}});
    CHECK(ask_commander(*for_ever, 7, three).empty());
    CHECK(ask_commander(*for_ever, 1'000, three).empty());
}

TEST_CASE("crashing may get some messages out first") {
    const auto server =
        make_behavior(seat_of(commander_id(0)), "crashing", {{"after_messages", std::int64_t{2}}});
    CHECK(distributed(ask_commander(*server, 1, three)) == "pcp,pcp,.,.");
    CHECK(distributed(ask_commander(*server, 2, three)) == "pcp,pcp,pcp,pcp");
    CHECK_THROWS_WITH(
        validate_behavior(seat_of(commander_id(0)), "crashing",
                          {{"at_round", std::int64_t{5}}, {"back_at_round", std::int64_t{5}}}),
        Contains("later than at_round"));
}
