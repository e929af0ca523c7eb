/// `byzgate check --behaviors N`: what the registered behaviours did in the simulator.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "simulation/sample.hpp"

namespace byzgate {

/// True if no sample broke a promise of section 4.
[[nodiscard]] bool promises_held(const std::vector<behavior_sample>& samples);

[[nodiscard]] nlohmann::ordered_json json_of(const std::vector<behavior_sample>& samples);

/// A line for each combination that leaked, corrupted or framed, and a line for all others.
void print_samples(const std::vector<behavior_sample>& samples);

} // namespace byzgate
