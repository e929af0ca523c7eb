// Section 4 of docs/protocol.md, row by row.
#include "protocol/promises.hpp"

#include <catch2/catch.hpp>

namespace byzgate {

namespace {

cluster_parameters made(std::uint32_t commanders, std::uint32_t lieutenants, std::uint32_t depth,
                        fault_budget tolerate, protocol_kind protocol = protocol_kind::oral) {
    cluster_parameters cluster;
    cluster.commanders = commanders;
    cluster.lieutenants = lieutenants;
    cluster.depth = depth;
    cluster.tolerate = tolerate;
    cluster.protocol = protocol;
    return cluster;
}

constexpr auto oral = protocol_kind::oral;
constexpr auto signed_ = protocol_kind::signed_;

} // namespace

TEST_CASE("a cluster is within budget as long as no part of the budget is exceeded") {
    struct row {
        fault_budget tolerate;
        present_faults present;
        bool within;
    };
    const auto r = GENERATE(values<row>({{{1, 1, 2}, {0, 0}, true},
                                         {{1, 1, 2}, {1, 1}, true},
                                         {{1, 1, 1}, {1, 0}, true},
                                         {{1, 1, 1}, {0, 1}, true},
                                         {{1, 1, 1}, {1, 1}, false},
                                         {{0, 1, 1}, {1, 0}, false},
                                         {{1, 1, 2}, {0, 2}, false},
                                         {{1, 2, 2}, {1, 2}, false}}));
    const auto protocol = GENERATE(oral, signed_);
    CHECK(promised(made(2, 5, 1, r.tolerate, protocol), r.present).within_budget == r.within);
}

TEST_CASE("no leak is promised within budget for n >= 2fl+1, and with oral messages N >= 2fl+m") {
    struct row {
        std::uint32_t lieutenants, depth;
        fault_budget tolerate;
        present_faults present;
        bool with_oral, with_signed;
    };
    const auto r = GENERATE(values<row>({
        {3, 1, {0, 1, 1}, {0, 1}, true, true},
        {3, 1, {0, 1, 1}, {1, 0}, false, false}, // beyond the budget
        {2, 1, {0, 1, 1}, {0, 1}, false, false}, // n < 2fl+1
        {3, 2, {0, 1, 1}, {0, 1}, true, true},   // N = 2fl+m
        {4, 4, {0, 1, 1}, {0, 1}, false, true},  // N < 2fl+m
        {6, 2, {0, 2, 2}, {0, 2}, true, true},
        {5, 2, {0, 2, 2}, {0, 2}, true, true},
        {5, 3, {0, 2, 2}, {0, 2}, false, true},
    }));
    CHECK(promised(made(1, r.lieutenants, r.depth, r.tolerate, oral), r.present).no_leak
          == r.with_oral);
    CHECK(promised(made(1, r.lieutenants, r.depth, r.tolerate, signed_), r.present).no_leak
          == r.with_signed);
}

TEST_CASE("with oral messages nobody is framed within budget for N > 2fl+m") {
    struct row {
        std::uint32_t lieutenants, depth;
        fault_budget tolerate;
        present_faults present;
        bool when_timely, always;
    };
    const auto r = GENERATE(values<row>({
        {3, 1, {1, 1, 2}, {1, 1}, true, true},   // two reporters a claim, more than fl
        {3, 1, {1, 1, 1}, {1, 0}, true, false},  // one reporter a claim
        {3, 1, {1, 1, 1}, {1, 1}, false, false}, // beyond the budget
        {3, 2, {1, 1, 2}, {0, 1}, false, false}, // N = 2fl+m
        {5, 1, {1, 2, 3}, {1, 2}, true, true},
        {5, 1, {1, 2, 2}, {1, 1}, true, false},
        {3, 1, {1, 0, 1}, {1, 0}, true, true}, // no lieutenant lies
    }));
    const auto p = promised(made(2, r.lieutenants, r.depth, r.tolerate), r.present);
    CHECK(p.no_framing_when_timely == r.when_timely);
    CHECK(p.no_framing_always == r.always);
}

TEST_CASE("a single commander differs from nobody, so late messages can't frame it") {
    CHECK(promised(made(1, 3, 1, {0, 1, 1}), {0, 1}).no_framing_always);
}

TEST_CASE("with signed messages nobody is framed, budget or not") {
    const auto p = promised(made(2, 2, 0, {1, 1, 1}, signed_), {1, 2});
    CHECK_FALSE(p.within_budget);
    CHECK(p.no_framing_when_timely);
    CHECK(p.no_framing_always);
}

TEST_CASE("validity of OM(m) takes N > 2bl+m and bl <= m") {
    struct row {
        std::uint32_t lieutenants, depth, bl;
        bool holds;
    };
    const auto r = GENERATE(values<row>({{3, 1, 0, true},
                                         {3, 1, 1, true},
                                         {3, 1, 2, false},
                                         {2, 1, 1, false}, // N = 2bl+m
                                         {3, 0, 1, false}, // bl > m
                                         {3, 0, 0, true},
                                         {6, 2, 2, true},
                                         {5, 2, 2, false},
                                         {6, 1, 2, false}}));
    const auto fl = (r.lieutenants - 1) / 2;
    CHECK(promised(made(1, r.lieutenants, r.depth, {0, fl, fl}), {0, r.bl}).validity == r.holds);
    CHECK(promised(made(1, r.lieutenants, r.depth, {0, fl, fl}, signed_), {0, r.bl}).validity);
}

TEST_CASE("agreement takes at most m traitors among a commander and the lieutenants") {
    struct row {
        std::uint32_t lieutenants, depth;
        present_faults present;
        bool with_oral, with_signed;
    };
    const auto r = GENERATE(values<row>({{3, 1, {0, 1}, true, true},
                                         {3, 1, {1, 0}, true, true},
                                         {3, 1, {1, 1}, false, false},
                                         {2, 1, {0, 1}, false, true}, // N = 3m
                                         {6, 2, {1, 1}, true, true},
                                         {6, 2, {0, 2}, true, true},
                                         {6, 2, {1, 2}, false, false},
                                         {5, 2, {0, 1}, false, true},
                                         {3, 0, {0, 0}, true, true},
                                         {3, 0, {1, 0}, false, false}}));
    CHECK(promised(made(1, r.lieutenants, r.depth, {0, 1, 1}), r.present).agreement == r.with_oral);
    CHECK(promised(made(1, r.lieutenants, r.depth, {0, 1, 1}, signed_), r.present).agreement
          == r.with_signed);
}

TEST_CASE("traitors are counted beside one commander at a time") {
    CHECK(promised(made(3, 3, 1, {1, 1, 2}), {2, 0}).agreement);
}

TEST_CASE("agreement on verdicts is promised to a single commander's lieutenants only") {
    CHECK(promised(made(1, 3, 1, {0, 1, 1}), {0, 1}).verdict_agreement);
    CHECK_FALSE(promised(made(2, 3, 1, {1, 1, 2}), {0, 1}).verdict_agreement);
    CHECK_FALSE(promised(made(1, 3, 1, {0, 1, 1}), {1, 1}).verdict_agreement);
}

TEST_CASE("public records get out when commanders suffice or the Byzantine ones are convicted") {
    struct row {
        std::uint32_t commanders, lieutenants, depth;
        fault_budget tolerate;
        present_faults present;
        bool available, when_convicted;
    };
    const auto r = GENERATE(values<row>({
        {1, 3, 1, {0, 1, 1}, {0, 1}, true, true},
        {1, 3, 1, {0, 1, 1}, {1, 0}, false, false},
        {2, 3, 1, {1, 1, 2}, {0, 1}, true, true},
        {2, 3, 1, {1, 1, 2}, {1, 0}, false, true}, // k = 2fc
        {3, 3, 1, {1, 1, 2}, {1, 1}, true, true},  // k = 2fc+1
        {3, 3, 1, {1, 1, 2}, {2, 0}, false, false},
        {1, 3, 1, {0, 1, 1}, {0, 2}, false, false},
        {1, 3, 2, {0, 1, 1}, {0, 1}, false, false}, // N = 2fl+m
        {2, 3, 1, {2, 1, 3}, {0, 0}, false, false}, // k = fc
        {1, 2, 0, {0, 1, 1}, {0, 1}, false, false}, // one vote of the two that it takes
        {1, 2, 0, {0, 1, 1}, {0, 0}, true, true},
    }));
    const auto p = promised(made(r.commanders, r.lieutenants, r.depth, r.tolerate), r.present);
    CHECK(p.availability == r.available);
    CHECK(p.availability_when_convicted == r.when_convicted);
}

TEST_CASE("availability of signed messages does not depend on the depth") {
    CHECK(promised(made(1, 3, 2, {0, 1, 1}, signed_), {0, 1}).availability);
    CHECK_FALSE(promised(made(1, 3, 2, {0, 1, 1}, oral), {0, 1}).availability);
}

TEST_CASE("signed messages keep within budget what takes oral ones more lieutenants") {
    const auto p = promised(made(3, 3, 2, {1, 1, 2}, signed_), {1, 1});
    CHECK(p.no_leak);
    CHECK(p.validity);
    CHECK(p.agreement); // N = m+2
    CHECK(p.availability);
    CHECK_FALSE(p.verdict_agreement); // k > 1
    CHECK(promised(made(1, 3, 2, {0, 1, 1}, signed_), {1, 1}).verdict_agreement);
}

TEST_CASE(
    "beyond the budget signed messages promise nothing about leaks, even where none is possible") {
    CHECK_FALSE(promised(made(2, 3, 1, {1, 1, 1}, signed_), {1, 1}).no_leak);
    CHECK(promised(made(2, 3, 1, {1, 1, 2}, signed_), {1, 1}).no_leak);
}

TEST_CASE("beyond every bound nothing is promised to oral messages") {
    const auto p = promised(made(2, 3, 1, {1, 1, 1}), {2, 3});
    CHECK_FALSE(p.within_budget);
    CHECK_FALSE(p.no_leak);
    CHECK_FALSE(p.no_framing_when_timely);
    CHECK_FALSE(p.validity);
    CHECK_FALSE(p.agreement);
    CHECK_FALSE(p.availability_when_convicted);
}

TEST_CASE("huge numbers don't wrap around") {
    constexpr auto most = 0xffff'ffffU;
    CHECK_FALSE(promised(made(1, 3, 1, {0, most, most}), {0, 0}).no_leak);
}

} // namespace byzgate
