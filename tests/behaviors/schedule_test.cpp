#include "stage.hpp"

#include <set>

#include "behaviors/schedule.hpp"

using namespace byzgate;
using namespace byzgate::testing;

namespace {

const auto three = make_records(3); // public, confidential, public

round_range rounds(std::uint64_t first, std::uint64_t last) {
    return {round_id{first}, round_id{last}};
}

} // namespace

TEST_CASE("a scheduled behaviour plays in its rounds, both ends included, and is loyal otherwise") {
    const auto at = seat_of(commander_id(0));
    const auto server = make_scheduled(
        at, {{rounds(2, 3), "consistent_lie", {}}, {rounds(5, 5), "silent", {}}}, fake(at));
    CHECK(distributed(ask_commander(*server, 1, three)) == "pcp,pcp,pcp,pcp");
    CHECK(distributed(ask_commander(*server, 2, three)) == "cpc,cpc,cpc,cpc");
    CHECK(distributed(ask_commander(*server, 3, three)) == "cpc,cpc,cpc,cpc");
    CHECK(distributed(ask_commander(*server, 4, three)) == "pcp,pcp,pcp,pcp");
    CHECK(distributed(ask_commander(*server, 5, three)) == ".,.,.,.");
    CHECK(distributed(ask_commander(*server, 6, three)) == "pcp,pcp,pcp,pcp");
}

TEST_CASE("rounds in flight together are each told as their own round's behaviour has it") {
    const auto at = seat_of(commander_id(0));
    const auto server = make_scheduled(at, {{rounds(2, 9), "consistent_lie", {}}}, fake(at));
    step(*server, request(1, ids_of(three)));
    step(*server, request(2, ids_of(three)));
    CHECK(distributed(step(*server, records_read{round_id{2}, 0, ids_of(three), three}))
          == "cpc,cpc,cpc,cpc");
    CHECK(distributed(step(*server, records_read{round_id{1}, 0, ids_of(three), three}))
          == "pcp,pcp,pcp,pcp");
}

TEST_CASE("effects of several rounds in one step are edited each by its own round's behaviour") {
    class two_rounds_at_once final : public machine {
    public:
        void on(const event&, tick, effects& out) override {
            for (const std::uint64_t round : {1, 2, 1, 2}) {
                out.push_back(send{lieutenant_id(0), told_truly(round_id{round}, three)});
            }
        }
    };
    const auto at = seat_of(commander_id(0));
    const auto server = make_scheduled(at, {{rounds(2, 2), "consistent_lie", {}}},
                                       std::make_unique<two_rounds_at_once>());
    const auto done = step(*server, clock_tick{});
    REQUIRE(done.size() == 4);
    for (const auto& said : sent_to<distribution>(done, lieutenant_id(0))) {
        CHECK(flags(said.claims) == (said.round == round_id{1} ? "pcp" : "cpc"));
    }
}

TEST_CASE("what is to be kept stays in front of its round's messages, whoever edits those") {
    class two_rounds_signed final : public machine {
    public:
        void on(const event&, tick, effects& out) override {
            for (const std::uint64_t round : {1, 2}) {
                out.push_back(keep{{statement_kind::claims, round_id{round}, 0, 0, "claims"}});
                out.push_back(send{lieutenant_id(0), told_truly(round_id{round}, three)});
            }
        }
    };
    const auto at = seat_of(commander_id(0));
    const std::uint64_t lying = GENERATE(1, 2, 3);
    const auto server = make_scheduled(at, {{rounds(lying, lying), "consistent_lie", {}}},
                                       std::make_unique<two_rounds_signed>());
    std::set<round_id> kept;
    std::size_t sent = 0;
    for (const auto& e : step(*server, clock_tick{})) {
        if (const auto* wanted = std::get_if<keep>(&e)) {
            kept.insert(wanted->what.round);
        } else if (const auto* said = std::get_if<send>(&e)) {
            CHECK(kept.contains(round_of(said->what)));
            ++sent;
        }
    }
    CHECK(sent == 2);
}

TEST_CASE("behaviours with overlapping rounds edit one after the other") {
    const auto at = seat_of(commander_id(0));
    const auto twice = make_scheduled(
        at, {{{}, "consistent_lie", {}}, {rounds(2, 2), "consistent_lie", {}}}, fake(at));
    CHECK(distributed(ask_commander(*twice, 1, three)) == "cpc,cpc,cpc,cpc");
    CHECK(distributed(ask_commander(*twice, 2, three)) == "pcp,pcp,pcp,pcp");
}

TEST_CASE("a schedule of nothing is the loyal machine itself") {
    const auto at = seat_of(commander_id(0));
    auto loyal = fake(at);
    const auto* same = loyal.get();
    CHECK(make_scheduled(at, {{{}, "loyal", {}}}, std::move(loyal)).get() == same);
}

TEST_CASE("a swapped behaviour plays from the next event on over the same loyal machine") {
    const auto at = seat_of(lieutenant_id(0));
    swappable server{at, {}, fake(at)};
    CHECK(server.playing() == "loyal");
    step(server, request(1, ids_of(three)));
    step(server, received{commander_id(0), told_truly(round_id{1}, three)});
    server.swap("silent", {});
    CHECK(server.playing() == "silent");
    CHECK(step(server, received{commander_id(1), told_truly(round_id{1}, three)}).empty());
    server.swap("loyal", {});
    CHECK(voted(step(server, clock_tick{})) == "www"); // it remembers the request
}

TEST_CASE("a swap to something unknown is refused and the server plays on as before") {
    const auto at = seat_of(commander_id(0));
    swappable server{at, {{rounds(1, 5), "silent", {}}}, fake(at)};
    CHECK_THROWS_AS(server.swap("lying", {}), behavior_error);
    CHECK_THROWS_AS(server.swap("equivocating", {{"to", true}}), behavior_error);
    CHECK(server.playing() == "silent 1..5");
    CHECK(ask_commander(server, 1, three).empty());
}

TEST_CASE("the real loyal machines are underneath unless a test brings its own") {
    const auto commander = make_swappable(seat_of(commander_id(0)));
    CHECK(distributed(ask_commander(*commander, 1, three)) == "pcp,pcp,pcp,pcp");
    const auto lieutenant =
        make_scheduled(seat_of(lieutenant_id(0)), {{rounds(1, 1), "flipping", {}}});
    CHECK(relayed(tell_lieutenant(*lieutenant, 1, three), lieutenant_id(2)) == "cpc,cpc");
    CHECK(relayed(tell_lieutenant(*lieutenant, 2, three), lieutenant_id(2)) == "pcp,pcp");
}
