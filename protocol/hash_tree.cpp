#include "protocol/hash_tree.hpp"

#include <algorithm>
#include <limits>

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

constexpr std::size_t children_max = 4;

/// The node above `count` digests that stand one after the other; of one, itself.
digest node_over(const digest* children, std::size_t count, const digester& digests) {
    static_assert(sizeof(digest) == 32);
    return count == 1 ? *children
                      : digests.digest_of(
                          {reinterpret_cast<const char*>(children), count * sizeof(digest)});
}

std::size_t size_above(std::size_t size) {
    return size / children_max + (size % children_max == 0 ? 0 : 1);
}

/// How many share a parent with the node at `at`, itself included, in a level of `size`.
std::size_t family_of(std::size_t at, std::size_t size) {
    const auto first = at / children_max * children_max;
    return std::min(children_max, size - first);
}

} // namespace

hash_tree::hash_tree(std::vector<digest> leaves, const digester& digests)
    : leaves_(static_cast<std::uint32_t>(leaves.size())), nodes_(std::move(leaves)) {
    BYZGATE_ASSERT(!nodes_.empty());
    nodes_.reserve(nodes_max(leaves_));
    std::size_t below = 0;
    for (std::size_t size = leaves_; size > 1; size = size_above(size)) {
        for (std::size_t i = 0; i < size; i += children_max) {
            const auto node = node_over(&nodes_[below + i], family_of(i, size), digests);
            nodes_.push_back(node);
        }
        below += size;
    }
}

std::size_t hash_tree::nodes_max(std::size_t leaves) noexcept {
    // A third as many again, and one more a level where some are left over.
    return leaves + leaves / (children_max - 1) + std::numeric_limits<std::size_t>::digits / 2;
}

std::vector<digest> hash_tree::proof_of(std::uint32_t leaf) const {
    BYZGATE_ASSERT(leaf < leaves_);
    std::size_t length = 0;
    for (std::size_t at = leaf, size = leaves_; size > 1;
         at /= children_max, size = size_above(size)) {
        length += family_of(at, size) - 1;
    }
    std::vector<digest> proof;
    proof.reserve(length);
    const auto* level = nodes_.data();
    for (std::size_t at = leaf, size = leaves_; size > 1;
         at /= children_max, size = size_above(size)) {
        const auto* first = level + at / children_max * children_max;
        proof.insert(proof.end(), first, level + at);
        proof.insert(proof.end(), level + at + 1, first + family_of(at, size));
        level += size;
    }
    return proof;
}

std::optional<digest> root_from(const digest& leaf, std::uint32_t position, std::uint32_t leaves,
                                const std::vector<digest>& proof, const digester& digests) {
    if (position >= leaves) {
        return std::nullopt;
    }
    auto node = leaf;
    auto beside = proof.begin();
    for (std::size_t at = position, size = leaves; size > 1;
         at /= children_max, size = size_above(size)) {
        const auto count = family_of(at, size);
        if (static_cast<std::size_t>(proof.end() - beside) < count - 1) {
            return std::nullopt;
        }
        digest family[children_max];
        for (std::size_t i = 0; i < count; ++i) {
            family[i] = i == at % children_max ? node : *beside++;
        }
        node = node_over(family, count, digests);
    }
    return beside == proof.end() ? std::optional{node} : std::nullopt;
}

} // namespace byzgate
