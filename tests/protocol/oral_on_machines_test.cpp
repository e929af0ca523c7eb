/// Lieutenants that are whole machines vote by the value that the paper's OM(m) comes to.
#include <catch2/catch.hpp>

#include "tests/protocol/war.hpp"

namespace byzgate::testing {

namespace {

/// Plays the traitors of a war on the machines of a pump.
void fight_on(pump& world, const war& w, const path_table& paths) {
    world.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        auto sent = wanted;
        const auto to = static_cast<general>(index_of(wanted.to)) + 1;
        if (std::holds_alternative<distribution>(wanted.what)) {
            const auto x = index_of(wanted.from);
            const auto told =
                batch_of(w.lying_commanders.count(x) > 0 ? w.lie(x, {0}, to) : w.truth_of(x));
            if (!told) {
                return;
            }
            const auto& c = told->front();
            const bool other = c == batch_of(saying::other_digest)->front();
            sent.what = other ? distribution{round_id{1}, 0, told, payloads({"x"})} : telling(c);
        } else if (const auto* passed_on = std::get_if<relay>(&wanted.what);
                   passed_on != nullptr && w.lying_lieutenants.count(index_of(wanted.from)) > 0) {
            if (w.says_nothing(index_of(wanted.from), to, passed_on->phase)) {
                return;
            }
            auto lied = *passed_on;
            lied.items =
                w.lying_relay(paths, index_of(wanted.from), index_of(wanted.to), passed_on->phase);
            sent.what = std::move(lied);
        }
        instead.push_back(std::move(sent));
    };
}

war random_war(std::uint32_t lieutenants, std::uint32_t depth, std::uint64_t seed) {
    dice roll{mixed(seed, 41)};
    war w;
    w.lieutenants = lieutenants;
    w.depth = depth;
    w.seed = seed;
    w.ways = roll.chance(50) ? 4 : sayings;
    for (const auto j : roll.some_of(lieutenants, roll.below(lieutenants))) {
        w.lying_lieutenants.insert(j);
    }
    if (roll.chance(50)) {
        w.lying_commanders.insert(0);
    }
    return w;
}

} // namespace

TEST_CASE("machines vote by the value that the paper's OM(m) comes to") {
    const auto [lieutenants, depth] = GENERATE(table<std::uint32_t, std::uint32_t>(
        {{1, 0}, {2, 1}, {3, 1}, {3, 2}, {4, 1}, {4, 2}, {5, 2}, {6, 2}}));
    const path_table paths{lieutenants, depth};
    for (std::uint32_t i = 0; i < 300; ++i) {
        const auto seed = mixed(base_seed(), lieutenants, depth, 43, i);
        const auto w = random_war(lieutenants, depth, seed);
        pump world{make_cluster(1, lieutenants, depth, {0, 0, 0})};
        world.put(make_record("a", flag::public_));
        fight_on(world, w, paths);
        world.submit({"a"});
        world.run();
        const auto expected = w.on_paper(0);
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            if (w.lying_lieutenants.count(j) > 0) {
                continue;
            }
            const auto votes = world.votes_of(j);
            REQUIRE(votes.size() == 1);
            const auto& cast = votes[0].verdicts->front();
            const auto on_paper = expected.at(static_cast<general>(j) + 1);
            const auto says_public =
                on_paper != retreat && on_paper != order_of(saying::confidential_v1);
            INFO("n " << lieutenants << ", m " << depth << ", seed " << seed << ", at " << j);
            REQUIRE(cast.what == (says_public ? decision::release : decision::withhold));
            if (says_public) {
                REQUIRE(order_of(make_claim(flag::public_, cast.version, cast.payload_digest))
                        == on_paper);
            }
        }
    }
}

} // namespace byzgate::testing
