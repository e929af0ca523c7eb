#include "protocol/cluster.hpp"

#include <algorithm>
#include <limits>

namespace byzgate {

fault_budget default_budget(std::uint32_t commanders, std::uint32_t lieutenants) {
    fault_budget budget;
    if (commanders > 0) {
        budget.commanders = commanders <= 2 ? commanders - 1 : (commanders - 1) / 2;
    }
    if (lieutenants > 0) {
        budget.lieutenants = (lieutenants - 1) / 2;
    }
    budget.total = budget.commanders + budget.lieutenants;
    return budget;
}

std::uint32_t cluster_parameters::quorum() const noexcept {
    return std::max(lieutenants / 2 + 1, tolerate.lieutenants + 1);
}

std::uint32_t cluster_parameters::reporters_when_comparable() const noexcept {
    // One fault is spent on a commander, so at most total-1 remain for lying reporters.
    const auto left = tolerate.total == 0 ? 0 : tolerate.total - 1;
    return std::max<std::uint32_t>(1, std::min(tolerate.lieutenants, left) + 1);
}

std::vector<server_id> cluster_parameters::servers() const {
    std::vector<server_id> all;
    all.reserve(commanders + lieutenants);
    for (std::uint32_t i = 0; i < commanders; ++i) {
        all.push_back(commander_id(i));
    }
    for (std::uint32_t i = 0; i < lieutenants; ++i) {
        all.push_back(lieutenant_id(i));
    }
    return all;
}

bool cluster_parameters::contains(server_id id) const noexcept {
    switch (role_of(id)) {
        case server_role::commander:
            return index_of(id) < commanders;
        case server_role::lieutenant:
            return index_of(id) < lieutenants;
        case server_role::supervisor:
        case server_role::external_party:
            return index_of(id) == 0;
    }
    return false;
}

std::uint64_t oral_message_count(std::uint32_t generals, std::uint32_t depth) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (generals <= 1) {
        return 0;
    }
    const std::uint64_t recipients = generals - 1;
    const auto below = depth == 0 ? 0 : oral_message_count(generals - 1, depth - 1);
    if (below >= most / recipients) {
        return most;
    }
    return recipients * (1 + below);
}

std::uint32_t cluster_parameters::depth_at(level_number level) const noexcept {
    return is_signed() ? std::max(depth, std::min(depth + level, lieutenants - 1)) : depth;
}

} // namespace byzgate
