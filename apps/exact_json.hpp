/// Numbers of strategies in JSON.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace byzgate {

/// A number given in decimal digits; from 2^53 on as text, for JSON readers keep no more bits.
[[nodiscard]] inline nlohmann::ordered_json exact_json(const std::string& digits) {
    constexpr std::string_view too_large = "9007199254740992";
    if (digits.size() < too_large.size()
        || (digits.size() == too_large.size() && digits < too_large)) {
        return std::stoull(digits);
    }
    return digits;
}

} // namespace byzgate
