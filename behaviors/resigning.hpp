/// A liar signs its lies. The last editor over a Byzantine seat of a signed cluster: whatever the
/// behaviours before it made of the seat's own claims and verdicts gets the seat's own signature,
/// as a server that lies would give it. It signs for nobody else.
#pragma once

#include <memory>

#include "behaviors/editor.hpp"
#include "behaviors/registry.hpp"

namespace byzgate {

[[nodiscard]] std::unique_ptr<editor> make_resigning(const seat& at);

} // namespace byzgate
