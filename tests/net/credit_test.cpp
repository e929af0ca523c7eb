/// Credits and backoff.
#include "net/credit.hpp"

#include <catch2/catch.hpp>

#include "net/backoff.hpp"

using namespace byzgate;

TEST_CASE("who reconnects gets no more than was left of the window") {
    incoming_credit credit{10'000};
    CHECK(credit.connected() == 10'000);
    CHECK(credit.arrived(6'000));
    CHECK_FALSE(credit.arrived(4'001));
    CHECK(credit.connected() == 4'000);
    CHECK(credit.arrived(4'000));
    CHECK(credit.connected() == 0);
    CHECK_FALSE(credit.arrived(1));
    credit.handled(6'000);
    CHECK(credit.grant() == 6'000);
    CHECK(credit.grant() == 0);
    CHECK(credit.waiting() == 4'000);
}

TEST_CASE("small amounts of credit are saved up until they are worth a frame") {
    incoming_credit credit{8'000};
    CHECK(credit.connected() == 8'000);
    REQUIRE(credit.arrived(999));
    credit.handled(999);
    CHECK(credit.grant() == 0);
    REQUIRE(credit.arrived(1));
    credit.handled(1);
    CHECK(credit.grant() == 1'000);
}

TEST_CASE("no sum of grants overflows") {
    outgoing_credit credit;
    CHECK_FALSE(credit.grant(0));
    CHECK(credit.grant(outgoing_credit::granted_max));
    CHECK_FALSE(credit.grant(1));
    CHECK_FALSE(credit.grant(~std::uint64_t{0}));
    CHECK(credit.spend(5));
    CHECK(credit.grant(5));
    CHECK_FALSE(credit.spend(outgoing_credit::granted_max + 1));
}

TEST_CASE("waits double up to the maximum, half of each is chance, and start anew") {
    backoff wait{100, 1'000};
    for (const std::uint64_t whole : {100U, 200U, 400U, 800U, 1'000U, 1'000U}) {
        auto low = wait;
        CHECK(low.wait_ms(0) == whole / 2);
        auto high = wait;
        CHECK(high.wait_ms(whole / 2) == whole);
        const auto any = wait.wait_ms(0x123456789abcdefU);
        CHECK(any >= whole / 2);
        CHECK(any <= whole);
    }
    wait.reset();
    CHECK(wait.wait_ms(0) == 50);
}
