#include "protocol/statement.hpp"

#include "protocol/assert.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

std::string bytes_to_sign(const statement& s, const digest& cluster) {
    encoder bytes;
    bytes.raw("byzgate statement 1")
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

void put_salt(encoder& bytes, const digest& batch_salt, std::uint32_t position) {
    bytes.clear();
    bytes.raw("byzgate salt").fixed(batch_salt).u32(position);
}

void put_leaf(encoder& bytes, const digest& salt, const record_id& record, const claim& what) {
    bytes.clear();
    bytes.raw("byzgate claim").fixed(salt).text(record).u8(static_cast<std::uint8_t>(what.kind));
    bytes.u8(static_cast<std::uint8_t>(what.says)).text(what.version).fixed(what.payload_digest);
}

void put_leaf(encoder& bytes, const digest& salt, const record_id& record, const verdict& what) {
    bytes.clear();
    bytes.raw("byzgate verdict").fixed(salt).text(record).u8(static_cast<std::uint8_t>(what.what));
    bytes.u8(static_cast<std::uint8_t>(what.why)).text(what.version).fixed(what.payload_digest);
}

template <class Leaf>
hash_tree make_tree(const std::vector<record_id>& records, const std::vector<Leaf>& batch,
                    const digest& batch_salt, const digester& digests) {
    BYZGATE_ASSERT(records.size() == batch.size());
    encoder bytes;
    std::vector<digest> leaves;
    leaves.reserve(batch.size());
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
        put_salt(bytes, batch_salt, i);
        const auto salt = digests.digest_of(bytes.bytes());
        put_leaf(bytes, salt, records[i], batch[i]);
        leaves.push_back(digests.digest_of(bytes.bytes()));
    }
    return {std::move(leaves), digests};
}

} // namespace

digest leaf_salt(const digest& batch_salt, std::uint32_t position, const digester& digests) {
    encoder bytes;
    put_salt(bytes, batch_salt, position);
    return digests.digest_of(bytes.bytes());
}

digest claim_leaf(const digest& salt, const record_id& record, const claim& what,
                  const digester& digests) {
    encoder bytes;
    put_leaf(bytes, salt, record, what);
    return digests.digest_of(bytes.bytes());
}

digest verdict_leaf(const digest& salt, const record_id& record, const verdict& what,
                    const digester& digests) {
    encoder bytes;
    put_leaf(bytes, salt, record, what);
    return digests.digest_of(bytes.bytes());
}

hash_tree tree_over(const std::vector<record_id>& records, const std::vector<claim>& claims,
                    const digest& batch_salt, const digester& digests) {
    return make_tree(records, claims, batch_salt, digests);
}

hash_tree tree_over(const std::vector<record_id>& records, const std::vector<verdict>& verdicts,
                    const digest& batch_salt, const digester& digests) {
    return make_tree(records, verdicts, batch_salt, digests);
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
