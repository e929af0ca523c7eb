/// The tree of paths that a claim takes, and who owes what to whom.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "protocol/closed_rounds.hpp"
#include "protocol/paths.hpp"

namespace byzgate::testing {

TEST_CASE("the table holds every path of distinct lieutenants once, shorter ones first") {
    const auto lieutenants = GENERATE(1U, 2U, 3U, 5U, 7U);
    const auto depth = std::min(GENERATE(0U, 1U, 2U, 3U), lieutenants - 1);
    const path_table paths{lieutenants, depth};
    std::set<std::vector<std::uint32_t>> seen;
    std::vector<std::uint32_t> before;
    for (path_index i = 0; i < paths.size(); ++i) {
        const auto on = paths.lieutenants_on(i);
        CHECK(on.size() == paths.at(i).depth);
        CHECK(std::set<std::uint32_t>(on.begin(), on.end()).size() == on.size());
        CHECK((on.size() > before.size() || on > before || i == 0));
        CHECK(seen.insert(on).second);
        for (std::uint32_t q = 0; q < lieutenants; ++q) {
            CHECK(paths.contains(i, q) == (std::count(on.begin(), on.end(), q) > 0));
        }
        before = on;
    }
    // 1 + n + n(n-1) + …
    std::size_t expected = 0;
    std::size_t of_length = 1;
    for (std::uint32_t length = 0; length <= depth; ++length) {
        CHECK(paths.begin_of(length) == expected);
        expected += of_length;
        of_length *= lieutenants - length;
    }
    CHECK(paths.size() == expected);
    CHECK(paths.begin_of(depth + 1) == expected);
}

TEST_CASE("a child is its parent's path and one lieutenant more") {
    const path_table paths{5, 3};
    for (path_index i = 0; i < paths.begin_of(3); ++i) {
        for (std::uint32_t q = 0; q < 5; ++q) {
            if (!paths.contains(i, q)) {
                auto longer = paths.lieutenants_on(i);
                longer.push_back(q);
                CHECK(paths.lieutenants_on(paths.child(i, q)) == longer);
                CHECK(paths.at(paths.child(i, q)).parent == i);
            }
        }
    }
}

TEST_CASE("what is owed in all phases fills every path that the recipient is not on, once") {
    const path_table paths{5, 3};
    const std::uint32_t recipient = 2;
    std::multiset<path_index> filled;
    for (std::uint32_t phase = 1; phase <= 3; ++phase) {
        for (std::uint32_t sender = 0; sender < 5; ++sender) {
            if (sender != recipient) {
                for (const auto path : paths.owed(sender, recipient, phase)) {
                    CHECK(paths.at(path).depth == phase - 1);
                    filled.insert(paths.child(path, sender));
                }
            }
        }
    }
    for (path_index i = 1; i < paths.size(); ++i) {
        CHECK(filled.count(i) == (paths.contains(i, recipient) ? 0 : 1));
    }
}

TEST_CASE("closed rounds are remembered below a floor and a few above it") {
    closed_rounds closed{3};
    CHECK(closed.contains(round_id{0}));
    CHECK_FALSE(closed.contains(round_id{1}));
    closed.insert(round_id{2});
    closed.insert(round_id{2});
    CHECK(closed.contains(round_id{2}));
    CHECK_FALSE(closed.contains(round_id{1}));
    CHECK(closed.floor() == 0);
    closed.insert(round_id{1});
    CHECK(closed.floor() == 2);
    closed.insert(round_id{1});
    CHECK(closed.floor() == 2);
    for (const auto number : {5U, 7U, 9U}) {
        closed.insert(round_id{number});
    }
    CHECK(closed.floor() == 2);
    CHECK_FALSE(closed.contains(round_id{4}));
    // One more than it remembers: what was passed over counts as closed.
    closed.insert(round_id{11});
    CHECK(closed.floor() == 5);
    CHECK(closed.contains(round_id{4}));
    CHECK_FALSE(closed.contains(round_id{6}));
    CHECK(closed.contains(round_id{7}));
    CHECK_FALSE(closed.contains(round_id{8}));
    CHECK(closed.contains(round_id{11}));
    CHECK_FALSE(closed.contains(round_id{12}));
}

} // namespace byzgate::testing
