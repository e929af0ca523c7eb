/// Where a run keeps what its external party receives.
#pragma once

#include <memory>

#include "actors/run.hpp"

namespace byzgate {

/// The sink that the settings name, or null if nothing is kept. Where a run decides a record
/// several times, each of its versions is kept once.
/// @throws std::runtime_error if its file can't be written
[[nodiscard]] std::shared_ptr<release_sink> sink_of(const run_settings& settings);

} // namespace byzgate
