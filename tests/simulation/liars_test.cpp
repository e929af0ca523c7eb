#include <catch2/catch.hpp>

#include <ctime>
#include <functional>
#include <thread>

#include "tests/simulation/liars.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// Every behaviour but `loyal` that fits there.
std::vector<const behavior_info*> liars_for(server_role role, bool sealed = false) {
    std::vector<const behavior_info*> liars;
    for (const auto& info : known_behaviors()) {
        const bool fits =
            role == server_role::commander ? info.for_commanders : info.for_lieutenants;
        if (fits && info.name != "loyal" && (sealed || !info.sealed_only)) {
            liars.push_back(&info);
        }
    }
    return liars;
}

/// Calls `each` with every pair of liars within the budget of `base`, and with each liar alone.
void for_each_case(const simulation_settings& base, std::uint64_t draw,
                   const std::function<void(const simulation_settings&)>& each) {
    const auto& budget = base.cluster.tolerate;
    std::vector<placed_behavior> places;
    std::uint64_t number = 0;
    for (const bool plain : {true, false}) {
        places.clear();
        if (budget.commanders > 0) {
            for (const auto* info : liars_for(server_role::commander, base.cluster.sealed)) {
                places.push_back(
                    liar_at(commander_id(0), *info, base.cluster, draw + ++number, plain));
            }
        }
        if (budget.lieutenants > 0) {
            for (const auto* info : liars_for(server_role::lieutenant, base.cluster.sealed)) {
                places.push_back(liar_at(lieutenant_id(base.cluster.lieutenants - 1), *info,
                                         base.cluster, draw + ++number, plain));
            }
        }
        for (std::size_t i = 0; i < places.size(); ++i) {
            auto s = base;
            s.byzantine = {places[i]};
            each(s);
            for (std::size_t j = i + 1; j < places.size(); ++j) {
                auto second = places[j];
                if (second.server == places[i].server) {
                    // Two of a kind: in the next seat, if the budget has two.
                    if (is_commander(second.server) ? budget.commanders < 2
                                                    : budget.lieutenants < 2) {
                        continue;
                    }
                    second.server = is_commander(second.server)
                                        ? commander_id(1)
                                        : lieutenant_id(base.cluster.lieutenants - 2);
                }
                s.byzantine = {places[i], second};
                if (budget.total >= 2) {
                    each(s);
                }
            }
        }
    }
}

/// A budget of one fault in all: a single reporter convicts for a record.
simulation_settings one_fault_of(std::uint32_t commanders, std::uint32_t lieutenants) {
    auto s = cluster_of(commanders, lieutenants);
    s.cluster.tolerate.total = 1;
    return s;
}

const std::vector<simulation_settings>& clusters() {
    static const std::vector<simulation_settings> all{cluster_of(1, 3),    cluster_of(2, 3),
                                                      one_fault_of(2, 3),  cluster_of(3, 4),
                                                      cluster_of(2, 6, 2), cluster_of(1, 5)};
    return all;
}

simulation_settings signed_of(std::uint32_t commanders, std::uint32_t lieutenants,
                              std::uint32_t depth = 1) {
    auto s = cluster_of(commanders, lieutenants, depth);
    s.cluster.protocol = protocol_kind::signed_;
    return s;
}

const std::vector<simulation_settings>& signed_clusters() {
    static const std::vector<simulation_settings> all{signed_of(1, 3), signed_of(2, 3),
                                                      signed_of(3, 5, 2), signed_of(2, 5, 2)};
    return all;
}

const std::vector<simulation_settings>& sealed_clusters() {
    static const auto all = [] {
        std::vector<simulation_settings> some{cluster_of(2, 3), one_fault_of(2, 3),
                                              cluster_of(3, 4), signed_of(2, 3)};
        for (auto& s : some) {
            s.cluster.sealed = true;
        }
        return some;
    }();
    return all;
}

struct survey {
    std::uint64_t cases = 0;
    std::uint64_t rounds = 0;
    std::uint64_t public_released = 0;
    std::uint64_t convictions = 0;
    std::uint64_t sub_rounds = 0;
};

/// Shares `rounds` between all cases; each broken promise fails with what it takes to repeat it.
survey simulate_all(std::uint64_t rounds, std::uint64_t seed, const network_faults& network,
                    const std::vector<simulation_settings>& clusters = ::clusters()) {
    std::uint64_t cases = 0;
    for (const auto& base : clusters) {
        for_each_case(base, seed, [&](const simulation_settings&) { ++cases; });
    }
    survey seen;
    for (const auto& base : clusters) {
        for_each_case(base, seed, [&](const simulation_settings& liars) {
            auto s = liars;
            s.seed = seed;
            s.rounds = std::max<std::uint64_t>(rounds / cases, 1);
            s.network = network;
            s.database.update_probability = seen.cases % 2 == 0 ? 0.0 : 0.05;
            s.database.deletion_probability = seen.cases % 5 == 0 ? 0.05 : 0.0;
            s.batch = seen.cases % 3 == 0 ? 3 : 1;
            const auto r = simulate(s);
            ++seen.cases;
            seen.rounds += r.rounds;
            seen.public_released += r.public_released;
            seen.convictions += r.convictions;
            seen.sub_rounds += r.sub_rounds;
            INFO(described(s));
            INFO(described(r));
            CHECK(r.broken.empty());
            CHECK(r.leaked == 0);
            CHECK(r.corrupted == 0);
        });
    }
    return seen;
}

} // namespace

TEST_CASE("every liar and every pair of liars within the budget keeps every promise") {
    const auto seen = simulate_all(rounds_wanted(45'000), 1, {});
    CHECK(seen.public_released > 0);
    CHECK(seen.convictions > 0);
    CHECK(seen.sub_rounds > 0);
}

TEST_CASE("a fresh seed keeps every promise") {
    const auto seed = static_cast<std::uint64_t>(std::time(nullptr));
    WARN("fresh seed: " << seed);
    const auto seen = simulate_all(rounds_wanted(45'000) / 3, seed, {});
    CHECK(seen.public_released > 0);
    CHECK(seen.convictions > 0);
}

TEST_CASE("delay, duplication and reordering within the deadlines keep every promise") {
    const auto seen = simulate_all(rounds_wanted(45'000) / 3, 3, {0.0, 0.1, 40, true});
    CHECK(seen.public_released > 0);
    CHECK(seen.convictions > 0);
}

TEST_CASE("a network that loses messages and delays them beyond deadlines never leaks") {
    const auto seen = simulate_all(rounds_wanted(45'000) / 6, 4, {0.02, 0.05, 60, true});
    CHECK(seen.public_released > 0);
}

TEST_CASE("with signed messages, too, every liar and every pair of them keeps every promise") {
    const auto seen = simulate_all(rounds_wanted(45'000) / 3, 5, {}, signed_clusters());
    CHECK(seen.public_released > 0);
    CHECK(seen.convictions > 0);
    CHECK(seen.sub_rounds > 0);
}

TEST_CASE("signed messages on a network that loses, delays and repeats never leak or frame") {
    const auto seen =
        simulate_all(rounds_wanted(45'000) / 6, 6, {0.02, 0.05, 60, true}, signed_clusters());
    CHECK(seen.public_released > 0);
}

TEST_CASE("with sealed payloads, too, every liar and every pair of them keeps every promise") {
    const auto seen = simulate_all(rounds_wanted(45'000) / 15, 7, {}, sealed_clusters());
    CHECK(seen.public_released > 0);
    CHECK(seen.convictions > 0);
    const auto faulty =
        simulate_all(rounds_wanted(45'000) / 30, 8, {0.02, 0.05, 60, true}, sealed_clusters());
    CHECK(faulty.public_released > 0);
}

TEST_CASE("no behaviour of any others makes evidence against a loyal commander") {
    // Beyond every budget: all lieutenants but one and all commanders but one lie.
    std::uint64_t convictions = 0;
    for (const auto* first : liars_for(server_role::commander)) {
        for (const auto* second : liars_for(server_role::lieutenant)) {
            auto s = signed_of(2, 3);
            s.rounds = 20;
            s.seed = 7;
            s.stop_when_broken = false;
            s.byzantine = {liar_at(commander_id(0), *first, s.cluster, 1, true),
                           liar_at(lieutenant_id(1), *second, s.cluster, 2, false),
                           liar_at(lieutenant_id(2), *second, s.cluster, 3, true)};
            s.database.update_probability = 0.1;
            s.database.deletion_probability = 0.1;
            s.hooks.closed = [&](tick, const round_closed& closed,
                                 const std::vector<judged_record>&) {
                for (const auto& c : closed.convictions) {
                    CHECK(c.commander == commander_id(0));
                    CHECK(c.proof != nullptr);
                    ++convictions;
                }
            };
            INFO(described(s));
            const auto r = simulate(s);
            CHECK(r.framed == 0);
        }
    }
    CHECK(convictions > 0);
}
