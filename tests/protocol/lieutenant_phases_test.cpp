/// When a lieutenant's phases open and close, and what comes in time.
#include <catch2/catch.hpp>

#include "tests/protocol/one_lieutenant.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim conf = confidential_claim();
using refusal_list = std::vector<refusal>;

} // namespace

TEST_CASE("a phase closes as soon as all that is owed has come") {
    one_lieutenant at{make_cluster(2, 3, 1)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    CHECK(at.sent<relay>().empty());
    at.hear(commander_id(1), telling(pub));
    CHECK(at.sent<relay>().size() == 2);
    at.hear_relay(1, pub);
    CHECK(at.sent<vote>().empty());
    at.hear_relay(2, pub);
    REQUIRE(at.sent<vote>().size() == 1);
    CHECK(at.only_decision() == decision::release);
    CHECK(at.now == 0);
}

TEST_CASE("a phase closes at its deadline at the latest, and not before") {
    one_lieutenant at{make_cluster(1, 3, 2)};
    at.now = 1000;
    CHECK(at.machine.next_deadline() == tick_never);
    at.request();
    CHECK(at.machine.next_deadline() == 1100);
    at.tick_at(1099);
    CHECK(at.sent<relay>().empty());
    at.tick_at(1100);
    CHECK(at.sent<relay>().size() == 2);
    CHECK(at.machine.next_deadline() == 1200);
    at.tick_at(1199);
    CHECK(at.sent<relay>().size() == 2);
    at.tick_at(1200);
    CHECK(at.sent<relay>().size() == 4);
    CHECK(at.machine.next_deadline() == 1300);
    at.tick_at(1299);
    CHECK(at.sent<vote>().empty());
    at.tick_at(1300);
    CHECK(at.sent<vote>().size() == 1);
    CHECK(at.machine.next_deadline() == tick_never);
    at.tick_at(9999);
    CHECK(at.sent<vote>().size() == 1);
}

TEST_CASE("one late tick closes every phase that is due") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request();
    at.tick_at(5000);
    CHECK(at.sent<relay>().size() == 2);
    CHECK(at.sent<vote>().size() == 1);
}

TEST_CASE("a claim after phase 0 has closed is late, though later phases are open") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request();
    at.tick_at(100);
    at.now = 150;
    at.hear(commander_id(0), telling(pub));
    CHECK(at.refusals() == refusal_list{refusal::late});
    at.hear_relay(1, pub);
    at.hear_relay(2, no_value());
    // One report of public against its own silence and another's: no majority.
    CHECK(at.only_decision() == decision::withhold);
}

TEST_CASE("a claim that comes at the close of phase 0 is late, tick or no tick") {
    const auto when = GENERATE(99, 100, 101);
    one_lieutenant at{make_cluster(1, 1, 0)};
    at.request();
    at.now = static_cast<tick>(when);
    at.hear(commander_id(0), telling(pub));
    CHECK(at.refusals() == (when < 100 ? refusal_list{} : refusal_list{refusal::late}));
    CHECK(at.only_decision() == (when < 100 ? decision::release : decision::withhold));
}

TEST_CASE("a relay that comes at the close of its phase is late, tick or no tick") {
    const auto when = GENERATE(199, 200, 201);
    one_lieutenant at{make_cluster(1, 2, 1)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.now = static_cast<tick>(when);
    at.hear_relay(1, pub);
    CHECK(at.refusals() == (when < 200 ? refusal_list{} : refusal_list{refusal::late}));
    CHECK(at.only_decision() == (when < 200 ? decision::release : decision::withhold));
}

TEST_CASE("a relay after its own phase has closed is late, though a later phase is open") {
    one_lieutenant at{make_cluster(1, 3, 2)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.hear_relay(1, pub);
    at.tick_at(200);
    at.hear_relay(2, pub);
    CHECK(at.refusals() == refusal_list{refusal::late});
    at.hear(lieutenant_id(2), relay{round_id{1}, 0, 2, {one(pub)}});
    CHECK(at.refusals().empty());
}

TEST_CASE("after the vote everything is late") {
    const auto depth = GENERATE(0U, 1U);
    one_lieutenant at{make_cluster(2, 3, depth)};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.tick_at(100);
    at.tick_at(200);
    REQUIRE(at.sent<vote>().size() == 1);
    at.hear(commander_id(1), telling(pub));
    CHECK(at.refusals() == refusal_list{refusal::late});
    at.hear(commander_id(0), telling(conf));
    CHECK(at.refusals() == refusal_list{refusal::late});
    if (depth > 0) {
        at.hear_relay(1, pub);
        CHECK(at.refusals() == refusal_list{refusal::late});
    }
    CHECK(at.sent<vote>().size() == 1);
}

TEST_CASE("relays of a later phase that come while an earlier one is open are used") {
    one_lieutenant at{make_cluster(1, 3, 2)};
    at.request();
    // Phase 2 comes first, then phase 1, then the claims.
    at.hear(lieutenant_id(1), relay{round_id{1}, 0, 2, {one(pub)}});
    at.hear(lieutenant_id(2), relay{round_id{1}, 0, 2, {one(pub)}});
    at.hear_relay(1, pub);
    at.hear_relay(2, pub);
    CHECK(at.refusals().empty());
    CHECK(at.sent<vote>().empty());
    at.hear(commander_id(0), telling(pub));
    CHECK(at.sent<relay>().size() == 4);
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("what comes before the request is used when the request comes") {
    one_lieutenant at{make_cluster(2, 3, 1)};
    at.hear_relay(2, pub);
    at.hear(commander_id(1), telling(pub));
    at.hear(commander_id(0), telling(pub));
    at.hear_relay(1, pub);
    CHECK(at.last.empty());
    CHECK(at.machine.early_messages() == 4);
    CHECK(at.machine.rounds_open() == 0);
    CHECK(at.machine.next_deadline() == tick_never);
    at.request();
    CHECK(at.machine.early_messages() == 0);
    CHECK(at.machine.rounds_open() == 1);
    CHECK(at.only_decision() == decision::release);
}

TEST_CASE("what comes before a sub-round's request is used when that comes") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request();
    at.tick_at(200);
    at.hear(commander_id(0), telling(pub, round_id{1}, 1));
    at.hear_relay(1, pub, round_id{1}, 1);
    CHECK(at.machine.early_messages() == 2);
    at.request(round_id{1}, 1);
    at.hear_relay(2, pub, round_id{1}, 1);
    REQUIRE(at.sent<vote>().size() == 2);
    CHECK(at.sent<vote>()[1].level == 1);
    CHECK(at.sent<vote>()[1].verdicts->front().what == decision::release);
}

TEST_CASE("a garbled message that came before its request is refused when that comes") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.hear(commander_id(0), distribution{round_id{1}, 0, nullptr, nullptr});
    at.hear(lieutenant_id(1), relay{round_id{1}, 0, 77, {}});
    CHECK(at.last.empty());
    at.request();
    CHECK(at.refusals() == refusal_list{refusal::malformed, refusal::malformed});
    CHECK(at.machine.early_messages() == 0);
}

TEST_CASE("whoever hears nothing passes on, explicitly, that there is no value") {
    one_lieutenant at{make_cluster(2, 4, 1)};
    at.request();
    at.hear(commander_id(1), telling(pub));
    at.tick_at(100);
    const auto relays = at.sent<relay>();
    REQUIRE(relays.size() == 3);
    for (const auto& passed_on : relays) {
        REQUIRE(passed_on.items.size() == 2);
        REQUIRE(passed_on.items[0]);
        CHECK(passed_on.items[0]->front() == no_value());
        CHECK(passed_on.items[1]->front() == pub);
    }
}

TEST_CASE("rounds side by side don't disturb one another") {
    one_lieutenant at{make_cluster(1, 3, 1)};
    at.request(round_id{2});
    at.now = 50;
    at.request(round_id{1});
    CHECK(at.machine.next_deadline() == 100);
    at.hear(commander_id(0), telling(conf, round_id{1}));
    at.hear(commander_id(0), telling(pub, round_id{2}));
    at.hear_relay(1, pub, round_id{2});
    at.hear_relay(1, conf, round_id{1});
    at.hear_relay(2, conf, round_id{1});
    at.hear_relay(2, pub, round_id{2});
    const auto votes = at.sent<vote>();
    REQUIRE(votes.size() == 2);
    CHECK(votes[0].round == round_id{1});
    CHECK(votes[0].verdicts->front().what == decision::withhold);
    CHECK(votes[1].round == round_id{2});
    CHECK(votes[1].verdicts->front().what == decision::release);
}

} // namespace byzgate::testing
