/// What an operator reads when one end of a link refused the other: what is wrong, and which host
/// should do what. Nothing that a peer wrote is in it but numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/hello.hpp"
#include "net/validity.hpp"

namespace byzgate {

/// Who is at the two ends, and what is known of both.
struct link_ends {
    std::string local;                         ///< our server's name
    std::string peer;                          ///< the other's
    std::string address;                       ///< the other's `host:port`, may be empty
    std::optional<certificate_times> own{};    ///< of our certificate
    std::optional<certificate_times> theirs{}; ///< of the other's
    std::string own_digest{};                  ///< of what differs: our cluster or configuration
    std::string their_digest{};                ///< the other's
    std::size_t others_up = 0;                 ///< links of our process that are up
};

/// The peer refused us, or we it; `now_s` is this host's clock.
[[nodiscard]] std::string explain_their_refusal(const refusal_notice& r, const link_ends& ends,
                                                std::uint64_t now_s);
[[nodiscard]] std::string explain_our_refusal(refusal_reason reason, const link_ends& ends,
                                              std::uint64_t now_s);
/// Nothing mends it but somebody who changes a file or a clock: trying again is no use.
[[nodiscard]] bool needs_somebody(refusal_reason reason) noexcept;

} // namespace byzgate
