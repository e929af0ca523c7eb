/// The figures of one process, as Prometheus reads them. Every label has few values that the
/// configuration bounds: servers, reasons, outcomes; never records, and never operators one by one.
///
/// What counts itself elsewhere (servers, links, queues) is read when somebody asks for the text;
/// what happens at a moment (rounds, ledger writes) is told here. From any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "actors/observer.hpp"
#include "actors/transport.hpp"
#include "storage/database.hpp"

namespace byzgate {

/// How much waits somewhere; `name` out of a small fixed set (`client`, `submissions`, …).
struct queue_length {
    std::string name;
    std::uint64_t waiting = 0;
};

/// Where figures are read from. Called from the threads of whoever asks, so they must not block
/// for long, and must outlive the metrics or be taken away with `watch({})`.
struct metrics_sources {
    std::vector<std::pair<server_id, std::shared_ptr<const server_counters>>> servers;
    std::function<std::vector<link_status>()> links;
    std::function<std::vector<queue_length>()> queues;
    /// Of connections and frames by links, strangers' too.
    std::function<std::vector<refusal_count>()> refusals{};
};

class metrics {
public:
    /// `cluster` bounds the labels; all series that can be are there from the start, at zero.
    explicit metrics(const cluster_parameters& cluster);
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    /// Instead of the sources before.
    void watch(metrics_sources from);

    /// Supervisor: a round is over.
    void on_round(const round_report& report);
    /// Whoever commits to the release ledger: so many rows, in so much time.
    void on_ledger_write(std::uint64_t rows, double seconds);
    /// A commander read a batch.
    void on_database_read(double seconds, bool failed);
    /// Something in the environment failed.
    void on_failure();
    /// When this server's certificate runs out, in seconds since 1970. May be told again.
    void on_certificate(server_id server, std::int64_t expires_at);

    /// The exposition format, version 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// `inner` with every read timed and counted. `into` outlives the result.
[[nodiscard]] std::unique_ptr<database> metered(std::unique_ptr<database> inner, metrics& into);

} // namespace byzgate
