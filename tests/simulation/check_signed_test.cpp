/// The exhaustive check of signed messages against a plain enumeration.
#include <catch2/catch.hpp>

#include <array>

#include "naive_signed.hpp"
#include "simulation/check.hpp"

using namespace byzgate;

namespace {

cluster_parameters made_cluster(std::uint32_t commanders, std::uint32_t lieutenants,
                                std::uint32_t depth) {
    cluster_parameters cluster;
    cluster.commanders = commanders;
    cluster.lieutenants = lieutenants;
    cluster.protocol = protocol_kind::signed_;
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

/// The table's lines, and the restricted relays showing what they can.
naive::strategy naive_strategy(const naive::setting& s, const counterexample& example) {
    naive::strategy said;
    for (const auto& one : naive::restricted_of(s)) {
        said[one] = naive::whatever_it_can;
    }
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

void compare_example(const naive::setting& s, const naive::tally& plain, const check_case& of) {
    CHECK(of.example.has_value() == !plain.fewest.empty());
    if (!of.example) {
        return;
    }
    const auto& example = *of.example;
    const auto said = naive_strategy(s, example);
    CHECK(plain.fewest.at(std::string(to_string(example.breaks)))
          == static_cast<int>(example.deviations));
    CHECK(naive::deviations_signed(s, said) == static_cast<int>(example.deviations));
    const auto played = naive::play_signed(s, said);
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
    CHECK(format_counterexample(parse_counterexample(format_counterexample(example)))
          == format_counterexample(example));
}

void compare(check_settings settings) {
    const auto& cluster = settings.cluster;
    for (const auto& of : check(settings).cases) {
        std::string who;
        for (const auto id : of.byzantine) {
            who += to_string(id) + " ";
        }
        INFO(cluster.commanders << " commanders, " << cluster.lieutenants << " lieutenants, depth "
                                << cluster.depth << ", " << settings.values << " values, recursion "
                                << settings.recursion << ", " << who << to_string(of.truth));
        const auto s = naive_setting(cluster, of, settings.values, settings.recursion);
        const auto plain = naive::enumerate_signed(s);
        CHECK_FALSE(of.sampled);
        CHECK(of.strategies.decimal() == std::to_string(plain.strategies));
        CHECK(of.in_full(of.explored) == std::to_string(plain.strategies));
        CHECK(of.in_full(of.counts.leaks) == std::to_string(plain.leaks));
        CHECK(of.in_full(of.counts.denials) == std::to_string(plain.denials));
        CHECK(of.in_full(of.counts.disagreements) == std::to_string(plain.disagreements));
        CHECK(of.in_full(of.counts.framings) == std::to_string(plain.framings));
        CHECK(of.in_full(of.counts.agreement_violations) == std::to_string(plain.ic1));
        CHECK(of.in_full(of.counts.validity_violations) == std::to_string(plain.ic2));
        compare_example(s, plain, of);
    }
}

void compare(const cluster_parameters& cluster, std::uint32_t faults, int values,
             std::uint32_t recursion = 0) {
    check_settings settings;
    settings.cluster = cluster;
    settings.faults = faults;
    settings.values = values;
    settings.recursion = recursion;
    compare(settings);
}

/// One set of servers only.
void compare(const cluster_parameters& cluster, std::vector<server_id> byzantine, int values,
             std::uint32_t recursion = 0) {
    check_settings settings;
    settings.cluster = cluster;
    settings.byzantine = std::move(byzantine);
    settings.values = values;
    settings.recursion = recursion;
    compare(settings);
}

} // namespace

TEST_CASE("signed messages to three lieutenants count as in a plain enumeration") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    const auto values = GENERATE(2, 3);
    auto cluster = made_cluster(commanders, 3, 1);
    compare(cluster, 2, values);
    cluster.tolerate.total = 1;
    compare(cluster, 2, values);
}

TEST_CASE("signed messages count as in a plain enumeration with two relay phases", "[long]") {
    compare(made_cluster(1, 3, 2), 3, 3);
    compare(made_cluster(2, 3, 2), 2, 2);
    compare(made_cluster(1, 4, 2), 2, 2);
    compare(made_cluster(1, 4, 2), {commander_id(0), lieutenant_id(1), lieutenant_id(3)}, 2);
    compare(made_cluster(1, 4, 2), {commander_id(0), lieutenant_id(2)}, 3);
    compare(made_cluster(1, 4, 2), {lieutenant_id(0), lieutenant_id(2)}, 3);
    compare(made_cluster(1, 4, 3), 3, 2);
}

TEST_CASE("signed messages count as in a plain enumeration without relays") {
    compare(made_cluster(2, 3, 0), 2, 3);
    compare(made_cluster(3, 1, 0), 2, 3);
}

TEST_CASE("signed messages count as in a plain enumeration for other numbers of lieutenants") {
    compare(made_cluster(1, 2, 1), 3, 3);
    compare(made_cluster(1, 4, 1), 2, 3);
    compare(made_cluster(2, 4, 1), 2, 2);
}

TEST_CASE("signed messages count as in a plain enumeration with deeper sub-rounds", "[long]") {
    auto cluster = made_cluster(2, 3, 1);
    compare(cluster, 1, 3, 1);
    compare(cluster, 2, 2, 1);
    compare(cluster, {commander_id(0)}, 2, 2);
    compare(made_cluster(3, 3, 1), {commander_id(0), commander_id(2)}, 2, 1);
    compare(made_cluster(3, 3, 1), {commander_id(1), lieutenant_id(0)}, 2, 1);
    compare(made_cluster(2, 3, 0), {commander_id(0), commander_id(1)}, 2, 2);
    compare(made_cluster(2, 3, 0), {commander_id(1), lieutenant_id(1)}, 3, 1);
}

TEST_CASE("signed messages under an unusual budget count as in a plain enumeration") {
    auto cluster = made_cluster(3, 3, 1);
    cluster.tolerate = {2, 1, 2};
    compare(cluster, 2, 2);
    cluster.tolerate = {0, 0, 0};
    compare(cluster, 2, 2);
    cluster = made_cluster(2, 3, 1);
    cluster.tolerate = {2, 1, 3};
    compare(cluster, 2, 2, 1);
}
