#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "actors/latency.hpp"

using namespace byzgate;

namespace {

/// The value at or below which `share` of all lie, from all of them.
tick exact(std::vector<tick> values, double share) {
    std::sort(values.begin(), values.end());
    const auto rank = std::max<double>(1, std::ceil(share * static_cast<double>(values.size())));
    return values[static_cast<std::size_t>(rank) - 1];
}

} // namespace

TEST_CASE("an empty histogram has no latencies") {
    const latency_histogram none;
    CHECK(none.count() == 0);
    CHECK(none.max() == 0);
    CHECK(none.percentile(0.5) == 0);
    CHECK(none.percentile(1) == 0);
}

TEST_CASE("small latencies are exact") {
    latency_histogram small;
    for (tick value = 0; value < 128; ++value) {
        small.add(value);
    }
    CHECK(small.percentile(0) == 0);
    CHECK(small.percentile(0.5) == 63);
    CHECK(small.percentile(1) == 127);
    for (tick value = 0; value < 128; ++value) {
        latency_histogram one;
        one.add(value);
        CHECK(one.percentile(0.5) == value);
    }
}

TEST_CASE("every percentile is at most one part in 64 above the truth, and never below") {
    std::mt19937_64 random{GENERATE(1U, 2U, 3U)};
    const auto bits = GENERATE(8, 20, 40, 63);
    std::vector<tick> values;
    latency_histogram histogram;
    for (int i = 0; i < 2'000; ++i) {
        const tick value = random() >> (64 - 1 - random() % static_cast<unsigned>(bits));
        values.push_back(value);
        histogram.add(value);
    }
    CHECK(histogram.count() == values.size());
    CHECK(histogram.max() == exact(values, 1));
    for (const double share : {0.001, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
        const auto truth = exact(values, share);
        const auto told = histogram.percentile(share);
        INFO(share << ": " << truth << ", told " << told);
        CHECK(told >= truth);
        CHECK(told - truth <= truth / 64);
    }
}

TEST_CASE("the largest latency there can be finds its bucket") {
    latency_histogram histogram;
    histogram.add(~tick{0});
    histogram.add(1);
    CHECK(histogram.percentile(0.5) == 1);
    CHECK(histogram.percentile(1) == ~tick{0});
}
