/// A whole cluster in this process: spawns one actor per server, tells each who is who, and ends
/// them in order.
///
///   client ──submission──> supervisor ──request──> commanders ──claims──> lieutenants ⇄ relays
///                              ▲  │                    └── database (one reader each)    │
///                              │  └──delivery──> external party                          │
///                              └────────────────────── votes, payloads ──────────────────┘
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/caf_compat.hpp"
#include "actors/client.hpp"
#include "actors/external_party.hpp"
#include "actors/observer.hpp"
#include "storage/database.hpp"
#include "storage/signing_log.hpp"

namespace byzgate {

/// CAF's configuration for byzgate: its types registered, nothing read from files.
using actor_config = caf_compat::basic_config<caf::id_block::byzgate>;

/// Everything that a cluster needs to know. All functions may be called from several threads.
struct cluster_settings {
    cluster_parameters cluster; ///< `phase_timeout` in microseconds
    std::uint64_t seed = 0;
    const digester* digests = nullptr; ///< outlives the cluster
    /// What a server signs and verifies with; empty in an oral cluster.
    std::function<signing_keys(server_id)> keys;
    /// Opens the log of what a server signs; empty: nothing is kept. Called once for each commander
    /// and lieutenant of a signed cluster, on the thread that makes the cluster; may throw.
    std::function<server_signing_log(server_id)> signing_log;
    std::size_t events_a_commit_max = 256; ///< as in `server_settings`
    /// What the runs before this one left: the last round that they may have begun, and evidence
    /// that was checked (signed clusters only).
    round_id last_round{};
    std::vector<evidence_ptr> convictions;
    /// Opens a commander's own connection to the database.
    std::function<std::unique_ptr<database>()> open_database;
    /// What sits at a seat; empty: loyal servers everywhere.
    std::function<handler(const seat&)> make_handler;
    /// Obeys `swap_behavior` messages; empty: refuses them.
    std::function<void(machine&, const swap_behavior&)> swap;
    std::shared_ptr<release_sink> sink; ///< may be null
    observer* watching = nullptr;       ///< may be null; outlives the cluster
    /// Database readers, the external party and servers that keep what they sign block, so they get
    /// threads of their own. Without, a test scheduler can step them.
    bool detach_blocking = true;
    /// Told what failed in the environment: the database can't be read, the disk is full.
    std::function<void(const std::string&)> on_failure;
};

/// A running cluster. Ends its actors when it goes; call from one thread at a time.
class local_cluster {
public:
    /// `system` outlives the cluster.
    local_cluster(caf::actor_system& system, cluster_settings settings);
    ~local_cluster();
    local_cluster(const local_cluster&) = delete;
    local_cluster& operator=(const local_cluster&) = delete;

    /// Hands a batch to the supervisor.
    void submit(submission wanted);
    /// What came back since; waits at most `patience`.
    [[nodiscard]] std::optional<client_event> next(std::chrono::milliseconds patience);
    /// Makes a server play another behaviour; refused by the server where faults aren't allowed.
    void swap(server_id server, swap_behavior how);
    /// Asks all actors to end. The actor system waits for them.
    void stop();

    /// Claims and relays sent so far, by all servers.
    [[nodiscard]] std::uint64_t messages() const;
    [[nodiscard]] std::uint64_t refusals(refusal why) const;
    /// Every server's, which go on being readable when the cluster has ended.
    [[nodiscard]] std::vector<std::pair<server_id, std::shared_ptr<const server_counters>>>
    counters() const;
    [[nodiscard]] const server_actor& at(server_id server) const;

private:
    server_actor spawn_server(server_id self);
    database_actor spawn_database();
    void introduce();

    caf::actor_system& system_;
    cluster_settings settings_;
    std::chrono::steady_clock::time_point started_;
    std::shared_ptr<client_queue> queue_ = std::make_shared<client_queue>();
    std::vector<std::pair<server_id, std::shared_ptr<server_counters>>> counters_;
    links all_; ///< every handle but the databases
    std::vector<database_actor> databases_;
};

} // namespace byzgate
