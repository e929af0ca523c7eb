/// JSON written by hand: fields in a fixed order, the same bytes for the same values everywhere.
/// Text that is not UTF-8 (ids, versions and payloads are any bytes, and liars choose them) becomes
/// `{"hex": "…"}`, so that nothing is lost and every line stays JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace byzgate::json_text {

/// Well-formed by Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// Appends a JSON string. `utf8` must be well-formed.
void append_string(std::string& out, std::string_view utf8);

/// Two lower-case digits a byte.
[[nodiscard]] std::string hex_of(std::string_view bytes);
template <std::size_t Size>
[[nodiscard]] std::string hex_of(const std::array<std::uint8_t, Size>& bytes) {
    return hex_of(std::string_view{reinterpret_cast<const char*>(bytes.data()), Size});
}

/// Appends a JSON string, or `{"hex": "…"}` where the bytes are not UTF-8.
void append_bytes(std::string& out, std::string_view bytes);

void append_number(std::string& out, std::uint64_t number);

/// Appends `,"key":`, without the comma right after an opening bracket. `name` needs no escaping.
void append_key(std::string& out, std::string_view name);

/// Appends a comma unless an opening bracket, a colon or a comma went before.
void append_separator(std::string& out);

} // namespace byzgate::json_text
