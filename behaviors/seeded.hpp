/// Choices made by a seed: the same on every compiler, standard library and machine. A choice
/// depends on the seed and on what it is about (round, recipient, record, …), never on how many
/// choices came before it, so the order in which messages arrive changes no lie.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace byzgate {

/// One step of splitmix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
[[nodiscard]] constexpr std::uint64_t scrambled(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/// A number that looks random and is fixed by the seed and the things in `about`, in order.
[[nodiscard]] constexpr std::uint64_t seeded(std::uint64_t seed,
                                             std::initializer_list<std::uint64_t> about) noexcept {
    auto state = scrambled(seed);
    for (const auto thing : about) {
        state = scrambled(state ^ thing);
    }
    return state;
}

/// `drawn` brought into 0…bound-1, bound > 0.
[[nodiscard]] constexpr std::uint32_t below(std::uint32_t bound, std::uint64_t drawn) noexcept {
    return static_cast<std::uint32_t>(((drawn >> 32) * bound) >> 32);
}

/// Whether something of this probability happens for this draw; never for 0, always for 1.
[[nodiscard]] constexpr bool happens(double probability, std::uint64_t drawn) noexcept {
    return static_cast<double>(drawn >> 11) * 0x1.0p-53 < probability;
}

} // namespace byzgate
