/// Which commanders the release rule convicts, at which number of reporters, for how long.
#include <catch2/catch.hpp>

#include "protocol/release_rule.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

const claim pub = public_claim();
const claim pub2 = public_claim("v2");
const claim conf = confidential_claim();
const claim conf2 = confidential_claim("v2");
const claim none = no_value();
const claim gone = absent_claim();
const claim forged = make_claim(flag::public_, "v1", test_digests().digest_of("forged"));

/// `count` lieutenants from `first` on that report `what`.
std::vector<report> reporters(std::uint32_t first, std::uint32_t count, const claim& what) {
    std::vector<report> all;
    for (std::uint32_t j = first; j < first + count; ++j) {
        all.push_back({j, what});
    }
    return all;
}

std::vector<report> both(std::vector<report> some, const std::vector<report>& more) {
    some.insert(some.end(), more.begin(), more.end());
    return some;
}

/// Two commanders, the second of which has these reports against it.
record_view against_the_second(const claim& first, const claim& second,
                               const reports_by_level& reports) {
    record_view view;
    view.values = {first, second};
    view.convicted = {false, false};
    view.reports = {{{}}, reports};
    return view;
}

/// The threshold of protocol.md, section 3, step 3, written out anew.
std::uint32_t threshold(const fault_budget& budget, bool comparable_values) {
    if (!comparable_values) {
        return budget.lieutenants + 1;
    }
    const auto others = budget.total > 0 ? budget.total - 1 : 0;
    return (others < budget.lieutenants ? others : budget.lieutenants) + 1;
}

} // namespace

TEST_CASE("two different claims with t distinct reporters each convict, and fewer don't") {
    const auto budget = GENERATE(values<fault_budget>(
        {{1, 0, 1}, {1, 1, 1}, {1, 1, 2}, {1, 2, 2}, {1, 2, 3}, {2, 2, 2}, {1, 3, 3}, {0, 1, 1}}));
    const auto is_comparable = GENERATE(true, false);
    const auto told = GENERATE(0, 1, 2, 3, 4);
    const std::vector<std::pair<claim, claim>> pairs{
        {pub, conf}, {pub, pub2}, {pub, gone}, {conf, forged}, {gone, conf2}};
    const auto& [first, second] = pairs[static_cast<std::size_t>(told)];
    const auto cluster = make_cluster(2, 10, 1, budget);
    const auto t = threshold(budget, is_comparable);
    for (std::uint32_t a = 0; a <= 5; ++a) {
        for (std::uint32_t b = 0; b <= 5; ++b) {
            const auto view =
                against_the_second(pub, is_comparable ? conf : conf2,
                                   {both(reporters(0, a, first), reporters(a, b, second))});
            const auto ruled = rule_on(cluster, 9, view);
            INFO("fl " << budget.lieutenants << ", total " << budget.total << ", t " << t);
            INFO(a << " and " << b << " reporters, pair " << told);
            REQUIRE(ruled.convictions.size() == (a >= t && b >= t ? 1 : 0));
            if (!ruled.convictions.empty()) {
                const auto enough = budget.lieutenants + 1;
                CHECK(ruled.convictions[0].commander == 1);
                CHECK(ruled.convictions[0].for_good == (a >= enough && b >= enough));
                CHECK(ruled.convictions[0].first.reporters.size() == std::max(a, b));
                CHECK(ruled.convictions[0].second.reporters.size() == std::min(a, b));
            }
        }
    }
}

TEST_CASE("values that differ because one is missing are comparable") {
    const auto missing = GENERATE(none, gone);
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    const auto view = against_the_second(pub, missing, {{{0, pub}, {1, conf}}});
    const auto ruled = rule_on(cluster, 2, view);
    REQUIRE(ruled.convictions.size() == 1);
    CHECK_FALSE(ruled.convictions[0].for_good);
    CHECK(ruled.what.what == decision::release);
    CHECK(ruled.what.version == "v1");
}

TEST_CASE("of three values one pair of versions that differ takes the higher threshold for all") {
    const auto cluster = make_cluster(3, 5, 1, {1, 1, 1});
    record_view view;
    view.convicted = {false, false, false};
    view.reports = {{{}}, {{}}, {{{0, pub}, {1, conf}}}};
    view.values = {pub, none, conf};
    CHECK(rule_on(cluster, 4, view).convictions.size() == 1);
    view.values = {pub, none, conf2};
    CHECK(rule_on(cluster, 4, view).convictions.empty());
}

TEST_CASE("silence is no report, but absence is a claim") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    CHECK(rule_on(cluster, 0, against_the_second(pub, conf, {{{0, conf}, {1, gone}}}))
              .convictions.size()
          == 1);
    CHECK(rule_on(cluster, 0, against_the_second(pub, conf, {{{0, conf}, {1, conf}}}))
              .convictions.empty());
    CHECK(rule_on(cluster, 0, against_the_second(pub, none, {{}})).convictions.empty());
}

TEST_CASE("a reporter counts once, however often it speaks") {
    const auto cluster = make_cluster(2, 7, 1, {1, 2, 3});
    const auto thrice = both(both(reporters(1, 1, conf), reporters(1, 1, conf)),
                             both(reporters(1, 1, conf), reporters(2, 4, pub)));
    CHECK(rule_on(cluster, 0, against_the_second(pub, conf, {thrice})).convictions.empty());
}

TEST_CASE("commanders whose values are the same are not looked into") {
    const auto value = GENERATE(pub, conf);
    const auto cluster = make_cluster(2, 7, 1, {1, 1, 2});
    const auto view =
        against_the_second(value, value, {both(reporters(0, 3, pub), reporters(3, 3, conf))});
    const auto ruled = rule_on(cluster, 6, view);
    CHECK(ruled.convictions.empty());
    CHECK((ruled.what.what == decision::release) == value.says_public());
}

TEST_CASE("a single commander is never convicted, whatever is reported") {
    const auto cluster = make_cluster(1, 7, 1);
    record_view view;
    view.values = {conf};
    view.convicted = {false};
    view.reports = {{both(reporters(0, 3, pub), reporters(3, 4, conf))}};
    CHECK(rule_on(cluster, 0, view).convictions.empty());
    CHECK(rule_on(cluster, 0, view).what.why == reason::not_public);
}

TEST_CASE("after a conviction the other commander decides") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    const std::vector<report> inconsistent{{0, pub}, {1, conf}};
    auto ruled = rule_on(cluster, 2, against_the_second(pub, conf, {inconsistent}));
    CHECK(ruled.what.what == decision::release);
    ruled = rule_on(cluster, 2, against_the_second(conf, pub, {inconsistent}));
    CHECK(ruled.what.what == decision::withhold);
    CHECK(ruled.what.why == reason::not_public);
}

TEST_CASE("convicting more commanders than the budget has disproves the budget") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    const std::vector<report> inconsistent{{0, pub}, {1, conf}};
    record_view view;
    view.values = {pub, conf};
    view.convicted = {false, false};
    view.reports = {{inconsistent}, {inconsistent}};
    const auto ruled = rule_on(cluster, 2, view);
    REQUIRE(ruled.convictions.size() == 2);
    CHECK(ruled.convictions[0].commander == 0);
    CHECK(ruled.convictions[1].commander == 1);
    CHECK(ruled.what.what == decision::withhold);
    CHECK(ruled.what.why == reason::budget_disproved);
}

TEST_CASE("whoever is convicted already is not convicted again") {
    const auto cluster = make_cluster(3, 5, 1, {1, 1, 1});
    record_view view;
    view.values = {pub, conf, none};
    view.convicted = {false, true, false};
    view.reports = {{{}}, {{{0, pub}, {1, conf}}}, {{{0, pub}, {1, conf}}}};
    const auto ruled = rule_on(cluster, 2, view);
    REQUIRE(ruled.convictions.size() == 1);
    CHECK(ruled.convictions[0].commander == 2);
    CHECK(ruled.what.why == reason::budget_disproved);
}

TEST_CASE("two claims for one version told to the lieutenant itself at two levels convict") {
    const auto cluster = make_cluster(2, 7, 1, {1, 2, 3});
    const auto self = std::uint32_t{4};
    const auto convicts = [&](const claim& before, const claim& now) {
        return !rule_on(cluster, self,
                        against_the_second(pub, conf, {{{self, before}}, {{self, now}}}))
                    .convictions.empty();
    };
    CHECK(convicts(pub, conf));
    CHECK(convicts(conf, forged));
    CHECK_FALSE(convicts(pub, pub));
    CHECK_FALSE(convicts(pub, pub2));
    CHECK_FALSE(convicts(pub, conf2));
    CHECK_FALSE(convicts(gone, pub));
    // A record may vanish between two reads, even one whose version is an empty text.
    CHECK_FALSE(convicts(public_claim(""), gone));
    // Somebody else's word for it is a report like any other.
    const auto hearsay = against_the_second(pub, conf, {{{1, pub}}, {{1, conf}}});
    CHECK(rule_on(cluster, self, hearsay).convictions.empty());
}

TEST_CASE("the lieutenant's own ears convict for good only with fl+1 reporters of each claim") {
    const auto cluster = make_cluster(2, 5, 1, {1, 1, 2});
    const auto alone_at_first =
        against_the_second(pub, conf, {{{0, pub}}, {{0, conf}, {1, conf}, {2, conf}}});
    auto ruled = rule_on(cluster, 0, alone_at_first);
    REQUIRE(ruled.convictions.size() == 1);
    CHECK_FALSE(ruled.convictions[0].for_good);
    const auto alone_at_last =
        against_the_second(pub, conf, {{{0, pub}, {1, pub}, {2, pub}}, {{0, conf}}});
    ruled = rule_on(cluster, 0, alone_at_last);
    REQUIRE(ruled.convictions.size() == 1);
    CHECK_FALSE(ruled.convictions[0].for_good);
}

TEST_CASE("reporters of a version add up over the levels of a round") {
    const auto fl = GENERATE(1U, 2U);
    const auto cluster = make_cluster(2, 9, 1, {1, fl, fl + 1});
    const auto told = [&](std::uint32_t count, const claim& second) {
        return against_the_second(
            pub, conf,
            {both(reporters(0, 1, pub), reporters(3, 1, second)),
             both(reporters(1, count - 1, pub), reporters(4, count - 1, second))});
    };
    const auto enough = rule_on(cluster, 8, told(fl + 1, conf));
    REQUIRE(enough.convictions.size() == 1);
    CHECK(enough.convictions[0].for_good);
    CHECK(rule_on(cluster, 8, told(fl, conf)).convictions.empty());
    // Of another version, the claims tell of an update between two reads.
    CHECK(rule_on(cluster, 8, told(fl + 1, pub2)).convictions.size() == 0);
}

TEST_CASE("a liar that reports at every level is one reporter") {
    const auto cluster = make_cluster(2, 5, 1, {1, 1, 2});
    const auto view = against_the_second(
        pub, conf, {{{1, conf}, {2, pub}}, {{1, conf}, {3, pub}}, {{1, conf}, {2, pub}}});
    CHECK(rule_on(cluster, 0, view).convictions.empty());
}

TEST_CASE("the grounds of a conviction name who reported which claim") {
    const auto cluster = make_cluster(2, 3, 1, {1, 1, 1});
    const auto ruled =
        rule_on(cluster, 0, against_the_second(pub, conf, {{{2, conf}, {0, pub}, {1, conf}}}));
    REQUIRE(ruled.convictions.size() == 1);
    const auto& found = ruled.convictions[0];
    CHECK(found.first.what == conf);
    CHECK(found.first.reporters == std::vector{lieutenant_id(1), lieutenant_id(2)});
    CHECK(found.second.what == pub);
    CHECK(found.second.reporters == std::vector{lieutenant_id(0)});
}

} // namespace byzgate::testing
