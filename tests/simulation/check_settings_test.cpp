/// How the exhaustive check is asked, sampled and shared out among threads.
#include <catch2/catch.hpp>

#include <stdexcept>

#include "simulation/check.hpp"

using namespace byzgate;

namespace {

check_settings seven_generals() {
    check_settings settings;
    settings.cluster.lieutenants = 6;
    settings.cluster.depth = 2;
    settings.cluster.tolerate = default_budget(1, 6);
    return settings;
}

void check_same(const check_result& a, const check_result& b) {
    REQUIRE(a.cases.size() == b.cases.size());
    for (std::size_t i = 0; i < a.cases.size(); ++i) {
        CHECK((a.cases[i].counts == b.cases[i].counts));
        CHECK(a.cases[i].explored == b.cases[i].explored);
        REQUIRE(a.cases[i].example.has_value() == b.cases[i].example.has_value());
        if (a.cases[i].example) {
            CHECK(format_counterexample(*a.cases[i].example)
                  == format_counterexample(*b.cases[i].example));
        }
    }
}

} // namespace

TEST_CASE("the cases are all sets of up to that many servers, each with both flags") {
    check_settings settings;
    settings.cluster.commanders = 2;
    settings.faults = 2;
    const auto cases = check(settings).cases;
    REQUIRE(cases.size() == 2 * (1 + 5 + 10));
    CHECK(cases[0].byzantine.empty());
    CHECK(cases[0].truth == flag::confidential);
    CHECK(cases[1].truth == flag::public_);
    CHECK(cases[2].byzantine == std::vector{commander_id(0)});
    CHECK(cases.back().byzantine == std::vector{lieutenant_id(1), lieutenant_id(2)});
    settings.faults = 0;
    CHECK(check(settings).cases.size() == 2);
    settings.faults = 99;
    CHECK(check(settings).cases.size() == 2 * 32);
}

TEST_CASE("a named set of servers is checked alone, sorted and without repetition") {
    check_settings settings;
    settings.byzantine = {lieutenant_id(1), commander_id(0), lieutenant_id(1)};
    const auto cases = check(settings).cases;
    REQUIRE(cases.size() == 2);
    CHECK(cases[0].byzantine == std::vector{commander_id(0), lieutenant_id(1)});
}

TEST_CASE("loyal servers alone have one strategy, and it releases exactly what is public") {
    check_settings settings;
    settings.cluster.commanders = GENERATE(1U, 2U, 3U);
    settings.cluster.tolerate = default_budget(settings.cluster.commanders, 3);
    settings.faults = 0;
    for (const auto& of : check(settings).cases) {
        CHECK(of.strategies.decimal() == "1");
        CHECK(of.explored == 1);
        CHECK((of.counts == check_counts{}));
        CHECK_FALSE(of.example);
    }
}

TEST_CASE("a space larger than the budget is sampled, at most so often, and it says so") {
    auto settings = seven_generals();
    settings.byzantine = {commander_id(0), lieutenant_id(0)};
    settings.values = 2;
    settings.budget = 1'000;
    for (const auto& of : check(settings).cases) {
        CHECK(of.sampled);
        CHECK(of.explored == 1'000);
        CHECK(of.strategies.decimal() == "1073741824");
        CHECK(of.counts.leaks + of.counts.denials > 0);
        CHECK(of.counts.leaks + of.counts.denials < 1'000);
    }
    settings.byzantine = {commander_id(0)};
    for (const auto& of : check(settings).cases) {
        CHECK_FALSE(of.sampled);
        CHECK(of.explored == 64);
    }
}

TEST_CASE("a sample comes near the share that the whole space has") {
    auto settings = seven_generals();
    settings.cluster.lieutenants = 5;
    settings.byzantine = {commander_id(0), lieutenant_id(0)};
    settings.values = GENERATE(2, 3);
    settings.cluster.depth = settings.values == 2 ? 2 : 1;
    const auto whole = check(settings).cases[0];
    REQUIRE_FALSE(whole.sampled);
    settings.budget = 5'000;
    const auto part = check(settings).cases[0];
    REQUIRE(part.sampled);
    const auto share = [](const check_case& of) {
        return static_cast<double>(of.counts.leaks) / static_cast<double>(of.explored);
    };
    // Three standard deviations of 5,000 draws are about 0.021.
    CHECK(share(part) == Approx(share(whole)).margin(0.03));
}

TEST_CASE("the seed fixes a sample, and another seed draws another") {
    auto settings = seven_generals();
    settings.faults = 1;
    settings.budget = 3'000;
    settings.seed = 7;
    const auto first = check(settings);
    check_same(first, check(settings));
    settings.byzantine = {commander_id(0), lieutenant_id(0)};
    const auto with_seven = check(settings);
    settings.seed = 8;
    CHECK_FALSE((with_seven.cases[0].counts == check(settings).cases[0].counts));
}

TEST_CASE("the number of threads changes nothing") {
    auto settings = seven_generals();
    settings.cluster.lieutenants = 5;
    settings.byzantine = {lieutenant_id(0), lieutenant_id(1)};
    settings.values = 2;
    settings.sample_max = 300'000;
    settings.budget = GENERATE(std::uint64_t{1} << 32, std::uint64_t{1} << 20);
    const auto alone = check(settings);
    settings.jobs = 3;
    check_same(alone, check(settings));
}

TEST_CASE("progress rises to one") {
    auto settings = seven_generals();
    settings.faults = 1;
    settings.budget = 2'000;
    double last = 0;
    bool rises = true;
    settings.progress = [&](double now) {
        rises = rises && now >= last;
        last = now;
    };
    (void)check(settings);
    CHECK(rises);
    CHECK(last == Approx(1.0));
}

TEST_CASE("numbers of strategies are exact however large") {
    CHECK(strategy_count{3, 0}.decimal() == "1");
    CHECK(strategy_count{2, 64}.decimal() == "18446744073709551616");
    CHECK_FALSE(strategy_count{2, 64}.as_number());
    CHECK(strategy_count{2, 63}.as_number() == std::uint64_t{1} << 63);
    CHECK(strategy_count{3, 40}.as_number() == 12157665459056928801ULL);
    CHECK_FALSE(strategy_count{3, 41}.as_number());
    CHECK(strategy_count{3, 80}.decimal() == "147808829414345923316083210206383297601");
    CHECK(strategy_count{3, 2, 5}.decimal() == "288");
    CHECK(strategy_count{3, 2, 5}.as_number() == 288);
    CHECK(strategy_count{3, 1, 62}.as_number() == 13835058055282163712ULL);
    CHECK_FALSE(strategy_count{3, 1, 63}.as_number());
    CHECK(strategy_count{3, 1, 63}.decimal() == "27670116110564327424");
    CHECK(decimal_of(0, 99) == "0");
    CHECK(decimal_of(18446744073709551615ULL, 0) == "18446744073709551615");
    CHECK(decimal_of(18446744073709551615ULL, 3) == "147573952589676412920");
    CHECK(decimal_of(1'000'000'000, 1) == "2000000000");
}

TEST_CASE("signed strategies that cannot differ in effect are counted without being played") {
    check_settings settings;
    settings.cluster.commanders = 2;
    settings.cluster.lieutenants = 7;
    settings.cluster.depth = 2;
    settings.cluster.protocol = protocol_kind::signed_;
    settings.cluster.tolerate = default_budget(2, 7);
    settings.byzantine = {commander_id(0), lieutenant_id(0)};
    // Free: 6 claims and 6 relays of them. Restricted: the lieutenant's relays to 6 others about
    // commander-2, and in phase 2 about both by way of each of 5 others.
    for (const auto& of : check(settings).cases) {
        CHECK_FALSE(of.sampled);
        CHECK(of.explored == 531'441);
        CHECK(of.doublings == 66);
        CHECK(of.strategies.decimal() == "39213424469105111281434624");
        CHECK(of.in_full(of.explored) == of.strategies.decimal());
    }
    settings.values = 2;
    for (const auto& of : check(settings).cases) {
        CHECK(of.explored == 4'096);
        CHECK(of.doublings == 0);
        CHECK(of.strategies.decimal() == "4096");
    }
    settings.budget = 1'000;
    settings.values = 3;
    for (const auto& of : check(settings).cases) {
        CHECK(of.sampled);
        CHECK(of.explored == 1'000);
        CHECK(of.in_full(of.explored) == "1000");
        CHECK(of.strategies.decimal() == "39213424469105111281434624");
    }
}

TEST_CASE("settings that make no sense are refused") {
    check_settings settings;
    SECTION("values") {
        settings.values = 4;
    }
    SECTION("a server of no such cluster") {
        settings.byzantine = {lieutenant_id(3)};
    }
    SECTION("a supervisor") {
        settings.byzantine = {supervisor_id};
    }
    SECTION("signed relays with nobody left to relay") {
        settings.cluster.protocol = protocol_kind::signed_;
        settings.cluster.depth = 3;
    }
    SECTION("more messages than fit once signed sub-rounds are deep") {
        settings.cluster.protocol = protocol_kind::signed_;
        settings.cluster.lieutenants = 12;
        settings.recursion = 6;
    }
    SECTION("no budget") {
        settings.budget = 0;
    }
    SECTION("relays with nobody left to relay") {
        settings.cluster.depth = 3;
    }
    SECTION("more messages than fit") {
        settings.cluster.lieutenants = 30;
        settings.cluster.depth = 8;
    }
    CHECK_THROWS_AS(check(settings), std::invalid_argument);
}
