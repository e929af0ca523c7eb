#include <catch2/catch.hpp>

#include <set>

#include "crypto/blake2b.hpp"
#include "simulation/shrink.hpp"
#include "simulation/world_queue.hpp"
#include "tests/simulation/liars.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// A run in which much happens: liars, faults of the network, updates, batches.
simulation_settings eventful() {
    auto s = cluster_of(2, 3);
    s.rounds = 300;
    s.batch = 2;
    s.seed = 7;
    s.network = {0.02, 0.05, 30, true};
    s.database.update_probability = 0.02;
    s.byzantine = {{commander_id(1), "equivocating", {}, {}},
                   {lieutenant_id(0), "flipping", {}, {round_id{10}, round_id{200}}}};
    s.digest_events = true;
    return s;
}

simulation_settings lying_commander() {
    auto s = cluster_of(1, 3);
    s.rounds = 200;
    s.byzantine = {{commander_id(0), "consistent_lie", {}, {}}};
    return s;
}

} // namespace

TEST_CASE("the queue finds the next tick in which something arrives") {
    const tick delay_max = GENERATE(0U, 1U, 63U, 64U, 100U, 1000U);
    world_queue queue{delay_max};
    std::multiset<tick> expected;
    world_random random{delay_max};
    tick now = 0;
    for (int step = 0; step < 5'000; ++step) {
        if (expected.empty() || (expected.size() < 8 && random.happens(0.5))) {
            const auto at = now + random.below(static_cast<std::uint32_t>(delay_max) + 1);
            queue.push(at, 3, lieutenant_id(1), round_end{round_id{at}});
            expected.insert(at);
            continue;
        }
        REQUIRE(queue.next(now) == *expected.begin());
        now = *expected.begin();
        REQUIRE_FALSE(queue.empty(now));
        const auto& front = std::get<received>(queue.front(now).what);
        REQUIRE(number_of(round_of(front.what)) == now);
        queue.pop(now);
        expected.erase(expected.begin());
    }
    while (!expected.empty()) {
        REQUIRE(queue.next(now) == *expected.begin());
        now = *expected.begin();
        queue.pop(now);
        expected.erase(expected.begin());
    }
    CHECK(queue.empty());
    CHECK(queue.next(now) == tick_never);
}

TEST_CASE("the same seed takes the same course") {
    const auto first = simulate(eventful());
    const auto second = simulate(eventful());
    CHECK(first.events_digest == second.events_digest);
    CHECK(first.released == second.released);
    CHECK(first.ticks == second.ticks);

    auto other = eventful();
    other.seed = 8;
    CHECK(simulate(other).events_digest != first.events_digest);
}

TEST_CASE("every compiler and build type takes this course") {
    const auto r = simulate(eventful());
    INFO(described(r));
    CHECK(r.broken.empty());
    CHECK(r.rounds == 300);
    CHECK(r.records == 600);
    CHECK(r.events_digest == 0x9c196ad3f698e588U);
}

TEST_CASE("many seeds give the same results on any number of threads") {
    auto s = eventful();
    s.rounds = 50;
    const auto alone = simulate_many(s, {1, 12}, 1);
    const auto together = simulate_many(s, {1, 12}, 4);
    REQUIRE(alone.size() == 12);
    REQUIRE(together.size() == 12);
    for (std::size_t i = 0; i < alone.size(); ++i) {
        CHECK(alone[i].seed == i + 1);
        CHECK(alone[i].events_digest == together[i].events_digest);
        CHECK(alone[i].released == together[i].released);
    }
    CHECK(sum_of(alone).events_digest == sum_of(together).events_digest);
    CHECK(sum_of(alone).rounds == 600);
}

TEST_CASE("a mistake in the settings of many seeds is reported once") {
    auto s = eventful();
    s.byzantine[0].behavior = "lazy";
    CHECK_THROWS_AS(simulate_many(s, {1, 8}, 3), behavior_error);
    s = eventful();
    s.batch = 1000;
    CHECK_THROWS_AS(simulate(s), std::invalid_argument);
}

TEST_CASE("loyal servers release what is public and withhold the rest") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    auto s = cluster_of(commanders, 3);
    const auto r = simulate(s);
    CHECK(r.rounds == 60);
    CHECK(r.records == 60);
    CHECK(r.released + r.withheld == r.records);
    CHECK(r.released == r.public_released);
    CHECK(r.released > 10);
    CHECK(r.withheld > 10);
    CHECK(r.denied == 0);
    CHECK(r.disagreements == 0);
    CHECK(r.sub_rounds == 0);
    CHECK(r.convicted.empty());
    // OM(1) among four generals, for each commander.
    CHECK(r.messages == 60 * commanders * oral_message_count(4, 1));
    CHECK(r.refusals == 0);
}

TEST_CASE("batches decide the same as single records") {
    auto s = cluster_of(2, 3);
    const auto single = simulate(s);
    s.batch = GENERATE(2U, 7U, 60U);
    const auto batched = simulate(s);
    CHECK(batched.records == 60);
    CHECK(batched.released == single.released);
    CHECK(batched.messages < single.messages);
}

TEST_CASE("a single Byzantine commander leaks") {
    const auto r = simulate(lying_commander());
    CHECK(r.leaked > 0);
    CHECK(r.denied > 0);
    CHECK(r.exposed());
    CHECK(r.broken.empty()); // Nobody promised otherwise.
}

TEST_CASE("two Byzantine commanders out of two leak") {
    auto s = cluster_of(2, 3);
    s.byzantine = {{commander_id(0), "consistent_lie", {}, {}},
                   {commander_id(1), "consistent_lie", {}, {}}};
    CHECK(simulate(s).leaked > 0);
}

TEST_CASE("with one fault in all, an equivocating commander is convicted and the other decides") {
    auto s = cluster_of(2, 3);
    s.cluster.tolerate.total = 1;
    s.byzantine = {{commander_id(0), "equivocating", {}, {}}};
    const auto r = simulate(s);
    INFO(described(r));
    CHECK(r.broken.empty());
    CHECK(r.convictions > 0);
    CHECK(r.convicted == std::vector{commander_id(0)});
    CHECK(r.quarantined.empty()); // One reporter is not enough for good.
    CHECK(r.framed == 0);
    CHECK(r.denied == 0);
    CHECK(r.public_released > 0);
}

TEST_CASE("a commander that halves four lieutenants is convicted for good") {
    auto s = cluster_of(2, 4);
    s.byzantine = {{commander_id(0), "equivocating", {}, {}}};
    const auto r = simulate(s);
    INFO(described(r));
    CHECK(r.broken.empty());
    CHECK(r.quarantined == std::vector{commander_id(0)});
    CHECK(r.public_released > 0);
}

TEST_CASE("commanders that differ consistently open sub-rounds and release nothing in doubt") {
    auto s = cluster_of(2, 3);
    s.byzantine = {{commander_id(1), "consistent_lie", {}, {}}};
    const auto r = simulate(s);
    INFO(described(r));
    CHECK(r.broken.empty());
    CHECK(r.sub_rounds > 0);
    CHECK(r.unresolved > 0);
    CHECK(r.leaked == 0);
}

TEST_CASE("nothing is left in the memory of loyal servers when all rounds are closed") {
    auto s = cluster_of(2, 3);
    s.rounds = 500;
    s.database.update_probability = 0.05;
    s.network = {0.0, 0.0, 30, true};
    s.byzantine = {{lieutenant_id(1), "random", {}, {}}};
    const auto r = simulate(s);
    CHECK(r.memory_left == 0);
    CHECK(r.updates > 0);
}

TEST_CASE("a list of records is decided as it is listed") {
    auto s = cluster_of(1, 3);
    s.database.list = {{"a", "1", flag::public_, "alpha"},
                       {"b", "1", flag::confidential, "beta"},
                       {"c", "2", flag::public_, "gamma"}};
    s.database.ask = {"c", "b", "a", "nowhere"};
    std::vector<std::string> delivered;
    s.hooks.sent = [&](tick, server_id, server_id, const message& what, bool) {
        if (const auto* leaving = std::get_if<delivery>(&what)) {
            for (const auto& r : *leaving->records) {
                delivered.push_back(r.id + " " + r.version + " " + r.payload);
            }
        }
    };
    const auto r = simulate(s);
    CHECK(r.records == 4);
    CHECK(r.denied == 0);
    CHECK(r.corrupted == 0);
    CHECK(delivered == std::vector<std::string>{"c 2 gamma", "a 1 alpha"});
}

TEST_CASE("a record that is deleted between two reads is withheld and frames nobody") {
    auto s = cluster_of(2, 3);
    s.cluster.tolerate.total = 1;
    s.rounds = 2'000;
    s.database.deletion_probability = 0.2;
    const auto r = simulate(s);
    INFO(described(r));
    CHECK(r.broken.empty());
    CHECK(r.updates > 0);
    CHECK(r.framed == 0);
    CHECK(r.corrupted == 0);
    CHECK(r.leaked == 0);
    CHECK(r.public_released > 0);
}

TEST_CASE("hooks see every message, refusal and closed round") {
    auto s = eventful();
    std::uint64_t lost = 0;
    std::uint64_t sent = 0;
    std::uint64_t refusals = 0;
    std::uint64_t about = 0;
    std::uint64_t closed = 0;
    std::uint64_t released = 0;
    s.hooks.sent = [&](tick, server_id, server_id, const message&, bool was_lost) {
        ++sent;
        lost += was_lost ? 1 : 0;
    };
    s.hooks.refused = [&](tick, server_id, const refused&, const message* what) {
        ++refusals;
        about += what != nullptr ? 1 : 0;
    };
    s.hooks.closed = [&](tick, const round_closed& round,
                         const std::vector<judged_record>& judged) {
        ++closed;
        REQUIRE(judged.size() == round.decided.size());
        for (const auto& d : round.decided) {
            released += d.outcome == record_outcome::released ? 1 : 0;
        }
    };
    const auto r = simulate(s);
    CHECK(sent > 300 * 10);
    CHECK(lost > 0);
    CHECK(refusals == r.refusals);
    CHECK(about > 0);
    CHECK(closed == r.rounds);
    CHECK(released == r.released);
}

TEST_CASE("the course does not depend on who watches") {
    auto s = eventful();
    const auto alone = simulate(s);
    s.hooks.sent = [](tick, server_id, server_id, const message&, bool) {};
    s.hooks.refused = [](tick, server_id, const refused&, const message*) {};
    CHECK(simulate(s).events_digest == alone.events_digest);
}

TEST_CASE("BLAKE2b decides the same as the fast digest") {
    auto s = cluster_of(2, 3);
    s.byzantine = {{commander_id(0), "equivocating", {}, {}}};
    const auto fast = simulate(s);
    const blake2b_digester blake2b;
    s.digests = &blake2b;
    const auto slow = simulate(s);
    CHECK(slow.released == fast.released);
    CHECK(slow.messages == fast.messages);
    CHECK(slow.convictions == fast.convictions);
}

TEST_CASE("a broken promise stops its seed and shrinks to one round") {
    auto s = lying_commander();
    s.byzantine.push_back({lieutenant_id(1), "flipping", {}, {}});
    s.network = {0.0, 0.1, 20, true};
    s.batch = 4;
    s.database.update_probability = 0.1;
    s.promised.emplace();
    s.promised->no_leak = true; // Which section 4 does not say of a lone Byzantine commander.
    const auto r = simulate(s);
    REQUIRE_FALSE(r.broken.empty());
    CHECK(r.broken.front().property == judged_property::no_leak);
    CHECK(r.rounds < s.rounds);

    const auto small = shrink(s);
    REQUIRE_FALSE(small.result.broken.empty());
    CHECK(small.result.broken.front().property == judged_property::no_leak);
    CHECK(small.settings.batch == 1);
    CHECK(small.settings.network.none());
    CHECK(small.settings.database.update_probability == 0.0);
    REQUIRE(small.settings.byzantine.size() == 1);
    CHECK(small.settings.byzantine.front().server == commander_id(0));
    CHECK(small.settings.rounds <= 3);
    CHECK(small.result.rounds == small.settings.rounds);

    const auto again = shrink(s);
    CHECK(again.tries == small.tries);
    CHECK(again.settings.rounds == small.settings.rounds);
    CHECK(again.settings.database.records == small.settings.database.records);
}

TEST_CASE("what breaks nothing cannot be shrunk") {
    CHECK_THROWS_AS(shrink(cluster_of(1, 3)), std::invalid_argument);
}

TEST_CASE("a round that waits for a silent commander survives however many rounds pass it") {
    auto s = cluster_of(3, 4);
    s.cluster.window = 4;
    s.cluster.limit.rounds_open_max = 8;
    s.rounds = 200;
    s.database.public_share = 1.0;
    s.byzantine = {{commander_id(0), "crashing", {}, {}}};
    const auto r = simulate(s);
    CHECK(r.broken.empty());
    CHECK(r.released == 200);
    CHECK(r.memory_left == 0);
}
