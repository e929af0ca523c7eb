/// Plays a counterexample of the checker, or a recorded run, on actors and compares what comes out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/run.hpp"
#include "report/trace.hpp"
#include "simulation/check_counterexample.hpp"

namespace byzgate {

/// A recorded run that can't be played: no records in its header, a behaviour that this version
/// does not know. The operator's mistake; exit code 2.
class replay_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct replay_result {
    run_result played;
    std::uint64_t compared = 0;      ///< records whose outcome was compared
    std::optional<std::string> gate; ///< of a counterexample: what it did on actors
    bool leak_stopped = false; ///< enough voted for a confidential record, and the gate stayed shut
    std::vector<std::string> differences; ///< sentences; empty: the same outcome. Bounded in number
    [[nodiscard]] bool same() const noexcept { return differences.empty(); }
};

struct replay_settings {
    std::optional<std::filesystem::path> trace_file; ///< records the replay itself
    const std::atomic<bool>* interrupted = nullptr;
    /// Delta on actors for what was recorded in simulated time or not timed at all.
    std::uint32_t phase_timeout_ms = 50;
};

/// The outcome of every loyal lieutenant's vote at every level, whether the gate opened, and what
/// leaked, was denied, disagreed or framed, is compared.
[[nodiscard]] replay_result replay(const counterexample& what, const replay_settings& how);

/// Feeds the same batches to the same servers with the same seed; the outcome of every record and
/// the convictions are compared.
[[nodiscard]] replay_result replay(const trace& what, const replay_settings& how);

/// The scenario that a trace's header describes.
[[nodiscard]] scenario scenario_of(const trace_header& header, std::uint32_t phase_timeout_ms);

} // namespace byzgate
