/// Latencies in constant memory: buckets that grow with the value, so that every percentile is
/// within one part in 64 of the truth.
#pragma once

#include <array>
#include <cstdint>

#include "protocol/ids.hpp"

namespace byzgate {

class latency_histogram {
public:
    void add(tick value_us);
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] tick max() const noexcept { return max_; }
    /// The value below or at which `share` (0…1) of all values lie; 0 if there are none. Exact for
    /// the largest value and below 128, else the upper end of its bucket.
    [[nodiscard]] tick percentile(double share) const;

private:
    static constexpr std::uint32_t sub_buckets = 64; // per power of two
    [[nodiscard]] static std::uint32_t bucket_of(tick value) noexcept;
    [[nodiscard]] static tick upper_end(std::uint32_t bucket) noexcept;

    std::array<std::uint64_t, 60 * sub_buckets> buckets_{};
    std::uint64_t count_ = 0;
    tick max_ = 0;
};

} // namespace byzgate
