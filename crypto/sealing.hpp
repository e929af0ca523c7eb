/// Sealed payloads for the servers of a cluster: payloads.hpp on the cryptography of sealed.hpp.
///
/// Digests travel as their bytes in a row (salt, plaintext, ciphertext, then each share's), a share
/// as its index and value, a closed one as `sealed_share`. Everything here takes whatever bytes it
/// is given: sizes are fixed by the cluster's numbers, and what has another is nobody's.
#pragma once

#include <memory>

#include "crypto/sealed.hpp"
#include "protocol/cluster.hpp"
#include "protocol/payloads.hpp"

namespace byzgate {

/// Whether a key can be split among these lieutenants so that it takes more than the liars: at most
/// 255, not all of which may lie. Everything below asks for it.
[[nodiscard]] bool can_be_sealed(const cluster_parameters& cluster) noexcept;

/// For everybody. `recipient` is the external party's key and satisfies `is_sealing_key`.
[[nodiscard]] std::shared_ptr<const payload_scheme>
make_payload_scheme(const cluster_parameters& cluster, const x25519_public_key& recipient);

/// For commanders.
[[nodiscard]] std::shared_ptr<const payload_sealer>
make_payload_sealer(const cluster_parameters& cluster, const secret_256& database_secret);

/// For the external party.
[[nodiscard]] std::shared_ptr<const payload_opener>
make_payload_opener(const cluster_parameters& cluster, const secret_256& sealing);

/// Every server's tools: only where one process plays or makes them all.
struct cluster_sealing {
    std::shared_ptr<const payload_scheme> scheme;
    std::shared_ptr<const payload_sealer> sealer;
    std::shared_ptr<const payload_opener> opener; ///< the external party's

    /// What that server may have.
    [[nodiscard]] payload_tools of(server_id id) const {
        return {scheme, is_commander(id) ? sealer : nullptr};
    }
};
[[nodiscard]] cluster_sealing make_sealing(const cluster_parameters& cluster,
                                           const secret_256& database_secret,
                                           const secret_256& sealing);
/// For runs without key files: whoever knows the seed can open everything.
[[nodiscard]] cluster_sealing sealing_from_run_seed(const cluster_parameters& cluster,
                                                    std::uint64_t run_seed);

/// Whether an opened payload is what the commitment committed to, by the opening that came of it
/// (`opened_payload::opening`). For anybody, without a key.
[[nodiscard]] bool is_opened_payload(const cluster_parameters& cluster, const payload_name& what,
                                     std::string_view opening, std::string_view payload);

/// A share as it travels in a part, and back; nothing for what has not its size.
[[nodiscard]] std::string share_bytes(const key_share& share);
[[nodiscard]] std::optional<key_share> share_from_bytes(std::string_view bytes);

/// The digests as they travel, and back; nothing unless there is one for each of n shares.
[[nodiscard]] std::string digest_bytes(const seal_digests& digests);
[[nodiscard]] std::optional<seal_digests> digests_from_bytes(std::string_view bytes,
                                                             std::uint32_t lieutenants);

} // namespace byzgate
