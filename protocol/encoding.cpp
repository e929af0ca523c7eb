#include "protocol/encoding.hpp"

#include <algorithm>
#include <limits>

#include "protocol/assert.hpp"

namespace byzgate {

encoder& encoder::u8(std::uint8_t v) {
    bytes_.push_back(static_cast<char>(v));
    return *this;
}

encoder& encoder::u32(std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        u8(static_cast<std::uint8_t>(v >> shift));
    }
    return *this;
}

encoder& encoder::u64(std::uint64_t v) {
    return u32(static_cast<std::uint32_t>(v >> 32)).u32(static_cast<std::uint32_t>(v));
}

encoder& encoder::text(std::string_view bytes) {
    BYZGATE_ASSERT(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
    u32(static_cast<std::uint32_t>(bytes.size()));
    return raw(bytes);
}

encoder& encoder::fixed(const digest& d) {
    bytes_.append(reinterpret_cast<const char*>(d.data()), d.size());
    return *this;
}

encoder& encoder::fixed(const signature& s) {
    bytes_.append(reinterpret_cast<const char*>(s.data()), s.size());
    return *this;
}

encoder& encoder::raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
}

std::string_view decoder::take(std::size_t bytes) {
    if (failed_ || rest_.size() < bytes) {
        failed_ = true;
        return {};
    }
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
}

std::uint8_t decoder::u8() {
    const auto taken = take(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
}

std::uint32_t decoder::u32() {
    std::uint32_t v = 0;
    for (const char byte : take(4)) {
        v = v << 8 | static_cast<std::uint8_t>(byte);
    }
    return v;
}

std::uint64_t decoder::u64() {
    const std::uint64_t upper = u32();
    return upper << 32 | u32();
}

bool decoder::boolean() {
    const auto v = u8();
    if (v > 1) {
        fail();
    }
    return v == 1;
}

std::string decoder::text(std::size_t bytes_max) {
    const auto length = u32();
    if (length > bytes_max) {
        fail();
    }
    return std::string{take(length)};
}

digest decoder::fixed_digest() {
    digest d{};
    const auto taken = take(d.size());
    std::copy(taken.begin(), taken.end(), d.begin());
    return d;
}

signature decoder::fixed_signature() {
    signature s{};
    const auto taken = take(s.size());
    std::copy(taken.begin(), taken.end(), s.begin());
    return s;
}

std::uint32_t decoder::count(std::size_t max, std::size_t bytes_each) {
    const auto n = u32();
    if (n > max || (bytes_each != 0 && n > rest_.size() / bytes_each)) {
        fail();
        return 0;
    }
    return n;
}

} // namespace byzgate
