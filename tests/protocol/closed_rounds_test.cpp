#include <catch2/catch.hpp>

#include "protocol/closed_rounds.hpp"

using namespace byzgate;

TEST_CASE("a round is closed once it was closed, whatever the order") {
    closed_rounds closed{8};
    for (const std::uint64_t number : {3, 1, 5, 5, 2, 7}) {
        closed.insert(round_id{number});
    }
    CHECK(closed.floor() == 3);
    for (const std::uint64_t number : {1, 2, 3, 5, 7}) {
        CHECK(closed.contains(round_id{number}));
    }
    for (const std::uint64_t number : {4, 6, 8}) {
        CHECK_FALSE(closed.contains(round_id{number}));
    }
    closed.insert(round_id{4});
    CHECK(closed.floor() == 5);
    closed.insert(round_id{6});
    CHECK(closed.floor() == 7);
}

TEST_CASE("rounds that too many others passed over count as closed") {
    closed_rounds closed{2};
    closed.insert(round_id{10});
    closed.insert(round_id{20});
    CHECK(closed.floor() == 0);
    closed.insert(round_id{30});
    CHECK(closed.floor() == 10);
    CHECK(closed.contains(round_id{4}));
    CHECK_FALSE(closed.contains(round_id{15}));
    closed.insert(round_id{11});
    CHECK(closed.floor() == 11);
    CHECK(closed.contains(round_id{20}));
}

TEST_CASE("rounds up to a floor that is raised are closed, and those above stay as they are") {
    closed_rounds closed{8};
    closed.insert(round_id{3});
    closed.insert(round_id{9});
    closed.raise(round_id{5});
    CHECK(closed.floor() == 5);
    CHECK(closed.contains(round_id{1}));
    CHECK_FALSE(closed.contains(round_id{6}));
    CHECK(closed.contains(round_id{9}));
    closed.raise(round_id{2});
    CHECK(closed.floor() == 5);
    for (const std::uint64_t number : {6, 7, 8}) {
        closed.insert(round_id{number});
    }
    CHECK(closed.floor() == 9);
}
