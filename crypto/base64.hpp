/// Base64 (RFC 4648, section 4) with padding, one text for each sequence of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace byzgate {

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Nothing for any text that `to_base64` doesn't give, line breaks included.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

} // namespace byzgate
