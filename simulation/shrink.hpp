/// Makes a failing run small enough to look at: fewer rounds, records, faults of the network,
/// Byzantine servers and options, as long as the same property still breaks.
#pragma once

#include <cstdint>

#include "simulation/simulate.hpp"

namespace byzgate {

struct shrunk_run {
    simulation_settings settings; ///< run these again with hooks to see what happens
    simulation_result result;     ///< with the broken promise
    std::uint32_t tries = 0;      ///< runs that the search took
};

/// Greedy and deterministic; at most `tries_max` runs. `failing` must break a promise (else
/// std::invalid_argument).
[[nodiscard]] shrunk_run shrink(const simulation_settings& failing, std::uint32_t tries_max = 500);

} // namespace byzgate
