#include "storage/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "protocol/cluster.hpp"
#include "protocol/words.hpp"

namespace byzgate {

namespace {

/// Length of the valid sequence that starts at `at`, or 0.
std::size_t sequence_length(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const auto between = [&](std::size_t i, unsigned low, unsigned high) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return between(1, 0x80, 0xbf) ? 2 : 0;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = lead == 0xed ? 0x9f : 0xbf;
        return between(1, low, high) && between(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
        return between(1, low, high) && between(2, 0x80, 0xbf) && between(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

/// Lower case, and without what people type differently: `Record ID`, `record_id`, `record-id`.
std::string folded(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            result += static_cast<char>(c - 'A' + 'a');
        } else if (c != ' ' && c != '_' && c != '-') {
            result += c;
        }
    }
    return result;
}

} // namespace

std::size_t invalid_utf8_at(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = sequence_length(text, at);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return std::string_view::npos;
}

bool is_usable_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= limits{}.record_id_bytes_max
           && text.find('\0') == std::string_view::npos
           && invalid_utf8_at(text) == std::string_view::npos;
}

std::vector<std::string> likeliest(std::string_view name,
                                   const std::vector<std::string>& candidates) {
    if (name.empty()) {
        return {};
    }
    const std::string wanted = folded(name);
    std::vector<std::pair<std::size_t, std::string>> close;
    for (const std::string& candidate : candidates) {
        const std::string other = folded(candidate);
        const std::size_t distance = edit_distance(wanted, other);
        const bool part = wanted.size() >= 2 && other.find(wanted) != std::string::npos;
        if (distance <= std::max<std::size_t>(1, wanted.size() / 3) || part) {
            close.emplace_back(distance, candidate);
        }
    }
    std::stable_sort(close.begin(), close.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> result;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, close.size()); ++i) {
        result.push_back(close[i].second);
    }
    return result;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
    const auto join = [](const std::vector<std::string>& names, std::string_view last) {
        std::string text;
        for (std::size_t i = 0; i < names.size(); ++i) {
            text += i == 0 ? "" : (i + 1 == names.size() ? last : ", ");
            text += fmt::format("\"{}\"", names[i]);
        }
        return text;
    };
    const std::vector<std::string> close = likeliest(name, candidates);
    if (!close.empty()) {
        return fmt::format("; did you mean {}?", join(close, " or "));
    }
    if (candidates.empty()) {
        return "; there is none";
    }
    constexpr std::size_t shown_max = 20;
    std::vector<std::string> shown = candidates;
    shown.resize(std::min(shown.size(), shown_max));
    return fmt::format("; there {} {}{}", candidates.size() == 1 ? "is" : "are",
                       join(shown, candidates.size() > shown_max ? ", " : " and "),
                       candidates.size() > shown_max ? ", …" : "");
}

} // namespace byzgate
