#include "net/validity.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

namespace byzgate {

std::string date_text(std::uint64_t seconds) {
    // The end of the year 9999: what a peer says may be any number.
    constexpr std::uint64_t last = 253'402'300'799;
    const auto at = static_cast<std::time_t>(std::min(seconds, last));
    std::tm parts{};
    ::gmtime_r(&at, &parts);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string text_of(const certificate_times& times) {
    return fmt::format("valid from {} to {}", date_text(times.from_s), date_text(times.until_s));
}

} // namespace byzgate
