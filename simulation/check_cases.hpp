/// Whether the settings of a check make sense, and which sets of Byzantine servers they come to.
#pragma once

#include <vector>

#include "simulation/check.hpp"

namespace byzgate {

/// Throws std::invalid_argument as check() does.
void validate(const check_settings& settings);

/// The named set, or every set of up to `faults` servers: fewer first, then by id.
[[nodiscard]] std::vector<std::vector<server_id>> fault_sets(const check_settings& settings);

} // namespace byzgate
