/// The simulator's dice: splitmix64 as a stream, the same on every compiler and machine.
#pragma once

#include <cstdint>

#include "behaviors/seeded.hpp"

namespace byzgate {

class world_random {
public:
    explicit world_random(std::uint64_t seed) noexcept : state_(scrambled(seed)) {}

    [[nodiscard]] std::uint64_t next() noexcept {
        const auto drawn = scrambled(state_);
        state_ += 0x9e3779b97f4a7c15U;
        return drawn;
    }
    /// 0…bound-1, bound > 0.
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) noexcept {
        return byzgate::below(bound, next());
    }
    [[nodiscard]] bool happens(double probability) noexcept {
        return byzgate::happens(probability, next());
    }

private:
    std::uint64_t state_;
};

} // namespace byzgate
