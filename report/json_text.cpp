#include "report/json_text.hpp"

namespace byzgate::json_text {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_continuation(unsigned char c) noexcept {
    return (c & 0xc0U) == 0x80U;
}

/// Bytes of the well-formed character at the front; 0 if there is none.
std::size_t character_bytes(std::string_view s) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return s.size() >= 2 && is_continuation(byte(1)) ? 2 : 0;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        if (s.size() < 3 || !is_continuation(byte(1)) || !is_continuation(byte(2))) {
            return 0;
        }
        const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
        const bool surrogate = lead == 0xed && byte(1) > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (s.size() < 4 || !is_continuation(byte(1)) || !is_continuation(byte(2))
            || !is_continuation(byte(3))) {
            return 0;
        }
        const bool overlong = lead == 0xf0 && byte(1) < 0x90;
        const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
        out += "\\u00";
        out.push_back(hex_digits[byte >> 4]);
        out.push_back(hex_digits[byte & 15U]);
    } else {
        out.push_back(c);
    }
}

} // namespace

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto size = character_bytes(bytes);
        if (size == 0) {
            return false;
        }
        bytes.remove_prefix(size);
    }
    return true;
}

void append_string(std::string& out, std::string_view utf8) {
    out.push_back('"');
    for (const char c : utf8) {
        append_escaped(out, c);
    }
    out.push_back('"');
}

std::string hex_of(std::string_view bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex.push_back(hex_digits[byte >> 4]);
        hex.push_back(hex_digits[byte & 15U]);
    }
    return hex;
}

void append_bytes(std::string& out, std::string_view bytes) {
    if (is_utf8(bytes)) {
        append_string(out, bytes);
        return;
    }
    out += "{\"hex\":\"";
    out += hex_of(bytes);
    out += "\"}";
}

void append_number(std::string& out, std::uint64_t number) {
    out += std::to_string(number);
}

void append_separator(std::string& out) {
    if (!out.empty() && std::string_view{"{[:,"}.find(out.back()) == std::string_view::npos) {
        out.push_back(',');
    }
}

void append_key(std::string& out, std::string_view name) {
    append_separator(out);
    out.push_back('"');
    out += name;
    out += "\":";
}

} // namespace byzgate::json_text
