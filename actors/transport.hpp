/// Links between processes, as what runs on them sees them: whole frames go to a server by name and
/// come from one. How they are carried (TLS over brokers, BASP, a queue in a test) is behind it.
///
/// A link is between two servers, not two processes: whoever a frame comes from is who the link's
/// certificate names. Frames between two servers keep their order while a link lasts; when one
/// breaks, those in flight are lost, and what matters is said again by whoever sent it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "net/names.hpp"

namespace byzgate {

/// Why a frame that was handed over will not arrive.
enum class frame_fate : std::uint8_t {
    queued,    ///< on its way, as far as one can tell
    link_down, ///< there is no link now
    no_credit, ///< the peer takes no more; what waits for it is at its limit
    oversized, ///< over the limit of a frame
    unknown    ///< no such local server or peer
};

/// One link as metrics and tables show it.
struct link_status {
    server_id local{};
    server_id peer{};
    std::string address; ///< of the peer, as configured
    bool up = false;
    std::string problem;        ///< why it is not up, for the operator; empty if it is
    bool lasting = false;       ///< only somebody who changes something ends that problem
    std::uint64_t connects = 0; ///< times that it came up
    std::uint64_t frames_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t refused = 0;      ///< frames or connections of this peer that were refused
    std::uint64_t dropped = 0;      ///< frames to it that found no link or no credit
    std::uint64_t queued_bytes = 0; ///< waiting to be written
};

/// How often something was refused, for metrics: peers' connections and strangers' alike.
struct refusal_count {
    std::string reason; ///< a word, such as `certificate_expired`
    std::uint64_t times = 0;
};

/// What a transport tells. Called on threads of its own, for one link by one thread at a time; a
/// call that lasts holds up the credit of that link and nothing else.
struct transport_events {
    std::function<void(server_id local, server_id peer, std::string frame)> on_frame;
    std::function<void(server_id local, server_id peer, bool up)> on_link;
};

/// All links of the servers of one process. May be called from several threads.
class transport {
public:
    virtual ~transport() = default;
    virtual frame_fate send(server_id local, server_id peer, std::string frame) = 0;
    [[nodiscard]] virtual std::vector<link_status> status() const = 0;
    /// Each reason for which anything was refused so far.
    [[nodiscard]] virtual std::vector<refusal_count> refusals() const { return {}; }
    /// Ends all links, after what is queued was written or the patience of a second is over. No
    /// event comes after it.
    virtual void stop() = 0;
};

} // namespace byzgate
