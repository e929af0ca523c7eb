/// Names for servers, rounds and moments. Strong types: none converts to another by accident.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace byzgate {

/// What a server does in the cluster. As wide as its place in a server_id: a stranger's id of a
/// role that there isn't stays one, and is no second name of a server that there is.
enum class server_role : std::uint16_t { commander, lieutenant, supervisor, external_party };

/// A server: its role in the upper 16 bits, its index within the role (from 0) in the lower 16.
/// Orders commanders before lieutenants before the supervisor before the external party.
enum class server_id : std::uint32_t {};

[[nodiscard]] constexpr server_id make_server_id(server_role role, std::uint32_t index) noexcept {
    return server_id{(static_cast<std::uint32_t>(role) << 16) | (index & 0xffffU)};
}
[[nodiscard]] constexpr server_id commander_id(std::uint32_t index) noexcept {
    return make_server_id(server_role::commander, index);
}
[[nodiscard]] constexpr server_id lieutenant_id(std::uint32_t index) noexcept {
    return make_server_id(server_role::lieutenant, index);
}
inline constexpr server_id supervisor_id = make_server_id(server_role::supervisor, 0);
inline constexpr server_id external_party_id = make_server_id(server_role::external_party, 0);

[[nodiscard]] constexpr server_role role_of(server_id id) noexcept {
    return static_cast<server_role>(static_cast<std::uint32_t>(id) >> 16);
}
/// Index within the role, from 0: `commander-1` has index 0.
[[nodiscard]] constexpr std::uint32_t index_of(server_id id) noexcept {
    return static_cast<std::uint32_t>(id) & 0xffffU;
}
[[nodiscard]] constexpr bool is_commander(server_id id) noexcept {
    return role_of(id) == server_role::commander;
}
[[nodiscard]] constexpr bool is_lieutenant(server_id id) noexcept {
    return role_of(id) == server_role::lieutenant;
}

/// `commander-1`, `lieutenant-3`, `supervisor`, `external-party`: the names of the configuration.
[[nodiscard]] std::string to_string(server_id id);
/// The inverse of `to_string`; nothing for any other text (`commander-0`, `commander-01`, …).
[[nodiscard]] std::optional<server_id> parse_server_id(std::string_view name);

/// A round, numbered by the supervisor from 1.
enum class round_id : std::uint64_t {};
[[nodiscard]] constexpr std::uint64_t number_of(round_id id) noexcept {
    return static_cast<std::uint64_t>(id);
}

/// A level of a round: 0 is the round itself, r its r-th sub-round (protocol.md, section 3).
using level_number = std::uint32_t;

/// A moment or a span in a driver's own unit: microseconds on actors, steps in the simulator.
/// Machines only add and compare ticks.
using tick = std::uint64_t;
inline constexpr tick tick_never = ~tick{0};

/// The database's name for a record: any text, at most `limits::record_id_bytes_max` bytes.
using record_id = std::string;

/// Identifies (flag, payload) of a record: two reads with the same version read the same thing.
using version_id = std::string;

} // namespace byzgate
