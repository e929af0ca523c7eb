/// The loyal commander: one read, the same to all, silence when in doubt.
#include <catch2/catch.hpp>

#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

struct one_commander {
    explicit one_commander(const cluster_parameters& cluster)
        : machine(cluster, commander_id(0), test_digests()) {}

    commander_machine machine;

    effects hear(server_id from, message what) {
        effects out;
        machine.on(received{from, std::move(what)}, 0, out);
        return out;
    }
    effects read(records_read found) {
        effects out;
        machine.on(found, 0, out);
        return out;
    }
    effects request(round_id round, level_number level, std::vector<record_id> records) {
        return hear(supervisor_id, round_request{round, level, ids(std::move(records)), {}});
    }
};

std::vector<refusal> refusals_in(const effects& done) {
    std::vector<refusal> found;
    for (const auto& e : done) {
        if (const auto* no = std::get_if<refused>(&e)) {
            found.push_back(no->why);
        }
    }
    return found;
}

using refusal_list = std::vector<refusal>;

} // namespace

TEST_CASE("a commander reads once and tells every lieutenant the same") {
    one_commander at{make_cluster(2, 4, 1)};
    const auto asked = at.request(round_id{3}, 1, {"a", "gone", "b"});
    REQUIRE(asked.size() == 1);
    const auto& wanted = std::get<read_records>(asked[0]);
    CHECK(wanted.round == round_id{3});
    CHECK(wanted.level == 1);
    CHECK(*wanted.ids == std::vector<record_id>{"a", "gone", "b"});

    const auto a = make_record("a", flag::public_);
    const auto b = make_record("b", flag::confidential);
    const auto told = at.read({round_id{3}, 1, wanted.ids, {a, std::nullopt, b}});
    REQUIRE(told.size() == 4);
    const auto& first = std::get<distribution>(std::get<send>(told[0]).what);
    CHECK(first.round == round_id{3});
    CHECK(first.level == 1);
    CHECK(*first.claims == std::vector{claim_about(a), absent_claim(), claim_about(b)});
    CHECK(*first.payloads == std::vector<std::string>{a.payload, "", b.payload});
    for (std::uint32_t j = 0; j < 4; ++j) {
        const auto& sent = std::get<send>(told[j]);
        const auto& same = std::get<distribution>(sent.what);
        CHECK(sent.to == lieutenant_id(j));
        CHECK(same.claims == first.claims);
        CHECK(same.payloads == first.payloads);
    }
    // The question is answered: the same answer again is nobody's.
    CHECK(at.read({round_id{3}, 1, wanted.ids, {a, std::nullopt, b}}).empty());
}

TEST_CASE("a request that comes again is not answered again") {
    one_commander at{make_cluster(1, 3, 1)};
    const auto a = make_record("a", flag::public_);
    at.request(round_id{1}, 0, {"a"});
    CHECK(at.read({round_id{1}, 0, ids({"a"}), {a}}).size() == 3);
    const auto again = at.request(round_id{1}, 0, {"a"});
    CHECK(refusals_in(again) == refusal_list{refusal::duplicate});
    CHECK(again.size() == 1);
    CHECK(at.request(round_id{1}, 1, {"a"}).size() == 1);
    at.hear(supervisor_id, round_end{round_id{1}});
    CHECK(refusals_in(at.request(round_id{1}, 0, {"a"})) == refusal_list{refusal::late});
}

TEST_CASE("a read that failed is silence") {
    one_commander at{make_cluster(1, 3, 1)};
    at.request(round_id{1}, 0, {"a", "b"});
    CHECK(at.read({round_id{1}, 0, ids({"a", "b"}), {}}).empty());
}

TEST_CASE("a read with too few or too many answers is silence") {
    const auto answers = GENERATE(1U, 3U);
    one_commander at{make_cluster(1, 3, 1)};
    at.request(round_id{1}, 0, {"a", "b"});
    const std::vector<std::optional<record>> found(answers, make_record("a", flag::public_));
    CHECK(at.read({round_id{1}, 0, ids({"a", "b"}), found}).empty());
}

TEST_CASE("what nobody asked for is not passed on") {
    one_commander at{make_cluster(1, 3, 1)};
    const auto a = make_record("a", flag::public_);
    CHECK(at.read({round_id{1}, 0, ids({"a"}), {a}}).empty());
    at.request(round_id{1}, 0, {"a"});
    CHECK(at.read({round_id{1}, 1, ids({"a"}), {a}}).empty());
    CHECK(at.read({round_id{2}, 0, ids({"a"}), {a}}).empty());
    CHECK(at.read({round_id{1}, 0, ids({"a"}), {a}}).size() == 3);
}

TEST_CASE("a read that comes after the end of its round is let go") {
    one_commander at{make_cluster(1, 3, 1)};
    at.request(round_id{1}, 0, {"a"});
    at.request(round_id{1}, 1, {"a"});
    at.request(round_id{2}, 0, {"a"});
    CHECK(at.hear(supervisor_id, round_end{round_id{1}}).empty());
    const auto a = make_record("a", flag::public_);
    CHECK(at.read({round_id{1}, 0, ids({"a"}), {a}}).empty());
    CHECK(at.read({round_id{1}, 1, ids({"a"}), {a}}).empty());
    CHECK(at.read({round_id{2}, 0, ids({"a"}), {a}}).size() == 3);
}

TEST_CASE("a request that comes again is neither read nor told again") {
    // The database may have changed in between: a loyal commander would contradict itself.
    one_commander at{make_cluster(1, 3, 1)};
    const auto a = make_record("a", flag::public_);
    at.request(round_id{1}, 0, {"a"});
    CHECK(at.read({round_id{1}, 0, ids({"a"}), {a}}).size() == 3);
    CHECK(refusals_in(at.request(round_id{1}, 0, {"a"})) == refusal_list{refusal::duplicate});
    CHECK(at.hear(supervisor_id, round_end{round_id{1}}).empty());
    CHECK(refusals_in(at.request(round_id{1}, 0, {"a"})) == refusal_list{refusal::late});
}

TEST_CASE("a round whose end was lost makes room for a new one once all of it is told") {
    auto cluster = make_cluster(1, 3, 1);
    cluster.limit.rounds_open_max = 2;
    one_commander at{cluster};
    const auto a = make_record("a", flag::public_);
    at.request(round_id{1}, 0, {"a"});
    at.request(round_id{2}, 0, {"a"});
    CHECK(at.read({round_id{2}, 0, ids({"a"}), {a}}).size() == 3);
    CHECK(refusals_in(at.request(round_id{3}, 0, {"a"})).empty());
    CHECK(refusals_in(at.request(round_id{2}, 0, {"a"})) == refusal_list{refusal::late});
    CHECK(at.read({round_id{1}, 0, ids({"a"}), {a}}).size() == 3);
}

TEST_CASE("a commander listens to the supervisor only") {
    one_commander at{make_cluster(2, 3, 1)};
    for (const auto from : {lieutenant_id(0), commander_id(1), external_party_id}) {
        const auto done = at.hear(from, round_request{round_id{1}, 0, ids({"a"}), {}});
        CHECK(refusals_in(done) == refusal_list{refusal::unknown_server});
        CHECK(done.size() == 1);
    }
    CHECK(refusals_in(at.hear(supervisor_id, payload_request{round_id{1}, 0, {0}}))
          == refusal_list{refusal::malformed});
}

TEST_CASE("a commander refuses requests out of bounds and repeated ones") {
    auto cluster = make_cluster(1, 3, 1);
    cluster.limit.rounds_open_max = 2;
    one_commander at{cluster};
    CHECK(refusals_in(at.request(round_id{1}, 0, {})) == refusal_list{refusal::malformed});
    CHECK(refusals_in(at.request(round_id{1}, 9, {"a"})) == refusal_list{refusal::malformed});
    CHECK(refusals_in(at.request(round_id{1}, 0, {"a"})).empty());
    CHECK(refusals_in(at.request(round_id{1}, 0, {"a"})) == refusal_list{refusal::duplicate});
    CHECK(refusals_in(at.request(round_id{2}, 0, {"a"})).empty());
    CHECK(refusals_in(at.request(round_id{3}, 0, {"a"})) == refusal_list{refusal::oversized});
}

} // namespace byzgate::testing
