#include "simulation/fast_digest.hpp"

#include "behaviors/seeded.hpp"

namespace byzgate {

namespace {

/// Eight bytes, or fewer at the end, lowest first whatever the machine's own order.
std::uint64_t word_at(std::string_view bytes, std::size_t from) noexcept {
    std::uint64_t word = 0;
    const auto count = bytes.size() - from < 8 ? bytes.size() - from : 8;
    for (std::size_t i = 0; i < count; ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(bytes[from + i])} << (8 * i);
    }
    return word;
}

std::uint64_t full_word_at(const char* bytes) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return word;
}

} // namespace

digest fast_digester::digest_of(std::string_view bytes) const {
    auto state = scrambled(bytes.size());
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        state = scrambled(state ^ full_word_at(bytes.data() + at));
    }
    if (at < bytes.size()) {
        state = scrambled(state ^ word_at(bytes, at));
    }
    digest result{};
    for (std::size_t part = 0; part < 4; ++part) {
        const auto word = scrambled(state + part);
        for (std::size_t i = 0; i < 8; ++i) {
            result[8 * part + i] = static_cast<std::uint8_t>(word >> (8 * i));
        }
    }
    return result;
}

} // namespace byzgate
