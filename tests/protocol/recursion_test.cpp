/// Sub-rounds and convictions that last, on whole runs of the machines.
#include <catch2/catch.hpp>

#include "tests/protocol/conspiracy.hpp"
#include "tests/protocol/one_lieutenant.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim conf = confidential_claim();

/// Reads in which commander 1 still sees "v0" until `level`, as if an update had come between.
pump::reader behind_until(level_number level) {
    return [level](server_id commander, const read_records& wanted) {
        const bool behind = commander == commander_id(1) && wanted.level < level;
        std::vector<std::optional<record>> found;
        for (const auto& id : *wanted.ids) {
            found.push_back(make_record(id, flag::public_, behind ? "v0" : "v1"));
        }
        return found;
    };
}

/// Tells the first `wrong` lieutenants that it is confidential and the others that it's public.
conspiracy::teller equivocating(std::uint32_t wrong) {
    return
        [wrong](level_number, std::uint32_t to) { return std::optional{to < wrong ? conf : pub}; };
}

std::size_t requests_to(const pump& world, server_id to) {
    std::size_t count = 0;
    for (const auto& sent : world.log) {
        count += sent.to == to && std::holds_alternative<round_request>(sent.what) ? 1 : 0;
    }
    return count;
}

/// Two commanders of which one is tolerated, five lieutenants of which one is.
cluster_parameters five_lieutenants() {
    return make_cluster(2, 5, 1, {1, 1, 2});
}

} // namespace

TEST_CASE("an update between two reads is resolved by reading again") {
    pump world{make_cluster(2, 3, 1)};
    world.read = behind_until(1);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
    CHECK(world.decided(0, 0).level == 1);
    CHECK(world.delivered.at(0).version == "v1");
    CHECK(world.closed[0].convictions.empty());
}

TEST_CASE("an update that never settles is withheld after max_recursion sub-rounds") {
    const auto recursion = GENERATE(0U, 1U, 2U, 3U);
    auto cluster = make_cluster(2, 3, 1);
    cluster.max_recursion = recursion;
    pump world{cluster};
    world.read = behind_until(99);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::unresolved);
    CHECK(world.decided(0, 0).level == recursion);
    CHECK(requests_to(world, commander_id(0)) == recursion + 1);
    CHECK(world.delivered.empty());
}

TEST_CASE("a sub-round takes only what is unresolved") {
    pump world{make_cluster(2, 3, 1)};
    world.read = [](server_id commander, const read_records& wanted) {
        std::vector<std::optional<record>> found;
        for (const auto& id : *wanted.ids) {
            const bool differs = id == "b" && commander == commander_id(0) && wanted.level == 0;
            found.push_back(make_record(id, id == "c" ? flag::confidential : flag::public_,
                                        differs ? "v0" : "v1"));
        }
        return found;
    };
    world.submit({"a", "b", "c"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
    CHECK(world.decided(0, 0).level == 0);
    CHECK(world.decided(0, 1).outcome == record_outcome::released);
    CHECK(world.decided(0, 1).level == 1);
    CHECK(world.decided(0, 2).outcome == record_outcome::withheld);
    for (const auto& sent : world.log) {
        if (const auto* request = std::get_if<round_request>(&sent.what)) {
            CHECK(request->records->size() == (request->level == 0 ? 3 : 1));
        }
    }
    REQUIRE(world.delivered.size() == 2);
    CHECK(world.delivered[1].id == "b");
}

TEST_CASE("a commander that contradicts itself across levels is convicted by its own words") {
    // With t = 2 nobody's reports convict: at each level all lieutenants hear the same.
    pump world{make_cluster(2, 3, 1, {1, 1, 2})};
    world.put(make_record("a", flag::public_));
    world.meddle = [](const envelope& wanted, std::vector<envelope>& instead) {
        auto sent = wanted;
        const auto* told = std::get_if<distribution>(&wanted.what);
        if (told && wanted.from == commander_id(1)) {
            // Another payload under the same version from the first sub-round on.
            const auto* payload = told->level == 0 ? "one" : "two";
            sent.what = distribution{
                told->round, told->level,
                one(make_claim(flag::public_, "v1", test_digests().digest_of(payload))),
                payloads({payload})};
        }
        instead.push_back(std::move(sent));
    };
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
    CHECK(world.decided(0, 0).level == 1);
    REQUIRE(world.closed[0].convictions.size() == 1);
    CHECK(world.closed[0].convictions[0].commander == commander_id(1));
    CHECK(world.closed[0].convictions[0].level == 1);
    // All three reported both claims, one at each level: that holds for good.
    CHECK(world.closed[0].convictions[0].for_good);
    CHECK(world.delivered.at(0).payload == make_record("a", flag::public_).payload);
}

TEST_CASE("a lieutenant remembers what it was told of a record that it was sure about") {
    one_lieutenant at{make_cluster(2, 3, 1, {1, 1, 2})};
    at.request();
    at.hear(commander_id(0), telling(conf));
    at.hear(commander_id(1), telling(conf));
    at.hear_relay(1, conf);
    at.hear_relay(2, conf);
    REQUIRE(at.only_decision() == decision::withhold);
    // The others were not sure, so there is a sub-round, in which commander 2 says otherwise.
    at.request(round_id{1}, 1);
    at.hear(commander_id(0), telling(conf, round_id{1}, 1));
    at.hear(commander_id(1), telling(pub, round_id{1}, 1));
    at.hear(lieutenant_id(1), relay{round_id{1}, 1, 1, {one(conf), one(pub)}});
    at.hear(lieutenant_id(2), relay{round_id{1}, 1, 1, {one(conf), one(pub)}});
    REQUIRE(at.sent<vote>().size() == 2);
    REQUIRE(at.sent<vote>()[1].accusations.size() == 1);
    CHECK(at.sent<vote>()[1].accusations[0].commander == commander_id(1));
}

TEST_CASE("a commander that falls silent in the sub-round is unsure, not inconsistent") {
    pump world{make_cluster(2, 3, 1)};
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.commanders[1] = [](level_number level, std::uint32_t) {
        return level == 0 ? std::optional{conf} : std::nullopt;
    };
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::unresolved);
    CHECK(world.closed[0].convictions.empty());
}

TEST_CASE("a commander that equivocates before three lieutenants is convicted for the record") {
    pump world{make_cluster(2, 3, 1, {1, 1, 1})};
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.commanders[1] = equivocating(2);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
    REQUIRE(world.closed[0].convictions.size() == 1);
    const auto& accepted = world.closed[0].convictions[0];
    CHECK(accepted.commander == commander_id(1));
    CHECK(accepted.record == "a");
    CHECK_FALSE(accepted.for_good);
    CHECK(accepted.accusers.size() == 3);
    // It holds for that record in that round only: the next round asks everybody again.
    CHECK(world.supervisor().convicted_for_good().empty());
    world.submit({"a"});
    world.run();
    CHECK(requests_to(world, commander_id(1)) == 2);
}

TEST_CASE("before five lieutenants it is convicted for good and not asked again") {
    pump world{five_lieutenants()};
    world.put(make_record("a", flag::public_));
    world.put(make_record("secret", flag::confidential));
    conspiracy plot;
    plot.commanders[1] = equivocating(3);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
    REQUIRE(world.closed[0].convictions.size() == 1);
    CHECK(world.closed[0].convictions[0].for_good);
    CHECK(world.supervisor().convicted_for_good() == std::set{commander_id(1)});

    const auto before = world.messages_sent();
    world.meddle = nullptr;
    world.submit({"a", "secret"});
    world.run();
    CHECK(requests_to(world, commander_id(1)) == 1);
    CHECK(world.messages_sent() - before == oral_message_count(6, 1));
    CHECK(world.decided(1, 0).outcome == record_outcome::released);
    CHECK(world.decided(1, 1).outcome == record_outcome::withheld);
    CHECK(world.closed[1].convictions.empty());
}

TEST_CASE("a conviction for a record holds for its sub-rounds") {
    pump world{make_cluster(3, 4, 1, {2, 1, 3})};
    world.read = behind_until(1);
    conspiracy plot;
    // Inconsistent at first, then consistently wrong: its second word counts for nothing.
    plot.commanders[2] = [](level_number level, std::uint32_t to) {
        return std::optional{level > 0 ? conf : to < 2 ? pub : absent_claim()};
    };
    plot.join(world);
    world.submit({"a"});
    world.run();
    REQUIRE(world.votes_of(0).size() == 2);
    CHECK(world.votes_of(0)[0].accusations.size() == 1);
    CHECK(world.votes_of(0)[1].accusations.empty());
    CHECK(world.decided(0, 0).level == 1);
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
}

TEST_CASE("a conviction for one record counts for nothing in the next round, even if named") {
    one_lieutenant at{make_cluster(2, 3, 1, {1, 1, 1})};
    at.request();
    at.hear(commander_id(0), telling(pub));
    at.hear(commander_id(1), telling(conf));
    at.hear_relay(1, pub);
    at.hear_relay(2, pub);
    // F of commander 2 is public, against one that said confidential: nothing to look into.
    REQUIRE(at.sent<vote>().at(0).accusations.empty());
    at.request(round_id{2});
    at.hear(commander_id(0), telling(pub, round_id{2}));
    at.hear(commander_id(1), telling(conf, round_id{2}));
    at.hear(lieutenant_id(1), relay{round_id{2}, 0, 1, {one(pub), one(conf)}});
    at.hear(lieutenant_id(2), relay{round_id{2}, 0, 1, {one(pub), one(pub)}});
    REQUIRE(at.sent<vote>().at(1).accusations.size() == 1);
    REQUIRE_FALSE(at.sent<vote>()[1].accusations[0].for_good);
    at.hear(supervisor_id, round_request{round_id{3}, 0, ids({"a"}), {commander_id(1)}});
    at.hear(commander_id(0), telling(pub, round_id{3}));
    at.hear(lieutenant_id(1), relay{round_id{3}, 0, 1, {one(pub)}});
    at.hear(lieutenant_id(2), relay{round_id{3}, 0, 1, {one(pub)}});
    CHECK(at.sent<vote>().at(2).verdicts->front().what == decision::unresolved);
}

TEST_CASE("a lieutenant that didn't establish a conviction itself doesn't count it") {
    pump world{five_lieutenants()};
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.commanders[1] = equivocating(2);
    plot.join(world);
    world.meddle = [plotted = world.meddle](const envelope& wanted,
                                            std::vector<envelope>& instead) {
        // Whatever goes to lieutenant 5 in the first round is lost.
        if (wanted.to != lieutenant_id(4) || round_of(wanted.what) != round_id{1}) {
            plotted(wanted, instead);
        }
    };
    world.submit({"a"});
    world.run();
    REQUIRE(world.supervisor().convicted_for_good().size() == 1);
    REQUIRE(world.votes_of(4).empty());
    world.submit({"a"});
    world.run();
    CHECK(world.votes_of(0).back().verdicts->front().what == decision::release);
    CHECK(world.votes_of(4).back().verdicts->front().what == decision::unresolved);
    CHECK(world.decided(1, 0).outcome == record_outcome::released);
}

TEST_CASE("a conviction that too few lieutenants established shuts the gate for good") {
    // A limit of oral messages, not a wish: a commander and a lieutenant together see to it that
    // one loyal lieutenant alone convicts. The supervisor has its fl+1 accusers and stops asking
    // the commander; the other lieutenants hear nothing from it and can't tell why.
    pump world{five_lieutenants()};
    world.put(make_record("a", flag::confidential));
    conspiracy plot;
    plot.commanders[1] = [](level_number, std::uint32_t to) {
        return std::optional{to == 3 ? conf : pub};
    };
    plot.relays[4] = [](const relay_item& item) {
        return item.commander == 1 ? one(item.recipient == 0 ? conf : pub) : item.heard;
    };
    plot.votes[4] = [](const vote& loyal) {
        auto cast = loyal;
        cast.accusations = {{commander_id(1), 0, true, {pub, {}}, {conf, {}}}};
        return std::optional{cast};
    };
    plot.join(world);
    world.submit({"a"});
    world.run();
    REQUIRE(world.supervisor().convicted_for_good() == std::set{commander_id(1)});
    for (std::uint32_t j = 0; j < 4; ++j) {
        CHECK(world.votes_of(j)[0].accusations.size() == (j == 0 ? 1 : 0));
    }
    world.put(make_record("a", flag::public_));
    conspiracy afterwards;
    afterwards.votes[4] = voting_withhold();
    afterwards.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(1, 0).outcome == record_outcome::unresolved);
}

TEST_CASE("a conviction that the request doesn't name is not counted from the start") {
    pump world{five_lieutenants()};
    conspiracy plot;
    plot.commanders[1] = equivocating(3);
    plot.join(world);
    world.put(make_record("a", flag::public_));
    // Two rounds in flight: the second was requested before the first convicted anybody.
    world.submit({"a"});
    world.submit({"a"});
    world.run();
    CHECK(requests_to(world, commander_id(1)) == 2);
    REQUIRE(world.closed.size() == 2);
    CHECK(world.closed[1].convictions.size() == 1);
    CHECK(world.decided(1, 0).outcome == record_outcome::released);
}

TEST_CASE("with every commander convicted for good nothing is asked and nothing leaves") {
    pump world{make_cluster(1, 3, 1)};
    world.put(make_record("a", flag::public_));
    world.inject(supervisor_id, lieutenant_id(0),
                 round_request{round_id{7}, 0, ids({"a"}), {commander_id(0)}});
    world.run();
    const auto votes = world.votes_of(0);
    REQUIRE(votes.size() == 1);
    CHECK(votes[0].verdicts->front().what == decision::withhold);
    CHECK(world.messages_sent() == 0);
    CHECK(world.now() == 0);
}

} // namespace byzgate::testing
