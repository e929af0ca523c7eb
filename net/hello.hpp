/// What the two ends of a link tell each other first, and why a link is refused. All of it is said
/// inside TLS, after each has proved its name; a peer with a good certificate may still say
/// anything.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/ids.hpp"
#include "protocol/record.hpp"

namespace byzgate {

/// Of frames, hello and messages together; two ends with different ones don't talk.
inline constexpr std::uint32_t link_version = 1;

struct hello {
    digest cluster{};            ///< of the public keys and the cluster's parameters
    digest config{};             ///< of whatever else all processes must have alike
    server_id from{};            ///< who speaks
    server_id to{};              ///< whom it believes to speak to
    std::uint64_t credit = 0;    ///< what it takes before it gives more
    std::uint64_t bytes_max = 0; ///< of one message that it takes
    std::uint64_t clock_s = 0;   ///< seconds since 1970 by its clock, to tell of wrong ones

    bool operator==(const hello&) const = default;
};

inline constexpr std::size_t hello_bytes_max = 256;
inline constexpr std::size_t refusal_bytes = 9;

[[nodiscard]] std::string encode(const hello& h);

struct not_hello {};
/// A hello of another version; what else it says is not known.
struct other_version {
    std::uint32_t version = 0;
};
/// Total on any bytes.
[[nodiscard]] std::variant<hello, other_version, not_hello> decode_hello(std::string_view bytes);

/// Why a link or a connection was refused or ended. The numbers go over the wire: append only.
enum class refusal_reason : std::uint8_t {
    other_version, ///< of the link's protocol
    other_cluster, ///< public keys or parameters differ
    other_config,  ///< the rest of the configuration differs
    wrong_name,    ///< the hello says another name than the certificate
    not_here,      ///< whom it wants isn't served by this process
    not_linked,    ///< these two have nothing to say to each other
    certificate_expired,
    certificate_not_yet_valid,
    protocol_error, ///< no frame, no hello, a frame out of place
    oversized,      ///< a message over the limit
    over_credit,    ///< more than was granted
    too_many,       ///< connections
    replaced,       ///< by a newer connection of the same two
    certificate_revoked,
    // From here on only this process learns of it: there was no authenticated link to say it on.
    bad_certificate, ///< of another CA, or none
    no_certificate,
    no_such_name, ///< the certificate is somebody else's
    not_tls,      ///< garbage, or plain text
    handshake_timeout,
    silence,     ///< nothing came for too long
    stalled,     ///< it reads nothing
    not_loopback ///< plain links stay on this machine
};
inline constexpr auto refusal_reason_last = refusal_reason::not_loopback;
inline constexpr auto refusal_reason_last_on_wire = refusal_reason::certificate_revoked;
inline constexpr std::size_t refusal_reasons = static_cast<std::size_t>(refusal_reason_last) + 1;

/// The word for it, as in metrics: `certificate_expired`.
[[nodiscard]] std::string_view to_string(refusal_reason reason) noexcept;

/// What the refusing side tells. No text: what a peer writes doesn't belong into our log.
struct refusal_notice {
    refusal_reason reason{};
    std::uint64_t clock_s = 0; ///< by the refusing side's clock

    bool operator==(const refusal_notice&) const = default;
};
[[nodiscard]] std::string encode(const refusal_notice& r);
[[nodiscard]] std::optional<refusal_notice> decode_refusal(std::string_view bytes);

} // namespace byzgate
