/// Shamir's secret sharing (CACM 22(11), 1979) of a 256-bit key, byte by byte over GF(2^8), by
/// libgfshare. Fewer shares than the threshold say nothing about the key. A wrong share is not
/// noticed here: whoever combines shares checks their digests before.
#pragma once

#include <cstdint>
#include <vector>

#include "crypto/secret_bytes.hpp"

namespace byzgate {

/// The value of the polynomials at `index`. The index is the lieutenant's number, from 1.
struct key_share {
    std::uint8_t index = 0; ///< 1…255
    secret_256 value;

    bool operator==(const key_share&) const = default;
};

inline constexpr std::uint32_t shares_max = 255;

/// Shares 1…count, of which any `threshold` give the key; 1 <= threshold <= count <= shares_max.
/// The coefficients come from `randomness` alone: the same arguments, the same shares. May be
/// called from several threads at once.
[[nodiscard]] std::vector<key_share> split_key(const secret_256& key, std::uint32_t count,
                                               std::uint32_t threshold,
                                               const secret_256& randomness);

/// The key, given at least threshold shares with different indices, none of which is 0; some other
/// 256 bits if they are too few or one is wrong.
[[nodiscard]] secret_256 combine_shares(const std::vector<key_share>& shares);

} // namespace byzgate
