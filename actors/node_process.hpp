/// A process of a cluster, put together from a configuration: keys, state, links and servers
/// (docs/service.md). What a process doesn't need it doesn't keep: only one with a commander knows
/// where the database is.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/cluster.hpp"
#include "actors/node.hpp"
#include "actors/run_keys.hpp"

namespace byzgate {

struct node_process_settings {
    scenario what;
    placed_process here;
    std::uint64_t seed = 0;
    /// What failed, and what links do; one line at a time, from any thread.
    std::function<void(bool warning, const std::string&)> on_log;
    std::function<void(const std::string&)> on_failure; ///< of the environment
    metrics* figures = nullptr;                         ///< may be null; outlives the process
};

/// The directory of a configuration's keys: `[keys] dir`, or the state's, if there are some, or
/// where `byzgate keygen` puts them.
[[nodiscard]] std::filesystem::path keys_dir_of(const scenario& what);

/// What all processes of a cluster must have alike, as links compare it: of the cluster, and of
/// everything else.
struct shared_digests {
    digest cluster{};
    digest config{};
};
[[nodiscard]] shared_digests shared_digests_of(const scenario& what);

/// The link of an operator's client to the supervisor. Throws as `make_tls_transport` does.
[[nodiscard]] std::unique_ptr<transport> connect_operator(const scenario& what,
                                                          transport_events events);

class node_process {
public:
    /// Throws config_error and key_error for what the operator has to put right,
    /// std::runtime_error where the environment fails.
    explicit node_process(node_process_settings settings);
    ~node_process();
    node_process(const node_process&) = delete;
    node_process& operator=(const node_process&) = delete;

    [[nodiscard]] node_status status() const;
    /// Why a server here can do nothing any more: stop it, and let another process begin. Empty as
    /// long as all is well.
    [[nodiscard]] std::string failure() const;
    /// What failed in the environment within the last minute: a database, a disk.
    [[nodiscard]] std::vector<std::string> failures() const;
    /// Ends everything; what is written down stays. Returns within about two seconds.
    void stop();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace byzgate
