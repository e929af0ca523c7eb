/// The seam through which sealed payloads enter the protocol (protocol.md, section 8), and the
/// shapes in which they travel. Null tools mean an unsealed cluster: payloads travel as they are.
///
///   commander ──part, one for each lieutenant──> lieutenant ──hand-over, on a release verdict──>
///   supervisor ──all hand-overs of a record as one payload──> external party ──> the clear payload
///
/// What the digests, the ciphertext and a share say is the scheme's own business; here they are
/// bytes, and whoever sent them may have sent anything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages.hpp"
#include "protocol/record.hpp"

namespace byzgate {

/// What a claim says about a payload. In a sealed cluster its digest is a commitment: to the
/// payload, to its ciphertext and to every share of the key.
struct payload_name {
    std::string_view id;
    std::string_view version;
    digest commitment{};
};

/// What a commander makes of a record.
struct sealed_record {
    digest commitment{};
    std::string digests; ///< what the commitment commits to
    std::string ciphertext;
    std::vector<std::string> shares; ///< one for each lieutenant, in order
};

/// What one lieutenant gets of it; or hands over, with its share closed to all but the recipient.
struct sealed_part {
    std::string digests;
    std::string ciphertext;
    std::string share;

    bool operator==(const sealed_part&) const = default;
};

/// A lieutenant's closed share, on the gate's word that it is that lieutenant's.
struct closed_share {
    server_id from{};
    std::string share;

    bool operator==(const closed_share&) const = default;
};

/// What the gate delivers of a record.
struct sealed_delivery {
    std::string digests;
    std::string ciphertext;
    std::vector<closed_share> shares; ///< ascending, each lieutenant's once

    bool operator==(const sealed_delivery&) const = default;
};

/// What the recipient found in a sealed delivery.
struct opened_payload {
    std::optional<std::string> payload; ///< nothing: it can't be opened
    /// What it takes, besides the payload, to check it against the commitment.
    std::string opening;
    std::vector<server_id> bad_shares; ///< whose shares are none, ascending
};

/// Canonical bytes (encoding.hpp): one encoding a value, and no other is taken.
[[nodiscard]] std::string encode_part(const sealed_part& part);
[[nodiscard]] std::optional<sealed_part> decode_part(std::string_view bytes);
[[nodiscard]] std::string encode_hand_over(const sealed_part& part);
[[nodiscard]] std::optional<sealed_part> decode_hand_over(std::string_view bytes);
[[nodiscard]] std::string encode_sealed(const sealed_delivery& all);
/// At most as many shares as `lieutenants`.
[[nodiscard]] std::optional<sealed_delivery> decode_sealed(std::string_view bytes,
                                                           std::uint32_t lieutenants);

/// What anybody can do with sealed payloads. Implementations may be called from several threads at
/// once.
class payload_scheme {
public:
    virtual ~payload_scheme() = default;

    /// Whether digests and ciphertext are what the commitment commits to.
    [[nodiscard]] virtual bool is_committed(const payload_name& what, std::string_view digests,
                                            std::string_view ciphertext) const = 0;
    /// Whether that is the share of the lieutenant with that index, under digests that are
    /// committed to.
    [[nodiscard]] virtual bool is_share(const payload_name& what, std::string_view digests,
                                        std::uint32_t lieutenant, std::string_view share) const = 0;
    /// The share as only the recipient can read it; nothing for what has not the shape of a share.
    [[nodiscard]] virtual std::optional<std::string> close_share(std::string_view share) const = 0;
    /// Of every share that `close_share` closes.
    [[nodiscard]] virtual std::size_t closed_share_bytes() const = 0;
    /// At most so many bytes more than its payload any of the shapes has.
    [[nodiscard]] virtual std::size_t bytes_added() const = 0;
};

/// What takes the database's secret: commanders have it, and nobody else. Deterministic.
class payload_sealer {
public:
    virtual ~payload_sealer() = default;
    [[nodiscard]] virtual sealed_record seal(const record& what) const = 0;
};

/// What takes the external party's secret.
class payload_opener {
public:
    virtual ~payload_opener() = default;
    /// What doesn't have its commitment isn't opened, whatever the shares say. `bytes` may be
    /// anything.
    [[nodiscard]] virtual opened_payload open(const payload_name& what,
                                              std::string_view bytes) const = 0;
};

/// What a server of a sealed cluster has. All null in an unsealed one.
struct payload_tools {
    std::shared_ptr<const payload_scheme> scheme;
    std::shared_ptr<const payload_sealer> sealer; ///< a commander's

    [[nodiscard]] explicit operator bool() const noexcept { return scheme != nullptr; }
};

/// A delivery as the recipient keeps it, and what it says about it.
struct opened_delivery {
    delivery what; ///< clear, without the records that can't be opened
    delivery_receipt receipt;
};
[[nodiscard]] opened_delivery open_delivery(const payload_opener& opener, const delivery& came);

/// Whether `bytes` are the part that the lieutenant with that index should have got.
[[nodiscard]] bool is_part_of(const payload_scheme& scheme, const payload_name& what,
                              std::uint32_t lieutenant, std::string_view bytes);
/// What the lieutenant hands over for a part that `is_part_of` has passed.
[[nodiscard]] std::string hand_over(const payload_scheme& scheme, std::string_view part);

} // namespace byzgate
