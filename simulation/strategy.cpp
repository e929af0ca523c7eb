#include "simulation/strategy.hpp"

#include <algorithm>

namespace byzgate {

std::optional<std::uint64_t> strategy_count::as_number() const {
    std::uint64_t product = 1;
    for (std::uint32_t i = 0; i < choices; ++i) {
        if (product > ~std::uint64_t{0} / values) {
            return std::nullopt;
        }
        product *= values;
    }
    return product;
}

std::string strategy_count::decimal() const {
    constexpr std::uint64_t base = 1'000'000'000;
    std::vector<std::uint64_t> limbs{1};
    for (std::uint32_t i = 0; i < choices; ++i) {
        std::uint64_t carry = 0;
        for (auto& limb : limbs) {
            carry += limb * values;
            limb = carry % base;
            carry /= base;
        }
        if (carry > 0) {
            limbs.push_back(carry);
        }
    }
    auto text = std::to_string(limbs.back());
    for (auto limb = limbs.rbegin() + 1; limb != limbs.rend(); ++limb) {
        const auto digits = std::to_string(*limb);
        text += std::string(9 - digits.size(), '0') + digits;
    }
    return text;
}

namespace {

using path = std::vector<server_id>;

bool contains(const std::vector<server_id>& servers, server_id id) {
    return std::find(servers.begin(), servers.end(), id) != servers.end();
}

/// All paths of `length` servers: one commander, then distinct lieutenants; lexicographic.
std::vector<path> paths_of(const cluster_parameters& cluster, std::uint32_t length) {
    std::vector<path> paths;
    for (std::uint32_t x = 0; x < cluster.commanders; ++x) {
        paths.push_back({commander_id(x)});
    }
    for (std::uint32_t i = 1; i < length; ++i) {
        std::vector<path> longer;
        for (const auto& before : paths) {
            for (std::uint32_t q = 0; q < cluster.lieutenants; ++q) {
                if (!contains(before, lieutenant_id(q))) {
                    longer.push_back(before);
                    longer.back().push_back(lieutenant_id(q));
                }
            }
        }
        paths = std::move(longer);
    }
    return paths;
}

} // namespace

bool is_too_large(const cluster_parameters& cluster, std::uint32_t recursion) {
    if (cluster.commanders > servers_of_role_max || cluster.lieutenants > servers_of_role_max
        || cluster.depth > servers_of_role_max || recursion > servers_of_role_max) {
        return true;
    }
    const auto of_one = oral_message_count(cluster.generals(), cluster.depth);
    return of_one > messages_of_strategy_max / cluster.commanders / (recursion + 1);
}

std::vector<choice> oral_choices(const cluster_parameters& cluster,
                                 const std::vector<server_id>& byzantine, std::uint32_t recursion) {
    std::vector<choice> one_level;
    const auto longest = std::min(cluster.depth, cluster.lieutenants) + 1;
    for (auto length = longest; length >= 1; --length) {
        const auto paths = paths_of(cluster, length);
        for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
            const auto to = lieutenant_id(i);
            if (contains(byzantine, to)) {
                continue;
            }
            for (const auto& along : paths) {
                if (contains(byzantine, along.back()) && !contains(along, to)) {
                    one_level.push_back({0, along, to});
                }
            }
        }
    }
    std::vector<choice> all;
    for (std::uint32_t below = 0; below <= recursion; ++below) {
        for (auto c : one_level) {
            c.level = recursion - below;
            all.push_back(std::move(c));
        }
    }
    return all;
}

} // namespace byzgate
