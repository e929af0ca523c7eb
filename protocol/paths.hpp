/// Who passes what on to whom in OM(m): the paths that one commander's claim takes.
///
/// A path names the general that spoke first (the commander, implicit) and then, in order, the
/// distinct lieutenants that passed it on. The paths up to m lieutenants form the exponential
/// information gathering tree (Bar-Noy, Dolev, Dwork, Strong 1987) of Lamport, Shostak and Pease's
/// recursion. The table is the same for every commander and every server, so that a relay message
/// needs no paths in it: position says it all.
#pragma once

#include <cstdint>
#include <vector>

namespace byzgate {

/// Index of a path in its table; 0 is the empty path: the commander's own words.
using path_index = std::uint32_t;

class path_table {
public:
    struct node {
        path_index parent = 0;
        path_index first_child = 0; ///< children are consecutive, ordered by lieutenant
        std::uint32_t child_count = 0;
        std::uint32_t last = 0;  ///< index of the lieutenant that spoke last; unused at the root
        std::uint32_t depth = 0; ///< lieutenants on the path
    };

    /// All paths of at most `depth` distinct lieutenants out of `lieutenants`, shorter ones first,
    /// then in lexicographic order.
    path_table(std::uint32_t lieutenants, std::uint32_t depth);

    [[nodiscard]] std::uint32_t lieutenants() const noexcept { return lieutenants_; }
    [[nodiscard]] std::uint32_t depth() const noexcept { return depth_; }
    [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
    [[nodiscard]] const node& at(path_index path) const { return nodes_[path]; }
    /// First path of that length; `begin_of(depth()+1) == size()`.
    [[nodiscard]] path_index begin_of(std::uint32_t length) const { return begin_of_[length]; }

    [[nodiscard]] bool contains(path_index path, std::uint32_t lieutenant) const;
    /// The path that continues `path` with `lieutenant`, which must not be on it.
    [[nodiscard]] path_index child(path_index path, std::uint32_t lieutenant) const;
    /// The lieutenants on it, first speaker first.
    [[nodiscard]] std::vector<std::uint32_t> lieutenants_on(path_index path) const;

    /// What `sender` owes `recipient` in `phase` (1…m) for one commander: the paths of phase-1
    /// lieutenants on which neither of them is, ascending. The recipient files item i under
    /// `child(owed[i], sender)`.
    [[nodiscard]] std::vector<path_index> owed(std::uint32_t sender, std::uint32_t recipient,
                                               std::uint32_t phase) const;

private:
    std::uint32_t lieutenants_;
    std::uint32_t depth_;
    std::vector<node> nodes_;
    std::vector<path_index> begin_of_;
};

} // namespace byzgate
