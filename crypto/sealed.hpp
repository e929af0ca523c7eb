/// Sealed payloads (protocol.md, section 8): the payload encrypted under a key that is split among
/// the lieutenants, so that fl+1 of them are needed to read it. Everything is derived from the
/// record's secret: loyal commanders make the same bytes. Ciphertext, digests and shares may come
/// from anybody; what counts is the commitment, which stands in the claim as the payload's digest.
/// The length of the payload is not hidden.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"
#include "crypto/shamir.hpp"
#include "protocol/ids.hpp"
#include "protocol/record.hpp"

namespace byzgate {

/// What is sealed, and for how many. 0 <= fl < n <= shares_max.
struct seal_context {
    record_id id;
    version_id version;
    std::uint32_t lieutenants = 0;            ///< n: as many shares
    std::uint32_t faulty_lieutenants_max = 0; ///< fl: so many shares say nothing

    [[nodiscard]] std::uint32_t threshold() const noexcept { return faulty_lieutenants_max + 1; }
};

/// The secret of one version of a record: BLAKE2b of its id and version, keyed by the database's.
[[nodiscard]] secret_256 record_secret_for(const secret_256& database_secret, std::string_view id,
                                           std::string_view version);

/// Digests over salt, context and content. The plaintext's has a salt of its own inside the
/// ciphertext, so that a payload can't be guessed by those who see all of this.
struct seal_digests {
    digest salt{};
    digest plaintext{};
    digest ciphertext{};
    std::vector<digest> shares; ///< n, that of lieutenant-1 first

    bool operator==(const seal_digests&) const = default;
};

/// 256 bits that are the same iff the context and all the digests are.
[[nodiscard]] digest commitment_of(const seal_context& context, const seal_digests& digests);

struct sealed_payload {
    std::string ciphertext; ///< nonce, then the AEAD's: 72 bytes more than the payload
    std::vector<key_share> shares;
    seal_digests digests;
    digest commitment{};

    bool operator==(const sealed_payload&) const = default;
};

/// XChaCha20-Poly1305 under a key that depends on the plaintext too: should a version come to stand
/// for another payload, no key stream is used twice.
[[nodiscard]] sealed_payload seal(std::string_view plaintext, const secret_256& record_secret,
                                  const seal_context& context);

/// What a lieutenant checks of what it was sent. Digests and content may be anything.
[[nodiscard]] bool is_ciphertext_of(const seal_context& context, const seal_digests& digests,
                                    std::string_view ciphertext);
[[nodiscard]] bool is_share_of(const seal_context& context, const seal_digests& digests,
                               const key_share& share);
/// What anybody checks of an opened payload, given the salt that was hidden in its ciphertext.
[[nodiscard]] bool is_plaintext_of(const seal_context& context, const seal_digests& digests,
                                   const digest& hidden_salt, std::string_view payload);

enum class opening_problem : std::uint8_t {
    commitment,     ///< the digests are not what was released
    ciphertext,     ///< does not have its digest
    too_few_shares, ///< fewer than fl+1 that have their digests
    decryption,     ///< the shares' key is not the ciphertext's
    plaintext       ///< does not have its digest
};
[[nodiscard]] std::string_view to_string(opening_problem problem) noexcept;

struct opening_failure {
    opening_problem why = opening_problem::commitment;
    std::uint32_t good_shares = 0; ///< with different indices
    std::uint32_t needed = 0;      ///< fl+1
};

struct opening {
    std::variant<std::string, opening_failure> outcome; ///< the payload, or why there is none
    /// Indices of shares that don't have their digests, in the order given: who handed them over
    /// lied, or passed on a commander's lie unchecked. Empty if the digests weren't the released
    /// ones.
    std::vector<std::uint8_t> bad_shares;
    digest hidden_salt{}; ///< of the plaintext's digest; zero if there is no payload
};

/// The payload, from any fl+1 good shares among those given. A share that is given twice counts
/// once. Everything but the context and the released commitment may be anything.
[[nodiscard]] opening unseal(const seal_context& context, const digest& commitment,
                             const seal_digests& digests, std::string_view ciphertext,
                             const std::vector<key_share>& shares);

/// A share that only the external party can read: a sealed box of libsodium's. Its ephemeral key is
/// derived from the share, which nobody can guess: the same share, the same 81 bytes, so that a
/// server that comes back repeats itself and a simulation can be replayed.
using sealed_share = std::array<std::uint8_t, 81>;

/// `recipient` satisfies `is_sealing_key`.
[[nodiscard]] sealed_share seal_share_to(const x25519_public_key& recipient,
                                         const key_share& share);
/// Nothing if the bytes were sealed to another key, or were changed.
[[nodiscard]] std::optional<key_share> open_share(const secret_256& sealing,
                                                  const sealed_share& sealed);

} // namespace byzgate
