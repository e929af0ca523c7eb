/// A scenario played on actors in this process: feeds the records to the gate, lets the outside
/// judge look at every round, and sums up.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/external_party.hpp"
#include "actors/judge.hpp"
#include "actors/latency.hpp"
#include "actors/observer.hpp"
#include "config/scenario.hpp"

namespace byzgate {

/// How far a run is.
struct run_progress {
    std::uint64_t rounds = 0;
    std::uint64_t rounds_expected = 0; ///< 0: not known
    double elapsed_s = 0;
};

class metrics;

struct run_settings {
    scenario what;
    std::uint64_t seed = 1;
    std::size_t threads = 0; ///< of CAF's scheduler; 0: one per core
    std::optional<std::filesystem::path> trace_file;
    bool trace_payloads = false; ///< whether payload texts go into the trace
    /// Instead of the configured number of rounds; the records come round again when they are out.
    std::optional<std::uint64_t> rounds;
    std::optional<double> duration_s;                  ///< submit nothing after so long
    const std::atomic<bool>* interrupted = nullptr;    ///< set: finish what is open and end
    std::function<void(const run_progress&)> progress; ///< called often; may be empty
    /// Told before the first round what is odd about the records, if all of them are asked for; may
    /// be empty.
    std::function<void(const std::string&)> on_warning;
    /// Where the evidence of this run goes, with the public keys that check it (signed clusters).
    std::optional<std::filesystem::path> evidence_dir;
    /// Instead of what the configuration says about the external party; may be null.
    std::shared_ptr<release_sink> sink;
    /// Instead of the configured database; may be empty.
    std::function<std::unique_ptr<database>()> open_database;
    /// Instead of the configured records: these rounds, in this order.
    std::vector<record_id_batch> batches;
    /// What a run with a state finds there, for one that has none: the last round of the runs
    /// before it, and evidence under the keys of this one.
    round_id last_round{};
    std::vector<evidence_ptr> convictions;
    /// Each is made before the first of its rounds is asked for, once all rounds before it are
    /// over; refused by the servers unless the configuration allows it.
    std::vector<byzantine_config> swaps;
    /// Counts what happens; may be null, outlives the run.
    metrics* figures = nullptr;
    /// Sees every round after the judge; may be empty.
    std::function<void(const round_report&, const std::vector<record_truth>&)> on_closed;
};

struct run_result {
    judged_totals totals;
    std::uint64_t seed = 0;
    std::uint64_t messages = 0; ///< claims and relays
    std::array<std::uint64_t, refusal_kinds> refusals{};
    double elapsed_s = 0;
    /// With a state: versions that the recipient got from this run, and how often one was decided
    /// again that it had already.
    struct passed_on {
        std::uint64_t delivered = 0;
        std::uint64_t repeats = 0;
    };
    std::optional<passed_on> recipient;
    /// With a state: by evidence of runs before this one. Part of `totals.convicted`.
    std::set<server_id> convicted_before;
    latency_histogram latency_us; ///< of rounds, from request to close
    round_id first_round{};       ///< the number of the first one; behind those of earlier runs
    round_id last_round{};        ///< of the last one that was asked for
    bool halted = false;          ///< by the conviction policy
    bool interrupted = false;
    /// What failed in the environment while rounds ran; the run ended early.
    std::vector<std::string> failures;

    [[nodiscard]] bool exposed() const noexcept { return totals.leaked + totals.corrupted > 0; }
    /// Anything leaked, corrupted or framed, or a property failed that section 4 of protocol.md
    /// promises for this configuration with these Byzantine servers (denials aside: they depend on
    /// timing).
    bool promise_broken = false;
};

/// Runs it. Throws `database_error` and `mapping_error` if the database can't be used at all, and
/// std::runtime_error if an output can't be opened; with `[state] dir` also config_error and
/// key_error if it doesn't go with the configuration.
[[nodiscard]] run_result run(const run_settings& settings);

/// The settings of storage/ for a configuration's database.
[[nodiscard]] database_settings database_settings_of(const scenario& what, std::uint64_t seed);

/// What sits at each seat of a scenario: the configured behaviours by ranges of rounds, loyal
/// otherwise. `keys` gives colluders one another's keys; empty in an oral cluster.
[[nodiscard]] std::function<handler(const seat&)>
handlers_of(const scenario& what, const std::function<signing_keys(server_id)>& keys = {});

} // namespace byzgate
