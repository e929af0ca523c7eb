/// The exhaustive check against a plain enumeration.
#include <catch2/catch.hpp>

#include <array>

#include "naive_check.hpp"
#include "simulation/check.hpp"

using namespace byzgate;

namespace {

cluster_parameters made_cluster(std::uint32_t commanders, std::uint32_t lieutenants,
                                std::uint32_t depth) {
    cluster_parameters cluster;
    cluster.commanders = commanders;
    cluster.lieutenants = lieutenants;
    cluster.depth = depth;
    cluster.tolerate = default_budget(commanders, lieutenants);
    return cluster;
}

int naive_server(server_id id) {
    const auto number = static_cast<int>(index_of(id)) + 1;
    return is_commander(id) ? number : -number;
}

naive::setting naive_setting(const cluster_parameters& cluster, const check_case& of, int values,
                             std::uint32_t recursion) {
    naive::setting s;
    s.commanders = static_cast<int>(cluster.commanders);
    s.lieutenants = static_cast<int>(cluster.lieutenants);
    s.depth = static_cast<int>(cluster.depth);
    s.fc = static_cast<int>(cluster.tolerate.commanders);
    s.fl = static_cast<int>(cluster.tolerate.lieutenants);
    s.total = static_cast<int>(cluster.tolerate.total);
    for (const auto id : of.byzantine) {
        s.byzantine.insert(naive_server(id));
    }
    s.is_public = of.truth == flag::public_;
    s.values = values;
    s.recursion = static_cast<int>(recursion);
    return s;
}

naive::strategy naive_strategy(const counterexample& example) {
    naive::strategy said;
    for (const auto& line : example.table) {
        naive::path along;
        for (const auto id : line.what.path) {
            along.push_back(naive_server(id));
        }
        said[{static_cast<int>(line.what.level), along, naive_server(line.what.to)}] =
            to_string(line.says)[0];
    }
    return said;
}

/// The example does what it says, and nothing does it with fewer deviations.
void compare_example(const naive::setting& s, const naive::tally& plain, const check_case& of) {
    CHECK(of.example.has_value() == !plain.fewest.empty());
    if (!of.example) {
        return;
    }
    const auto& example = *of.example;
    const auto said = naive_strategy(example);
    CHECK(plain.fewest.at(std::string(to_string(example.breaks)))
          == static_cast<int>(example.deviations));
    CHECK(naive::deviations(s, said) == static_cast<int>(example.deviations));
    const auto played = naive::play(s, said);
    const std::array broken{played.leak,     played.frame, played.deny,
                            played.disagree, played.ic1,   played.ic2};
    CHECK(broken[static_cast<std::size_t>(example.breaks)]);
    CHECK(played.leak == example.outcome.leaked);
    CHECK(played.deny == example.outcome.denied);
    CHECK(played.disagree == example.outcome.disagreed);
    CHECK(played.frame == example.outcome.framed);
    REQUIRE(played.votes.size() == example.outcome.votes.size());
    for (std::size_t level = 0; level < played.votes.size(); ++level) {
        CHECK(played.votes[level].size() == example.outcome.votes[level].size());
        for (const auto& [id, vote] : example.outcome.votes[level]) {
            CHECK(played.votes[level].at(naive_server(id)) == to_string(vote));
        }
    }
}

void compare(const cluster_parameters& cluster, std::uint32_t faults, int values,
             std::uint32_t recursion = 0) {
    check_settings settings;
    settings.cluster = cluster;
    settings.faults = faults;
    settings.values = values;
    settings.recursion = recursion;
    for (const auto& of : check(settings).cases) {
        std::string who;
        for (const auto id : of.byzantine) {
            who += to_string(id) + " ";
        }
        INFO(cluster.commanders << " commanders, " << cluster.lieutenants << " lieutenants, depth "
                                << cluster.depth << ", total " << cluster.tolerate.total << ", "
                                << values << " values, recursion " << recursion << ", " << who
                                << to_string(of.truth));
        const auto s = naive_setting(cluster, of, values, recursion);
        const auto plain = naive::enumerate(s);
        CHECK_FALSE(of.sampled);
        CHECK(of.strategies.decimal() == std::to_string(plain.strategies));
        CHECK(of.explored == plain.strategies);
        CHECK(of.counts.leaks == plain.leaks);
        CHECK(of.counts.denials == plain.denials);
        CHECK(of.counts.disagreements == plain.disagreements);
        CHECK(of.counts.framings == plain.framings);
        CHECK(of.counts.agreement_violations == plain.ic1);
        CHECK(of.counts.validity_violations == plain.ic2);
        compare_example(s, plain, of);
    }
}

} // namespace

TEST_CASE("the checker counts what a plain enumeration counts for three lieutenants") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    const auto values = GENERATE(2, 3);
    auto cluster = made_cluster(commanders, 3, 1);
    SECTION("default budget") {
        compare(cluster, 2, values);
    }
    SECTION("one fault in all") {
        cluster.tolerate.total = 1;
        compare(cluster, 2, values);
    }
}

TEST_CASE("the checker counts what a plain enumeration counts with two relay phases", "[long]") {
    compare(made_cluster(1, 3, 2), 1, 3);
    compare(made_cluster(1, 3, 2), 2, 2);
    compare(made_cluster(1, 4, 2), 1, 3);
    compare(made_cluster(1, 4, 2), 2, 2);
    compare(made_cluster(2, 3, 2), 1, 2);
}

TEST_CASE("the checker counts what a plain enumeration counts without relays") {
    compare(made_cluster(2, 3, 0), 2, 3);
    compare(made_cluster(3, 1, 0), 2, 3);
}

TEST_CASE("the checker counts what a plain enumeration counts for other numbers of lieutenants") {
    const auto lieutenants = GENERATE(2U, 4U);
    compare(made_cluster(1, lieutenants, 1), 2, 3);
    compare(made_cluster(2, lieutenants, 1), 2, 2);
}

TEST_CASE("the checker counts what a plain enumeration counts with sub-rounds") {
    auto cluster = made_cluster(2, 3, 1);
    cluster.tolerate.total = GENERATE(1U, 2U);
    compare(cluster, 1, 3, 1);
    compare(cluster, 2, 2, 1);
    compare(cluster, 1, 2, 2);
    compare(made_cluster(3, 3, 1), 1, 2, 1);
}

TEST_CASE("an unusual budget counts as in a plain enumeration") {
    auto cluster = made_cluster(3, 3, 1);
    cluster.tolerate = {2, 1, 2};
    compare(cluster, 2, 2);
    cluster.tolerate = {0, 0, 0};
    compare(cluster, 2, 2);
    cluster = made_cluster(2, 3, 1);
    cluster.tolerate = {2, 1, 3};
    compare(cluster, 2, 2, 1);
}
