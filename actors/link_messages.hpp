/// What the actors behind a transport of links tell each other. Nobody else sends or gets these;
/// those of the name `basp_` go from process to process, the others never leave theirs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/caf_compat.hpp"

namespace byzgate {

class peer_link;

/// Time passed: from the hub to itself and from it to each connection.
struct link_tick {
    bool operator==(const link_tick&) const = default;
};
/// There is something to send, or credit to give.
struct link_poke {};
/// A newer connection of the same two took over.
struct link_replaced {};
/// There are too many strangers, and this one waited longest.
struct link_evicted {};
/// Its wire is to be ended at once.
struct link_cut {};
/// The transport stops.
struct link_stop {};
/// A dialer's success; the socket is the receiver's to close.
struct link_connected {
    std::shared_ptr<peer_link> link;
    int socket = -1;
};
/// A dialer's failure.
struct link_unreachable {
    std::shared_ptr<peer_link> link;
    std::string problem;
};
/// To the ingress of a link: a frame came, the link went up or down.
struct link_frame {
    std::string bytes;
};
struct link_turn {
    bool up = false;
};

/// To what a process has published: bytes of a new connection, whose end is the sender.
struct basp_call {
    std::string bytes;
};
/// From end to end: bytes of the connection, how many of them came, that no more will.
struct basp_bytes {
    std::string bytes;
};
struct basp_taken {
    std::uint64_t bytes = 0;
};
struct basp_end {
    bool operator==(const basp_end&) const = default;
};

BYZGATE_INSPECT(link_tick)
BYZGATE_INSPECT(basp_call, bytes)
BYZGATE_INSPECT(basp_bytes, bytes)
BYZGATE_INSPECT(basp_taken, bytes)
BYZGATE_INSPECT(basp_end)

} // namespace byzgate

CAF_BEGIN_TYPE_ID_BLOCK(byzgate_links, caf::first_custom_type_id + 100)
CAF_ADD_TYPE_ID(byzgate_links, (byzgate::link_tick))
CAF_ADD_TYPE_ID(byzgate_links, (byzgate::basp_call))
CAF_ADD_TYPE_ID(byzgate_links, (byzgate::basp_bytes))
CAF_ADD_TYPE_ID(byzgate_links, (byzgate::basp_taken))
CAF_ADD_TYPE_ID(byzgate_links, (byzgate::basp_end))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_poke))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_replaced))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_evicted))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_stop))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_cut))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_connected))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_unreachable))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_frame))
BYZGATE_ADD_LOCAL_TYPE(byzgate_links, (byzgate::link_turn))
CAF_END_TYPE_ID_BLOCK(byzgate_links)
