/// What opens the gate: the quorum, and a payload with the digest that was voted for.
#include <catch2/catch.hpp>

#include "tests/protocol/one_supervisor.hpp"

namespace byzgate::testing {

namespace {

using refusal_list = std::vector<refusal>;

/// Three lieutenants, of which two make the quorum.
cluster_parameters three() {
    return make_cluster(1, 3, 1);
}

std::string good_payload(server_id, std::uint32_t) {
    return payload_of("a");
}

} // namespace

TEST_CASE("a quorum of release votes opens the gate and one vote less doesn't") {
    const auto lieutenants = GENERATE(1U, 2U, 3U, 4U, 5U, 7U);
    const auto fl = GENERATE(0U, 1U, 2U, 3U, 4U);
    const auto cluster = make_cluster(1, lieutenants, 0, {0, fl, fl});
    const auto q = cluster.quorum();
    REQUIRE(q == std::max(lieutenants / 2 + 1, fl + 1));
    for (std::uint32_t in_favour = 0; in_favour <= lieutenants; ++in_favour) {
        INFO(in_favour << " of " << lieutenants << ", fl " << fl);
        one_supervisor gate{cluster};
        gate.submit();
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            gate.cast(j, {j < in_favour ? for_release() : for_withholding()});
            gate.serve(good_payload);
        }
        gate.receipt();
        REQUIRE(gate.closed.size() == 1);
        const auto& decided = gate.closed[0].decided.at(0);
        CHECK(decided.outcome
              == (in_favour >= q ? record_outcome::released : record_outcome::withheld));
        CHECK(gate.delivered().size() == (in_favour >= q ? 1 : 0));
        CHECK(gate.machine.rounds_open() == 0);
    }
}

TEST_CASE("what is delivered names the record, what was voted for, and who voted") {
    one_supervisor gate{three()};
    gate.submit({"a", "b"});
    gate.cast(2, {for_withholding(), for_release("v1", "b")});
    gate.cast(0, {for_withholding(), for_release("v1", "b")});
    gate.serve([](server_id, std::uint32_t) { return payload_of("b"); });
    const auto delivered = gate.delivered();
    REQUIRE(delivered.size() == 1);
    CHECK(delivered[0].id == "b");
    CHECK(delivered[0].version == "v1");
    CHECK(delivered[0].payload == payload_of("b"));
    CHECK(delivered[0].payload_digest == test_digests().digest_of(payload_of("b")));
    CHECK(delivered[0].voters == std::vector{lieutenant_id(0), lieutenant_id(2)});
    CHECK(gate.sent<delivery>().at(0).first == external_party_id);
}

TEST_CASE("votes for different digests or versions never count together") {
    auto other_digest = for_release();
    other_digest.payload_digest[31] ^= 1;
    const auto other = GENERATE_COPY(values<verdict>({for_release("v2"), other_digest}));
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {for_release()});
    gate.cast(1, {other});
    CHECK(gate.requests().empty());
    gate.cast(2, {for_withholding()});
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::withheld);
}

TEST_CASE("the reason of a vote is no part of what is voted for") {
    one_supervisor gate{three()};
    gate.submit();
    auto other_reason = for_release();
    other_reason.why = reason::commanders_differ;
    gate.cast(0, {for_release()});
    gate.cast(1, {other_reason});
    CHECK(gate.requests().size() == 1);
}

TEST_CASE("votes of different levels never count together") {
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {for_release()});
    gate.cast(1, {unsure()});
    gate.cast(2, {unsure()});
    REQUIRE(gate.newest_level() == 1);
    gate.cast(1, {for_release()}, round_id{1}, 1);
    CHECK(gate.requests().empty());
    gate.cast(0, {for_withholding()}, round_id{1}, 1);
    gate.cast(2, {for_withholding()}, round_id{1}, 1);
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::withheld);
    CHECK(gate.closed[0].decided[0].level == 1);
}

TEST_CASE("a voter that serves a bad payload is passed over and the next one asked") {
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {for_release()});
    gate.cast(1, {for_release()});
    const auto asked = gate.requests();
    REQUIRE(asked.size() == 1);
    gate.hear(asked[0].first, payload_reply{round_id{1}, 0, {0}, payloads({"forged"})});
    CHECK(gate.refusals() == refusal_list{refusal::bad_digest});
    CHECK(gate.delivered().empty());
    const auto next = gate.requests();
    REQUIRE(next.size() == 1);
    CHECK(next[0].first != asked[0].first);
    gate.serve(good_payload);
    CHECK(gate.delivered().at(0).payload == payload_of("a"));
}

TEST_CASE("a voter that has no payload to give is passed over and not called a liar") {
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {for_release()});
    gate.cast(1, {for_release()});
    const auto asked = gate.requests();
    gate.hear(asked[0].first, payload_reply{round_id{1}, 0, {}, payloads({})});
    CHECK(gate.refusals().empty());
    CHECK(gate.requests().size() == 1);
    gate.serve(good_payload);
    CHECK(gate.delivered().size() == 1);
}

TEST_CASE("if every voter serves a bad payload the record is withheld") {
    one_supervisor gate{three()};
    gate.submit();
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.cast(j, {for_release()});
        gate.serve([](server_id, std::uint32_t) { return "forged"; });
    }
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::withheld);
    CHECK(gate.delivered().empty());
}

TEST_CASE("a voter that votes after the others' payloads failed is asked too") {
    one_supervisor gate{three()};
    gate.submit();
    gate.cast(0, {for_release()});
    gate.cast(1, {for_release()});
    gate.hear(gate.requests().at(0).first,
              payload_reply{round_id{1}, 0, {0}, payloads({"forged"})});
    gate.cast(2, {for_release()});
    // The second of the first two is being asked; it fails as well.
    const auto asked = gate.sent<payload_request>();
    REQUIRE(asked.size() == 2);
    gate.hear(asked[1].first, payload_reply{round_id{1}, 0, {0}, payloads({"forged"})});
    REQUIRE(gate.requests().size() == 1);
    CHECK(gate.requests()[0].first == lieutenant_id(2));
    gate.serve(good_payload);
    CHECK(gate.delivered().size() == 1);
}

TEST_CASE("a voter that doesn't answer is passed over at its deadline") {
    one_supervisor gate{three()};
    gate.submit();
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.now = 10;
        gate.cast(j, {for_release()});
    }
    CHECK(gate.sent<payload_request>().size() == 1);
    CHECK(gate.machine.next_deadline() == 210);
    gate.tick_at(209);
    CHECK(gate.requests().empty());
    gate.tick_at(210);
    CHECK(gate.requests().size() == 1);
    // The late answer of the first is nothing to anybody.
    gate.hear(gate.sent<payload_request>()[0].first,
              payload_reply{round_id{1}, 0, {0}, payloads({payload_of("a")})});
    CHECK(gate.refusals() == refusal_list{refusal::late});
    gate.tick_at(410);
    CHECK(gate.requests().size() == 1);
    gate.tick_at(610);
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].decided[0].outcome == record_outcome::withheld);
    CHECK(gate.machine.next_deadline() == tick_never);
}

TEST_CASE("payloads that nobody asked that lieutenant for are refused") {
    one_supervisor gate{three()};
    gate.submit({"a", "b"});
    gate.cast(0, {for_release(), for_withholding()});
    gate.cast(1, {for_release(), for_withholding()});
    const auto asked = gate.requests().at(0).first;
    const auto other = asked == lieutenant_id(0) ? lieutenant_id(1) : lieutenant_id(0);
    const auto good = payload_of("a");
    const std::vector<std::pair<server_id, payload_reply>> wrong{
        {other, {round_id{1}, 0, {0}, payloads({good})}},
        {lieutenant_id(2), {round_id{1}, 0, {0}, payloads({good})}},
        {asked, {round_id{1}, 1, {0}, payloads({good})}},
        {asked, {round_id{1}, 0, {1}, payloads({payload_of("b")})}},
        {asked, {round_id{1}, 0, {0, 0}, payloads({good, good})}},
        {asked, {round_id{1}, 0, {0, 1}, payloads({good, good})}},
        {asked, {round_id{1}, 0, {0xffff'ffff}, payloads({good})}}};
    for (const auto& [from, reply] : wrong) {
        gate.hear(from, reply);
        CHECK(gate.refusals() == refusal_list{refusal::late});
    }
    for (const auto& reply : {payload_reply{round_id{1}, 0, {0}, nullptr},
                              payload_reply{round_id{1}, 0, {0}, payloads({})},
                              payload_reply{round_id{1}, 0, {}, payloads({good})},
                              payload_reply{round_id{1}, 0, {1, 0}, payloads({good, good})}}) {
        gate.hear(asked, reply);
        CHECK(gate.refusals() == refusal_list{refusal::malformed});
    }
    CHECK(gate.delivered().empty());
    gate.serve(good_payload);
    CHECK(gate.delivered().empty());
    gate.hear(asked, payload_reply{round_id{1}, 0, {0}, payloads({good})});
    CHECK(gate.delivered().size() == 1);
    gate.hear(asked, payload_reply{round_id{1}, 0, {0}, payloads({good})});
    CHECK(gate.refusals() == refusal_list{refusal::late});
    CHECK(gate.delivered().size() == 1);
}

TEST_CASE("of several records only those whose payload is good go out, the others are asked on") {
    one_supervisor gate{three()};
    gate.submit({"a", "b", "c"});
    const std::vector<verdict> all{for_release("v1", "a"), for_release("v1", "b"),
                                   for_release("v1", "c")};
    gate.cast(0, all);
    gate.cast(1, all);
    const auto asked = gate.requests().at(0);
    CHECK(asked.second.positions == std::vector<std::uint32_t>{0, 1, 2});
    gate.hear(asked.first,
              payload_reply{round_id{1}, 0, {0, 2}, payloads({payload_of("a"), "forged"})});
    CHECK(gate.refusals() == refusal_list{refusal::bad_digest});
    REQUIRE(gate.delivered().size() == 1);
    CHECK(gate.delivered()[0].id == "a");
    REQUIRE(gate.requests().size() == 1);
    CHECK(gate.requests()[0].second.positions == std::vector<std::uint32_t>{1, 2});
    gate.serve([](server_id, std::uint32_t i) { return payload_of(i == 1 ? "b" : "c"); });
    CHECK(gate.delivered().size() == 3);
    CHECK(gate.sent<delivery>().at(1).second.sequence == 1);
}

TEST_CASE("receipts that fit no delivery are refused") {
    one_supervisor gate{three()};
    gate.submit();
    gate.receipt();
    CHECK(gate.refusals() == refusal_list{refusal::duplicate});
    gate.cast(0, {for_release()});
    gate.cast(1, {for_release()});
    gate.serve(good_payload);
    gate.receipt(1);
    CHECK(gate.refusals() == refusal_list{refusal::duplicate});
    gate.hear(lieutenant_id(0), delivery_receipt{round_id{1}, 0});
    CHECK(gate.refusals() == refusal_list{refusal::unknown_server});
    gate.receipt(0, round_id{2});
    CHECK(gate.refusals() == refusal_list{refusal::unknown_round});
    gate.receipt();
    CHECK(gate.refusals().empty());
    gate.receipt();
    CHECK(gate.refusals() == refusal_list{refusal::duplicate});
    gate.cast(2, {for_release()});
    REQUIRE(gate.closed.size() == 1);
    gate.receipt();
    CHECK(gate.refusals() == refusal_list{refusal::late});
}

TEST_CASE("a delivery without a receipt keeps its round open, and no longer than that") {
    auto cluster = three();
    cluster.window = 1;
    one_supervisor gate{cluster};
    gate.submit();
    gate.submit();
    for (std::uint32_t j = 0; j < 3; ++j) {
        gate.cast(j, {for_release()});
        gate.serve(good_payload);
    }
    gate.tick_at(1'000'000);
    CHECK(gate.closed.empty());
    CHECK(gate.machine.submissions_waiting() == 1);
    CHECK(gate.machine.next_deadline() == tick_never);
    gate.receipt();
    CHECK(gate.closed.size() == 1);
    CHECK(gate.machine.submissions_waiting() == 0);
    CHECK(gate.machine.rounds_open() == 1);
}

} // namespace byzgate::testing
