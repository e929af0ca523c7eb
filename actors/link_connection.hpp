/// The broker of one connection: bytes between a socket and a session, frames between the session
/// and its link.
#pragma once

#include <memory>

#include <caf/io/broker.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/link_hub.hpp"

namespace byzgate {

struct connection_state {
    static constexpr const char* name = "byzgate.link-connection";

    std::shared_ptr<link_hub> hub;
    std::shared_ptr<peer_link> link; ///< nothing as long as it is a stranger's
    std::unique_ptr<session> talk;
    caf::io::connection_handle handle;
    std::uint64_t number = 0;
    bool dialed = false;
    bool up = false;
    std::optional<std::uint64_t> leave_by_ms; ///< stopping
    std::optional<std::uint64_t> cut_at_ms;   ///< closing
};
using connection_broker = caf::stateful_actor<connection_state, caf::io::broker>;

/// `link` is the one that we connected for; nothing for a connection that was accepted.
caf::behavior connection_actor(connection_broker* self, caf::io::connection_handle handle,
                               const std::shared_ptr<link_hub>& hub,
                               const std::shared_ptr<peer_link>& link);

} // namespace byzgate
