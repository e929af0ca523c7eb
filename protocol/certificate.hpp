/// A release certificate: why a record was let out, for anybody who holds the public keys to check
/// without trusting the gate (protocol.md, section 7).
///
/// It rests on at least q signatures of lieutenants over the same release verdict in the same level
/// of a round, and on fc-c+1 signed public claims of as many commanders for the same version and
/// digest, c being the commanders convicted by the evidence that it carries. Signatures are
/// individual ones: a certificate for what should not have left names who is to blame.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/evidence.hpp"
#include "protocol/messages.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

struct release_certificate {
    record_id record;
    version_id version;
    digest payload_digest{};
    server_id recipient = external_party_id;
    round_id round{};
    level_number level = 0;
    std::vector<shown_verdict> votes;  ///< ascending by lieutenant
    std::vector<shown_claim> claims;   ///< ascending by commander
    std::vector<evidence> convictions; ///< ascending by commander
};

/// Why a certificate proves nothing.
enum class uncertified : std::uint8_t {
    wrong_recipient,
    too_few_votes,      ///< fewer than q
    too_few_claims,     ///< fewer than fc-c+1
    over_budget,        ///< more commanders convicted than the cluster is meant to survive
    bad_vote,           ///< of no member, twice, out of order, not a release of just this
    bad_claim,          ///< the same for a commander's claim
    bad_conviction,     ///< evidence that proves nothing, twice, out of order, or of a claimant
    bad_vote_signature, ///< or a proof that leads nowhere
    bad_claim_signature
};
[[nodiscard]] std::string_view to_string(uncertified u) noexcept;

/// Signatures that were found to be good, so that a batch's is checked once however many records
/// it covers. Bounded: forgets everything when it holds too many. One thread at a time.
class checked_signatures {
public:
    explicit checked_signatures(std::size_t kept_max = 4'096) : kept_max_(kept_max) {}
    /// As byzgate::verify, remembering what was good.
    [[nodiscard]] bool verify(const statement& s, const signature& by, const signing_keys& keys);

private:
    struct hash_of {
        std::size_t operator()(const signature& s) const noexcept;
    };
    std::size_t kept_max_;
    std::unordered_map<signature, statement, hash_of> good_;
};

/// Nothing is wrong with the certificate, or what is.
[[nodiscard]] std::optional<uncertified> fault_in(const release_certificate& of,
                                                  const cluster_parameters& cluster,
                                                  const signing_keys& keys, const digester& digests,
                                                  checked_signatures& checked);

/// Canonical bytes, and back; nothing for any other bytes. Says nothing of their truth.
[[nodiscard]] std::string encode(const release_certificate& of);
[[nodiscard]] std::optional<release_certificate> decode_certificate(std::string_view bytes);

} // namespace byzgate
