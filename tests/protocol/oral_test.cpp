/// OM(m) of protocol/oral.hpp against the paper, and the paper's two conditions as protocol.md's
/// section 4 states them: IC1 (agreement), IC2 (validity).
#include <catch2/catch.hpp>

#include "tests/protocol/war.hpp"

namespace byzgate::testing {

namespace {

struct size_of_war {
    std::uint32_t generals;
    std::uint32_t depth;
    std::uint32_t wars;
};

/// A war with `traitors` lying lieutenants, chosen by the seed, and k commanders each of which may
/// lie.
war random_war(const size_of_war& size, std::uint32_t commanders, std::uint32_t traitors,
               std::uint64_t seed) {
    dice roll{mixed(seed, 5)};
    war w;
    w.commanders = commanders;
    w.lieutenants = size.generals - 1;
    w.depth = size.depth;
    w.seed = seed;
    // Fewer ways of lying meet one another more often, and so hit majorities harder.
    w.ways = roll.chance(50) ? 4 : sayings;
    for (const auto j : roll.some_of(w.lieutenants, traitors)) {
        w.lying_lieutenants.insert(j);
    }
    for (std::uint32_t x = 0; x < commanders; ++x) {
        if (roll.chance(50)) {
            w.lying_commanders.insert(x);
        }
    }
    return w;
}

struct findings {
    bool agreed = true;
    bool valid = true;
};

/// The paper's conditions on one commander, over the loyal lieutenants.
findings judge(const war& w, std::uint32_t x,
               const std::vector<std::unique_ptr<oral_exchange>>& at) {
    findings found;
    std::set<order> used;
    for (std::uint32_t j = 0; j < w.lieutenants; ++j) {
        if (w.lying_lieutenants.count(j) == 0) {
            used.insert(order_of(at[j]->value_of(x)->front()));
        }
    }
    found.agreed = used.size() <= 1;
    if (w.lying_commanders.count(x) == 0) {
        for (const auto v : used) {
            found.valid = found.valid && v == order_of(w.truth_of(x));
        }
    }
    return found;
}

} // namespace

TEST_CASE("every loyal lieutenant comes to the value that the paper's OM(m) comes to") {
    const auto size = GENERATE(values<size_of_war>({{2, 0, 1000},
                                                    {3, 0, 1000},
                                                    {3, 1, 4000},
                                                    {4, 0, 1000},
                                                    {4, 1, 4000},
                                                    {4, 2, 4000},
                                                    {5, 1, 4000},
                                                    {5, 2, 3000},
                                                    {6, 1, 4000},
                                                    {6, 2, 2000},
                                                    {7, 1, 4000},
                                                    {7, 2, 2000},
                                                    {10, 3, 5}}));
    const auto plans = war::plans(size.generals - 1, size.depth);
    for (std::uint32_t i = 0; i < size.wars; ++i) {
        const auto seed = mixed(base_seed(), size.generals, size.depth, i);
        const auto traitors = i % (size.generals);
        const auto commanders = 1 + i % 3;
        const auto w = random_war(size, size.generals == 10 ? 1 : commanders, traitors, seed);
        const auto at = w.fight(plans);
        for (std::uint32_t x = 0; x < w.commanders; ++x) {
            const auto expected = w.on_paper(x);
            for (std::uint32_t j = 0; j < w.lieutenants; ++j) {
                if (w.lying_lieutenants.count(j) == 0) {
                    const auto used = order_of(at[j]->value_of(x)->front());
                    if (used != expected.at(static_cast<general>(j) + 1)) {
                        INFO("N " << size.generals << ", m " << size.depth << ", seed " << seed);
                        INFO("commander " << x << ", lieutenant " << j);
                        CHECK(used == expected.at(static_cast<general>(j) + 1));
                    }
                }
            }
        }
    }
    SUCCEED("all wars fought");
}

TEST_CASE("loyal lieutenants agree while N > 3m and at most m of the generals are traitors") {
    const auto size = GENERATE(values<size_of_war>(
        {{2, 0, 500}, {4, 1, 3000}, {5, 1, 3000}, {6, 1, 2000}, {7, 2, 3000}, {10, 3, 10}}));
    const auto plans = war::plans(size.generals - 1, size.depth);
    for (std::uint32_t i = 0; i < size.wars; ++i) {
        const auto seed = mixed(base_seed(), 11, size.generals, i);
        auto w = random_war(size, 1, i % (size.depth + 1), seed);
        if (w.lying_lieutenants.size() == size.depth) {
            w.lying_commanders.clear();
        }
        const auto found = judge(w, 0, w.fight(plans));
        if (!found.agreed || !found.valid) {
            INFO("N " << size.generals << ", m " << size.depth << ", seed " << seed);
            CHECK(found.agreed);
            CHECK(found.valid);
        }
    }
    SUCCEED("all wars fought");
}

TEST_CASE("a loyal commander is believed while N > 2bl+m, even where N <= 3m") {
    const auto size = GENERATE(values<size_of_war>(
        {{3, 0, 1000}, {4, 1, 2000}, {5, 2, 3000}, {6, 2, 2000}, {7, 2, 2000}, {5, 1, 2000}}));
    const auto plans = war::plans(size.generals - 1, size.depth);
    for (std::uint32_t i = 0; i < size.wars; ++i) {
        const auto seed = mixed(base_seed(), 13, size.generals, i);
        const auto traitors_max = std::min(size.depth, (size.generals - size.depth - 1) / 2);
        auto w = random_war(size, 2, i % (traitors_max + 1), seed);
        w.lying_commanders = {1};
        const auto found = judge(w, 0, w.fight(plans));
        if (!found.valid) {
            INFO("N " << size.generals << ", m " << size.depth << ", seed " << seed);
            CHECK(found.valid);
        }
    }
    SUCCEED("all wars fought");
}

TEST_CASE("three generals can't cope with one traitor") {
    const size_of_war size{3, 1, 300};
    const auto plans = war::plans(2, 1);
    unsigned invalid = 0;
    unsigned disagreed = 0;
    for (std::uint32_t i = 0; i < size.wars; ++i) {
        auto lying_lieutenant = random_war(size, 1, 1, mixed(base_seed(), 17, i));
        lying_lieutenant.lying_commanders.clear();
        invalid += judge(lying_lieutenant, 0, lying_lieutenant.fight(plans)).valid ? 0 : 1;
        auto lying_commander = random_war(size, 1, 0, mixed(base_seed(), 19, i));
        lying_commander.lying_commanders = {0};
        disagreed += judge(lying_commander, 0, lying_commander.fight(plans)).agreed ? 0 : 1;
    }
    CHECK(invalid > 0);
    // With one relay, what a traitorous commander told the two is the same pair at both.
    CHECK(disagreed == 0);
}

TEST_CASE("six generals sometimes fail with two traitorous lieutenants, m being 2") {
    const auto plans = war::plans(5, 2);
    unsigned disagreed = 0;
    unsigned invalid = 0;
    for (std::uint32_t i = 0; i < 3000; ++i) {
        auto w = random_war({6, 2, 1}, 1, 2, mixed(base_seed(), 29, i));
        w.lying_commanders.clear();
        w.ways = 2 + i % 3;
        const auto found = judge(w, 0, w.fight(plans));
        disagreed += found.agreed ? 0 : 1;
        invalid += found.valid ? 0 : 1;
    }
    CHECK(disagreed > 0);
    CHECK(invalid > 0);
}

} // namespace byzgate::testing
