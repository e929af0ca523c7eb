/// A hash tree over the leaves of a batch (Merkle 1979): one signature over the root binds them
/// all, and a single leaf is shown with a proof of about log2(leaves) digests that says nothing of
/// its neighbours.
///
/// Shape as in RFC 6962, section 2.1: the left subtree of n leaves has the largest power of two
/// below n. Leaves and inner nodes are hashed in domains of their own, and whoever signs a root
/// signs the number of leaves with it, so that no other tree has the same root.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/record.hpp"

namespace byzgate {

class hash_tree {
public:
    /// `leaves` are digests already, at least one.
    hash_tree(std::vector<digest> leaves, const digester& digests);

    [[nodiscard]] const digest& root() const noexcept { return levels_.back().front(); }
    [[nodiscard]] std::uint32_t leaves() const noexcept {
        return static_cast<std::uint32_t>(levels_.front().size());
    }
    /// The siblings on the way up from that leaf.
    [[nodiscard]] std::vector<digest> proof_of(std::uint32_t leaf) const;

private:
    /// Bottom up; an odd last node goes up as it is, which gives RFC 6962's shape.
    std::vector<std::vector<digest>> levels_;
};

/// The root that a leaf and its proof lead to; nothing if the proof has not the length that the
/// leaf's place among `leaves` asks for.
[[nodiscard]] std::optional<digest> root_from(const digest& leaf, std::uint32_t position,
                                              std::uint32_t leaves,
                                              const std::vector<digest>& proof,
                                              const digester& digests);

} // namespace byzgate
