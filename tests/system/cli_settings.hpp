/// Configurations that the tests of the command use.
#pragma once

#include <string>

namespace byzgate::test {

/// Two loyal commanders on twenty generated records. Nobody is silent, so the long phase costs
/// nothing, and no busy machine makes a loyal message late.
inline const std::string loyal_toml = R"(name = "loyal"
seed = 7

[cluster]
commanders = 2
lieutenants = 3
phase_timeout_ms = 20000

[database]
url = "memory:"
generate = { records = 20, public = 0.5, payload_bytes = 40 }

[rounds]
batch = 5
)";

/// One commander that calls everything the opposite: it leaks.
inline const std::string leaking_toml = R"(name = "leaking"
seed = 7

[cluster]
commanders = 1
lieutenants = 3
phase_timeout_ms = 20000

[database]
url = "memory:"
generate = { records = 20, public = 0.5, payload_bytes = 40 }

[rounds]
batch = 5

[[byzantine]]
server = "commander-1"
behavior = "consistent_lie"
)";

/// Loyal servers on a database file beside the configuration.
inline const std::string on_file_toml = R"(name = "on-file"
seed = 7

[cluster]
commanders = 2
lieutenants = 3
phase_timeout_ms = 20000

[database]
url = "sqlite:records.db"
)";

inline const std::string small_csv = "id,class,text\na,Open,one\nb,Internal,two\nc,Open,three\n";

} // namespace byzgate::test
