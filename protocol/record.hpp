/// A record as the database holds it, and the digest of a payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/ids.hpp"

namespace byzgate {

/// Whether a record may leave. What is not clearly public is confidential, so that is the zero.
enum class flag : std::uint8_t { confidential = 0, public_ = 1 };

[[nodiscard]] constexpr flag opposite(flag f) noexcept {
    return f == flag::public_ ? flag::confidential : flag::public_;
}
/// `public` or `confidential`.
[[nodiscard]] constexpr std::string_view to_string(flag f) noexcept {
    return f == flag::public_ ? "public" : "confidential";
}
[[nodiscard]] std::optional<flag> parse_flag(std::string_view text);

/// One row of the database. `payload` is any bytes (JSON text, usually).
struct record {
    record_id id;
    version_id version;
    flag confidentiality = flag::confidential;
    std::string payload;

    bool operator==(const record&) const = default;
};

/// 256 bits of BLAKE2b (or of whatever a driver's `digester` computes).
using digest = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string to_hex(const digest& d);
/// Exactly 64 hexadecimal digits, lower case; nothing for anything else.
[[nodiscard]] std::optional<digest> parse_digest(std::string_view hex);

/// The seam through which digests enter the protocol. Implementations are stateless and may be
/// called from several threads at once.
class digester {
public:
    virtual ~digester() = default;
    [[nodiscard]] virtual digest digest_of(std::string_view bytes) const = 0;
    /// Fills `to` with bytes that depend on the seed alone. To whom doesn't know the seed they look
    /// random, and none of them tells anything about another. This one is digests of the seed and
    /// a counter; whoever overrides it does so for speed.
    virtual void stretch(const digest& seed, std::span<std::uint8_t> to) const;
};

} // namespace byzgate
