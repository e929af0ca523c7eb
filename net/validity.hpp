/// From when until when a certificate holds, and such times as text.
#pragma once

#include <cstdint>
#include <string>

namespace byzgate {

/// Seconds since 1970, both included.
struct certificate_times {
    std::uint64_t from_s = 0;
    std::uint64_t until_s = 0;

    [[nodiscard]] bool covers(std::uint64_t at_s) const noexcept {
        return from_s <= at_s && at_s <= until_s;
    }
    bool operator==(const certificate_times&) const = default;
};

/// `2031-05-01 17:04:09 UTC`.
[[nodiscard]] std::string date_text(std::uint64_t seconds);
/// `valid from … to …`.
[[nodiscard]] std::string text_of(const certificate_times& times);

} // namespace byzgate
