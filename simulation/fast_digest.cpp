#include "simulation/fast_digest.hpp"

#include <bit>
#include <cstring>

#include "behaviors/seeded.hpp"

namespace byzgate {

namespace {

/// `count` bytes, at most eight, lowest first whatever the machine's own order.
std::uint64_t word_at(const char* bytes, std::size_t count) noexcept {
    std::uint64_t word = 0;
    if (count == 8 && std::endian::native == std::endian::little) {
        std::memcpy(&word, bytes, 8);
        return word;
    }
    for (std::size_t i = 0; i < count; ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return word;
}

} // namespace

digest fast_digester::digest_of(std::string_view bytes) const {
    auto state = scrambled(bytes.size());
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        state = scrambled(state ^ word_at(bytes.data() + at, 8));
    }
    if (at < bytes.size()) {
        state = scrambled(state ^ word_at(bytes.data() + at, bytes.size() - at));
    }
    digest result{};
    for (std::size_t part = 0; part < 4; ++part) {
        const auto word = scrambled(state + part);
        if (std::endian::native == std::endian::little) {
            std::memcpy(result.data() + 8 * part, &word, 8);
            continue;
        }
        for (std::size_t i = 0; i < 8; ++i) {
            result[8 * part + i] = static_cast<std::uint8_t>(word >> (8 * i));
        }
    }
    return result;
}

} // namespace byzgate
