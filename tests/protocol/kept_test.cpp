/// What a server signed before a crash, it says again, and nothing else in that place.
#include <catch2/catch.hpp>

#include <memory>

#include "protocol/wire.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

const round_id r1{1};

cluster_parameters signing_cluster(std::uint32_t depth = 1) {
    auto cluster = make_cluster(2, 3, depth);
    cluster.protocol = protocol_kind::signed_;
    return cluster;
}

std::vector<kept_statement> kept_in(const effects& done) {
    std::vector<kept_statement> kept;
    for (const auto& e : done) {
        if (const auto* one = std::get_if<keep>(&e)) {
            kept.push_back(one->what);
        }
    }
    return kept;
}

template <class Message>
std::vector<Message> sent_in(const effects& done) {
    std::vector<Message> found;
    for (const auto& e : done) {
        const auto* s = std::get_if<send>(&e);
        if (s != nullptr && std::holds_alternative<Message>(s->what)) {
            found.push_back(std::get<Message>(s->what));
        }
    }
    return found;
}

/// One server of a signed cluster that can be started again.
template <class Machine>
class restarted {
public:
    restarted(const cluster_parameters& cluster, server_id self)
        : cluster_(cluster), self_(self), keys_(cluster, 1, test_digests()) {
        start({});
    }

    std::unique_ptr<Machine> machine;
    tick now = 0;

    void start(const signed_past& past) {
        machine = std::make_unique<Machine>(cluster_, self_, test_digests(), keys_.of(self_));
        machine->restore(past);
    }
    effects hear(server_id from, message what) { return step(received{from, std::move(what)}); }
    effects step(const event& what) {
        effects out;
        machine->on(what, now, out);
        return out;
    }
    effects request(round_id round, std::vector<record_id> records) {
        return hear(supervisor_id, round_request{round, 0, ids(std::move(records)), {}});
    }
    /// What that commander says about record "a" in round 1.
    [[nodiscard]] distribution said_by(std::uint32_t commander, const claim& c) const {
        auto told = telling(c);
        told.seal = seal_claims(keys_.of(commander_id(commander)), test_digests(),
                                commander_id(commander), r1, 0, {"a"}, *told.claims);
        return told;
    }

private:
    cluster_parameters cluster_;
    server_id self_;
    ideal_keys keys_;
};

effects read_by(restarted<commander_machine>& at, std::vector<record_id> asked,
                std::vector<std::optional<record>> found) {
    return at.step(records_read{r1, 0, ids(std::move(asked)), std::move(found)});
}

bool is_keep_first(const effects& done) {
    for (const auto& e : done) {
        if (std::holds_alternative<keep>(e)) {
            return true;
        }
        if (std::holds_alternative<send>(e)) {
            return false;
        }
    }
    return false;
}

} // namespace

TEST_CASE("a commander keeps its claims before it tells them, and without the payloads") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    CHECK(kept_in(at.request(r1, {"a"})).empty());
    const auto told = read_by(at, {"a"}, {make_record("a", flag::public_)});
    REQUIRE(is_keep_first(told));
    const auto kept = kept_in(told);
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].kind == statement_kind::claims);
    CHECK(kept[0].round == r1);
    CHECK(kept[0].bytes.find("payload of") == std::string::npos);
    const auto said = decode_message(kept[0].bytes, limits{});
    REQUIRE(said);
    CHECK(
        same_batch(std::get<distribution>(*said).claims, sent_in<distribution>(told).at(0).claims));
}

TEST_CASE("servers that were not told to keep don't") {
    pump in{signing_cluster()};
    in.put(make_record("a", flag::public_));
    in.submit({"a"});
    in.run(); // It knows no `keep` and would throw.
    CHECK(in.delivered.size() == 1);
}

TEST_CASE("a commander that is asked again says what it said, whatever it reads now") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    const std::vector<record_id> asked{"a", "b", "c"};
    (void)at.request(r1, asked);
    const auto a = make_record("a", flag::public_);
    const auto b = make_record("b", flag::confidential);
    const auto first = read_by(at, asked, {a, b, std::nullopt});
    const auto said = sent_in<distribution>(first).at(0);

    at.start({kept_in(first), round_id{0}});
    (void)at.request(r1, asked);
    const auto c = make_record("c", flag::public_);
    const auto again = read_by(at, asked, {a, make_record("b", flag::public_, "v2"), c});
    CHECK(kept_in(again).empty());
    const auto repeated = sent_in<distribution>(again);
    REQUIRE(repeated.size() == 3);
    for (const auto& told : repeated) {
        CHECK(same_batch(told.claims, said.claims));
        CHECK(*told.seal == *said.seal);
        CHECK(*told.payloads == std::vector<std::string>{a.payload, "", ""});
    }

    at.start({kept_in(first), round_id{0}});
    (void)at.request(r1, asked);
    const auto unread = sent_in<distribution>(read_by(at, asked, {}));
    REQUIRE(unread.size() == 3);
    CHECK(same_batch(unread[0].claims, said.claims));
    CHECK(*unread[0].payloads == std::vector<std::string>{"", "", ""});
}

TEST_CASE("a commander that is asked about other records in the same place says nothing") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    (void)at.request(r1, {"a"});
    const auto past = kept_in(read_by(at, {"a"}, {make_record("a", flag::public_)}));
    for (const auto& others : {std::vector<record_id>{"b"}, std::vector<record_id>{"a", "b"}}) {
        at.start({past, round_id{0}});
        (void)at.request(r1, others);
        std::vector<std::optional<record>> found;
        for (const auto& id : others) {
            found.emplace_back(make_record(id, flag::public_));
        }
        CHECK(read_by(at, others, std::move(found)).empty());
    }
}

TEST_CASE("nothing is signed for rounds up to the floor that was kept") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    restarted<lieutenant_machine> by{signing_cluster(), lieutenant_id(0)};
    at.start({{}, round_id{7}});
    by.start({{}, round_id{7}});
    for (const std::uint64_t round : {1, 7}) {
        const auto refusals = {at.request(round_id{round}, {"a"}),
                               by.request(round_id{round}, {"a"})};
        for (const auto& done : refusals) {
            REQUIRE(done.size() == 1);
            CHECK(std::get<refused>(done[0]).why == refusal::late);
        }
    }
    CHECK(std::holds_alternative<read_records>(at.request(round_id{8}, {"a"}).at(0)));
    CHECK(by.request(round_id{8}, {"a"}).empty());
    CHECK(by.machine->rounds_open() == 1);
}

TEST_CASE("a round of which something kept can't be read counts as over") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    at.start({{{statement_kind::claims, round_id{3}, 0, 0, "nonsense"}}, round_id{1}});
    CHECK(std::get<refused>(at.request(round_id{3}, {"a"}).at(0)).why == refusal::late);
    CHECK(std::holds_alternative<read_records>(at.request(round_id{4}, {"a"}).at(0)));
}

TEST_CASE("the floor rises with the rounds that end") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    restarted<lieutenant_machine> by{signing_cluster(), lieutenant_id(0)};
    const auto drops = [](const effects& done) {
        std::vector<round_id> found;
        for (const auto& e : done) {
            if (const auto* over = std::get_if<drop_kept>(&e)) {
                found.push_back(over->up_to);
            }
        }
        return found;
    };
    CHECK(drops(at.hear(supervisor_id, round_end{round_id{2}})).empty());
    CHECK(drops(by.hear(supervisor_id, round_end{round_id{2}})).empty());
    CHECK(drops(at.hear(supervisor_id, round_end{r1})) == std::vector{round_id{2}});
    CHECK(drops(by.hear(supervisor_id, round_end{r1})) == std::vector{round_id{2}});
}

TEST_CASE("a lieutenant that starts again repeats its relay and its vote at once") {
    restarted<lieutenant_machine> at{signing_cluster(), lieutenant_id(0)};
    (void)at.request(r1, {"a"});
    const auto c = public_claim();
    (void)at.hear(commander_id(0), at.said_by(0, c));
    const auto relaying = at.hear(commander_id(1), at.said_by(1, c));
    REQUIRE(is_keep_first(relaying));
    const auto relayed = sent_in<signed_relay>(relaying).at(0);
    CHECK(relayed.items.size() == 2);
    at.now = 1'000;
    const auto voting = at.step(clock_tick{});
    REQUIRE(is_keep_first(voting));
    const auto cast = sent_in<vote>(voting).at(0);
    CHECK(cast.verdicts->at(0).what == decision::release);

    auto past = kept_in(relaying);
    SECTION("the relay alone") {
        at.start({past, round_id{0}});
        const auto again = at.request(r1, {"a"});
        CHECK(kept_in(again).empty());
        const auto relays = sent_in<signed_relay>(again);
        REQUIRE(relays.size() == 2);
        CHECK(encode(relays[0]) == encode(relayed));
        // It knows again what it passed on, and votes as it would have.
        at.now = 2'000;
        const auto late = at.step(clock_tick{});
        REQUIRE(kept_in(late).size() == 1);
        CHECK(encode(sent_in<vote>(late).at(0)) == encode(cast));
    }
    SECTION("the vote as well") {
        past.push_back(kept_in(voting).at(0));
        at.start({past, round_id{0}});
        const auto again = at.request(r1, {"a"});
        CHECK(kept_in(again).empty());
        CHECK(sent_in<signed_relay>(again).size() == 2);
        REQUIRE(sent_in<vote>(again).size() == 1);
        CHECK(encode(sent_in<vote>(again)[0]) == encode(cast));
        // Its payloads are gone, and it says so.
        const auto reply = at.hear(supervisor_id, payload_request{r1, 0, {0}});
        CHECK(sent_in<payload_reply>(reply).at(0).positions.empty());
    }
    SECTION("about other records it has no second vote") {
        past.push_back(kept_in(voting).at(0));
        at.start({past, round_id{0}});
        const auto again = at.request(r1, {"b", "c"});
        at.now = 9'000;
        CHECK(sent_in<vote>(again).empty());
        CHECK(at.step(clock_tick{}).empty());
        const auto reply = at.hear(supervisor_id, payload_request{r1, 0, {0, 1}});
        CHECK(sent_in<payload_reply>(reply).at(0).positions.empty());
    }
}

TEST_CASE("a lieutenant remembers by its vote whom it caught") {
    restarted<lieutenant_machine> at{signing_cluster(), lieutenant_id(0)};
    (void)at.request(r1, {"a"});
    (void)at.hear(commander_id(0), at.said_by(0, public_claim()));
    (void)at.hear(commander_id(0), at.said_by(0, confidential_claim()));
    const auto relaying = at.hear(commander_id(1), at.said_by(1, public_claim()));
    at.now = 1'000;
    const auto voting = at.step(clock_tick{});
    REQUIRE(sent_in<vote>(voting).at(0).accusations.size() == 1);

    auto past = kept_in(relaying);
    past.push_back(kept_in(voting).at(0));
    at.start({past, round_id{0}});
    const auto again = sent_in<vote>(at.request(r1, {"a"}));
    REQUIRE(again.size() == 1);
    REQUIRE(again[0].accusations.size() == 1);
    CHECK(again[0].accusations[0].commander == commander_id(0));
    REQUIRE(again[0].accusations[0].proof);
}

TEST_CASE("a server that never starts again keeps one statement a place") {
    restarted<commander_machine> at{signing_cluster(), commander_id(0)};
    (void)at.request(r1, {"a"});
    CHECK(kept_in(read_by(at, {"a"}, {std::nullopt})).size() == 1);
    CHECK(read_by(at, {"a"}, {std::nullopt}).empty());
}

} // namespace byzgate::testing
