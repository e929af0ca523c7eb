#include "actors/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace byzgate {

std::uint32_t latency_histogram::bucket_of(tick value) noexcept {
    if (value < 2 * sub_buckets) {
        return static_cast<std::uint32_t>(value);
    }
    // 128…255 have a shift of 1, 256…511 of 2, and so on; 64 buckets for each.
    const auto shift = static_cast<std::uint32_t>(std::bit_width(value)) - 7;
    return static_cast<std::uint32_t>(value >> shift) + shift * sub_buckets;
}

tick latency_histogram::upper_end(std::uint32_t bucket) noexcept {
    if (bucket < 2 * sub_buckets) {
        return bucket;
    }
    const auto shift = bucket / sub_buckets - 1;
    const tick lead = bucket - shift * sub_buckets;
    return ((lead + 1) << shift) - 1;
}

void latency_histogram::add(tick value_us) {
    const auto bucket = std::min<std::size_t>(bucket_of(value_us), buckets_.size() - 1);
    ++buckets_[bucket];
    ++count_;
    max_ = std::max(max_, value_us);
}

tick latency_histogram::percentile(double share) const {
    if (count_ == 0) {
        return 0;
    }
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
    std::uint64_t below = 0;
    for (std::uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        below += buckets_[bucket];
        if (below >= rank) {
            return std::min(upper_end(bucket), max_);
        }
    }
    return max_;
}

} // namespace byzgate
