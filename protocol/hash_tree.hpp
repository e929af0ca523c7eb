/// A hash tree over the leaves of a batch (Merkle 1979): one signature over the root binds them
/// all, and a single leaf is shown with a proof of about 3·log4(leaves) digests that says nothing
/// of its neighbours.
///
/// Shape: level by level from the left, every four nodes have one above them, and so have two or
/// three that are left over at the end; a single one that is left over goes up as it is. So the
/// number of leaves determines the tree. Four children, because four digests fill one block of
/// BLAKE2b: a third of the work of a tree of pairs (RFC 6962, section 2.1) for half as much again
/// in the proofs.
///
/// A node is the digest of its children's digests, one after the other, and nothing else: an even
/// number of bytes that tells how many they are. Leaves are digests of an odd number of bytes
/// (statement.hpp), so nothing is both, and two different trees with one root and as many leaves
/// are a collision of the digest. Whoever signs a root signs the number of leaves with it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/record.hpp"

namespace byzgate {

class hash_tree {
public:
    /// `leaves` are digests already, at least one. Room for `nodes_max` saves a copy.
    hash_tree(std::vector<digest> leaves, const digester& digests);

    [[nodiscard]] const digest& root() const noexcept { return nodes_.back(); }
    [[nodiscard]] std::uint32_t leaves() const noexcept { return leaves_; }
    /// Those beside the leaf and then beside every node above it, each level from the left.
    [[nodiscard]] std::vector<digest> proof_of(std::uint32_t leaf) const;

    /// A bound on the leaves and what is above them.
    [[nodiscard]] static std::size_t nodes_max(std::size_t leaves) noexcept;

private:
    std::uint32_t leaves_ = 0;
    std::vector<digest> nodes_; ///< level by level, bottom up
};

/// The root that a leaf and its proof lead to; nothing if the proof has not the length that the
/// leaf's place among `leaves` asks for.
[[nodiscard]] std::optional<digest> root_from(const digest& leaf, std::uint32_t position,
                                              std::uint32_t leaves,
                                              const std::vector<digest>& proof,
                                              const digester& digests);

} // namespace byzgate
