#include <catch2/catch.hpp>

#include "simulation/judges.hpp"
#include "tests/simulation/liars.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

bool breaks(const simulation_result& r, judged_property property) {
    for (const auto& b : r.broken) {
        if (b.property == property) {
            return true;
        }
    }
    return false;
}

/// A court in which the test plays the whole cluster: three lieutenants, two listed records.
struct court {
    simulation_settings settings = listed();
    world_database database{settings.database, settings.seed};
    simulation_result result;
    judges bench{settings, database, result};
    record_id_batch asked =
        std::make_shared<const std::vector<record_id>>(std::vector<record_id>{"open", "closed"});

    static simulation_settings listed() {
        auto s = cluster_of(1, 3);
        s.database.list = {{"open", "1", flag::public_, "news"},
                           {"closed", "1", flag::confidential, "secret"}};
        return s;
    }

    static verdict release(const version_id& version) {
        return {decision::release, reason::enough_public, version, digest{1}};
    }

    /// All lieutenants vote the same on `open`, and withhold `closed`.
    void vote_on_open(const verdict& cast, std::uint32_t voters = 3) {
        bench.on_sent(supervisor_id, lieutenant_id(0), round_request{round_id{1}, 0, asked, {}});
        for (std::uint32_t j = 0; j < voters; ++j) {
            bench.on_sent(
                lieutenant_id(j), supervisor_id,
                vote{round_id{1},
                     0,
                     std::make_shared<const std::vector<verdict>>(std::vector{cast, verdict{}}),
                     {}});
        }
    }
    void deliver(const record_id& id, const version_id& version, const std::string& payload,
                 std::uint32_t voters = 2) {
        released_record leaving{id, version, digest{1}, payload, {}};
        for (std::uint32_t j = 0; j < voters; ++j) {
            leaving.voters.push_back(lieutenant_id(j));
        }
        bench.on_arrived(
            delivery{round_id{1}, 0,
                     std::make_shared<const std::vector<released_record>>(std::vector{leaving})});
    }
    std::vector<judged_record> close(const decided_record& open, const decided_record& closed) {
        return bench.on_closed({round_id{1}, 1, asked, {open, closed}, {}, false});
    }
};

const decided_record withheld{record_outcome::withheld, 0, {}};
const decided_record released{record_outcome::released, 0, court::release("1")};

} // namespace

TEST_CASE("what is public and delivered as the database has it is right") {
    court at;
    at.vote_on_open(court::release("1"));
    at.deliver("open", "1", "news");
    const auto judged = at.close(released, withheld);
    CHECK(at.result.broken.empty());
    CHECK(at.result.public_released == 1);
    CHECK(at.result.released == 1);
    CHECK(at.result.withheld == 1);
    CHECK(judged[0].truth == flag::public_);
    CHECK(judged[1].truth == flag::confidential);
    CHECK_FALSE(judged[1].denied);
}

TEST_CASE("another record's payload under a public id is corrupted") {
    court at;
    at.vote_on_open(court::release("1"));
    at.deliver("open", "1", "secret");
    CHECK(at.close(released, withheld)[0].corrupted);
    CHECK(at.result.corrupted == 1);
    CHECK(at.result.leaked == 0);
    CHECK(breaks(at.result, judged_property::no_corruption));
}

TEST_CASE("a version that never was is corrupted") {
    court at;
    at.vote_on_open(court::release("2"));
    at.deliver("open", "2", "news");
    CHECK(at.close({record_outcome::released, 0, court::release("2")}, withheld)[0].corrupted);
    CHECK(breaks(at.result, judged_property::no_corruption));
    CHECK(breaks(at.result, judged_property::validity));
}

TEST_CASE("a confidential record that is delivered has leaked") {
    court at;
    at.vote_on_open(verdict{});
    at.deliver("closed", "1", "secret");
    CHECK(at.close(withheld, released)[1].leaked);
    CHECK(at.result.leaked == 1);
    CHECK(breaks(at.result, judged_property::no_leak));
    CHECK(breaks(at.result, judged_property::quorum)); // Nobody voted for it.
}

TEST_CASE("a delivery that was not decided, is twice, or is missing breaks its promise") {
    court at;
    at.vote_on_open(court::release("1"));
    SECTION("not decided") {
        at.deliver("open", "1", "news");
        at.close(withheld, withheld);
    }
    SECTION("twice") {
        at.deliver("open", "1", "news");
        at.deliver("open", "1", "news");
        at.close(released, withheld);
    }
    SECTION("missing") {
        at.close(released, withheld);
    }
    SECTION("not asked for") {
        at.deliver("elsewhere", "1", "news");
        at.close(withheld, withheld);
    }
    CHECK(breaks(at.result, judged_property::delivery));
}

TEST_CASE("a release needs a quorum of votes that were cast for it") {
    court at;
    SECTION("too few are named") {
        at.vote_on_open(court::release("1"));
        at.deliver("open", "1", "news", 1);
    }
    SECTION("one that is named cast no vote") {
        at.vote_on_open(court::release("1"), 1);
        at.deliver("open", "1", "news");
    }
    SECTION("those that are named voted for another version") {
        at.vote_on_open(court::release("0"));
        at.deliver("open", "1", "news");
    }
    at.close(released, withheld);
    CHECK(breaks(at.result, judged_property::quorum));
}

TEST_CASE("a public record that loyal servers withhold is denied") {
    court at;
    at.vote_on_open(verdict{});
    CHECK(at.close(withheld, withheld)[0].denied);
    CHECK(at.result.denied == 1);
    CHECK(breaks(at.result, judged_property::availability));
    CHECK(breaks(at.result, judged_property::validity));
}

TEST_CASE("two faults under a budget of one frame a loyal commander and leak") {
    auto s = cluster_of(2, 3);
    s.cluster.tolerate.total = 1;
    s.byzantine = {
        {commander_id(0), "colluding", {}, {}},
        {lieutenant_id(2), "colluding", {{"with", std::vector<std::string>{"commander-1"}}}, {}}};
    const auto r = simulate(s);
    CHECK(r.framed > 0);
    CHECK(r.leaked > 0);
    CHECK(r.broken.empty()); // Outside the budget nothing is promised.

    s.promised.emplace();
    s.promised->no_framing_always = true;
    const auto judged = simulate(s);
    CHECK(breaks(judged, judged_property::no_framing));
    CHECK(judged.rounds < r.rounds);

    s.cluster.tolerate.total = 2; // Then two reporters are needed, and one liar is not enough.
    s.promised.reset();
    CHECK(simulate(s).framed == 0);
}

TEST_CASE("three generals with one traitor break validity") {
    auto s = cluster_of(1, 2);
    s.byzantine = {{lieutenant_id(1), "flipping", {}, {}}};
    s.promised.emplace();
    s.promised->validity = true;
    CHECK(breaks(simulate(s), judged_property::validity));
    s.promised.reset();
    CHECK(simulate(s).broken.empty());
}

TEST_CASE("four generals with two traitors break agreement") {
    auto s = cluster_of(1, 3);
    s.byzantine = {{commander_id(0), "equivocating", {}, {}}, {lieutenant_id(2), "random", {}, {}}};
    s.rounds = 500;
    s.promised.emplace();
    s.promised->verdict_agreement = true;
    CHECK(breaks(simulate(s), judged_property::agreement));
    s.promised.reset();
    const auto r = simulate(s);
    CHECK(r.broken.empty());
    CHECK(r.disagreements > 0);
}

TEST_CASE("a silent commander out of two denies, which nobody promised otherwise") {
    auto s = cluster_of(2, 3);
    s.byzantine = {{commander_id(1), "silent", {}, {}}};
    const auto r = simulate(s);
    CHECK(r.denied > 0);
    CHECK(r.broken.empty());
    s.promised.emplace();
    s.promised->availability = true;
    CHECK(breaks(simulate(s), judged_property::availability));
}

TEST_CASE("three commanders let public records out whatever one of them does") {
    auto s = cluster_of(3, 3);
    s.byzantine = {{commander_id(1), "silent", {}, {}}};
    const auto r = simulate(s);
    INFO(described(r));
    CHECK(r.denied == 0);
    CHECK(r.released > 0);
    CHECK(r.broken.empty());
}
