#include <catch2/catch.hpp>

#include "actors/recent_failures.hpp"

using namespace byzgate;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("a failure is said at once, and again after ten seconds of failing") {
    recent_failures all;
    const recent_failures::time_point start{1h};
    CHECK(all.add("disk full", start));
    CHECK_FALSE(all.add("disk full", start + 1ms));
    CHECK_FALSE(all.add("disk full", start + 9s));
    CHECK(all.add("database gone", start + 9s)); // Each has a time of its own.
    CHECK(all.add("disk full", start + 10s));
    CHECK_FALSE(all.add("disk full", start + 11s));
}

TEST_CASE("what failed is known for a minute after it failed last") {
    recent_failures all;
    const recent_failures::time_point start{1h};
    CHECK(all.at(start).empty());
    all.add("disk full", start);
    all.add("database gone", start + 5s);
    CHECK(all.at(start + 59s) == texts{"database gone", "disk full"});
    CHECK(all.at(start + 61s) == texts{"database gone"});
    all.add("database gone", start + 64s); // Not said again, but met again.
    CHECK(all.at(start + 100s) == texts{"database gone"});
    CHECK(all.at(start + 125s).empty());
}

TEST_CASE("however many things fail, few are kept") {
    recent_failures all;
    const recent_failures::time_point start{1h};
    for (int i = 0; i < 10'000; ++i) {
        CHECK(all.add("row " + std::to_string(i), start));
    }
    CHECK(all.at(start).size() <= 100);
}
