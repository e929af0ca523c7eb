/// Both sides of every line that section 4 of docs/protocol.md draws for signed messages, as the
/// exhaustive check sees them.
#include <catch2/catch.hpp>

#include <algorithm>

#include "simulation/check.hpp"

using namespace byzgate;

namespace {

const auto commander_1 = commander_id(0);
const auto commander_2 = commander_id(1);
const auto lieutenant_1 = lieutenant_id(0);
const auto lieutenant_2 = lieutenant_id(1);

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

check_result check_all(const cluster_parameters& cluster, std::uint32_t faults, int values = 3) {
    check_settings settings;
    settings.cluster = cluster;
    settings.faults = faults;
    settings.values = values;
    return check(settings);
}

check_case check_one(const cluster_parameters& cluster, std::vector<server_id> byzantine,
                     flag truth, int values = 3, std::uint32_t recursion = 0) {
    check_settings settings;
    settings.cluster = cluster;
    settings.byzantine = std::move(byzantine);
    settings.values = values;
    settings.recursion = recursion;
    const auto result = check(settings);
    REQUIRE(result.cases.size() == 2);
    return result.cases[truth == flag::confidential ? 0 : 1];
}

std::size_t commanders_in(const check_case& of) {
    return static_cast<std::size_t>(
        std::count_if(of.byzantine.begin(), of.byzantine.end(), is_commander));
}

} // namespace

TEST_CASE("with signatures a commander and a lieutenant that collude don't leak") {
    auto cluster = made_cluster(2, 3, 1);
    cluster.tolerate.total = GENERATE(1U, 2U);
    const auto values = GENERATE(2, 3);
    const auto recursion = GENERATE(0U, 1U);
    for (std::uint32_t x = 0; x < 2; ++x) {
        for (std::uint32_t q = 0; q < 3; ++q) {
            const auto of = check_one(cluster, {commander_id(x), lieutenant_id(q)},
                                      flag::confidential, values, recursion);
            CHECK(of.within_budget == (cluster.tolerate.total == 2));
            CHECK_FALSE(of.sampled);
            CHECK(of.counts.leaks == 0);
            CHECK(of.counts.framings == 0);
        }
    }
}

TEST_CASE("with signatures a commander and two of five lieutenants that collude don't leak") {
    const auto cluster = made_cluster(2, 5, GENERATE(0U, 1U, 2U));
    const auto of =
        check_one(cluster, {commander_1, lieutenant_1, lieutenant_2}, flag::confidential);
    CHECK(of.within_budget);
    CHECK_FALSE(of.sampled);
    CHECK(of.counts.leaks == 0);
}

TEST_CASE("with signatures a Byzantine commander that is the only one leaks if it is consistent") {
    const auto of = check_one(made_cluster(1, 3, 1), {commander_1}, flag::confidential);
    CHECK_FALSE(of.within_budget);
    CHECK(of.strategies.decimal() == "27");
    // Nobody is told that it is confidential, and somebody that it is public: all learn that.
    CHECK(of.counts.leaks == 7);
    CHECK(of.counts.disagreements == 0);
    REQUIRE(of.example);
    CHECK(of.example->breaks == broken_property::leak);
    CHECK(of.example->cluster.protocol == protocol_kind::signed_);
    CHECK(of.example->deviations == 3);
}

TEST_CASE("with signatures two Byzantine commanders out of two leak whatever is done") {
    const auto of =
        check_one(made_cluster(2, 3, 1), {commander_1, commander_2}, flag::confidential);
    // Both say public to somebody and confidential to nobody, or one of them is convicted and the
    // other does: 7 of 27 and 12 of 27.
    CHECK(of.counts.leaks == 7 * 7 + 2 * 7 * 12);
}

TEST_CASE("an equivocating commander is convicted and withholds nothing") {
    const auto cluster = made_cluster(2, 3, 1);
    const auto once = check_one(cluster, {commander_1}, flag::public_);
    // It says public to nobody: 8 of 27. If it says both it is convicted, else all hear public.
    CHECK(once.counts.denials == 8);
    CHECK(once.counts.denials_convicted == 0);
    // In the sub-round it has to do so again.
    CHECK(check_one(cluster, {commander_1}, flag::public_, 3, 1).counts.denials == 8 * 8);
}

TEST_CASE("three generals with one traitor agree if they sign") {
    for (const auto& of : check_all(made_cluster(1, 2, 1), 1).cases) {
        CHECK(of.counts.agreement_violations == 0);
        CHECK(of.counts.validity_violations == 0);
    }
}

TEST_CASE("SM(m) agrees with m traitors and N = m+2, and not with m+1") {
    const auto depth = GENERATE(0U, 1U, 2U);
    for (const auto& of : check_all(made_cluster(1, depth + 1, depth), depth).cases) {
        CHECK(of.counts.agreement_violations == 0);
        CHECK(of.counts.validity_violations == 0);
        CHECK(of.counts.disagreements == 0);
    }
    // One loyal lieutenant agrees with itself; two can be split by a value shown at the last.
    std::vector<server_id> traitors{commander_1};
    for (std::uint32_t q = 0; q < depth; ++q) {
        traitors.push_back(lieutenant_id(q));
    }
    const auto split = check_one(made_cluster(1, depth + 2, depth), traitors, flag::public_);
    CHECK(split.counts.agreement_violations > 0);
    CHECK(split.counts.agreement_violations_byzantine == split.counts.agreement_violations);
    CHECK(split.counts.validity_violations == 0);
}

TEST_CASE("a signed sub-round is one relay deeper, as far as there are others to sign") {
    const auto cluster = made_cluster(2, 4, 1);
    CHECK(depth_of_level(cluster, 0) == 1);
    CHECK(depth_of_level(cluster, 1) == 2);
    CHECK(depth_of_level(cluster, 3) == 3);
    CHECK(depth_of_level(cluster, 9) == 3);
    auto oral = cluster;
    oral.protocol = protocol_kind::oral;
    CHECK(depth_of_level(oral, 9) == 1);
}

TEST_CASE("with signatures nobody loyal is framed and no loyal word is lost, whoever lies") {
    const auto result = check_all(made_cluster(2, 3, 1), 5, 2);
    CHECK(result.cases.size() == 2 * 32);
    CHECK(result.promises_held);
    for (const auto& of : result.cases) {
        CHECK(of.counts.framings == 0);
        CHECK(of.counts.validity_violations == 0);
        CHECK(of.counts.agreement_violations == of.counts.agreement_violations_byzantine);
    }
}

TEST_CASE("the promises of section 4 for signed messages hold for every set of up to two servers") {
    const auto lieutenants = GENERATE(2U, 3U, 4U);
    const auto depth = GENERATE(0U, 1U, 2U);
    if (depth >= lieutenants) {
        return;
    }
    const auto result = check_all(made_cluster(GENERATE(1U, 2U, 3U), lieutenants, depth), 2);
    CHECK(result.promises_held);
    for (const auto& of : result.cases) {
        CHECK((!of.within_budget || of.counts.leaks == 0));
        CHECK(of.broken_promises.empty());
    }
}

TEST_CASE("three signing commanders release every public record with one of them Byzantine") {
    const auto cluster = made_cluster(3, 3, 1);
    for (const auto& of : check_all(cluster, 2).cases) {
        const auto lieutenants = of.byzantine.size() - commanders_in(of);
        if (commanders_in(of) <= 1 && lieutenants <= 1) {
            CHECK(of.counts.denials == 0);
            CHECK(of.counts.leaks == 0);
        }
    }
    CHECK(check_one(cluster, {commander_1, commander_2}, flag::public_).counts.denials > 0);
}

TEST_CASE("as many signing liars as the quorum leak with no lie but their vote") {
    const auto of =
        check_one(made_cluster(1, 3, 1), {lieutenant_1, lieutenant_2}, flag::confidential);
    // Both relays of theirs can only be shown or withheld.
    CHECK(of.strategies.decimal() == "4");
    CHECK(of.in_full(of.counts.leaks) == "4");
    REQUIRE(of.example);
    CHECK(of.example->deviations == 0);
    CHECK(of.example->table.empty());
    CHECK(format_counterexample(parse_counterexample(format_counterexample(*of.example)))
          == format_counterexample(*of.example));
}
