#include "stage.hpp"

#include "protocol/admit.hpp"

#include <set>

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

namespace {

const auto three = make_records(3); // public, confidential, public
using texts = std::vector<std::string>;

} // namespace

TEST_CASE("replaying puts the last round's claims and payloads under the new round's number") {
    const auto server =
        played(seat_of(commander_id(0)), "replaying", {{"what", std::string{"claims"}}});
    CHECK(distributed(ask_commander(*server, 1, {make_record(1)})) == "p,p,p,p"); // nothing older
    const auto done = ask_commander(*server, 2, {make_record(2), make_record(4)});
    REQUIRE(count_of<distribution>(done) == 4);
    const auto said = sent_to<distribution>(done, lieutenant_id(1)).at(0);
    CHECK(said.round == round_id{2});
    CHECK(flags(said.claims) == "pp"); // stretched to the size of the batch
    CHECK(said.claims->at(0).version == "v1");
    CHECK(*said.payloads == texts{"payload 1", "payload 1"});
    // The truth of round 2 is what comes back in round 3, not the lie.
    CHECK(distributed(ask_commander(*server, 3, {make_record(1)})) == "c,c,c,c");
}

TEST_CASE("replaying sends the old messages once more as they were") {
    const auto server =
        played(seat_of(commander_id(0)), "replaying", {{"what", std::string{"raw"}}});
    ask_commander(*server, 1, {make_record(1)});
    const auto done = ask_commander(*server, 2, {make_record(2)});
    const auto said = sent_to<distribution>(done, lieutenant_id(0));
    REQUIRE(said.size() == 2);
    CHECK(said.at(0).round == round_id{2});
    CHECK(flags(said.at(0).claims) == "c");
    CHECK(said.at(1).round == round_id{1});
    CHECK(flags(said.at(1).claims) == "p");
}

TEST_CASE("replaying goes as many rounds back as it is told") {
    const auto server = played(seat_of(commander_id(0)), "replaying",
                               {{"what", std::string{"claims"}}, {"back", std::int64_t{2}}});
    ask_commander(*server, 1, {make_record(1)});
    CHECK(distributed(ask_commander(*server, 2, {make_record(2)})) == "c,c,c,c");
    CHECK(distributed(ask_commander(*server, 3, {make_record(4)})) == "p,p,p,p");
    for (std::uint64_t round = 4; round < 200; ++round) {
        ask_commander(*server, round, {make_record(4)}); // more than it remembers
    }
    CHECK(distributed(ask_commander(*server, 200, {make_record(1)})) == "c,c,c,c");
    CHECK_THROWS_AS(
        validate_behavior(seat_of(commander_id(0)), "replaying", {{"back", std::int64_t{0}}}),
        behavior_error);
}

TEST_CASE("replaying lieutenants relay and vote as they did before") {
    const auto server =
        played(seat_of(lieutenant_id(0)), "replaying", {{"what", std::string{"claims"}}});
    tell_lieutenant(*server, 1, {make_record(1)});
    CHECK(relayed(tell_lieutenant(*server, 2, {make_record(2)}), lieutenant_id(3)) == "p,p");
    CHECK(voted(step(*server, clock_tick{})) == "w");
}

TEST_CASE("forging puts a public claim into everybody's mouth, silence included") {
    const auto liar = played(seat_of(lieutenant_id(0), 2, 4, 2), "forging");
    step(*liar, request(1, ids_of(three)));
    step(*liar, received{commander_id(0), told_truly(round_id{1}, three)});
    const distribution nothing{round_id{1}, 0, make_claim_batch(std::vector<claim>(3)), nullptr};
    const auto done = step(*liar, received{commander_id(1), nothing});
    CHECK(relayed(done, lieutenant_id(1), 1) == "ppp,ppp");
    CHECK(relayed(done, lieutenant_id(1), 2) == "ppp,ppp,ppp,ppp");
    const auto& invented = *sent_to<relay>(done, lieutenant_id(1)).at(0).items.at(1);
    CHECK(invented.at(2).version == "v3"); // it knows the record from the other commander
}

TEST_CASE("forging may put words into some mouths only") {
    const auto liar =
        played(seat_of(lieutenant_id(0), 2, 4, 2), "forging",
               {{"words_of", texts{"lieutenant-3"}}, {"claim", std::string{"opposite"}}});
    const auto done = tell_lieutenant(*liar, 1, three);
    CHECK(relayed(done, lieutenant_id(1), 1) == "pcp,pcp");         // the commanders' own words
    CHECK(relayed(done, lieutenant_id(1), 2) == "cpc,pcp,cpc,pcp"); // by lieutenants 3, 4, 3, 4
    CHECK(relayed(done, lieutenant_id(2), 2) == "pcp,pcp,pcp,pcp"); // none by 3 itself
}

TEST_CASE("forging may deny that a record exists") {
    const auto liar =
        played(seat_of(lieutenant_id(0)), "forging",
               {{"words_of", texts{"commander-2"}}, {"claim", std::string{"absent"}}});
    const auto done = tell_lieutenant(*liar, 1, three);
    CHECK(relayed(done, lieutenant_id(1)) == "pcp,aaa");
    CHECK(well_formed(sent_to<relay>(done, lieutenant_id(1)).at(0).items.at(1)->at(0), {}));
}

TEST_CASE("colluding servers frame the other commander") {
    const behavior_options plan{{"plan", std::string{"frame"}},
                                {"with", texts{"commander-1", "lieutenant-1"}}};
    const auto commander = played(seat_of(commander_id(0)), "colluding", plan);
    CHECK(distributed(ask_commander(*commander, 1, three)) == "ppp,ppp,ppp,ppp");
    const auto lieutenant = played(seat_of(lieutenant_id(0)), "colluding", plan);
    CHECK(relayed(tell_lieutenant(*lieutenant, 1, three), lieutenant_id(1)) == "ppp,cpc");
    CHECK(voted(step(*lieutenant, clock_tick{})) == "wrw"); // harm unless told otherwise
}

TEST_CASE("a colluding lieutenant backs its commander and leaves the others alone") {
    const behavior_options plan{{"plan", std::string{"back"}}, {"with", texts{"commander-1"}}};
    const auto lieutenant = played(seat_of(lieutenant_id(0)), "colluding", plan);
    CHECK(relayed(tell_lieutenant(*lieutenant, 1, three), lieutenant_id(1)) == "ppp,pcp");
    const auto commander = played(seat_of(commander_id(0)), "colluding", plan);
    CHECK(distributed(ask_commander(*commander, 1, three)) == "ppp,ppp,ppp,ppp");
}

TEST_CASE("a colluding lieutenant must know whose lie it backs") {
    const auto at = seat_of(lieutenant_id(0));
    CHECK_THROWS_WITH(validate_behavior(at, "colluding", {}), Contains("with"));
    CHECK_THROWS_WITH(validate_behavior(at, "colluding", {{"with", texts{"lieutenant-2"}}}),
                      Contains("commander"));
    CHECK_NOTHROW(validate_behavior(seat_of(commander_id(0)), "colluding", {}));
}
