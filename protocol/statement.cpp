#include "protocol/statement.hpp"

#include <algorithm>
#include <cstring>
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

/// The text that a leaf is the digest of. Thousands are made one after the other, so it keeps its
/// memory and is put together without an encoder.
class leaf_text {
public:
    std::string_view of(const leaf_salt& salt, const record_id& record, const claim& c) {
        return put("byzgate claim", salt, record, static_cast<std::uint8_t>(c.kind),
                   static_cast<std::uint8_t>(c.says), c.version, c.payload_digest);
    }
    std::string_view of(const leaf_salt& salt, const record_id& record, const verdict& v) {
        return put("byzgate verdict", salt, record, static_cast<std::uint8_t>(v.what),
                   static_cast<std::uint8_t>(v.why), v.version, v.payload_digest);
    }

private:
    std::string_view put(std::string_view kind, const leaf_salt& salt, const record_id& record,
                         std::uint8_t first, std::uint8_t second, const version_id& version,
                         const digest& payload) {
        const auto size =
            kind.size() + salt.size() + 4 + record.size() + 2 + 4 + version.size() + payload.size();
        const auto odd_size = size | 1;
        if (bytes_.size() < odd_size) {
            bytes_.resize(odd_size);
        }
        at_ = bytes_.data();
        put_bytes(kind.data(), kind.size());
        put_bytes(salt.data(), salt.size());
        put_text(record);
        *at_++ = static_cast<char>(first);
        *at_++ = static_cast<char>(second);
        put_text(version);
        put_bytes(payload.data(), payload.size());
        if (odd_size != size) {
            *at_++ = '\0';
        }
        return {bytes_.data(), odd_size};
    }
    void put_bytes(const void* from, std::size_t size) {
        std::memcpy(at_, from, size);
        at_ += size;
    }
    void put_text(const std::string& text) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            *at_++ = static_cast<char>(text.size() >> shift);
        }
        put_bytes(text.data(), text.size());
    }

    std::string bytes_;
    char* at_ = nullptr;
};

std::vector<leaf_salt> stretched(const digest& seed, std::size_t count, const digester& digests) {
    static_assert(sizeof(leaf_salt) == std::tuple_size_v<leaf_salt>);
    std::vector<leaf_salt> all(count);
    digests.stretch(seed, {all.front().data(), count * sizeof(leaf_salt)});
    return all;
}

/// What a voter decided and why, of each record, without the releases' content.
digest decisions_leaf(const leaf_salt& salt, const std::vector<verdict>& verdicts,
                      const digester& digests) {
    encoder bytes;
    bytes.raw("byzgate decisions").fixed(salt);
    for (const auto& v : verdicts) {
        bytes.u8(static_cast<std::uint8_t>(v.what)).u8(static_cast<std::uint8_t>(v.why));
    }
    if (bytes.bytes().size() % 2 == 0) {
        bytes.u8(0);
    }
    return digests.digest_of(bytes.bytes());
}

} // namespace

digest claim_leaf(const leaf_salt& salt, const record_id& record, const claim& what,
                  const digester& digests) {
    return digests.digest_of(leaf_text{}.of(salt, record, what));
}

digest verdict_leaf(const leaf_salt& salt, const record_id& record, const verdict& what,
                    const digester& digests) {
    return digests.digest_of(leaf_text{}.of(salt, record, what));
}

batch_tree tree_over(const std::vector<record_id>& records, const std::vector<claim>& claims,
                     const digest& batch_salt, const digester& digests) {
    BYZGATE_ASSERT(records.size() == claims.size() && !claims.empty());
    auto salts = stretched(batch_salt, claims.size(), digests);
    leaf_text text;
    std::vector<digest> leaves;
    leaves.reserve(hash_tree::nodes_max(claims.size()));
    for (std::size_t i = 0; i < claims.size(); ++i) {
        leaves.push_back(digests.digest_of(text.of(salts[i], records[i], claims[i])));
    }
    return {{std::move(leaves), digests}, std::move(salts)};
}

batch_tree tree_over(const std::vector<record_id>& records, const std::vector<verdict>& verdicts,
                     const digest& batch_salt, const digester& digests) {
    BYZGATE_ASSERT(records.size() == verdicts.size() && !verdicts.empty());
    const auto releases = static_cast<std::size_t>(
        std::count_if(verdicts.begin(), verdicts.end(),
                      [](const verdict& v) { return v.what == decision::release; }));
    auto salts = stretched(batch_salt, releases + 1, digests);
    leaf_text text;
    std::vector<digest> leaves;
    leaves.reserve(hash_tree::nodes_max(releases + 1));
    std::vector<std::uint32_t> where(verdicts.size(), batch_tree::no_leaf);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        if (verdicts[i].what == decision::release) {
            const auto leaf = leaves.size();
            where[i] = static_cast<std::uint32_t>(leaf);
            leaves.push_back(digests.digest_of(text.of(salts[leaf], records[i], verdicts[i])));
        }
    }
    leaves.push_back(decisions_leaf(salts[releases], verdicts, digests));
    return {{std::move(leaves), digests}, std::move(salts), std::move(where)};
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
    const auto leaf = tree.leaf_at(position);
    BYZGATE_ASSERT(leaf != batch_tree::no_leaf);
    return {lieutenant,
            round,
            level,
            tree.leaves(),
            leaf,
            record,
            batch[position],
            tree.salt_of(leaf),
            tree.proof_of(leaf),
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
    const auto tree = tree_over(records, batch, salt, digests);
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
    const auto root = root_from(leaf, shown.position, shown.count, shown.proof.digests(), digests);
    if (!root) {
        return std::nullopt;
    }
    return statement{
        statement_kind::claims, shown.commander, shown.round, shown.level, 0, shown.count, *root};
}

std::optional<statement> statement_of(const shown_verdict& shown, const digester& digests) {
    const auto leaf = verdict_leaf(shown.salt, shown.record, shown.what, digests);
    const auto root = root_from(leaf, shown.position, shown.count, shown.proof.digests(), digests);
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
