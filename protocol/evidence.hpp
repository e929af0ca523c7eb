/// Proof that a commander lied, which anybody with the public keys can check: two claims that it
/// signed and that no loyal commander signs both (protocol.md, section 3, step 3, and section 7).
///
/// What is in one may have been made up by any server; `conflict_in` says whether it proves
/// anything. A loyal commander signs one batch in a level of a round and says the same about the
/// same version whenever it is asked, so no behaviour of others makes evidence against it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/messages.hpp"

namespace byzgate {

struct evidence {
    shown_claim first;
    shown_claim second;

    bool operator==(const evidence&) const = default;
    [[nodiscard]] server_id commander() const noexcept { return first.commander; }
};

/// What a bundle proves.
enum class conflict : std::uint8_t {
    same_place,  ///< two different signed batches for one level of one round
    same_version ///< two different claims about one version of a record
};
[[nodiscard]] std::string_view to_string(conflict c) noexcept;

/// Why a bundle proves nothing.
enum class unproven : std::uint8_t {
    two_commanders, ///< the claims are not of one commander
    no_conflict,    ///< a loyal commander may well sign both
    bad_proof,      ///< a claim is not in the batch that it is said to be in
    bad_signature   ///< not signed by that commander, or in another cluster
};
[[nodiscard]] std::string_view to_string(unproven u) noexcept;

struct judged_evidence {
    std::optional<conflict> proves;
    unproven lacks = unproven::no_conflict; ///< meaningful iff it proves nothing
};

/// Checks everything, with nothing but the public keys and the cluster's name from `keys`.
[[nodiscard]] judged_evidence conflict_in(const evidence& found, const signing_keys& keys,
                                          const digester& digests);

/// Canonical bytes, and back; nothing for any other bytes. Says nothing of their truth.
[[nodiscard]] std::string encode(const evidence& found);
[[nodiscard]] std::optional<evidence> decode_evidence(std::string_view bytes);

} // namespace byzgate
