/// One record decided with oral messages, as a circuit over the adversary's choices: OM(m) and the
/// reports. The rest is in check_round.hpp.
#pragma once

#include "simulation/check_round.hpp"

namespace byzgate {

[[nodiscard]] check_circuit make_oral_circuit(const check_scene& scene);

} // namespace byzgate
