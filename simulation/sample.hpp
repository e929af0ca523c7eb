/// The check's other leg: every registered behaviour in every Byzantine seat, sampled in the
/// simulator. The exhaustive check knows the strategies of one round with in-time messages; this
/// knows lateness, malformed messages, tampered payloads and whatever else a behaviour can think
/// of, but only some of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulation/simulate.hpp"

namespace byzgate {

struct sample_settings {
    cluster_parameters cluster;
    std::vector<std::vector<server_id>> sets; ///< of Byzantine servers; empty ones are left out
    std::uint64_t rounds = 100;               ///< of each combination
    std::uint64_t seed = 1;
    std::uint32_t jobs = 1;
    std::function<void(double)> progress; ///< 0…1, from one thread at a time
};

/// Which server plays what, and what came of it.
struct behavior_sample {
    std::vector<std::pair<server_id, std::string>> plays;
    simulation_result result;
};

/// One sample for each set and each way to give its servers behaviours that fit their roles and
/// need no options (`loyal` is left out). Deterministic, whatever the number of threads.
[[nodiscard]] std::vector<behavior_sample> sample_behaviors(const sample_settings& settings);

/// All sets of 1 to `faults` commanders and lieutenants.
[[nodiscard]] std::vector<std::vector<server_id>> sets_up_to(const cluster_parameters& cluster,
                                                             std::uint32_t faults);

} // namespace byzgate
