/// Payloads at a lieutenant: checked against their digests, handed over for what it voted to
/// release, gone at the end of the round.
#include <catch2/catch.hpp>

#include "tests/protocol/one_lieutenant.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim conf = confidential_claim();
using refusal_list = std::vector<refusal>;

/// Three records: public, confidential, public with a payload that isn't what was claimed.
distribution three_records() {
    const auto a = make_record("a", flag::public_);
    const auto b = make_record("b", flag::confidential);
    const auto c = make_record("c", flag::public_);
    return {round_id{1}, 0, make_claim_batch({claim_about(a), claim_about(b), claim_about(c)}),
            payloads({a.payload, b.payload, "forged"})};
}

/// A lieutenant alone with one commander that said `three_records`, after its vote.
void let_vote(one_lieutenant& at) {
    at.request(round_id{1}, 0, {"a", "b", "c"});
    at.hear(commander_id(0), three_records());
}

payload_reply reply_to(one_lieutenant& at, const payload_request& request) {
    at.hear(supervisor_id, request);
    const auto replies = at.sent<payload_reply>();
    REQUIRE_FALSE(replies.empty());
    return replies.back();
}

} // namespace

TEST_CASE("a claim whose payload doesn't hash to its digest is no value, and is reported") {
    one_lieutenant at{make_cluster(1, 2, 1)};
    at.request(round_id{1}, 0, {"a", "b", "c"});
    at.hear(commander_id(0), three_records());
    CHECK(at.refusals() == refusal_list{refusal::bad_digest});
    const auto relays = at.sent<relay>();
    REQUIRE(relays.size() == 1);
    const auto& passed_on = *relays[0].items.at(0);
    CHECK(passed_on[0] == three_records().claims->at(0));
    CHECK(passed_on[1] == three_records().claims->at(1));
    CHECK(passed_on[2] == no_value());
}

TEST_CASE("a confidential claim with a wrong payload is no value either") {
    one_lieutenant at{make_cluster(1, 2, 1)};
    at.request();
    at.hear(commander_id(0), distribution{round_id{1}, 0, one(conf), payloads({"forged"})});
    CHECK(at.refusals() == refusal_list{refusal::bad_digest});
    CHECK(at.sent<relay>().at(0).items.at(0)->front() == no_value());
}

TEST_CASE("a digest that another commander's payload fits doesn't vouch for a different payload") {
    one_lieutenant at{make_cluster(2, 2, 1)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.hear(commander_id(1), distribution{round_id{1}, 0, one(pub), payloads({"forged"})});
    CHECK(at.refusals() == refusal_list{refusal::bad_digest});
    const auto items = at.sent<relay>().at(0).items;
    CHECK(items.at(0)->front() == pub);
    CHECK(items.at(1)->front() == no_value());
}

TEST_CASE("a bad payload can't be made good by sending it again") {
    one_lieutenant at{make_cluster(1, 1, 0)};
    at.request();
    at.hear(commander_id(0), distribution{round_id{1}, 0, one(pub), payloads({"forged"})});
    at.hear(commander_id(0), telling(pub));
    CHECK(at.only_decision() == decision::withhold);
}

TEST_CASE("a payload goes to the supervisor for what the lieutenant voted to release, only") {
    one_lieutenant at{make_cluster(1, 1, 0)};
    let_vote(at);
    REQUIRE(at.sent<vote>().size() == 1);
    const auto reply = reply_to(at, {round_id{1}, 0, {0, 1, 2, 3, 0xffff'ffff}});
    CHECK(reply.positions == std::vector<std::uint32_t>{0});
    CHECK(*reply.payloads == std::vector{make_record("a", flag::public_).payload});
}

TEST_CASE("there is no payload of another level, of no position, or before the vote") {
    one_lieutenant at{make_cluster(1, 2, 1)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    CHECK(reply_to(at, {round_id{1}, 0, {0}}).positions.empty());
    at.hear_relay(1, pub);
    REQUIRE(at.only_decision() == decision::release);
    CHECK(reply_to(at, {round_id{1}, 1, {0}}).positions.empty());
    CHECK(reply_to(at, {round_id{1}, 0, {}}).positions.empty());
    CHECK(reply_to(at, {round_id{1}, 0, {0}}).positions.size() == 1);
}

TEST_CASE("a lieutenant that votes release by hearsay has no payload to give") {
    one_lieutenant at{make_cluster(1, 4, 1)};
    at.request();
    at.tick_at(100);
    for (std::uint32_t other = 1; other < 4; ++other) {
        at.hear_relay(other, pub);
    }
    REQUIRE(at.only_decision() == decision::release);
    CHECK(reply_to(at, {round_id{1}, 0, {0}}).positions.empty());
}

TEST_CASE("payloads are gone at the end of the round") {
    one_lieutenant at{make_cluster(1, 1, 0)};
    let_vote(at);
    at.hear(supervisor_id, round_end{round_id{1}});
    CHECK(at.machine.rounds_open() == 0);
    at.hear(supervisor_id, payload_request{round_id{1}, 0, {0}});
    CHECK(at.refusals() == refusal_list{refusal::unknown_round});
    CHECK(at.sent<payload_reply>().empty());
}

TEST_CASE("a relay can't bring a payload or a digest of its own into the vote") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request();
    at.hear(commander_id(0), telling(conf));
    const auto forged = make_claim(flag::public_, "v1", test_digests().digest_of("forged"));
    at.hear_relay(1, forged);
    at.hear_relay(2, conf);
    CHECK(at.only_decision() == decision::withhold);
}

} // namespace byzgate::testing
