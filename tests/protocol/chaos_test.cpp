/// Whole clusters of random size under random attack, held against the promises of protocol.md,
/// section 4 (protocol/promises.hpp). BYZGATE_TEST_SEED moves all runs to other seeds.
#include <catch2/catch.hpp>

#include "protocol/promises.hpp"
#include "tests/protocol/chaos.hpp"

namespace byzgate::testing {

namespace {

/// What is seen over many runs: every "never" has its "sometimes".
struct sightings {
    unsigned released = 0;
    unsigned leaked = 0;
    unsigned convicted = 0;
    unsigned convicted_for_good = 0;
    unsigned sub_rounds = 0;
    unsigned available = 0;
    unsigned framed = 0;
    std::array<unsigned, refusal_kinds> refused{};
};

/// One run: everything in it follows from the seed.
struct scene {
    cluster_parameters cluster;
    history truth;
    std::vector<record_id> records;
    chaos_options attack;
    present_faults present;
    bool updates = false; ///< reads may see either version
    std::uint32_t rounds = 1;
};

cluster_parameters random_cluster(dice& roll) {
    const auto lieutenants = roll.between(1, 7);
    const auto commanders = roll.between(1, 3);
    const auto depth = std::min(lieutenants - 1, roll.below(100) < 70 ? 1U : roll.below(4));
    auto cluster =
        make_cluster(commanders, lieutenants, lieutenants > 5 ? std::min(depth, 2U) : depth);
    if (roll.chance(50)) {
        auto& budget = cluster.tolerate;
        budget.commanders = roll.below(commanders + 1);
        budget.lieutenants = roll.below(lieutenants / 2 + 1);
        budget.total = roll.between(std::max(budget.commanders, budget.lieutenants),
                                    budget.commanders + budget.lieutenants);
    }
    cluster.max_recursion = roll.below(3);
    cluster.window = roll.between(1, 3);
    return cluster;
}

void choose_traitors(scene& s, dice& roll, bool within_budget) {
    auto bc = roll.below(s.cluster.commanders + 1);
    auto bl = roll.below(s.cluster.lieutenants + 1);
    if (within_budget) {
        const auto& budget = s.cluster.tolerate;
        bc = std::min(bc, budget.commanders);
        bl = std::min({bl, budget.lieutenants, budget.total - bc});
    }
    for (const auto x : roll.some_of(s.cluster.commanders, bc)) {
        s.attack.byzantine.insert(commander_id(x));
    }
    for (const auto j : roll.some_of(s.cluster.lieutenants, bl)) {
        s.attack.byzantine.insert(lieutenant_id(j));
    }
    s.present = {bc, bl};
}

scene random_scene(std::uint64_t seed) {
    dice roll{seed};
    scene s;
    s.cluster = random_cluster(roll);
    s.updates = roll.chance(30);
    // The first record is a confidential one that thieves would like to have.
    s.records = {"r0"};
    s.truth.add(make_record("r0", flag::confidential));
    const auto more = roll.below(4);
    for (std::uint32_t i = 1; i <= more; ++i) {
        const auto id = std::string{"r"}.append(std::to_string(i));
        s.records.push_back(id);
        s.truth.add(make_record(id, roll.chance(60) ? flag::public_ : flag::confidential));
        if (s.updates) {
            s.truth.add(
                make_record(id, roll.chance(50) ? flag::public_ : flag::confidential, "v2"));
        }
    }
    choose_traitors(s, roll, roll.chance(80));
    s.attack.how = static_cast<mood>(roll.below(3));
    s.attack.garbage_percent = roll.chance(50) ? 0 : roll.below(15);
    s.attack.wrong_rounds = roll.chance(20);
    s.attack.lossy = roll.chance(25);
    s.rounds = roll.between(1, 4);
    return s;
}

pump::reader reading(const scene& s, dice& roll) {
    return [&s, &roll](server_id, const read_records& wanted) {
        std::vector<std::optional<record>> found;
        for (const auto& id : *wanted.ids) {
            const auto& versions = s.truth.versions_of(id);
            found.emplace_back(versions[roll.below(static_cast<std::uint32_t>(versions.size()))]);
        }
        return found;
    };
}

/// Releases of what the database never held as public in that version, under that id.
unsigned wrong_releases(const scene& s, const pump& world) {
    unsigned wrong = 0;
    for (const auto& r : world.delivered) {
        const auto* was = s.truth.find(r.id, r.version);
        const bool right = was != nullptr && was->confidentiality == flag::public_
                           && was->payload == r.payload
                           && test_digests().digest_of(r.payload) == r.payload_digest;
        wrong += right ? 0 : 1;
    }
    return wrong;
}

void check_the_end(const scene& s, pump& world) {
    CHECK(world.closed.size() == s.rounds);
    CHECK(world.supervisor().rounds_open() == 0);
    CHECK(world.supervisor().submissions_waiting() == 0);
    CHECK(world.supervisor().next_deadline() == tick_never);
    for (std::uint32_t j = 0; j < s.cluster.lieutenants; ++j) {
        CHECK(world.lieutenant(j).rounds_open() == 0);
        CHECK(world.lieutenant(j).next_deadline() == tick_never);
        if (!s.attack.wrong_rounds) {
            CHECK(world.lieutenant(j).early_messages() == 0);
        }
    }
    std::size_t released = 0;
    for (const auto& round : world.closed) {
        for (const auto& decided : round.decided) {
            CHECK(decided.outcome != record_outcome::open);
            released += decided.outcome == record_outcome::released ? 1 : 0;
        }
    }
    CHECK(released == world.delivered.size());
}

void check_convictions(const scene& s, pump& world, const promises& promised, std::size_t framed,
                       sightings& seen) {
    const bool timely = !s.attack.lossy;
    const bool no_framing =
        promised.no_framing_always || (timely && promised.no_framing_when_timely);
    if (no_framing) {
        CHECK(framed == 0);
    }
    seen.framed += framed > 0 ? 1 : 0;
    for (const auto& round : world.closed) {
        for (const auto& accepted : round.convictions) {
            const bool guilty = s.attack.byzantine.count(accepted.commander) > 0;
            seen.convicted += guilty ? 1 : 0;
            if (no_framing) {
                CHECK(guilty);
            }
        }
    }
    for (const auto id : world.supervisor().convicted_for_good()) {
        ++seen.convicted_for_good;
        if (promised.within_budget) {
            CHECK(s.attack.byzantine.count(id) > 0);
        }
    }
}

void check_availability(const scene& s, const pump& world, const promises& promised,
                        sightings& seen) {
    if (!promised.availability || s.attack.lossy || s.updates) {
        return;
    }
    ++seen.available;
    for (const auto& round : world.closed) {
        for (std::size_t i = 0; i < round.records->size(); ++i) {
            const auto& r = s.truth.versions_of((*round.records)[i]).front();
            if (r.confidentiality == flag::public_) {
                CHECK(round.decided[i].outcome == record_outcome::released);
            }
        }
    }
}

void play(std::uint64_t seed, sightings& seen) {
    const auto s = random_scene(seed);
    const auto& c = s.cluster;
    INFO("seed " << seed << ": k " << c.commanders << ", n " << c.lieutenants << ", m " << c.depth);
    INFO("fc " << c.tolerate.commanders << ", fl " << c.tolerate.lieutenants << ", total "
               << c.tolerate.total << ", bc " << s.present.bc << ", bl " << s.present.bl
               << (s.attack.lossy ? ", lossy" : "") << (s.updates ? ", updates" : ""));
    const auto promised = byzgate::promised(c, s.present);
    pump world{c};
    world.keep_log = false;
    dice reads{mixed(seed, 3)};
    world.read = reading(s, reads);
    chaos attack{c, s.truth, s.attack, mixed(seed, 2)};
    attack.join(world);
    for (std::uint32_t i = 0; i < s.rounds; ++i) {
        world.submit(s.records);
    }
    world.run();

    check_the_end(s, world);
    const auto wrong = wrong_releases(s, world);
    if (promised.no_leak) {
        CHECK(wrong == 0);
    }
    check_convictions(s, world, promised, attack.framed(), seen);
    check_availability(s, world, promised, seen);
    seen.leaked += wrong > 0 ? 1 : 0;
    seen.released += world.delivered.size() > wrong ? 1 : 0;
    for (const auto& round : world.closed) {
        for (const auto& decided : round.decided) {
            seen.sub_rounds += decided.level > 0 ? 1 : 0;
        }
    }
    for (const auto& no : world.refusals) {
        ++seen.refused[static_cast<std::size_t>(no.why)];
    }
}

} // namespace

TEST_CASE("no cluster under any attack breaks a promise, and each thing happens sometimes") {
    sightings seen;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        play(mixed(base_seed(), 31, i), seen);
    }
    CHECK(seen.released > 0);
    CHECK(seen.convicted > 0);
    CHECK(seen.convicted_for_good > 0);
    CHECK(seen.sub_rounds > 0);
    CHECK(seen.available > 0);
    // Outside the budget, that is: within it, the checks above have seen none.
    CHECK(seen.leaked > 0);
    CHECK(seen.framed > 0);
    for (std::size_t why = 0; why < refusal_kinds; ++why) {
        INFO(to_string(static_cast<refusal>(why)));
        CHECK((seen.refused[why] > 0 || static_cast<refusal>(why) == refusal::oversized
               || static_cast<refusal>(why) == refusal::bad_signature));
    }
}

TEST_CASE("the same seed gives the same run") {
    const auto seed = mixed(base_seed(), 37);
    sightings once;
    sightings twice;
    for (std::uint64_t i = 0; i < 50; ++i) {
        play(seed + i, once);
        play(seed + i, twice);
    }
    CHECK(once.released == twice.released);
    CHECK(once.sub_rounds == twice.sub_rounds);
    CHECK(once.refused == twice.refused);
}

} // namespace byzgate::testing
