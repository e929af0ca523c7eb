#include "protocol/hash_tree.hpp"

#include <cstring>

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

digest node_over(const digest& left, const digest& right, const digester& digests) {
    // Leaves are digests of texts that begin otherwise.
    constexpr std::string_view domain = "byzgate node";
    char bytes[domain.size() + 2 * sizeof(digest)];
    std::memcpy(bytes, domain.data(), domain.size());
    std::memcpy(bytes + domain.size(), left.data(), left.size());
    std::memcpy(bytes + domain.size() + left.size(), right.data(), right.size());
    return digests.digest_of({bytes, sizeof bytes});
}

} // namespace

hash_tree::hash_tree(std::vector<digest> leaves, const digester& digests) {
    BYZGATE_ASSERT(!leaves.empty());
    levels_.push_back(std::move(leaves));
    while (levels_.back().size() > 1) {
        const auto& below = levels_.back();
        std::vector<digest> above;
        above.reserve((below.size() + 1) / 2);
        for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
            above.push_back(node_over(below[i], below[i + 1], digests));
        }
        if (below.size() % 2 == 1) {
            above.push_back(below.back());
        }
        levels_.push_back(std::move(above));
    }
}

std::vector<digest> hash_tree::proof_of(std::uint32_t leaf) const {
    BYZGATE_ASSERT(leaf < leaves());
    std::vector<digest> proof;
    proof.reserve(levels_.size());
    std::size_t at = leaf;
    for (const auto& level : levels_) {
        const auto sibling = at ^ 1;
        if (sibling < level.size()) {
            proof.push_back(level[sibling]);
        }
        at /= 2;
    }
    return proof;
}

std::optional<digest> root_from(const digest& leaf, std::uint32_t position, std::uint32_t leaves,
                                const std::vector<digest>& proof, const digester& digests) {
    if (position >= leaves) {
        return std::nullopt;
    }
    auto node = leaf;
    std::size_t next = 0;
    for (auto at = position, size = leaves; size > 1; at /= 2, size = size / 2 + size % 2) {
        if ((at ^ 1U) >= size) {
            continue;
        }
        if (next == proof.size()) {
            return std::nullopt;
        }
        const auto& sibling = proof[next++];
        node = at % 2 == 0 ? node_over(node, sibling, digests) : node_over(sibling, node, digests);
    }
    return next == proof.size() ? std::optional{node} : std::nullopt;
}

} // namespace byzgate
