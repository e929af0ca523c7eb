/// What the ends of links are called: servers by their own names, operators all by one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/ids.hpp"

namespace byzgate {

/// Operators' clients (`byzgate release`) are no servers. Each connection of one gets an id with
/// this role and an index of its own while it lasts; all show the certificate of the name
/// `operator`, and only the supervisor takes their links.
inline constexpr server_role operator_role{0xff};
[[nodiscard]] constexpr bool is_operator(server_id id) noexcept {
    return role_of(id) == operator_role;
}
/// What an operator's client calls itself. The supervisor gives each connection its own index.
inline constexpr server_id operator_id = make_server_id(operator_role, 0);

/// The name in a certificate: `commander-1`, …, `external-party`; `operator` for every operator.
[[nodiscard]] std::string link_name(server_id id);
/// The inverse; nothing for any other text.
[[nodiscard]] std::optional<server_id> parse_link_name(std::string_view name);

/// Whether the protocol has anything to say between the two. The external party is linked to the
/// supervisor alone, as are operators; nobody is linked to itself.
[[nodiscard]] bool may_be_linked(server_id a, server_id b) noexcept;
/// Which of two linked ends makes the connection: the one with the smaller id, and operators
/// always. So the supervisor connects to the external party, and nobody has to reach an operator.
[[nodiscard]] bool dials(server_id from, server_id to) noexcept;

} // namespace byzgate
