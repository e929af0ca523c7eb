/// The network's part of caf_compat.hpp, apart from it because few files need brokers.
#pragma once

#include <caf/io/middleman.hpp>

#include "actors/caf_compat.hpp"

namespace byzgate::caf_compat {

/// Makes CAF's brokers usable in systems with this configuration. Nothing listens by itself.
inline void load_network(caf::actor_system_config& config) {
#if BYZGATE_CAF_AT_LEAST(0, 18)
    caf::io::middleman::init_global_meta_objects();
#endif
    config.load<caf::io::middleman>();
}

} // namespace byzgate::caf_compat
