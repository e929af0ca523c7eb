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

TEST_CASE("babbling adds so many messages an event to the loyal ones and no more") {
    for (const auto self : {commander_id(0), lieutenant_id(0)}) {
        const auto at = seat_of(self);
        const auto server =
            played(at, "babbling", {{"per_event", std::int64_t{3}}, {"what", texts{"malformed"}}});
        const auto loyal = fake(at);
        for (std::uint64_t round = 1; round <= 20; ++round) {
            const auto asked = request(round, ids_of(three));
            CHECK(step(*server, asked).size() == step(*loyal, asked).size() + 3);
        }
    }
}

TEST_CASE("babbling answers nobody but supervisor and database, so that two fall silent") {
    const auto server = played(seat_of(lieutenant_id(0)), "babbling");
    CHECK(step(*server, received{lieutenant_id(1), vote{round_id{1}, 0, nullptr, {}}}).empty());
    CHECK(step(*server, received{lieutenant_id(1), round_request{}}).empty());
    CHECK(step(*server, clock_tick{}).empty());
}

TEST_CASE("babbling never talks to itself or to the external party") {
    const auto at = seat_of(lieutenant_id(0));
    const auto server = played(at, "babbling");
    std::set<server_id> heard;
    for (std::uint64_t round = 1; round <= 200; ++round) {
        for (const auto& e : step(*server, request(round, ids_of(three)))) {
            heard.insert(std::get<send>(e).to);
        }
    }
    auto everybody = at.cluster.servers();
    everybody.push_back(supervisor_id);
    std::set<server_id> others(everybody.begin(), everybody.end());
    others.erase(at.self);
    CHECK(heard == others);
}

TEST_CASE("malformed and oversized babble is refused at the trust boundary") {
    const auto what = GENERATE("malformed", "oversized");
    const auto at = seat_of(lieutenant_id(0));
    const auto server =
        played(at, "babbling", {{"what", texts{what}}, {"per_event", std::int64_t{8}}});
    std::set<std::string_view> kinds;
    for (std::uint64_t round = 1; round <= 20; ++round) {
        for (const auto& e : step(*server, request(round, ids_of(three)))) {
            const auto& m = std::get<send>(e).what;
            kinds.insert(kind_of(m));
            if (const auto* said = std::get_if<distribution>(&m)) {
                CHECK(refusal_of_distribution(*said, 3, at.cluster));
            } else if (const auto* passed_on = std::get_if<relay>(&m)) {
                const auto phase_exists = passed_on->phase <= at.cluster.depth;
                CHECK((!phase_exists || refusal_of_relay(*passed_on, 2, 3, at.cluster)));
            } else if (const auto* cast = std::get_if<vote>(&m)) {
                CHECK(refusal_of_vote(*cast, 3, at.cluster));
            }
        }
    }
    CHECK(kinds.contains("distribution"));
    CHECK(kinds.contains("relay"));
    CHECK(kinds.contains("vote"));
}

TEST_CASE("babbling repeats its own messages") {
    const auto server = played(seat_of(commander_id(0)), "babbling",
                               {{"what", texts{"duplicates"}}, {"per_event", std::int64_t{5}}});
    step(*server, request(1, ids_of(three)));
    const auto done = step(*server, records_read{round_id{1}, 0, ids_of(three), three});
    CHECK(count_of<distribution>(done) == 4 + 5);
}

TEST_CASE("babbling speaks of rounds that don't exist") {
    const auto server = played(seat_of(lieutenant_id(0)), "babbling", {{"what", texts{"rounds"}}});
    std::set<std::uint64_t> rounds;
    for (std::uint64_t round = 11; round <= 40; ++round) {
        for (const auto& e : step(*server, request(round, ids_of(three)))) {
            const auto number = number_of(round_of(std::get<send>(e).what));
            CHECK(number != round);
            rounds.insert(number);
        }
    }
    CHECK(rounds.contains(0));
    CHECK(rounds.contains(~std::uint64_t{0}));
}

TEST_CASE("babbling speaks with other roles' voices") {
    const auto server = played(seat_of(lieutenant_id(0)), "babbling", {{"what", texts{"kinds"}}});
    std::set<std::string_view> kinds;
    for (std::uint64_t round = 1; round <= 60; ++round) {
        for (const auto& e : step(*server, request(round, ids_of(three)))) {
            kinds.insert(kind_of(std::get<send>(e).what));
        }
    }
    for (const auto* wanted : {"round_request", "round_end", "delivery", "distribution"}) {
        CHECK(kinds.contains(wanted));
    }
}

TEST_CASE("the loyal machines survive all babble and refuse it") {
    for (const auto self : {commander_id(0), lieutenant_id(0)}) {
        const auto babbler = played(seat_of(self), "babbling", {{"per_event", std::int64_t{32}}});
        const auto lieutenant = make_loyal(seat_of(lieutenant_id(1)));
        const auto commander = make_loyal(seat_of(commander_id(1)));
        std::size_t refusals = 0;
        for (std::uint64_t round = 1; round <= 50; ++round) {
            const auto asked = request(round, ids_of(three));
            step(*lieutenant, asked);
            step(*commander, asked);
            for (const auto& e : step(*babbler, asked)) {
                if (const auto* sent = std::get_if<send>(&e)) {
                    for (auto* victim : {lieutenant.get(), commander.get()}) {
                        for (const auto& answer : step(*victim, received{self, sent->what})) {
                            CHECK(std::holds_alternative<refused>(answer));
                            ++refusals;
                        }
                    }
                }
            }
        }
        CHECK(refusals > 500);
    }
}

TEST_CASE("babbling validates its options") {
    const auto at = seat_of(lieutenant_id(0));
    CHECK_THROWS_WITH(validate_behavior(at, "babbling", {{"per_event", std::int64_t{65}}}),
                      Contains("64"));
    CHECK_THROWS_WITH(validate_behavior(at, "babbling", {{"what", texts{"nothing"}}}),
                      Contains("malformed"));
}
