/// The release rule on values alone: no reports, hence no new convictions.
#include <catch2/catch.hpp>

#include "protocol/release_rule.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

/// One line of a table: who says what, who is convicted, what it comes to.
struct line {
    std::uint32_t faulty_commanders; ///< fc
    std::vector<claim> values;
    std::vector<std::uint32_t> convicted;
    decision what;
    reason why;
};

ruling rule_on_values(const line& l) {
    const auto commanders = static_cast<std::uint32_t>(l.values.size());
    const auto cluster =
        make_cluster(commanders, 3, 1, {l.faulty_commanders, 1, l.faulty_commanders + 1});
    record_view view;
    view.values = l.values;
    view.convicted.resize(commanders, false);
    for (const auto x : l.convicted) {
        view.convicted[x] = true;
    }
    view.reports.resize(commanders);
    return rule_on(cluster, 0, view);
}

void check_line(const line& l) {
    const auto ruled = rule_on_values(l);
    INFO("fc " << l.faulty_commanders << ", k " << l.values.size());
    for (const auto& c : l.values) {
        UNSCOPED_INFO((c.is_present() ? to_string(c.says) : "no claim") << " " << c.version);
    }
    CHECK(to_string(ruled.what.what) == to_string(l.what));
    CHECK(to_string(ruled.what.why) == to_string(l.why));
    CHECK(ruled.convictions.empty());
    CHECK(ruled.what.version.empty() == (l.what != decision::release));
}

const claim pub = public_claim();
const claim pub2 = public_claim("v2");
const claim conf = confidential_claim();
const claim conf2 = confidential_claim("v2");
const claim none = no_value();
const claim gone = absent_claim();
const claim forged = make_claim(flag::public_, "v1", test_digests().digest_of("forged"));

constexpr auto release = decision::release;
constexpr auto withhold = decision::withhold;
constexpr auto unresolved = decision::unresolved;
constexpr auto enough_public = reason::enough_public;
constexpr auto not_public = reason::not_public;
constexpr auto too_few_public = reason::too_few_public;
constexpr auto budget_disproved = reason::budget_disproved;
constexpr auto commanders_differ = reason::commanders_differ;
constexpr auto silence = reason::silence;

} // namespace

TEST_CASE("what a single commander says is what happens") {
    check_line(GENERATE(values<line>({
        {0, {pub}, {}, release, enough_public},
        {0, {conf}, {}, withhold, not_public},
        {0, {none}, {}, withhold, silence},
        {0, {gone}, {}, withhold, not_public},
        // A budget of one commander out of one: nothing can ever be enough.
        {1, {pub}, {}, withhold, too_few_public},
        {1, {conf}, {}, withhold, not_public},
    })));
}

TEST_CASE("two commanders must both say public, or one of them be convicted") {
    check_line(GENERATE(values<line>({
        {1, {pub, pub}, {}, release, enough_public},
        {1, {conf, conf}, {}, withhold, not_public},
        {1, {none, none}, {}, withhold, silence},
        {1, {gone, none}, {}, withhold, silence},
        {1, {conf, none}, {}, withhold, silence},
        {1, {gone, conf}, {}, withhold, not_public},
        // Both keep it shut, though about different versions: one of the two is loyal.
        {1, {conf, conf2}, {}, withhold, not_public},
        {1, {pub, conf}, {}, unresolved, commanders_differ},
        {1, {conf, pub}, {}, unresolved, commanders_differ},
        {1, {pub, none}, {}, unresolved, silence},
        {1, {gone, pub}, {}, unresolved, commanders_differ},
        {1, {pub, pub2}, {}, unresolved, commanders_differ},
        {1, {pub, conf2}, {}, unresolved, commanders_differ},
        {1, {pub, forged}, {}, unresolved, commanders_differ},
        {1, {pub, pub}, {1}, release, enough_public},
        {1, {conf, pub}, {0}, release, enough_public},
        {1, {pub, none}, {1}, release, enough_public},
        {1, {conf, pub}, {1}, withhold, not_public},
        {1, {pub, none}, {0}, withhold, silence},
        {1, {pub, pub}, {0, 1}, withhold, budget_disproved},
        {1, {none, none}, {0, 1}, withhold, budget_disproved},
        // Without a budget for commanders a single public claim is enough.
        {0, {pub, conf}, {}, release, enough_public},
        {0, {none, pub}, {}, release, enough_public},
        {0, {conf, none}, {}, withhold, not_public},
        {0, {pub, pub}, {0}, withhold, budget_disproved},
        // Both of them within the budget: no two are enough.
        {2, {pub, pub}, {}, withhold, too_few_public},
        {2, {pub, pub}, {0}, withhold, too_few_public},
        {2, {pub, conf}, {}, unresolved, commanders_differ},
        {2, {pub, pub}, {0, 1}, withhold, not_public},
    })));
}

TEST_CASE("of three commanders two that agree outweigh the third") {
    check_line(GENERATE(values<line>({
        {1, {pub, pub, pub}, {}, release, enough_public},
        {1, {pub, pub, conf}, {}, release, enough_public},
        {1, {conf, pub, pub}, {}, release, enough_public},
        {1, {pub, none, pub}, {}, release, enough_public},
        {1, {pub2, pub, pub}, {}, release, enough_public},
        {1, {pub, conf, conf}, {}, withhold, not_public},
        {1, {pub, conf, none}, {}, withhold, silence},
        {1, {conf2, pub, conf}, {}, withhold, not_public},
        {1, {gone, none, pub}, {}, withhold, silence},
        {1, {pub, pub2, none}, {}, unresolved, silence},
        {1, {pub, pub2, conf}, {}, unresolved, commanders_differ},
        {1, {pub, forged, conf}, {}, unresolved, commanders_differ},
        {1, {pub, pub2, forged}, {}, unresolved, commanders_differ},
        {1, {pub, conf, conf}, {1}, release, enough_public},
        {1, {pub, conf, none}, {0}, withhold, not_public},
        {1, {pub, pub, pub}, {0, 2}, withhold, budget_disproved},
        {2, {pub, pub, conf}, {}, unresolved, commanders_differ},
        {2, {pub, pub, pub}, {}, release, enough_public},
        {2, {pub, pub, conf}, {2}, release, enough_public},
        {2, {pub, conf, conf}, {}, unresolved, commanders_differ},
        {2, {pub, conf, none}, {2}, unresolved, commanders_differ},
        {2, {conf, conf, conf2}, {}, withhold, not_public},
    })));
}

TEST_CASE("the public claim with most commanders behind it is released, the lowest on a tie") {
    auto ruled = rule_on_values({1, {pub2, pub, pub, pub, pub2}, {}, release, enough_public});
    CHECK(ruled.what.version == "v1");
    CHECK(ruled.what.payload_digest == pub.payload_digest);
    ruled = rule_on_values({1, {pub2, pub, pub, pub2}, {}, release, enough_public});
    CHECK(ruled.what.version == "v2");
    ruled = rule_on_values({1, {conf, pub, pub2, pub, pub2}, {}, release, enough_public});
    CHECK(ruled.what.version == "v1");
    // A convicted commander lends its weight to nobody.
    ruled = rule_on_values({2, {pub2, pub2, pub2, pub, pub}, {0}, release, enough_public});
    CHECK(ruled.what.version == "v2");
    ruled = rule_on_values({2, {pub2, pub2, pub, pub, pub}, {3}, release, enough_public});
    CHECK(ruled.what.version == "v2");
}

TEST_CASE("no value compares as confidential, and claims compare as a whole") {
    CHECK(compare_same(pub, pub));
    CHECK(compare_same(conf, none));
    CHECK(compare_same(gone, conf));
    CHECK(compare_same(none, gone));
    CHECK_FALSE(compare_same(pub, none));
    CHECK_FALSE(compare_same(gone, pub));
    CHECK_FALSE(compare_same(pub, conf));
    CHECK_FALSE(compare_same(pub, pub2));
    CHECK_FALSE(compare_same(conf, conf2));
    CHECK_FALSE(compare_same(pub, forged));
}

TEST_CASE("claims are comparable if they are about one version or one is no value") {
    CHECK(comparable(pub, conf));
    CHECK(comparable(pub, forged));
    CHECK(comparable(pub, none));
    CHECK(comparable(gone, pub2));
    CHECK_FALSE(comparable(pub, pub2));
    CHECK_FALSE(comparable(pub, conf2));
}

} // namespace byzgate::testing
