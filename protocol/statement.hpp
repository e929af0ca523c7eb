/// What a server of a signed cluster puts its name to: one statement per message, whatever the size
/// of the batch. A batch of claims or verdicts enters as the root of a hash tree over salted
/// leaves, so that a single record's leaf can be shown to anybody while its neighbours can't even
/// be guessed.
///
/// The bytes that are signed name the kind of the message, the cluster, the round, the level, the
/// phase and the sender, so that a signature is good for one place in the protocol only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/claim.hpp"
#include "protocol/hash_tree.hpp"
#include "protocol/messages.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

enum class statement_kind : std::uint8_t {
    claims = 1, ///< a commander's, about a batch
    relay = 2,  ///< a lieutenant's: these statements of commanders I have seen by now
    votes = 3   ///< a lieutenant's verdicts on a batch
};

struct statement {
    statement_kind kind = statement_kind::claims;
    server_id sender{};
    round_id round{};
    level_number level = 0;
    std::uint32_t phase = 0; ///< 1… for a relay, else 0
    std::uint32_t count = 0; ///< leaves of the tree; items of a relay
    digest root{};           ///< of the tree; of the list of a relay

    bool operator==(const statement&) const = default;
};

/// The bytes that are signed, in the cluster of that name.
[[nodiscard]] std::string bytes_to_sign(const statement& s, const digest& cluster);

[[nodiscard]] signature sign(const statement& s, const signing_keys& keys);
[[nodiscard]] bool verify(const statement& s, const signature& by, const signing_keys& keys);

/// The digest of kind, salt, record and claim: of an odd number of bytes, a zero at their end
/// seeing to that, so that no leaf is a node (hash_tree.hpp).
[[nodiscard]] digest claim_leaf(const leaf_salt& salt, const record_id& record, const claim& what,
                                const digester& digests);
[[nodiscard]] digest verdict_leaf(const leaf_salt& salt, const record_id& record,
                                  const verdict& what, const digester& digests);

/// The tree over a batch and the salts of its leaves, 16 bytes each of what the batch's salt is
/// stretched to: whoever is shown some of them learns nothing of the others or of the batch's, and
/// 128 bits are too many to be tried. That a leaf can't be two things doesn't rest on its salt.
class batch_tree {
public:
    batch_tree(hash_tree tree, std::vector<leaf_salt> salts)
        : tree_(std::move(tree)), salts_(std::move(salts)) {}

    [[nodiscard]] const digest& root() const noexcept { return tree_.root(); }
    [[nodiscard]] std::uint32_t leaves() const noexcept { return tree_.leaves(); }
    [[nodiscard]] const leaf_salt& salt_of(std::uint32_t leaf) const { return salts_.at(leaf); }
    [[nodiscard]] std::vector<digest> proof_of(std::uint32_t leaf) const {
        return tree_.proof_of(leaf);
    }

private:
    hash_tree tree_;
    std::vector<leaf_salt> salts_;
};
using batch_tree_ptr = std::shared_ptr<const batch_tree>;

/// The tree over a batch of claims about these records, in order; equally many, at least one.
[[nodiscard]] batch_tree tree_over(const std::vector<record_id>& records,
                                   const std::vector<claim>& claims, const digest& batch_salt,
                                   const digester& digests);
[[nodiscard]] batch_tree tree_over(const std::vector<record_id>& records,
                                   const std::vector<verdict>& verdicts, const digest& batch_salt,
                                   const digester& digests);

/// A claim of that batch, of which `tree` is.
[[nodiscard]] shown_claim show(const signed_claims& batch, const batch_tree& tree, round_id round,
                               level_number level, const record_id& record, std::uint32_t position);
/// A verdict out of `lieutenant`'s batch.
[[nodiscard]] shown_verdict show(server_id lieutenant, const std::vector<verdict>& batch,
                                 const batch_seal& seal, const batch_tree& tree, round_id round,
                                 level_number level, const record_id& record,
                                 std::uint32_t position);

/// The salt of a batch: a secret of the signer's until it tells the batch, and the same if it has
/// to sign the same batch again.
[[nodiscard]] digest batch_salt(const signing_keys& keys, statement_kind kind, round_id round,
                                level_number level, std::uint64_t variant = 0);

/// Signs a batch of claims as `sender`, at that place.
[[nodiscard]] seal_ptr seal_claims(const signing_keys& keys, const digester& digests,
                                   server_id sender, round_id round, level_number level,
                                   const std::vector<record_id>& records,
                                   const std::vector<claim>& claims);

/// Signs a batch of verdicts as `sender`, at that place.
[[nodiscard]] seal_ptr seal_verdicts(const signing_keys& keys, const digester& digests,
                                     server_id sender, round_id round, level_number level,
                                     const std::vector<record_id>& records,
                                     const std::vector<verdict>& verdicts);

/// The statement that a claim shown out of its batch belongs to; nothing if its proof leads
/// nowhere. Whether the commander signed it is for `verify` to say.
[[nodiscard]] std::optional<statement> statement_of(const shown_claim& shown,
                                                    const digester& digests);
[[nodiscard]] std::optional<statement> statement_of(const shown_verdict& shown,
                                                    const digester& digests);

/// The digest over the list of what a relay passes on.
[[nodiscard]] digest list_digest(const std::vector<named_root>& roots, const digester& digests);
/// The statement that a lieutenant makes with a relay.
[[nodiscard]] statement statement_of(const relay_link& link, round_id round, level_number level,
                                     const digester& digests);

} // namespace byzgate
