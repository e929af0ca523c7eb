/// A test on each side of the lines of protocol.md, section 4, on whole runs of the machines.
#include <catch2/catch.hpp>

#include "tests/protocol/conspiracy.hpp"
#include "tests/protocol/dice.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim conf = confidential_claim();

std::uint32_t leaks(const pump& world) {
    std::uint32_t leaked = 0;
    for (const auto& r : world.delivered) {
        leaked += world.database.at(r.id).confidentiality == flag::confidential ? 1 : 0;
    }
    return leaked;
}

/// Says the same to everybody at every level.
conspiracy::teller always(const claim& c) {
    return [c](level_number, std::uint32_t) { return std::optional{c}; };
}

conspiracy::relayer relaying(const claim& c) {
    return [c](const relay_item&) { return one(c); };
}

/// Passes on lies about one commander only.
conspiracy::relayer relaying_about(std::uint32_t commander, const claim& c) {
    return [commander, c](const relay_item& item) {
        return item.commander == commander ? one(c) : item.heard;
    };
}

/// Picks one of the two claims per path and recipient.
conspiracy::relayer relaying_at_random(std::uint64_t seed, std::uint32_t public_percent) {
    return [seed, public_percent](const relay_item& item) {
        auto choice = mixed(seed, item.recipient, item.phase, item.commander);
        for (const auto on : item.path) {
            choice = mixed(choice, on);
        }
        return one(dice{choice}.chance(public_percent) ? pub : conf);
    };
}

/// One round on record "a", whose true flag is `truth`, with those lying lieutenants.
struct outcome {
    bool leaked = false;
    bool denied = false;
};
outcome round_with_lying_relays(const cluster_parameters& cluster, flag truth, std::uint32_t liars,
                                std::uint64_t seed) {
    pump world{cluster};
    world.keep_log = false;
    world.put(make_record("a", truth));
    conspiracy plot;
    for (std::uint32_t j = 0; j < liars; ++j) {
        const auto percent = seed % 4 == 0 ? (truth == flag::public_ ? 0 : 100) : 50;
        plot.relays[j] = relaying_at_random(mixed(seed, j), percent);
        plot.votes[j] = truth == flag::public_ ? voting_withhold() : voting_release(pub);
    }
    plot.join(world);
    world.submit({"a"});
    world.run();
    REQUIRE(world.closed.size() == 1);
    const bool released = world.decided(0, 0).outcome == record_outcome::released;
    return {leaks(world) > 0, truth == flag::public_ && !released};
}

struct tally_of_rounds {
    unsigned leaked = 0;
    unsigned denied = 0;
};
tally_of_rounds many_rounds(const cluster_parameters& cluster, std::uint32_t liars,
                            unsigned tries) {
    tally_of_rounds all;
    for (unsigned i = 0; i < tries; ++i) {
        const auto seed = mixed(base_seed(), cluster.depth, cluster.lieutenants) + i;
        INFO("seed " << seed);
        all.leaked +=
            round_with_lying_relays(cluster, flag::confidential, liars, seed).leaked ? 1 : 0;
        all.denied += round_with_lying_relays(cluster, flag::public_, liars, seed).denied ? 1 : 0;
    }
    return all;
}

} // namespace

TEST_CASE("above N = 2fl+m lying lieutenants neither leak nor deny") {
    const auto [lieutenants, depth, fl] =
        GENERATE(table<std::uint32_t, std::uint32_t, std::uint32_t>(
            {{3, 1, 1}, {4, 1, 1}, {4, 2, 1}, {5, 1, 2}, {5, 0, 2}, {7, 2, 2}}));
    const auto cluster = make_cluster(1, lieutenants, depth, {0, fl, fl});
    REQUIRE(cluster.generals() > 2 * fl + depth);
    const auto all = many_rounds(cluster, fl, 200);
    CHECK(all.leaked == 0);
    CHECK(all.denied == 0);
}

TEST_CASE("at N = 2fl+m lying lieutenants deny something but leak nothing") {
    const auto [lieutenants, depth, fl] =
        GENERATE(table<std::uint32_t, std::uint32_t, std::uint32_t>({{3, 2, 1}, {5, 2, 2}}));
    const auto cluster = make_cluster(1, lieutenants, depth, {0, fl, fl});
    REQUIRE(cluster.generals() == 2 * fl + depth);
    const auto all = many_rounds(cluster, fl, 300);
    CHECK(all.leaked == 0);
    CHECK(all.denied > 0);
}

TEST_CASE("below N = 2fl+m lying lieutenants leak") {
    const auto [lieutenants, depth, fl] =
        GENERATE(table<std::uint32_t, std::uint32_t, std::uint32_t>({{5, 3, 2}, {5, 4, 2}}));
    const auto cluster = make_cluster(1, lieutenants, depth, {0, fl, fl});
    REQUIRE(cluster.generals() < 2 * fl + depth);
    CHECK(many_rounds(cluster, fl, 300).leaked > 0);
}

TEST_CASE("one Byzantine commander alone leaks") {
    pump world{make_cluster(1, 3, 1)};
    world.put(make_record("a", flag::confidential));
    conspiracy plot;
    plot.commanders[0] = always(pub);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(leaks(world) == 1);
}

TEST_CASE("two Byzantine commanders out of two leak whatever is done") {
    pump world{make_cluster(2, 3, 1)};
    world.put(make_record("a", flag::confidential));
    conspiracy plot;
    plot.commanders[0] = always(pub);
    plot.commanders[1] = always(pub);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(leaks(world) == 1);
}

TEST_CASE("a commander that lies consistently beside a loyal one leaks nothing and denies") {
    const auto truth = GENERATE(flag::public_, flag::confidential);
    pump world{make_cluster(2, 3, 1)};
    world.put(make_record("a", truth));
    conspiracy plot;
    plot.commanders[1] = always(truth == flag::public_ ? conf : pub);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.delivered.empty());
    CHECK(world.decided(0, 0).outcome == record_outcome::unresolved);
    CHECK(world.decided(0, 0).level == world.cluster().max_recursion);
    CHECK(world.closed[0].convictions.empty());
}

TEST_CASE("a commander and a lieutenant together leak exactly if the budget is one fault") {
    const auto total = GENERATE(1U, 2U);
    pump world{make_cluster(2, 3, 1, {1, 1, total})};
    world.put(make_record("a", flag::confidential));
    conspiracy plot;
    plot.commanders[1] = always(pub);
    plot.relays[2] = relaying_about(0, pub);
    plot.votes[2] = voting_release(pub);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(leaks(world) == (total == 1 ? 1 : 0));
    if (total == 1) {
        // The loyal commander looks inconsistent, so that the liar decides alone.
        const auto votes = world.votes_of(0);
        REQUIRE(votes.back().accusations.size() == 1);
        CHECK(votes.back().accusations[0].commander == commander_id(0));
    }
}

TEST_CASE("a late message frames a loyal commander exactly if t <= fl") {
    const auto total = GENERATE(1U, 2U);
    pump world{make_cluster(2, 3, 1, {1, 1, total})};
    REQUIRE(world.cluster().reporters_when_comparable() == total);
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.relays[2] = relaying_about(0, conf);
    plot.votes[2] = voting_withhold();
    plot.join(world);
    world.meddle = [plotted = world.meddle](const envelope& wanted,
                                            std::vector<envelope>& instead) {
        plotted(wanted, instead);
        for (auto& sent : instead) {
            if (sent.from == commander_id(0) && sent.to == lieutenant_id(0)) {
                sent.delay = 150;
            }
        }
    };
    world.submit({"a"});
    world.run();
    const auto votes = world.votes_of(0);
    REQUIRE_FALSE(votes.empty());
    if (total == 1) {
        REQUIRE(votes[0].accusations.size() == 1);
        CHECK(votes[0].accusations[0].commander == commander_id(0));
        CHECK_FALSE(votes[0].accusations[0].for_good);
    } else {
        CHECK(votes[0].accusations.empty());
    }
    // Whatever is framed here is framed for this record in this round only.
    CHECK(world.closed[0].convictions.size() == (total == 1 ? 1 : 0));
    CHECK(world.supervisor().convicted_for_good().empty());
}

TEST_CASE("no lying lieutenant frames a loyal commander while messages come in time") {
    const auto total = GENERATE(1U, 2U);
    const auto lie =
        GENERATE(values<claim>({pub, conf, absent_claim(), no_value(), public_claim("v9")}));
    pump world{make_cluster(2, 3, 1, {1, 1, total})};
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.relays[1] = relaying(lie);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.votes_of(0).back().accusations.empty());
    CHECK(world.votes_of(2).back().accusations.empty());
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
}

TEST_CASE("three commanders release public records whatever one of them says") {
    const auto lie = GENERATE(values<claim>(
        {conf, no_value(), absent_claim(), public_claim("v9"), confidential_claim("v9")}));
    const auto to_all = GENERATE(true, false);
    const auto truth = GENERATE(flag::public_, flag::confidential);
    pump world{make_cluster(3, 3, 1)};
    REQUIRE(world.cluster().tolerate.commanders == 1);
    world.put(make_record("a", truth));
    conspiracy plot;
    plot.commanders[1] = [&](level_number, std::uint32_t to) -> std::optional<claim> {
        return to_all || to == 0 ? std::optional{lie} : std::nullopt;
    };
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome
          == (truth == flag::public_ ? record_outcome::released : record_outcome::withheld));
    CHECK(world.decided(0, 0).level == 0);
    CHECK(leaks(world) == 0);
}

TEST_CASE("two of three commanders are one too many for three") {
    pump world{make_cluster(3, 3, 1)};
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.commanders[1] = always(conf);
    plot.commanders[2] = always(conf);
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::withheld);
}

TEST_CASE("two commanders with one silent lieutenant release after a deadline") {
    pump world{make_cluster(2, 3, 1)};
    world.put(make_record("a", flag::public_));
    conspiracy plot;
    plot.silent = {lieutenant_id(1)};
    plot.join(world);
    world.submit({"a"});
    world.run();
    CHECK(world.decided(0, 0).outcome == record_outcome::released);
    // Claims at 0, the missing relay is given up at (1+1)·Delta, the missing vote at 3·Delta.
    CHECK(world.now() == 300);
}

} // namespace byzgate::testing
