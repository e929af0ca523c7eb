#include "protocol/record.hpp"

#include <algorithm>

namespace byzgate {

std::optional<flag> parse_flag(std::string_view text) {
    if (text == to_string(flag::public_)) {
        return flag::public_;
    }
    if (text == to_string(flag::confidential)) {
        return flag::confidential;
    }
    return std::nullopt;
}

std::string to_hex(const digest& d) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * d.size());
    for (const auto byte : d) {
        hex.push_back(digits[byte >> 4]);
        hex.push_back(digits[byte & 15]);
    }
    return hex;
}

void digester::stretch(const digest& seed, std::span<std::uint8_t> to) const {
    char text[sizeof(digest) + 4];
    std::copy(seed.begin(), seed.end(), text);
    std::uint32_t turn = 0;
    while (!to.empty()) {
        for (std::size_t i = 0; i < 4; ++i) {
            text[sizeof(digest) + i] = static_cast<char>(turn >> 8 * i);
        }
        const auto some = digest_of({text, sizeof text});
        const auto size = std::min(some.size(), to.size());
        std::copy_n(some.begin(), size, to.begin());
        to = to.subspan(size);
        ++turn;
    }
}

namespace {

std::optional<std::uint8_t> nibble(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<std::uint8_t>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<std::uint8_t>(c - 'a' + 10);
    }
    return std::nullopt;
}

} // namespace

std::optional<digest> parse_digest(std::string_view hex) {
    digest d{};
    if (hex.size() != 2 * d.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < d.size(); ++i) {
        const auto high = nibble(hex[2 * i]);
        const auto low = nibble(hex[2 * i + 1]);
        if (!high || !low) {
            return std::nullopt;
        }
        d[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return d;
}

} // namespace byzgate
