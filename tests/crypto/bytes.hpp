/// Hexadecimal text and single flipped bits, for tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <sodium.h>

namespace byzgate::test {

inline std::string from_hex(std::string_view hex) {
    std::string bytes(hex.size() / 2, '\0');
    std::size_t written = 0;
    const char* end = nullptr;
    const auto failed = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                       hex.data(), hex.size(), nullptr, &written, &end);
    REQUIRE(failed == 0);
    REQUIRE(end == hex.data() + hex.size());
    return bytes;
}

/// Into an array of bytes of just that size.
template <class Array>
Array array_from_hex(std::string_view hex) {
    const auto bytes = from_hex(hex);
    Array made{};
    REQUIRE(bytes.size() == made.size());
    std::copy(bytes.begin(), bytes.end(), made.begin());
    return made;
}

/// A copy with one bit changed; bits are numbered through all bytes.
template <class Bytes>
Bytes with_flipped(Bytes bytes, std::size_t bit) {
    bytes[bit / 8] ^= static_cast<typename Bytes::value_type>(1U << (bit % 8));
    return bytes;
}

} // namespace byzgate::test
