#include "protocol/paths.hpp"

#include <algorithm>

#include "protocol/assert.hpp"

namespace byzgate {

path_table::path_table(std::uint32_t lieutenants, std::uint32_t depth)
    : lieutenants_(lieutenants), depth_(depth) {
    BYZGATE_ASSERT(lieutenants > 0 && depth < lieutenants);
    nodes_.push_back({});
    begin_of_ = {0, 1};
    for (std::uint32_t length = 1; length <= depth; ++length) {
        const auto parents_begin = begin_of_[length - 1];
        const auto parents_end = begin_of_[length];
        for (auto parent = parents_begin; parent < parents_end; ++parent) {
            nodes_[parent].first_child = static_cast<path_index>(nodes_.size());
            for (std::uint32_t q = 0; q < lieutenants; ++q) {
                if (!contains(parent, q)) {
                    nodes_.push_back({parent, 0, 0, q, length});
                }
            }
            nodes_[parent].child_count =
                static_cast<std::uint32_t>(nodes_.size()) - nodes_[parent].first_child;
        }
        begin_of_.push_back(static_cast<path_index>(nodes_.size()));
    }
}

bool path_table::contains(path_index path, std::uint32_t lieutenant) const {
    for (; path != 0; path = nodes_[path].parent) {
        if (nodes_[path].last == lieutenant) {
            return true;
        }
    }
    return false;
}

path_index path_table::child(path_index path, std::uint32_t lieutenant) const {
    const auto& parent = nodes_[path];
    for (auto i = parent.first_child; i < parent.first_child + parent.child_count; ++i) {
        if (nodes_[i].last == lieutenant) {
            return i;
        }
    }
    BYZGATE_ASSERT(!"the lieutenant is on the path, or the path is as long as it gets");
    return 0;
}

std::vector<std::uint32_t> path_table::lieutenants_on(path_index path) const {
    std::vector<std::uint32_t> on;
    for (; path != 0; path = nodes_[path].parent) {
        on.push_back(nodes_[path].last);
    }
    std::reverse(on.begin(), on.end());
    return on;
}

std::vector<path_index> path_table::owed(std::uint32_t sender, std::uint32_t recipient,
                                         std::uint32_t phase) const {
    BYZGATE_ASSERT(phase >= 1 && phase <= depth_ && sender != recipient);
    std::vector<path_index> paths;
    for (auto path = begin_of_[phase - 1]; path < begin_of_[phase]; ++path) {
        if (!contains(path, sender) && !contains(path, recipient)) {
            paths.push_back(path);
        }
    }
    return paths;
}

} // namespace byzgate
