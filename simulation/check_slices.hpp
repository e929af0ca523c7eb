/// The inner loops of the check: one instruction on 256 strategies at once. Uses the widest
/// registers that the processor at hand has; the results are the same.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "simulation/check_circuit.hpp"

namespace byzgate {

/// One bit for each of 256 strategies.
struct alignas(32) slice {
    std::array<std::uint64_t, 4> word{};

    [[nodiscard]] bool any() const noexcept { return (word[0] | word[1] | word[2] | word[3]) != 0; }
    [[nodiscard]] bool lane(std::uint32_t i) const noexcept {
        return ((word[i / 64] >> (i % 64)) & 1) != 0;
    }
    void set(std::uint32_t i) noexcept { word[i / 64] |= std::uint64_t{1} << (i % 64); }
    [[nodiscard]] slice operator&(const slice& other) const noexcept {
        return {{word[0] & other.word[0], word[1] & other.word[1], word[2] & other.word[2],
                 word[3] & other.word[3]}};
    }
    [[nodiscard]] slice operator~() const noexcept {
        return {{~word[0], ~word[1], ~word[2], ~word[3]}};
    }
    /// The lowest lane that is set; there must be one.
    [[nodiscard]] std::uint32_t first() const noexcept {
        std::uint32_t at = 0;
        while (word[at] == 0) {
            ++at;
        }
        return at * 64 + static_cast<std::uint32_t>(std::countr_zero(word[at]));
    }
};
inline constexpr std::uint32_t lanes_max = 256;

/// `to` becomes `kind` of `a` and `b`, all of them slots.
struct instruction {
    gate_kind kind = gate_kind::constant;
    std::uint32_t to = 0;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
};

void run_instructions(const instruction* first, const instruction* last, slice* slots);
[[nodiscard]] std::uint32_t count_lanes(const slice& of);

} // namespace byzgate
