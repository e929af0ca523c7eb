#include "protocol/statement.hpp"

#include <tuple>

#include "protocol/assert.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

std::string bytes_to_sign(const statement& s, const digest& cluster) {
    encoder bytes;
    bytes.raw("byzgate statement 2")
        .u8(static_cast<std::uint8_t>(s.kind))
        .fixed(cluster)
        .u64(number_of(s.round))
        .u32(s.level)
        .u32(s.phase)
        .server(s.sender)
        .u32(s.count)
        .fixed(s.root);
    return bytes.take();
}

signature sign(const statement& s, const signing_keys& keys) {
    BYZGATE_ASSERT(keys.own != nullptr);
    return keys.own->sign(bytes_to_sign(s, keys.cluster));
}

bool verify(const statement& s, const signature& by, const signing_keys& keys) {
    BYZGATE_ASSERT(keys.all != nullptr);
    return keys.all->verify(s.sender, bytes_to_sign(s, keys.cluster), by);
}

namespace {

/// What `put_what` puts, and a zero if that makes an even number of bytes.
template <class PutWhat>
digest leaf_of(encoder& bytes, const digester& digests, PutWhat put_what) {
    bytes.clear();
    put_what();
    if (bytes.bytes().size() % 2 == 0) {
        bytes.u8(0);
    }
    return digests.digest_of(bytes.bytes());
}

digest leaf_of(encoder& bytes, const leaf_salt& salt, const record_id& record, const claim& what,
               const digester& digests) {
    return leaf_of(bytes, digests, [&] {
        bytes.raw("byzgate claim").fixed(salt).text(record);
        bytes.u8(static_cast<std::uint8_t>(what.kind)).u8(static_cast<std::uint8_t>(what.says));
        bytes.text(what.version).fixed(what.payload_digest);
    });
}

digest leaf_of(encoder& bytes, const leaf_salt& salt, const record_id& record, const verdict& what,
               const digester& digests) {
    return leaf_of(bytes, digests, [&] {
        bytes.raw("byzgate verdict").fixed(salt).text(record);
        bytes.u8(static_cast<std::uint8_t>(what.what)).u8(static_cast<std::uint8_t>(what.why));
        bytes.text(what.version).fixed(what.payload_digest);
    });
}

template <class What>
batch_tree make_tree(const std::vector<record_id>& records, const std::vector<What>& batch,
                     const digest& batch_salt, const digester& digests) {
    BYZGATE_ASSERT(records.size() == batch.size() && !batch.empty());
    static_assert(sizeof(leaf_salt) == std::tuple_size_v<leaf_salt>);
    std::vector<leaf_salt> salts(batch.size());
    digests.stretch(batch_salt, {salts.front().data(), salts.size() * sizeof(leaf_salt)});
    encoder bytes;
    std::vector<digest> leaves;
    leaves.reserve(hash_tree::nodes_max(batch.size()));
    for (std::size_t i = 0; i < batch.size(); ++i) {
        leaves.push_back(leaf_of(bytes, salts[i], records[i], batch[i], digests));
    }
    return {{std::move(leaves), digests}, std::move(salts)};
}

} // namespace

digest claim_leaf(const leaf_salt& salt, const record_id& record, const claim& what,
                  const digester& digests) {
    encoder bytes;
    return leaf_of(bytes, salt, record, what, digests);
}

digest verdict_leaf(const leaf_salt& salt, const record_id& record, const verdict& what,
                    const digester& digests) {
    encoder bytes;
    return leaf_of(bytes, salt, record, what, digests);
}

batch_tree tree_over(const std::vector<record_id>& records, const std::vector<claim>& claims,
                     const digest& batch_salt, const digester& digests) {
    return make_tree(records, claims, batch_salt, digests);
}

batch_tree tree_over(const std::vector<record_id>& records, const std::vector<verdict>& verdicts,
                     const digest& batch_salt, const digester& digests) {
    return make_tree(records, verdicts, batch_salt, digests);
}

shown_claim show(const signed_claims& batch, const batch_tree& tree, round_id round,
                 level_number level, const record_id& record, std::uint32_t position) {
    return {batch.commander,
            round,
            level,
            tree.leaves(),
            position,
            record,
            (*batch.claims)[position],
            tree.salt_of(position),
            tree.proof_of(position),
            batch.seal->by};
}

shown_verdict show(server_id lieutenant, const std::vector<verdict>& batch, const batch_seal& seal,
                   const batch_tree& tree, round_id round, level_number level,
                   const record_id& record, std::uint32_t position) {
    return {lieutenant,
            round,
            level,
            tree.leaves(),
            position,
            record,
            batch[position],
            tree.salt_of(position),
            tree.proof_of(position),
            seal.by};
}

digest batch_salt(const signing_keys& keys, statement_kind kind, round_id round, level_number level,
                  std::uint64_t variant) {
    encoder label;
    label.raw("byzgate batch salt").u8(static_cast<std::uint8_t>(kind)).fixed(keys.cluster);
    label.u64(number_of(round)).u32(level).u64(variant);
    return keys.own->secret_for(label.bytes());
}

namespace {

template <class Leaf>
seal_ptr seal_batch(statement_kind kind, const signing_keys& keys, const digester& digests,
                    server_id sender, round_id round, level_number level,
                    const std::vector<record_id>& records, const std::vector<Leaf>& batch) {
    const auto salt = batch_salt(keys, kind, round, level);
    const auto tree = make_tree(records, batch, salt, digests);
    const statement said{kind, sender, round, level, 0, tree.leaves(), tree.root()};
    return std::make_shared<const batch_seal>(batch_seal{salt, sign(said, keys)});
}

} // namespace

seal_ptr seal_claims(const signing_keys& keys, const digester& digests, server_id sender,
                     round_id round, level_number level, const std::vector<record_id>& records,
                     const std::vector<claim>& claims) {
    return seal_batch(statement_kind::claims, keys, digests, sender, round, level, records, claims);
}

seal_ptr seal_verdicts(const signing_keys& keys, const digester& digests, server_id sender,
                       round_id round, level_number level, const std::vector<record_id>& records,
                       const std::vector<verdict>& verdicts) {
    return seal_batch(statement_kind::votes, keys, digests, sender, round, level, records,
                      verdicts);
}

std::optional<statement> statement_of(const shown_claim& shown, const digester& digests) {
    const auto leaf = claim_leaf(shown.salt, shown.record, shown.what, digests);
    const auto root = root_from(leaf, shown.position, shown.count, shown.proof, digests);
    if (!root) {
        return std::nullopt;
    }
    return statement{
        statement_kind::claims, shown.commander, shown.round, shown.level, 0, shown.count, *root};
}

std::optional<statement> statement_of(const shown_verdict& shown, const digester& digests) {
    const auto leaf = verdict_leaf(shown.salt, shown.record, shown.what, digests);
    const auto root = root_from(leaf, shown.position, shown.count, shown.proof, digests);
    if (!root) {
        return std::nullopt;
    }
    return statement{
        statement_kind::votes, shown.lieutenant, shown.round, shown.level, 0, shown.count, *root};
}

digest list_digest(const std::vector<named_root>& roots, const digester& digests) {
    encoder bytes;
    bytes.raw("byzgate relay").u32(static_cast<std::uint32_t>(roots.size()));
    for (const auto& one : roots) {
        bytes.server(one.commander).fixed(one.root);
    }
    return digests.digest_of(bytes.bytes());
}

statement statement_of(const relay_link& link, round_id round, level_number level,
                       const digester& digests) {
    return {statement_kind::relay,
            link.lieutenant,
            round,
            level,
            link.phase,
            static_cast<std::uint32_t>(link.roots.size()),
            list_digest(link.roots, digests)};
}

} // namespace byzgate
