/// Every message of the protocol, in one place. Append only: never reorder or reuse.
///
/// Whatever arrives in one of these from another server may be a lie: in its fields, in its shape,
/// in its size. Nothing reads them before `admit` (admit.hpp) has passed them. Who sent a message
/// is known from the link that it came by and is never a field of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "protocol/claim.hpp"
#include "protocol/ids.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

using record_id_batch = std::shared_ptr<const std::vector<record_id>>;

/// Hides one leaf of a signed batch from whom it wasn't shown to: 128 bits are not guessed.
using leaf_salt = std::array<std::uint8_t, 16>;

/// What a signed batch of claims or verdicts has beside it: the salt that its tree's leaves are
/// salted from, and the sender's signature over the tree's root (statement.hpp).
struct batch_seal {
    digest salt{};
    signature by{};

    bool operator==(const batch_seal&) const = default;
};
/// Null in an oral cluster.
using seal_ptr = std::shared_ptr<const batch_seal>;

struct evidence;
using evidence_ptr = std::shared_ptr<const evidence>;
struct release_certificate;
using certificate_ptr = std::shared_ptr<const release_certificate>;

/// Supervisor to every commander and lieutenant: decide these records in this round. Level 0 opens
/// the round; level r > 0 is a sub-round over what level r-1 left unresolved. `convicted` are the
/// commanders that the supervisor holds convicted for good: they are not asked.
struct round_request {
    round_id round{};
    level_number level = 0;
    record_id_batch records;
    std::vector<server_id> convicted;
    /// Signed: what convicted them, so that a lieutenant that didn't see it can check.
    std::vector<evidence_ptr> proofs{};
};

/// Commander to every lieutenant: phase 0. The same claims to all, if the commander is loyal.
struct distribution {
    round_id round{};
    level_number level = 0;
    claim_batch claims;
    payload_batch payloads; ///< empty text where the claim is not present
    seal_ptr seal{};        ///< signed: the commander's
};

/// Lieutenant to lieutenant: all that the sender owes the recipient in one phase of OM(m), packed.
/// Item i is what the sender holds for path i of `path_table::owed` (commander-major order); a null
/// item is silence about that path.
struct relay {
    round_id round{};
    level_number level = 0;
    std::uint32_t phase = 1; ///< 1…m
    std::vector<claim_batch> items;
};

/// A commander's signed batch by the digest that it goes by.
struct named_root {
    server_id commander{};
    digest root{};

    bool operator==(const named_root&) const = default;
};

/// One lieutenant's signature in a chain of SM(m): in `phase` it passed on these batches.
struct relay_link {
    server_id lieutenant{};
    std::uint32_t phase = 1;
    std::vector<named_root> roots;
    signature by{};

    bool operator==(const relay_link&) const = default;
};

/// A commander's signed batch on its way, with the signatures of those that passed it on before
/// the sender, in order.
struct passed_claims {
    server_id commander{};
    claim_batch claims;
    seal_ptr seal;
    std::vector<std::shared_ptr<const relay_link>> links;
};

/// Lieutenant to lieutenant: what the sender first saw in the phase before, in SM(m). With nothing
/// to pass on it is sent all the same and says so: then nobody has to wait for more.
struct signed_relay {
    round_id round{};
    level_number level = 0;
    std::uint32_t phase = 1; ///< 1…m
    std::vector<passed_claims> items;
    std::shared_ptr<const relay_link> own; ///< the sender's signature over what it passes on
};

enum class decision : std::uint8_t { withhold, release, unresolved };
[[nodiscard]] std::string_view to_string(decision d) noexcept;

/// Why a lieutenant decided as it did.
enum class reason : std::uint8_t {
    enough_public,    ///< fc-c+1 unconvicted commanders make the same public claim
    not_public,       ///< the commanders agree (or enough of them) that it is not public
    too_few_public,   ///< they agree on a public claim, but are fewer than fc-c+1
    budget_disproved, ///< more commanders convicted than the budget allows
    commanders_differ ///< they differ and no conviction settles it
};
[[nodiscard]] std::string_view to_string(reason r) noexcept;

/// A lieutenant's decision on one record; version and digest are set iff it is `release`.
struct verdict {
    decision what = decision::withhold;
    reason why = reason::not_public;
    version_id version;
    digest payload_digest{};

    bool operator==(const verdict&) const = default;
    /// Release votes that may be counted together: same version, same digest.
    [[nodiscard]] bool same_release(const verdict& other) const noexcept {
        return what == decision::release && other.what == decision::release
               && version == other.version && payload_digest == other.payload_digest;
    }
};

/// One claim of a commander and who reported it.
struct reported_claim {
    claim what;
    std::vector<server_id> reporters;
};

/// A lieutenant's conviction of a commander over one record, with its grounds. `for_good` iff each
/// claim has at least fl+1 reporters; otherwise it holds for this record in this round only.
struct accusation {
    server_id commander{};
    std::uint32_t position = 0; ///< of the record in the request of this level
    bool for_good = false;
    reported_claim first;
    reported_claim second;
    evidence_ptr proof{}; ///< signed: what convicts it
};

/// Lieutenant to supervisor: its verdicts on the batch of one level, in the order of the request.
struct vote {
    round_id round{};
    level_number level = 0;
    std::shared_ptr<const std::vector<verdict>> verdicts;
    std::vector<accusation> accusations;
    seal_ptr seal{}; ///< signed: over the verdicts
};

/// Supervisor to a lieutenant that voted release: hand over the payloads.
struct payload_request {
    round_id round{};
    level_number level = 0;
    std::vector<std::uint32_t> positions;
};

/// A claim of a commander out of a signed batch, with all that it takes to check the signature.
struct shown_claim {
    server_id commander{};
    round_id round{};
    level_number level = 0;
    std::uint32_t count = 0; ///< records in the batch
    std::uint32_t position = 0;
    record_id record;
    claim what;
    leaf_salt salt{};
    std::vector<digest> proof;
    signature by{};

    bool operator==(const shown_claim&) const = default;
};

/// A lieutenant's verdict out of a signed batch.
struct shown_verdict {
    server_id lieutenant{};
    round_id round{};
    level_number level = 0;
    std::uint32_t count = 0;
    std::uint32_t position = 0;
    record_id record;
    verdict what;
    leaf_salt salt{};
    std::vector<digest> proof;
    signature by{};

    bool operator==(const shown_verdict&) const = default;
};

/// A commander's signed batch, whole.
struct signed_claims {
    server_id commander{};
    claim_batch claims;
    seal_ptr seal;
};

/// Why the releases of one reply are right: the signed batches of that level that they rest on, and
/// what convicted those commanders that were left out of the count. Both ascending by commander.
struct release_grounds {
    std::vector<signed_claims> batches;
    std::vector<evidence_ptr> convictions;
};

/// Lieutenant to supervisor. Same order as asked; each must hash to the digest that was voted for.
struct payload_reply {
    round_id round{};
    level_number level = 0;
    std::vector<std::uint32_t> positions;
    payload_batch payloads;
    /// Signed: what all these releases rest on.
    std::shared_ptr<const release_grounds> grounds{};
};

/// A record that passed the gate.
struct released_record {
    record_id id;
    version_id version;
    digest payload_digest{};
    std::string payload;
    std::vector<server_id> voters; ///< the lieutenants that voted for exactly this
    certificate_ptr certificate{}; ///< signed: what anybody can check
    level_number level = 0;        ///< that decided
};

/// Supervisor to external party: the only message that it ever gets.
struct delivery {
    round_id round{};
    std::uint32_t sequence = 0; ///< within the round, from 0
    std::shared_ptr<const std::vector<released_record>> records;
};

/// External party to supervisor: that delivery is kept.
struct delivery_receipt {
    round_id round{};
    std::uint32_t sequence = 0;
};

/// Supervisor to commanders and lieutenants: the round is closed, let its payloads go.
struct round_end {
    round_id round{};
};

using message = std::variant<round_request, distribution, relay, vote, payload_request,
                             payload_reply, delivery, delivery_receipt, round_end, signed_relay>;

/// The name of a message's kind as traces show it: `round_request`, `distribution`, ….
[[nodiscard]] std::string_view kind_of(const message& m) noexcept;
[[nodiscard]] round_id round_of(const message& m) noexcept;
/// Claims and relays in it: one for each path and recipient (protocol.md, section 5).
[[nodiscard]] std::uint64_t exchanged_in(const message& m) noexcept;
/// The phase of a relay; 0 for any other message.
[[nodiscard]] std::uint32_t phase_of(const message& m) noexcept;
/// 0 for messages that have no level.
[[nodiscard]] level_number level_of(const message& m) noexcept;

} // namespace byzgate
