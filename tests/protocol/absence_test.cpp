/// A record that comes or goes between two reads: one loyal commander has it, the other says that
/// there is none, and a lieutenant that lies must not turn that into a conviction.
#include <catch2/catch.hpp>

#include "protocol/release_rule.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim conf = confidential_claim();
const claim gone = absent_claim();

/// commander-1 made `first` to all three lieutenants and commander-2 said that the record is gone;
/// lieutenant-3 reports `lie` of the commander at `about`.
record_view read_apart(std::size_t about, const claim& lie) {
    record_view view;
    view.values = {pub, no_value()};
    view.convicted = {false, false};
    view.reports = {{{{0, pub}, {1, pub}, {2, pub}}}, {{{0, gone}, {1, gone}, {2, gone}}}};
    view.reports[about].back()[2].what = lie;
    return view;
}

} // namespace

TEST_CASE("a lie about a commander that read a record before it went convicts nobody") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    const auto lie = GENERATE(as<claim>{}, conf, gone, public_claim("v2"));
    const auto ruled = rule_on(cluster, 0, read_apart(0, lie));
    CHECK(ruled.convictions.empty());
    CHECK(ruled.what.what == decision::unresolved);
}

TEST_CASE("a lie about a commander that read a record after it went convicts nobody") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    const auto lie = GENERATE(as<claim>{}, pub, conf);
    const auto ruled = rule_on(cluster, 0, read_apart(1, lie));
    CHECK(ruled.convictions.empty());
    CHECK(ruled.what.what == decision::unresolved);
}

TEST_CASE("one lieutenant alone can't make it look as if a record had gone") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    record_view view;
    view.values = {pub, no_value()};
    view.convicted = {false, false};
    // Commander-2 told everybody something else; whoever says that it told it of no record is one.
    view.reports = {{{{0, pub}, {1, pub}, {2, pub}}}, {{{0, pub}, {1, conf}, {2, gone}}}};
    const auto ruled = rule_on(cluster, 0, view);
    REQUIRE(ruled.convictions.size() == 1);
    CHECK(ruled.convictions[0].commander == 1);
    CHECK(ruled.what.what == decision::release);
}

TEST_CASE(
    "a commander that says to enough lieutenants both that a record is and isn't is convicted") {
    const auto cluster = make_cluster(2, 5, 1, {1, 1, 1});
    record_view view;
    view.values = {pub, no_value()};
    view.convicted = {false, false};
    view.reports = {{{{0, pub}, {1, pub}, {2, pub}, {3, pub}, {4, pub}}},
                    {{{0, pub}, {1, pub}, {2, gone}, {3, gone}, {4, conf}}}};
    const auto ruled = rule_on(cluster, 0, view);
    REQUIRE(ruled.convictions.size() == 1);
    CHECK(ruled.convictions[0].for_good);
}

} // namespace byzgate::testing
