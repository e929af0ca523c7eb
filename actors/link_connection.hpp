/// The broker of one connection: bytes between a wire and a session, frames between the session and
/// its link.
#pragma once

#include <memory>

#include <caf/io/broker.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/link_hub.hpp"
#include "actors/link_wire.hpp"

namespace byzgate {

struct connection_state {
    static constexpr const char* name = "byzgate.link-connection";

    std::shared_ptr<link_hub> hub;
    std::shared_ptr<peer_link> link; ///< nothing as long as it is a stranger's
    std::unique_ptr<session> talk;
    std::unique_ptr<link_wire> wire;
    std::uint64_t number = 0;
    bool dialed = false;
    bool up = false;
    std::uint64_t generation = 0; ///< of the certificates that its peer was held against
    std::optional<std::uint64_t> leave_by_ms; ///< stopping
    std::optional<std::uint64_t> cut_at_ms;   ///< closing
};
using connection_broker = caf::stateful_actor<connection_state, caf::io::broker>;

/// `link` is the one that we connected for; nothing for a connection that was accepted.
caf::behavior connection_actor(connection_broker* self, caf::io::connection_handle handle,
                               const std::shared_ptr<link_hub>& hub,
                               const std::shared_ptr<peer_link>& link);

// What brokers of connections share, whatever their wire is.

/// Begins the session; `link` as above. Comes first.
void begin_connection(connection_broker* self, std::unique_ptr<link_wire> wire,
                      const std::shared_ptr<link_hub>& hub, const std::shared_ptr<peer_link>& link);
void connection_got(connection_broker* self, std::string_view bytes);
/// The wire took some; so much of what it was given waits.
void connection_wrote(connection_broker* self, std::uint64_t unsent);
/// The wire is gone. The broker ends.
void connection_lost(connection_broker* self);
/// For what the hub and the link tell any connection.
caf::message_handler connection_handlers(connection_broker* self);

} // namespace byzgate
