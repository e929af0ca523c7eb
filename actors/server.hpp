/// The actor around a machine: commander, lieutenant and supervisor alike. It finds out who sent a
/// message, steps the machine and performs the effects; it decides nothing.
///
/// Where a server keeps what it signs, whatever waits for the disk waits together: what comes in
/// while one commit is written goes into the next. A tick that is due is handled as ever; what it
/// makes the server say waits with the rest, for at most one such commit.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "actors/observer.hpp"

namespace byzgate {

/// What a server's actor is made with.
struct server_settings {
    server_id self{};
    std::shared_ptr<server_counters> counters;
    observer* watching = nullptr; ///< may be null; outlives the actor
    std::chrono::steady_clock::time_point started;
    /// Makes the handler, on the actor's own thread.
    std::function<handler()> make_handler;
    /// Where what the server signs is kept before it is sent; needed by a handler that keeps. It is
    /// called on the actor's own thread and blocks, so the actor should have one.
    std::shared_ptr<statement_keeper> keeper;
    /// What at most so many events made the server sign is made durable at once.
    std::size_t events_a_commit_max = 256;
    /// Replaces the handler's behaviour at run time; empty where the configuration forbids it.
    std::function<void(machine&, const swap_behavior&)> swap;
    /// Told, from the actor's thread, what in the environment failed. May be empty.
    std::function<void(const std::string&)> on_failure;
    /// Told that the keeper failed: from then on the server says nothing. Empty: `on_failure` is.
    std::function<void(const std::string&)> on_mute{};
};

class server_state {
public:
    static inline const char* name = "byzgate.server";

    void start(server_actor::stateful_pointer<server_state> self, server_settings settings);
    void on_roster(const roster& known);
    /// A protocol message came in; its sender's handle says who sent it.
    void on_message(message what);
    void on_submission(const submission& wanted);
    void on_swap(const swap_behavior& how);
    void on_wake(const wake& due);
    void on_commit_due(const commit_due& due);

private:
    void step(const event& what);
    void perform(effects& todo, const message* about);
    void wait_for_commit(const message* about);
    void commit();
    void make_durable(effects& todo);
    void do_send(const send& what);
    void do_read(const read_records& what);
    void do_report(round_closed& closed);
    void arm();
    void refuse(const refused& what, const message* about = nullptr);
    [[nodiscard]] tick now() const;
    [[nodiscard]] std::optional<server_id> sender() const;

    /// What the supervisor's actor keeps about an open round for the report.
    struct witness {
        tick opened_at = 0;
        std::vector<std::pair<server_id, vote>> votes;
    };

    server_actor::stateful_pointer<server_state> self_ = nullptr;
    server_settings settings_;
    handler handler_;
    std::shared_ptr<const links> links_;
    std::map<caf::actor_addr, server_id> servers_;
    effects todo_;
    /// What may not be done before what was signed is durable, and what came after it: in order.
    effects waiting_;
    std::size_t events_waiting_ = 0;
    std::size_t bytes_waiting_ = 0; ///< of statements
    std::uint64_t commits_ = 0;
    std::vector<kept_statement> keeping_; ///< kept for its capacity
    bool mute_ = false;                   ///< something that it signed could not be kept
    tick armed_ = tick_never;
    std::map<round_id, witness> witnessed_;
};

/// The behaviour of a server's actor.
server_actor::behavior_type server(server_actor::stateful_pointer<server_state> self,
                                   server_settings settings);

} // namespace byzgate
