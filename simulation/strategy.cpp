#include "simulation/strategy.hpp"

#include <algorithm>
#include <iterator>

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

constexpr std::uint64_t limb_base = 1'000'000'000;

/// A large number, lowest limb first.
using limbs = std::vector<std::uint64_t>;

void multiply(limbs& number, std::uint64_t by, std::uint32_t times) {
    for (std::uint32_t i = 0; i < times; ++i) {
        std::uint64_t carry = 0;
        for (auto& limb : number) {
            carry += limb * by;
            limb = carry % limb_base;
            carry /= limb_base;
        }
        if (carry > 0) {
            number.push_back(carry);
        }
    }
}

std::string digits_of(const limbs& number) {
    auto text = std::to_string(number.back());
    for (auto limb = number.rbegin() + 1; limb != number.rend(); ++limb) {
        const auto digits = std::to_string(*limb);
        text += std::string(9 - digits.size(), '0') + digits;
    }
    return text;
}

} // namespace

std::optional<std::uint64_t> strategy_count::as_number() const {
    std::uint64_t product = 1;
    for (std::uint32_t i = 0; i < choices + doublings; ++i) {
        const std::uint64_t factor = i < choices ? values : 2;
        if (product > ~std::uint64_t{0} / factor) {
            return std::nullopt;
        }
        product *= factor;
    }
    return product;
}

std::string strategy_count::decimal() const {
    limbs number{1};
    multiply(number, values, choices);
    multiply(number, 2, doublings);
    return digits_of(number);
}

std::string decimal_of(std::uint64_t number, std::uint32_t doublings) {
    limbs product;
    do {
        product.push_back(number % limb_base);
        number /= limb_base;
    } while (number > 0);
    multiply(product, 2, doublings);
    return digits_of(product);
}

namespace {

using path = std::vector<server_id>;

bool contains(const std::vector<server_id>& servers, server_id id) {
    return std::find(servers.begin(), servers.end(), id) != servers.end();
}

/// All paths of `length` of these servers: one commander, then distinct lieutenants; lexicographic
/// if `among` ascends.
std::vector<path> paths_of(const std::vector<server_id>& among, std::uint32_t length) {
    std::vector<path> paths;
    for (const auto x : among) {
        if (is_commander(x)) {
            paths.push_back({x});
        }
    }
    for (std::uint32_t i = 1; i < length; ++i) {
        std::vector<path> longer;
        for (const auto& before : paths) {
            for (const auto q : among) {
                if (is_lieutenant(q) && !contains(before, q)) {
                    longer.push_back(before);
                    longer.back().push_back(q);
                }
            }
        }
        paths = std::move(longer);
    }
    return paths;
}

/// The choices of one level on paths of `among`, in their order.
std::vector<choice> choices_of_level(const cluster_parameters& cluster,
                                     const std::vector<server_id>& byzantine,
                                     const std::vector<server_id>& among, level_number level) {
    std::vector<choice> choices;
    const auto longest = std::min(depth_of_level(cluster, level), cluster.lieutenants) + 1;
    for (auto length = longest; length >= 1; --length) {
        const auto paths = paths_of(among, length);
        for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
            const auto to = lieutenant_id(i);
            if (contains(byzantine, to)) {
                continue;
            }
            for (const auto& along : paths) {
                if (contains(byzantine, along.back()) && !contains(along, to)) {
                    choices.push_back({level, along, to});
                }
            }
        }
    }
    return choices;
}

/// Last level first.
std::vector<choice> choices_of(const cluster_parameters& cluster,
                               const std::vector<server_id>& byzantine,
                               const std::vector<server_id>& among, std::uint32_t recursion) {
    std::vector<choice> all;
    for (std::uint32_t below = 0; below <= recursion; ++below) {
        auto level = choices_of_level(cluster, byzantine, among, recursion - below);
        all.insert(all.end(), std::make_move_iterator(level.begin()),
                   std::make_move_iterator(level.end()));
    }
    return all;
}

/// Ordered ways to take `some` of `of` servers.
std::uint64_t arrangements(std::uint64_t some, std::uint64_t of) {
    std::uint64_t ways = 1;
    for (std::uint64_t i = 0; i < some; ++i) {
        if (i >= of) {
            return 0;
        }
        ways *= of - i;
    }
    return ways;
}

/// Relays of one level by Byzantine lieutenants to loyal ones on paths where somebody is loyal.
std::uint64_t restricted_relays(const cluster_parameters& cluster, std::uint64_t bc,
                                std::uint64_t bl, std::uint32_t depth) {
    const std::uint64_t n = cluster.lieutenants;
    const auto pairs = bl * (n - bl); // of speaker and recipient
    std::uint64_t relays = 0;
    for (std::uint64_t p = 1; p <= depth; ++p) {
        if (pairs > 0) {
            relays += cluster.commanders * pairs * arrangements(p - 1, n - 2);
        }
        relays -= bc * (n - bl) * arrangements(p, bl);
    }
    return relays;
}

} // namespace

std::uint32_t depth_of_level(const cluster_parameters& cluster, level_number level) {
    return cluster.depth_at(level);
}

bool is_too_large(const cluster_parameters& cluster, std::uint32_t recursion) {
    if (cluster.commanders > servers_of_role_max || cluster.lieutenants > servers_of_role_max
        || cluster.depth > servers_of_role_max || recursion > servers_of_role_max) {
        return true;
    }
    auto left = messages_of_strategy_max / cluster.commanders;
    for (std::uint32_t level = 0; level <= recursion; ++level) {
        // With signed messages this is the size of the space, not of the traffic.
        const auto of_level =
            oral_message_count(cluster.generals(), depth_of_level(cluster, level));
        if (of_level > left) {
            return true;
        }
        left -= of_level;
    }
    return false;
}

std::vector<choice> oral_choices(const cluster_parameters& cluster,
                                 const std::vector<server_id>& byzantine, std::uint32_t recursion) {
    return choices_of(cluster, byzantine, cluster.servers(), recursion);
}

strategy_count strategy_space::count(int values) const {
    return {static_cast<std::uint32_t>(values), static_cast<std::uint32_t>(choices.size()),
            doublings(values)};
}

strategy_space strategy_space_of(const cluster_parameters& cluster,
                                 const std::vector<server_id>& byzantine, std::uint32_t recursion) {
    if (cluster.protocol == protocol_kind::oral) {
        return {oral_choices(cluster, byzantine, recursion), 0};
    }
    // What a loyal server signed can't be changed, so only Byzantine ones are on a free path.
    auto liars = byzantine;
    std::sort(liars.begin(), liars.end());
    strategy_space space{choices_of(cluster, byzantine, liars, recursion), 0};
    const auto bc =
        static_cast<std::uint64_t>(std::count_if(byzantine.begin(), byzantine.end(), is_commander));
    std::uint64_t restricted = 0;
    for (std::uint32_t level = 0; level <= recursion; ++level) {
        restricted +=
            restricted_relays(cluster, bc, byzantine.size() - bc, depth_of_level(cluster, level));
    }
    BYZGATE_ASSERT(restricted <= messages_of_strategy_max);
    space.restricted = static_cast<std::uint32_t>(restricted);
    return space;
}

} // namespace byzgate
