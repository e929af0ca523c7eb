#include "stage.hpp"

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

namespace {

const auto three = make_records(3); // public, confidential, public
using texts = std::vector<std::string>;

effects vote_of(machine& m, std::uint64_t round = 1) {
    tell_lieutenant(m, round, three);
    return step(m, clock_tick{}, 1'000'000);
}

} // namespace

TEST_CASE("flipping relays the opposite of what it heard to everybody") {
    const auto liar = played(seat_of(lieutenant_id(1)), "flipping");
    const auto done = tell_lieutenant(*liar, 1, three);
    CHECK(count_of<relay>(done) == 3);
    for (const auto to : {lieutenant_id(0), lieutenant_id(2), lieutenant_id(3)}) {
        CHECK(relayed(done, to) == "cpc,cpc");
    }
}

TEST_CASE("flipping leaves version and digest true") {
    const auto liar = played(seat_of(lieutenant_id(1)), "flipping");
    const auto done = tell_lieutenant(*liar, 1, three);
    const auto truth = told_truly(round_id{1}, three);
    const auto& lie = *sent_to<relay>(done, lieutenant_id(0)).at(0).items.at(1);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(lie[i].version == (*truth.claims)[i].version);
        CHECK(lie[i].payload_digest == (*truth.claims)[i].payload_digest);
    }
}

TEST_CASE("flipping sends one batch to all whom it tells the same") {
    const auto liar = played(seat_of(lieutenant_id(1)), "flipping");
    const auto done = tell_lieutenant(*liar, 1, three);
    CHECK(sent_to<relay>(done, lieutenant_id(0)).at(0).items.at(0)
          == sent_to<relay>(done, lieutenant_id(3)).at(0).items.at(0));
}

TEST_CASE("flipping may lie about some commanders and to some lieutenants only") {
    const auto liar = played(seat_of(lieutenant_id(1)), "flipping",
                             {{"commanders", texts{"commander-2"}}, {"to", texts{"lieutenant-4"}}});
    const auto done = tell_lieutenant(*liar, 1, three);
    CHECK(relayed(done, lieutenant_id(0)) == "pcp,pcp");
    CHECK(relayed(done, lieutenant_id(3)) == "pcp,cpc");
}

TEST_CASE("flipping has nothing to flip where nothing was heard") {
    const auto liar = played(seat_of(lieutenant_id(1), 1), "flipping");
    step(*liar, request(1, ids({"a", "b"})));
    const distribution said{round_id{1}, 0, make_claim_batch({absent_claim(), no_value()}),
                            nullptr};
    CHECK(relayed(step(*liar, received{commander_id(0), said}), lieutenant_id(0)) == "a-");
}

TEST_CASE("flipping flips in every phase") {
    const auto liar = played(seat_of(lieutenant_id(1), 1, 4, 2), "flipping");
    const auto done = tell_lieutenant(*liar, 1, three, 1);
    CHECK(relayed(done, lieutenant_id(0), 1) == "cpc");
    CHECK(relayed(done, lieutenant_id(0), 2) == "cpc,cpc"); // by way of lieutenants 3 and 4
}

TEST_CASE("flipping votes as a loyal lieutenant unless told otherwise") {
    const auto at = seat_of(lieutenant_id(1));
    CHECK(voted(vote_of(*played(at, "flipping"))) == "www");
    const std::string choice =
        GENERATE(as<std::string>{}, "release", "withhold", "unresolved", "harm", "silent");
    const auto expected = choice == "release"      ? "rrr"
                          : choice == "withhold"   ? "www"
                          : choice == "unresolved" ? "uuu"
                          : choice == "harm"       ? "wrw"
                                                   : ".";
    INFO(choice);
    CHECK(voted(vote_of(*played(at, "flipping", {{"vote", choice}}))) == expected);
}

TEST_CASE("a false release vote is for what a commander claimed, and the payload can be had") {
    const auto liar =
        played(seat_of(lieutenant_id(1)), "flipping", {{"vote", std::string{"harm"}}});
    const auto cast = sent_to<vote>(vote_of(*liar), supervisor_id).at(0);
    const auto& second = cast.verdicts->at(1);
    CHECK(second.what == decision::release);
    CHECK(second.version == "v2");
    CHECK(second.payload_digest == digests.digest_of("payload 2"));
    CHECK(cast.verdicts->at(0) == verdict{decision::withhold, reason::not_public, {}, {}});
    const auto done =
        step(*liar, received{supervisor_id, payload_request{round_id{1}, 0, {1, 77}}});
    const auto reply = sent_to<payload_reply>(done, supervisor_id);
    REQUIRE(reply.size() == 1);
    CHECK(reply.at(0).positions == std::vector<std::uint32_t>{1, 77});
    CHECK(*reply.at(0).payloads == texts{"payload 2", ""});
}

TEST_CASE("a lieutenant that voted truly leaves the hand-over to the loyal machine") {
    const auto liar = played(seat_of(lieutenant_id(1)), "flipping");
    vote_of(*liar);
    const auto done = step(*liar, received{supervisor_id, payload_request{round_id{1}, 0, {2}}});
    CHECK(sent_to<payload_reply>(done, supervisor_id).at(0).payloads->at(0) == "payload 3");
}

TEST_CASE("a liar that may accuse names the commander over every record with made-up grounds") {
    const auto liar =
        played(seat_of(lieutenant_id(1)), "flipping", {{"accuse", texts{"commander-2"}}});
    const auto cast = sent_to<vote>(vote_of(*liar), supervisor_id).at(0);
    REQUIRE(cast.accusations.size() == 3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const auto& a = cast.accusations.at(i);
        CHECK(a.commander == commander_id(1));
        CHECK(a.position == i);
        CHECK(a.for_good);
        CHECK(a.first.what != a.second.what);
        CHECK(a.first.reporters.size() == 2); // fl+1 for four lieutenants
    }
}

TEST_CASE("tampering falsifies digest or version in relays") {
    const std::string what = GENERATE(as<std::string>{}, "digest", "version", "flag");
    const auto liar = played(seat_of(lieutenant_id(0)), "tampering", {{"what", what}});
    const auto done = tell_lieutenant(*liar, 1, three);
    const auto& lie = sent_to<relay>(done, lieutenant_id(1)).at(0).items.at(0)->at(0);
    const auto truth = claim_of(*three[0]);
    CHECK((lie.payload_digest != truth.payload_digest) == (what == "digest"));
    CHECK((lie.version != truth.version) == (what == "version"));
    CHECK((lie.says != truth.says) == (what == "flag"));
}

TEST_CASE("tampering hands over a confidential payload in place of the one asked for") {
    const auto liar = played(seat_of(lieutenant_id(0)), "tampering");
    CHECK(relayed(tell_lieutenant(*liar, 1, three), lieutenant_id(1)) == "pcp,pcp");
    const auto done = step(*liar, received{supervisor_id, payload_request{round_id{1}, 0, {0}}});
    CHECK(sent_to<payload_reply>(done, supervisor_id).at(0).payloads->at(0) == "payload 2");
}

TEST_CASE("a liar forgets a round when the supervisor closes it and not when a peer says so") {
    const auto liar =
        played(seat_of(lieutenant_id(1)), "flipping", {{"vote", std::string{"release"}}});
    tell_lieutenant(*liar, 1, three);
    step(*liar, received{lieutenant_id(0), round_end{round_id{1}}});
    CHECK(voted(step(*liar, clock_tick{})) == "rrr");
    step(*liar, received{supervisor_id, round_end{round_id{1}}});
    CHECK(voted(step(*liar, clock_tick{})) == "www"); // nothing left to lie about
}
