/// What a lieutenant refuses, and that refusing costs nobody anything.
#include <catch2/catch.hpp>

#include "tests/protocol/one_lieutenant.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim conf = confidential_claim();
using refusal_list = std::vector<refusal>;
const refusal_list malformed{refusal::malformed};
const refusal_list unknown_server{refusal::unknown_server};

claim of_kind(int kind) {
    auto c = pub;
    c.kind = static_cast<claim_kind>(kind);
    return c;
}

claim saying_flag(int says) {
    auto c = pub;
    c.says = static_cast<flag>(says);
    return c;
}

cluster_parameters small_limits() {
    auto cluster = make_cluster(1, 3, 1);
    cluster.limit.early_messages_max = 5;
    cluster.limit.rounds_open_max = 4;
    cluster.limit.payload_bytes_max = 100;
    cluster.limit.record_id_bytes_max = 10;
    cluster.limit.batch_max = 3;
    return cluster;
}

} // namespace

TEST_CASE("a relay of the wrong shape is refused and the right one still counts") {
    const auto bad = GENERATE(values<relay>({
        {round_id{1}, 0, 1, {}},
        {round_id{1}, 0, 1, {one(pub), one(pub)}},
        {round_id{1}, 0, 1, {make_claim_batch({})}},
        {round_id{1}, 0, 1, {make_claim_batch({pub, pub})}},
        {round_id{1}, 0, 0, {one(pub)}},
        {round_id{1}, 0, 2, {one(pub)}},
        {round_id{1}, 0, 0xffff'ffff, {one(pub)}},
        {round_id{1}, 0, 1, {one(of_kind(0))}},
        {round_id{1}, 0, 1, {one(of_kind(1))}},
        {round_id{1}, 0, 1, {one(of_kind(3))}},
        {round_id{1}, 0, 1, {one(of_kind(255))}},
        {round_id{1}, 0, 1, {one(saying_flag(2))}},
        {round_id{1}, 0, 1, {one(make_claim(flag::public_, std::string(11, 'v'), {}))}},
    }));
    one_lieutenant at{small_limits()};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.hear(lieutenant_id(1), bad);
    CHECK(at.refusals() == malformed);
    at.hear_relay(1, pub);
    CHECK(at.refusals().empty());
    at.hear_relay(2, pub);
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("a null item in a relay is silence about one path and no garbage") {
    one_lieutenant at{make_cluster(2, 3, 1)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.hear(commander_id(1), telling(pub));
    at.hear(lieutenant_id(1), relay{round_id{1}, 0, 1, {nullptr, one(pub)}});
    CHECK(at.refusals().empty());
    at.hear_relay(2, pub);
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("claims of the wrong shape are refused and the right ones still count") {
    const auto payload = make_record("a", flag::public_).payload;
    const auto bad = GENERATE_COPY(values<distribution>({
        {round_id{1}, 0, nullptr, nullptr},
        {round_id{1}, 0, one(pub), nullptr},
        {round_id{1}, 0, nullptr, payloads({payload})},
        {round_id{1}, 0, one(pub), payloads({})},
        {round_id{1}, 0, one(pub), payloads({payload, payload})},
        {round_id{1}, 0, make_claim_batch({}), payloads({payload})},
        {round_id{1}, 0, make_claim_batch({pub, pub}), payloads({payload, payload})},
        {round_id{1}, 0, one(of_kind(0)), payloads({payload})},
        {round_id{1}, 0, one(of_kind(9)), payloads({payload})},
        {round_id{1}, 0, one(make_claim(flag::public_, std::string(11, 'v'), {})),
         payloads({payload})},
    }));
    one_lieutenant at{small_limits()};
    at.request();
    at.hear(commander_id(0), bad);
    CHECK(at.refusals() == malformed);
    CHECK(at.sent<relay>().empty());
    at.hear(commander_id(0), telling(pub));
    CHECK(at.refusals().empty());
    CHECK(at.sent<relay>().size() == 2);
}

TEST_CASE("a payload over the limit is refused, one at the limit isn't") {
    const auto size = GENERATE(100U, 101U);
    one_lieutenant at{small_limits()};
    at.request();
    const std::string payload(size, 'x');
    at.hear(commander_id(0),
            distribution{round_id{1}, 0,
                         one(make_claim(flag::public_, "v1", test_digests().digest_of(payload))),
                         payloads({payload})});
    CHECK(at.refusals() == (size > 100 ? refusal_list{refusal::oversized} : refusal_list{}));
}

TEST_CASE("nobody speaks out of its place") {
    one_lieutenant at{make_cluster(2, 3, 1)};
    at.request();
    const auto relayed = relay{round_id{1}, 0, 1, {one(pub), one(pub)}};
    const std::vector<std::pair<server_id, message>> wrong{
        {lieutenant_id(0), relayed}, // itself
        {lieutenant_id(3), relayed},
        {lieutenant_id(0xffff), relayed},
        {commander_id(0), relayed},
        {external_party_id, relayed},
        {lieutenant_id(1), telling(pub)},
        {commander_id(2), telling(pub)},
        {external_party_id, telling(pub)},
        {lieutenant_id(1), round_request{round_id{2}, 0, ids({"b"}), {}}},
        {commander_id(0), round_request{round_id{2}, 0, ids({"b"}), {}}},
        {commander_id(0), round_end{round_id{1}}},
        {lieutenant_id(1), payload_request{round_id{1}, 0, {0}}},
        {lieutenant_id(1), vote{round_id{1}, 0, nullptr, {}}},
        {server_id{0x0007'0000}, telling(pub)},
        {server_id{0xffff'ffff}, relayed}};
    for (const auto& [from, what] : wrong) {
        at.hear(from, what);
        INFO(to_string(from) << " says " << kind_of(what));
        CHECK(at.refusals() == unknown_server);
    }
    CHECK(at.machine.rounds_open() == 1);
    CHECK(at.machine.early_messages() == 0);
    CHECK(at.sent<relay>().empty());
}

TEST_CASE("what the supervisor has no business to say is refused") {
    one_lieutenant at{make_cluster(2, 3, 1)};
    at.request();
    for (const message& what :
         {message{telling(pub)}, message{relay{round_id{1}, 0, 1, {}}},
          message{vote{round_id{1}, 0, nullptr, {}}}, message{delivery{round_id{1}, 0, nullptr}},
          message{delivery_receipt{round_id{1}, 0}},
          message{payload_reply{round_id{1}, 0, {}, nullptr}}}) {
        at.hear(supervisor_id, what);
        CHECK(at.refusals() == malformed);
    }
}

TEST_CASE("whoever speaks twice is heard once") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request();
    at.hear_relay(1, pub);
    at.hear_relay(1, conf);
    CHECK(at.refusals() == refusal_list{refusal::duplicate});
    at.hear(commander_id(0), telling(pub));
    at.hear_relay(1, conf);
    CHECK(at.refusals() == refusal_list{refusal::duplicate});
    at.hear_relay(2, conf);
    // Its own and the first word of lieutenant 2 make the majority.
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("what came early and is refused later is named in its own words") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.hear_relay(1, pub);
    at.hear_relay(1, conf);
    CHECK(at.refusals().empty());
    at.request();
    REQUIRE(at.refusals() == refusal_list{refusal::duplicate});
    for (const auto& e : at.last) {
        if (const auto* no = std::get_if<refused>(&e)) {
            REQUIRE(no->about);
            const auto& about = std::get<relay>(*no->about);
            CHECK(about.items.front()->front() == conf);
        }
    }
}

TEST_CASE("a commander that speaks twice in phase 0 is heard once") {
    one_lieutenant at{make_cluster(2, 3, 1)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.hear(commander_id(0), telling(conf));
    CHECK(at.refusals() == refusal_list{refusal::duplicate});
    at.hear(commander_id(1), telling(pub));
    at.hear_relay(1, pub);
    at.hear_relay(2, pub);
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("a request that repeats a level is refused") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request();
    at.request();
    CHECK(at.refusals() == refusal_list{refusal::duplicate});
    CHECK(at.machine.rounds_open() == 1);
}

TEST_CASE("a request beyond its bounds is refused and opens nothing") {
    const std::vector<std::pair<round_request, refusal>> bad{
        {{round_id{1}, 0, nullptr, {}}, refusal::malformed},
        {{round_id{1}, 0, ids({}), {}}, refusal::malformed},
        {{round_id{1}, 3, ids({"a"}), {}}, refusal::malformed},
        {{round_id{1}, 0, ids({"a"}), {lieutenant_id(0)}}, refusal::malformed},
        {{round_id{1}, 0, ids({"a"}), {commander_id(1)}}, refusal::malformed},
        {{round_id{1}, 0, ids({"a"}), {commander_id(0), commander_id(0)}}, refusal::malformed},
        {{round_id{1}, 0, ids({"a", "b", "c", "d"}), {}}, refusal::oversized},
        {{round_id{1}, 0, ids({"a record id"}), {}}, refusal::oversized}};
    for (const auto& [request, why] : bad) {
        one_lieutenant at{small_limits()};
        at.hear(supervisor_id, request);
        CHECK(at.refusals() == refusal_list{why});
        CHECK(at.machine.rounds_open() == 0);
    }
}

TEST_CASE("a flood of early messages fills its sender's share and no more") {
    one_lieutenant at{small_limits()};
    for (std::uint32_t i = 0; i < 100; ++i) {
        at.hear(commander_id(0), telling(pub, round_id{1 + i % 4}, i % 3));
        CHECK(at.refusals() == (i < 5 ? refusal_list{} : refusal_list{refusal::oversized}));
    }
    CHECK(at.machine.early_messages() == 5);
    CHECK(at.machine.rounds_open() == 0);
    // The others' messages are kept all the same, and used.
    at.hear_relay(1, pub);
    at.hear_relay(2, pub);
    CHECK(at.refusals().empty());
    CHECK(at.machine.early_messages() == 7);
    at.request();
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("messages for rounds out of reach are not kept") {
    one_lieutenant at{small_limits()};
    at.hear(commander_id(0), telling(pub, round_id{4}));
    CHECK(at.machine.early_messages() == 1);
    for (const auto round : {round_id{5}, round_id{1'000'000}, round_id{~std::uint64_t{0}}}) {
        at.hear(commander_id(0), telling(pub, round));
        CHECK(at.refusals() == refusal_list{refusal::unknown_round});
    }
    at.hear(commander_id(0), telling(pub, round_id{1}, 3));
    CHECK(at.refusals() == refusal_list{refusal::unknown_round});
    at.hear(commander_id(0), telling(pub, round_id{1}, 0xffff'ffff));
    CHECK(at.refusals() == refusal_list{refusal::unknown_round});
    at.hear(commander_id(0), telling(pub, round_id{0}));
    CHECK(at.refusals() == refusal_list{refusal::late});
    CHECK(at.machine.early_messages() == 1);
    // What is in reach moves with the requests.
    at.request(round_id{3});
    at.hear(commander_id(0), telling(pub, round_id{7}));
    CHECK(at.refusals().empty());
}

TEST_CASE("the end of a round takes its early messages with it") {
    one_lieutenant at{small_limits()};
    for (level_number level = 0; level < 3; ++level) {
        at.hear(commander_id(0), telling(pub, round_id{1}, level));
    }
    CHECK(at.machine.early_messages() == 3);
    at.request();
    CHECK(at.machine.early_messages() == 2);
    at.hear(supervisor_id, round_end{round_id{1}});
    CHECK(at.machine.early_messages() == 0);
    CHECK(at.machine.rounds_open() == 0);
    at.hear(commander_id(0), telling(pub));
    CHECK(at.refusals() == refusal_list{refusal::late});
    at.request();
    CHECK(at.refusals() == refusal_list{refusal::late});
    CHECK(at.machine.early_messages() == 0);
    CHECK(at.machine.rounds_open() == 0);
}

TEST_CASE("the end of a round takes no other round's early messages with it") {
    one_lieutenant at{small_limits()};
    at.hear(commander_id(0), telling(pub, round_id{2}));
    at.hear(commander_id(0), telling(pub, round_id{4}));
    for (level_number level = 0; level < 3; ++level) {
        at.hear(commander_id(0), telling(pub, round_id{3}, level));
    }
    at.hear(supervisor_id, round_end{round_id{3}});
    CHECK(at.machine.early_messages() == 2);
}

TEST_CASE("early messages for rounds that were passed over are let go") {
    one_lieutenant at{small_limits()};
    at.hear(commander_id(0), telling(pub, round_id{1}));
    for (std::uint64_t i = 2; i < 30; ++i) {
        at.request(round_id{i});
        at.hear(supervisor_id, round_end{round_id{i}});
    }
    CHECK(at.machine.early_messages() == 0);
    CHECK(at.machine.rounds_open() == 0);
}

TEST_CASE("no more rounds stay open than the limit, the oldest go") {
    one_lieutenant at{small_limits()};
    for (std::uint64_t i = 1; i <= 10; ++i) {
        at.request(round_id{i});
        CHECK(at.machine.rounds_open() == std::min<std::uint64_t>(i, 4));
    }
    at.hear(commander_id(0), telling(pub, round_id{6}));
    CHECK(at.refusals() == refusal_list{refusal::late});
    at.hear(commander_id(0), telling(pub, round_id{7}));
    CHECK(at.refusals().empty());
}

} // namespace byzgate::testing
