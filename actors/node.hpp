/// The servers of one process of a cluster: the same machines, behaviours and actors as in one
/// process (cluster.hpp), with links in the place of those that live elsewhere.
///
/// What comes in by a link may be anything. Who says it is who the link says it is; what it says is
/// decoded here, and trusted by nobody until the machines have admitted it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/external_party.hpp"
#include "actors/switchboard.hpp"
#include "behaviors/registry.hpp"
#include "config/scenario.hpp"
#include "crypto/sealing.hpp"
#include "storage/signing_log.hpp"

namespace byzgate {

/// All functions may be called from several threads.
struct node_settings {
    scenario what;
    std::vector<server_id> servers; ///< of this process
    std::uint64_t seed = 0;
    const digester* digests = nullptr; ///< outlives the node
    /// What a local server signs and verifies with; empty in an oral cluster.
    std::function<signing_keys(server_id)> keys;
    /// What its servers of a sealed cluster may have; all null in an unsealed one.
    cluster_sealing sealing;
    /// Opens the log of what a local server of a signed cluster signs; empty: nothing is kept.
    std::function<server_signing_log(server_id)> signing_log;
    /// What sits at a seat; empty: loyal servers.
    std::function<handler(const seat&)> make_handler;
    std::function<void(machine&, const swap_behavior&)> swap;
    /// Opens a commander's own connection to the database; only commanders' processes have it.
    std::function<std::unique_ptr<database>()> open_database;
    std::shared_ptr<release_sink> sink; ///< the external party's; may be null
    std::shared_ptr<gate_state> gate;   ///< the supervisor's
    /// Links the process to the others. Called once; frames may come before it returns.
    std::function<std::unique_ptr<transport>(transport_events)> connect;
    observer* watching = nullptr; ///< may be null; outlives the node
    metrics* figures = nullptr;   ///< may be null; outlives the node
    /// What blocks gets a thread of its own. Without, a test scheduler can step it.
    bool detach_blocking = true;
    /// Told what failed in the environment.
    std::function<void(const std::string&)> on_failure;
    std::function<void(const std::string&)> on_warning{}; ///< of the records; may be empty
    /// Told what a server here can't do its part without; only a new process mends it.
    std::function<void(const std::string&)> on_mute{};
};

/// One link with what this process made of its frames.
struct node_link {
    server_id local{};
    server_id peer{};
    std::uint64_t received = 0;
    std::uint64_t malformed = 0;
    std::uint64_t overflowed = 0;
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
};

struct node_status {
    std::vector<link_status> links; ///< the transport's
    std::vector<node_link> frames;
    std::array<std::uint64_t, refusal_kinds> refusals{}; ///< by the servers of this process
    std::uint64_t messages = 0;                          ///< claims and relays sent
    std::uint64_t unroutable = 0; ///< frames for or from nobody who is linked
    // The supervisor's process only.
    std::uint64_t rounds = 0;
    std::uint64_t released = 0;
    std::uint64_t withheld = 0;
    std::uint64_t unresolved = 0;
    std::uint64_t requests = 0;
};

class node {
public:
    /// `system` outlives it.
    node(caf::actor_system& system, node_settings settings);
    ~node();
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    [[nodiscard]] node_status status() const;
    [[nodiscard]] const server_counters& counters(server_id server) const {
        return *board_->counters.at(server);
    }
    /// Ends links and actors. What the gate wrote down stays.
    void stop();

private:
    [[nodiscard]] std::vector<std::pair<server_id, std::shared_ptr<const server_counters>>>
    counted() const;
    [[nodiscard]] std::function<std::vector<queue_length>()> queues() const;
    void set_up();
    void spawn_servers();
    void spawn_server(server_id self);
    void spawn_gate();
    void spawn_lines();
    void introduce();
    [[nodiscard]] links roster_of(server_id local) const;
    [[nodiscard]] server_actor at(server_id local, server_id other) const;

    caf::actor_system& system_;
    node_settings settings_;
    cluster_parameters cluster_;
    std::chrono::steady_clock::time_point started_;
    std::shared_ptr<switchboard> board_ = std::make_shared<switchboard>();
    std::map<server_id, server_actor> servers_; ///< local commanders, lieutenants, supervisor
    std::map<server_id, database_actor> databases_;
    external_party_actor external_party_; ///< if it lives here
    std::shared_ptr<service_counters> served_ = std::make_shared<service_counters>();
    std::shared_ptr<std::atomic<std::uint64_t>> leaving_ =
        std::make_shared<std::atomic<std::uint64_t>>(0); ///< deliveries in the outbox
    bool stopped_ = false;
};

} // namespace byzgate
