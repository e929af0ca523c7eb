/// One link of a transport, whatever connection carries it: what waits to be sent, what the peer
/// still may send, counters. It outlives connections; that is why a peer gains nothing by
/// reconnecting.
///
/// `push`, `handled` and `status` may be called on any thread; the rest on CAF's I/O thread only,
/// on which all connections run.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include <caf/actor.hpp>

#include "actors/line_limit.hpp"
#include "actors/transport.hpp"
#include "net/credit.hpp"
#include "net/session.hpp"

namespace byzgate {

class peer_link {
public:
    peer_link(server_id local, server_id peer, std::string address, const link_limits& limits);

    const server_id local;
    const server_id peer;
    const std::string address; ///< `host:port` as configured; of an operator, where it comes from
    const link_limits limits;

    /// Queues a frame for the peer.
    frame_fate push(std::string frame);
    /// The handler has done with a frame of these bytes.
    void handled(std::size_t bytes);
    [[nodiscard]] link_status
    status(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) const;

    /// The connection with this number carries the link from now on. `bytes_max` is the peer's
    /// limit of a message.
    void up(std::uint64_t connection, const caf::actor& broker, std::uint64_t bytes_max);
    /// It doesn't any more: what waited is dropped. False if it is not the one that did.
    bool down(std::uint64_t connection);
    [[nodiscard]] std::uint64_t connection() const noexcept { return connection_; }
    [[nodiscard]] caf::actor broker() const;
    /// The next frame to be sent, if there is one and `fits` takes its size.
    [[nodiscard]] std::optional<std::string> pop(const std::function<bool(std::size_t)>& fits);
    [[nodiscard]] bool idle() const;
    /// A poke was received: the next thing to do pokes again.
    void poked();
    /// To be given to a connection's session. What was handled meanwhile is taken off first.
    [[nodiscard]] incoming_credit& credit();
    /// Passes a frame to the handler.
    void deliver(std::string frame);
    void count_refusal();
    /// Why the link isn't up; `lasting`: until somebody changes something.
    void set_problem(std::string problem, bool lasting);
    /// The same, before anything has happened.
    void expect(std::string problem);

    line_limit lines;
    bool told_down = true;        ///< the log was told that it is not up, or nothing yet
    std::uint64_t told_up_ms = 0; ///< when the log was told that it is

    void start_ingress(const caf::actor& ingress);
    /// Lets go of all actors. Nothing is sent or delivered after it.
    void shut();

private:
    void poke(); // with the mutex held

    incoming_credit credit_; // on the I/O thread
    std::uint64_t connection_ = 0;
    std::atomic<std::uint64_t> handled_{0};

    mutable std::mutex mutex_;
    caf::actor ingress_;
    caf::actor broker_;
    bool is_poked_ = false;
    std::uint64_t peer_bytes_max_ = 0;
    std::deque<std::string> queue_;
    link_status status_;
    std::optional<std::chrono::steady_clock::time_point> problem_since_; ///< when it was met
};

} // namespace byzgate
