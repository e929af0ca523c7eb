#include "stage.hpp"

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

namespace {

const auto three = make_records(3); // public, confidential, public
using texts = std::vector<std::string>;

} // namespace

TEST_CASE("consistent_lie tells everybody the opposite flag and nothing else changes") {
    const auto at = seat_of(commander_id(0));
    const auto liar = played(at, "consistent_lie");
    const auto done = ask_commander(*liar, 1, three);
    CHECK(distributed(done) == "cpc,cpc,cpc,cpc");
    const auto said = sent_to<distribution>(done, lieutenant_id(2)).at(0);
    const auto truth = told_truly(round_id{1}, three);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK((*said.claims)[i].version == (*truth.claims)[i].version);
        CHECK((*said.claims)[i].payload_digest == (*truth.claims)[i].payload_digest);
    }
    CHECK(*said.payloads == *truth.payloads);
}

TEST_CASE("consistent_lie gives every lieutenant the same batch, not four equal ones") {
    const auto liar = played(seat_of(commander_id(0)), "consistent_lie");
    const auto done = ask_commander(*liar, 1, three);
    const auto first = sent_to<distribution>(done, lieutenant_id(0)).at(0).claims;
    for (std::uint32_t i = 1; i < 4; ++i) {
        CHECK(sent_to<distribution>(done, lieutenant_id(i)).at(0).claims == first);
    }
}

TEST_CASE("consistent_lie says always the flag that it is given") {
    const auto at = seat_of(commander_id(0));
    CHECK(distributed(ask_commander(
              *played(at, "consistent_lie", {{"flag", std::string{"public"}}}), 1, three))
          == "ppp,ppp,ppp,ppp");
    CHECK(distributed(ask_commander(
              *played(at, "consistent_lie", {{"flag", std::string{"confidential"}}}), 1, three))
          == "ccc,ccc,ccc,ccc");
    CHECK_THROWS_WITH(validate_behavior(at, "consistent_lie", {{"flag", std::string{"secret"}}}),
                      Contains("opposite, public, confidential") && Contains("secret"));
}

TEST_CASE("consistent_lie lies about the listed records only") {
    const auto liar =
        played(seat_of(commander_id(0)), "consistent_lie", {{"records", texts{"r2", "r9"}}});
    const auto done = ask_commander(*liar, 1, three);
    CHECK(distributed(done) == "ppp,ppp,ppp,ppp");
    CHECK(sent_to<distribution>(done, lieutenant_id(0)).at(0).claims
          == sent_to<distribution>(done, lieutenant_id(3)).at(0).claims);
}

TEST_CASE("a commander has no flag to lie about where the database has no record") {
    std::vector<std::optional<record>> none{std::nullopt};
    const auto at = seat_of(commander_id(0));
    CHECK(distributed(ask_commander(*played(at, "consistent_lie"), 1, none)) == "a,a,a,a");
    CHECK(distributed(ask_commander(*played(at, "equivocating"), 1, none)) == "a,a,a,a");
}

TEST_CASE("equivocating tells the first half public and the rest confidential") {
    const auto four = played(seat_of(commander_id(0)), "equivocating");
    CHECK(distributed(ask_commander(*four, 1, three)) == "ppp,ppp,ccc,ccc");
    const auto of_three = played(seat_of(commander_id(0), 1, 3), "equivocating");
    CHECK(distributed(ask_commander(*of_three, 1, three), 3) == "ppp,ccc,ccc");
}

TEST_CASE("equivocating tells public to whom it is told, and nothing to some") {
    const auto liar = played(seat_of(commander_id(0)), "equivocating",
                             {{"public_to", texts{"lieutenant-2", "lieutenant-4"}},
                              {"silent_to", texts{"lieutenant-1"}}});
    CHECK(distributed(ask_commander(*liar, 1, three)) == ".,ppp,ccc,ppp");
}

TEST_CASE("equivocating by seed is fixed by the seed and differs between rounds") {
    auto at = seat_of(commander_id(0));
    const behavior_options how{{"by", std::string{"seed"}}};
    std::string first;
    std::string second;
    const auto one = played(at, "equivocating", how);
    const auto same = played(at, "equivocating", how);
    for (std::uint64_t round = 1; round <= 20; ++round) {
        first += distributed(ask_commander(*one, round, three)) + ";";
    }
    for (std::uint64_t round = 20; round >= 1; --round) { // in another order
        second = distributed(ask_commander(*same, round, three)) + ";" + second;
    }
    CHECK(first == second);
    CHECK_THAT(first, Contains("ppp") && Contains("ccc"));
    at.seed = 8;
    const auto other = played(at, "equivocating", how);
    std::string third;
    for (std::uint64_t round = 1; round <= 20; ++round) {
        third += distributed(ask_commander(*other, round, three)) + ";";
    }
    CHECK(first != third);
}

TEST_CASE("equivocating refuses options that contradict each other") {
    const auto at = seat_of(commander_id(0));
    CHECK_THROWS_WITH(validate_behavior(at, "equivocating", {{"by", std::string{"list"}}}),
                      Contains("public_to"));
    CHECK_THROWS_WITH(
        validate_behavior(at, "equivocating",
                          {{"by", std::string{"half"}}, {"public_to", texts{"lieutenant-1"}}}),
        Contains("list"));
}

TEST_CASE("silent sends nothing at all") {
    CHECK(ask_commander(*played(seat_of(commander_id(0)), "silent"), 1, three).empty());
    const auto lieutenant = played(seat_of(lieutenant_id(0)), "silent");
    CHECK(tell_lieutenant(*lieutenant, 1, three).empty());
    CHECK(step(*lieutenant, clock_tick{}).empty());
}

TEST_CASE("tampering puts a confidential payload of the batch under every public id") {
    const auto liar = played(seat_of(commander_id(0)), "tampering");
    const auto said = sent_to<distribution>(ask_commander(*liar, 1, three), lieutenant_id(1)).at(0);
    CHECK(flags(said.claims) == "pcp");
    CHECK(*said.payloads == texts{"payload 2", "payload 2", "payload 2"});
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK((*said.claims)[i].payload_digest == digests.digest_of("payload 2"));
        CHECK((*said.claims)[i].version == three[i]->version);
    }
}

TEST_CASE("tampering remembers a confidential payload for later batches") {
    const auto liar = played(seat_of(commander_id(0)), "tampering");
    const std::vector<std::optional<record>> open{make_record(1)};
    const auto before =
        sent_to<distribution>(ask_commander(*liar, 1, open), lieutenant_id(0)).at(0);
    CHECK(before.payloads->at(0) != "payload 1"); // an invention: it has read no secret yet
    CHECK((*before.claims)[0].payload_digest == digests.digest_of(before.payloads->at(0)));
    ask_commander(*liar, 2, {make_record(6)});
    const auto after = sent_to<distribution>(ask_commander(*liar, 3, open), lieutenant_id(0)).at(0);
    CHECK(after.payloads->at(0) == "payload 6");
}

TEST_CASE("tampering may leave the digest of the payload that it swapped") {
    const auto liar = played(seat_of(commander_id(0)), "tampering", {{"keep_digest", true}});
    const auto said = sent_to<distribution>(ask_commander(*liar, 1, three), lieutenant_id(1)).at(0);
    CHECK(said.payloads->at(0) == "payload 2");
    CHECK((*said.claims)[0].payload_digest == digests.digest_of("payload 1"));
}

TEST_CASE("tampering with digest, version or flag changes that and nothing else") {
    const auto what = GENERATE("digest", "version", "flag");
    const auto liar = played(seat_of(commander_id(0)), "tampering", {{"what", std::string{what}}});
    const auto said = sent_to<distribution>(ask_commander(*liar, 1, three), lieutenant_id(1)).at(0);
    const auto truth = told_truly(round_id{1}, three);
    CHECK(*said.payloads == *truth.payloads);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& lie = (*said.claims)[i];
        const auto& heard = (*truth.claims)[i];
        CHECK((lie.payload_digest != heard.payload_digest) == (what == std::string{"digest"}));
        CHECK((lie.version != heard.version) == (what == std::string{"version"}));
        CHECK((lie.says != heard.says) == (what == std::string{"flag"}));
    }
}
