/// The strategy space of the exhaustive check (protocol.md, section 6): everything that a set of
/// Byzantine servers can choose, one choice for each message that one of them owes a loyal
/// lieutenant. A strategy is one value for each choice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "behaviors/told.hpp"
#include "protocol/cluster.hpp"
#include "protocol/record.hpp"

namespace byzgate {

/// What a server can say about the record: its true version and digest with one of the two flags,
/// or nothing. Of `told` a strategy uses these three.
inline constexpr std::array values_of_choices{told::public_, told::confidential, told::silence};
[[nodiscard]] constexpr told told_of(flag f) noexcept {
    return f == flag::public_ ? told::public_ : told::confidential;
}

/// A message that a Byzantine server owes a loyal lieutenant. `path` begins with the commander and
/// ends with the Byzantine speaker: `[commander-1]` is the commander's own claim,
/// `[commander-1, lieutenant-2]` what lieutenant-2 says that commander-1 told it.
struct choice {
    level_number level = 0;
    std::vector<server_id> path;
    server_id to{};

    bool operator==(const choice&) const = default;
};

/// `values` to the power of `choices`, times two to the power of `doublings`; exactly, however
/// large.
struct strategy_count {
    std::uint32_t values = 1;
    std::uint32_t choices = 0;
    std::uint32_t doublings = 0;

    /// The number, unless it is 2^64 or more.
    [[nodiscard]] std::optional<std::uint64_t> as_number() const;
    /// All its decimal digits.
    [[nodiscard]] std::string decimal() const;
};

/// All decimal digits of `number` times two to the power of `doublings`.
[[nodiscard]] std::string decimal_of(std::uint64_t number, std::uint32_t doublings);

/// Servers of one role, depth and sub-rounds beyond which nothing is checked.
inline constexpr std::uint32_t servers_of_role_max = 1'000;
/// Claims and relays of one strategy beyond which nothing is checked: it would not fit into memory.
inline constexpr std::uint64_t messages_of_strategy_max = std::uint64_t{1} << 18;
[[nodiscard]] bool is_too_large(const cluster_parameters& cluster, std::uint32_t recursion);

/// Relay phases of a level: with signed messages one more in each sub-round.
[[nodiscard]] std::uint32_t depth_of_level(const cluster_parameters& cluster, level_number level);

/// The choices that `byzantine` (any order) have in one round and its `recursion` sub-rounds with
/// oral messages. Order: the last level first, in it the deepest relays first and by recipient,
/// the commanders' own claims last. So the earlier a choice, the less depends on it.
[[nodiscard]] std::vector<choice> oral_choices(const cluster_parameters& cluster,
                                               const std::vector<server_id>& byzantine,
                                               std::uint32_t recursion);

/// Everything that a set of Byzantine servers can choose.
struct strategy_space {
    /// With any value. Order: see `oral_choices`.
    std::vector<choice> choices;
    /// Signed relays that a loyal server on their path restricts: they show what the path can show,
    /// or with three values nothing.
    std::uint32_t restricted = 0;

    [[nodiscard]] strategy_count count(int values) const;
    /// The strategies that differ in restricted relays only, as a power of two.
    [[nodiscard]] std::uint32_t doublings(int values) const { return values == 3 ? restricted : 0; }
};
[[nodiscard]] strategy_space strategy_space_of(const cluster_parameters& cluster,
                                               const std::vector<server_id>& byzantine,
                                               std::uint32_t recursion);

} // namespace byzgate
