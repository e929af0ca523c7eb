/// A connection that CAF carries: two brokers, one in each process, that send each other the bytes
/// of one session (net/session.hpp). Hello, credits, limits and heartbeats are the session's, as
/// on a socket; CAF has nothing to read but a text.
///
/// CAF takes whatever it is given and keeps it until the network takes it. So each end
/// acknowledges what came, and what isn't acknowledged counts as unsent.
#pragma once

#include "actors/link_connection.hpp"

namespace byzgate {

/// We call: `door` is what the other process has published.
caf::behavior basp_calling_actor(connection_broker* self, const caf::strong_actor_ptr& door,
                                 const std::shared_ptr<link_hub>& hub,
                                 const std::shared_ptr<peer_link>& link);
/// `caller` called; these were its first bytes.
caf::behavior basp_called_actor(connection_broker* self, const caf::strong_actor_ptr& caller,
                                const std::shared_ptr<link_hub>& hub, const std::string& first);

} // namespace byzgate
