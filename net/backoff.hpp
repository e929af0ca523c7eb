/// When to try again to connect: later and later, and never all at once.
#pragma once

#include <algorithm>
#include <cstdint>

namespace byzgate {

/// Milliseconds from one attempt to the next: doubled each time up to a maximum; of it half is
/// certain and half is chance, so that links that broke together don't come back together.
class backoff {
public:
    backoff(std::uint64_t first_ms, std::uint64_t max_ms) noexcept
        : first_ms_(std::max<std::uint64_t>(first_ms, 2)), max_ms_(std::max(max_ms, first_ms_)),
          next_ms_(first_ms_) {}

    /// The wait before the next attempt, with any number as chance.
    [[nodiscard]] std::uint64_t wait_ms(std::uint64_t chance) noexcept {
        const auto whole = next_ms_;
        next_ms_ = std::min(max_ms_, next_ms_ * 2);
        return whole / 2 + chance % (whole - whole / 2 + 1);
    }
    /// The link came up.
    void reset() noexcept { next_ms_ = first_ms_; }

private:
    std::uint64_t first_ms_;
    std::uint64_t max_ms_;
    std::uint64_t next_ms_;
};

} // namespace byzgate
