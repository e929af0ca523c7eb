#include "protocol/encoding.hpp"

#include <limits>

#include "protocol/assert.hpp"

namespace byzgate {

encoder& encoder::u8(std::uint8_t v) {
    bytes_.push_back(static_cast<char>(v));
    return *this;
}

encoder& encoder::u32(std::uint32_t v) {
    const char bytes[]{static_cast<char>(v >> 24), static_cast<char>(v >> 16),
                       static_cast<char>(v >> 8), static_cast<char>(v)};
    return raw({bytes, sizeof bytes});
}

encoder& encoder::u64(std::uint64_t v) {
    return u32(static_cast<std::uint32_t>(v >> 32)).u32(static_cast<std::uint32_t>(v));
}

encoder& encoder::text(std::string_view bytes) {
    BYZGATE_ASSERT(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
    u32(static_cast<std::uint32_t>(bytes.size()));
    return raw(bytes);
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

std::uint32_t decoder::count(std::size_t max, std::size_t bytes_each) {
    const auto n = u32();
    if (n > max || (bytes_each != 0 && n > rest_.size() / bytes_each)) {
        fail();
        return 0;
    }
    return n;
}

} // namespace byzgate
