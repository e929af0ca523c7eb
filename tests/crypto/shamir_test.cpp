/// Sharing a key, against arithmetic in GF(2^8) written a second time.
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "crypto/shamir.hpp"

using namespace byzgate;

namespace {

secret_256 secret_of(std::uint8_t first) {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(first + 37 * i);
    }
    return secret_256{bytes};
}

/// Modulo x^8 + x^4 + x^3 + x^2 + 1, bit by bit.
std::uint8_t times(std::uint8_t a, std::uint8_t b) {
    unsigned product = 0;
    for (int bit = 7; bit >= 0; --bit) {
        product <<= 1;
        if (product & 0x100U) {
            product ^= 0x11dU;
        }
        if (b >> bit & 1) {
            product ^= a;
        }
    }
    return static_cast<std::uint8_t>(product);
}

std::uint8_t inverse(std::uint8_t a) {
    std::uint8_t power = 1;
    for (int i = 0; i < 254; ++i) {
        power = times(power, a);
    }
    return power;
}

/// Lagrange's interpolation at `x` of one byte of each share.
std::uint8_t interpolated(const std::vector<key_share>& shares, std::size_t byte, std::uint8_t x) {
    std::uint8_t sum = 0;
    for (const auto& one : shares) {
        auto term = one.value.data()[byte];
        for (const auto& other : shares) {
            if (other.index != one.index) {
                term = times(term, times(x ^ other.index, inverse(one.index ^ other.index)));
            }
        }
        sum ^= term;
    }
    return sum;
}

std::vector<key_share> chosen(const std::vector<key_share>& shares, std::uint32_t subset) {
    std::vector<key_share> some;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        if (subset >> i & 1) {
            some.push_back(shares[i]);
        }
    }
    return some;
}

} // namespace

TEST_CASE("every subset of enough shares gives the key, and every smaller one another") {
    const auto key = secret_of(1);
    std::size_t enough = 0;
    std::size_t too_few = 0;
    for (std::uint32_t count = 1; count <= 7; ++count) {
        for (std::uint32_t threshold = 1; threshold <= count; ++threshold) {
            const auto shares = split_key(key, count, threshold, secret_of(99));
            REQUIRE(shares.size() == count);
            for (std::uint32_t subset = 1; subset < (1U << count); ++subset) {
                const auto some = chosen(shares, subset);
                const bool right = combine_shares(some) == key;
                CHECK(right == (some.size() >= threshold));
                ++(right ? enough : too_few);
            }
        }
    }
    CHECK(enough > 400);
    CHECK(too_few > 400);
}

TEST_CASE("shares are points of polynomials whose value at 0 is the key") {
    const auto key = secret_of(3);
    const std::uint32_t count = 20;
    const auto threshold = GENERATE(as<std::uint32_t>{}, 1, 2, 10, 20);
    const auto shares = split_key(key, count, threshold, secret_of(5));
    const std::vector<key_share> first(shares.begin(), shares.begin() + threshold);
    for (std::size_t byte = 0; byte < secret_256::size(); ++byte) {
        CHECK(interpolated(first, byte, 0) == key.data()[byte]);
        for (const auto& share : shares) {
            CHECK(interpolated(first, byte, share.index) == share.value.data()[byte]);
        }
    }
}

TEST_CASE("one share less than needed leaves every key possible") {
    const std::uint32_t threshold = GENERATE(2, 3, 4);
    const auto shares = split_key(secret_of(7), 7, threshold, secret_of(8));
    std::vector<key_share> some(shares.begin(), shares.begin() + threshold);
    // Whatever the missing share's byte, the known ones stay as they are; each gives another key.
    for (std::size_t byte = 0; byte < secret_256::size(); ++byte) {
        std::set<std::uint8_t> keys;
        for (unsigned guess = 0; guess < 256; ++guess) {
            some.back().value.data()[byte] = static_cast<std::uint8_t>(guess);
            keys.insert(combine_shares(some).data()[byte]);
        }
        CHECK(keys.size() == 256);
    }
}

TEST_CASE("with a threshold of one every share is the key") {
    const auto key = secret_of(11);
    for (const auto& share : split_key(key, 3, 1, secret_of(12))) {
        CHECK(share.value == key);
        CHECK(combine_shares({share}) == key);
    }
}

TEST_CASE("the same randomness gives the same shares, other randomness others") {
    const auto key = secret_of(1);
    const auto shares = split_key(key, 5, 3, secret_of(2));
    CHECK(split_key(key, 5, 3, secret_of(2)) == shares);
    const auto others = split_key(key, 5, 3, secret_of(3));
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK_FALSE(others[i].value == shares[i].value);
    }
    CHECK_FALSE(split_key(secret_of(2), 5, 3, secret_of(2))[0] == shares[0]);
}

TEST_CASE("255 shares, all of them needed") {
    const auto key = secret_of(1);
    auto shares = split_key(key, 255, 255, secret_of(2));
    CHECK(combine_shares(shares) == key);
    shares.pop_back();
    CHECK_FALSE(combine_shares(shares) == key);
}

TEST_CASE("threads that split keys at once don't get into each other's randomness") {
    const auto expected = split_key(secret_of(1), 7, 4, secret_of(2));
    const auto other = split_key(secret_of(3), 7, 3, secret_of(4));
    std::array<bool, 4> right{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < right.size(); ++i) {
        threads.emplace_back([&, i] {
            bool good = true;
            for (int round = 0; round < 500; ++round) {
                good = good
                       && (i % 2 == 0 ? split_key(secret_of(1), 7, 4, secret_of(2)) == expected
                                      : split_key(secret_of(3), 7, 3, secret_of(4)) == other);
                good = good && combine_shares(expected) == secret_of(1);
            }
            right[i] = good;
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(right == std::array{true, true, true, true});
}
