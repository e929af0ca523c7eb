/// Small questions about text that several readers of outside data ask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace byzgate {

/// The offset of the first byte that is not part of valid UTF-8 (Unicode 15, table 3-7: no
/// overlong forms, no surrogates, nothing over U+10FFFF); `npos` if all of it is valid.
[[nodiscard]] std::size_t invalid_utf8_at(std::string_view text) noexcept;

/// Whether a text can be a record's id; see `database`.
[[nodiscard]] bool is_usable_id(std::string_view text) noexcept;

/// The candidates that `name` was most likely meant to be, the likeliest first, at most three;
/// nothing if none is close.
[[nodiscard]] std::vector<std::string> likeliest(std::string_view name,
                                                 const std::vector<std::string>& candidates);

/// `; did you mean "a" or "b"?` if something is close, else `; there are "a", "b", …`.
[[nodiscard]] std::string suggestion(std::string_view name,
                                     const std::vector<std::string>& candidates);

} // namespace byzgate
