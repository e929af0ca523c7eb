#include <set>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "simulation/sample.hpp"

using namespace byzgate;

namespace {

sample_settings settings_for(std::uint32_t commanders, std::uint32_t faults) {
    sample_settings settings;
    settings.cluster.commanders = commanders;
    settings.cluster.lieutenants = 3;
    settings.cluster.tolerate = default_budget(commanders, 3);
    settings.cluster.phase_timeout = 1'000;
    settings.sets = sets_up_to(settings.cluster, faults);
    settings.rounds = 12;
    return settings;
}

} // namespace

TEST_CASE("the sets up to a size are all there, each once") {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = 3;
    const auto sets = sets_up_to(cluster, 2);
    CHECK(sets.size() == 5 + 10); // 5 over 1, and 5 over 2
    CHECK(std::set(sets.begin(), sets.end()).size() == sets.size());
    CHECK(sets_up_to(cluster, 0).empty());
    CHECK(sets_up_to(cluster, 9).size() == 31); // every set but the empty one
}

TEST_CASE("every registered behaviour is sampled in every seat that it fits") {
    const auto samples = sample_behaviors(settings_for(2, 1));
    std::set<std::string> played;
    for (const auto& one : samples) {
        REQUIRE(one.plays.size() == 1);
        played.insert(one.plays[0].second);
        CHECK(one.result.rounds == 12);
    }
    for (const auto& known : known_behaviors()) {
        // A lieutenant that colludes has to be told with whom; a commander needs no option.
        INFO(known.name);
        // Where nothing is sealed there is nothing to smuggle in.
        CHECK(played.contains(std::string{known.name})
              == (known.name != "loyal" && known.name != "smuggling"));
    }
}

TEST_CASE("two commanders leak to no behaviour of one server, a single one leaks to some") {
    std::uint64_t released = 0;
    for (const auto& one : sample_behaviors(settings_for(2, 1))) {
        INFO(to_string(one.plays[0].first) << " " << one.plays[0].second);
        CHECK(!one.result.exposed());
        CHECK(one.result.broken.empty());
        released += one.result.public_released;
    }
    CHECK(released > 0);
    std::uint64_t exposed = 0;
    for (const auto& one : sample_behaviors(settings_for(1, 1))) {
        exposed += one.result.exposed() ? 1 : 0;
        CHECK(one.result.broken.empty());
    }
    CHECK(exposed > 0);
}

TEST_CASE("samples don't depend on the number of threads") {
    auto settings = settings_for(1, 1);
    const auto alone = sample_behaviors(settings);
    settings.jobs = 3;
    const auto together = sample_behaviors(settings);
    REQUIRE(alone.size() == together.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
        CHECK(alone[i].plays == together[i].plays);
        CHECK(alone[i].result.released == together[i].result.released);
        CHECK(alone[i].result.messages == together[i].result.messages);
    }
}

TEST_CASE("what can't be simulated can't be sampled, on any number of threads") {
    auto settings = settings_for(1, 1);
    settings.cluster.phase_timeout = 0;
    settings.jobs = GENERATE(1U, 3U);
    CHECK_THROWS_AS(sample_behaviors(settings), std::invalid_argument);
}
