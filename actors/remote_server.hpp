/// A server that lives in another process, as the servers of this one see it: an actor in its
/// place in the roster. What is sent to it goes out as a frame on the link between the two; what
/// comes in on that link goes to the local server from it, so that who speaks is known from the
/// link and from nothing else.
///
/// There is one for each pair of a local and a remote server. The peer may send anything at all:
/// frames that are no messages are counted and dropped here, and a peer that sends faster than the
/// local server works loses what is over its budget, so that it delays nobody but itself.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "actors/observer.hpp"
#include "actors/outbox.hpp"
#include "actors/transport.hpp"

namespace byzgate {

/// How much of a peer's may wait for the local server: bounds its mailbox. From any thread.
class ingress_budget {
public:
    static constexpr std::size_t messages_max_default = 8'192;
    static constexpr std::size_t bytes_max_default = 64U << 20;

    explicit ingress_budget(std::size_t messages_max = messages_max_default,
                            std::size_t bytes_max = bytes_max_default)
        : messages_max_(messages_max), bytes_max_(bytes_max) {}

    /// False: no more now. A first message is let in whatever its size.
    [[nodiscard]] bool take(std::size_t bytes);
    void give_back(std::size_t bytes);
    /// What was taken and not given back.
    [[nodiscard]] std::size_t messages() const noexcept { return messages_; }
    /// The same, given back when the last copy of what it returns goes; null: no more now.
    [[nodiscard]] static std::shared_ptr<const void> hold(const std::shared_ptr<ingress_budget>& of,
                                                          std::size_t bytes);

private:
    std::size_t messages_max_;
    std::size_t bytes_max_;
    std::atomic<std::size_t> messages_{0};
    std::atomic<std::size_t> bytes_{0};
};

/// What became of one link's frames, both ways.
struct link_counters {
    std::atomic<std::uint64_t> received{0};
    std::atomic<std::uint64_t> malformed{0};  ///< were no message of any kind
    std::atomic<std::uint64_t> overflowed{0}; ///< found no room in the peer's budget
    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> lost{0}; ///< the transport didn't take them
};

using remote_server_actor =
    server_actor::extend<typename caf_compat::signature<void(from_peer)>::type>;

struct remote_server_settings {
    server_id local{};
    server_id peer{};
    /// Whom the link's messages are for: exactly one of the three.
    server_actor server;
    external_party_actor recipient; ///< the external party, where that is the local server
    outbox_actor receipts;          ///< the supervisor's, where the peer is the external party
    std::shared_ptr<ingress_budget> budget;
    std::shared_ptr<link_counters> counters;
    std::function<frame_fate(std::string)> send;
};

struct remote_server_state {
    static inline const char* name = "byzgate.remote_server";
    remote_server_settings settings;
};

remote_server_actor::behavior_type
remote_server(remote_server_actor::stateful_pointer<remote_server_state> self,
              remote_server_settings settings);

} // namespace byzgate
