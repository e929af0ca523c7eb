/// A signed cluster with keys that everybody knows, and all that its servers ever signed: seeds to
/// begin with, and the means to tell a forgery from them.
///
/// Two commanders, three lieutenants. Commander-2 equivocates in round 1 and changes its word in
/// round 2. The lieutenants vote to release record "a" in its version "v1" in both rounds and
/// nothing else ever.
#pragma once

#include "protocol/certificate.hpp"
#include "protocol/cluster.hpp"
#include "protocol/signatures.hpp"

namespace byzgate::sample {

inline const record_id released_record = "a";
inline const version_id released_version = "v1";
inline constexpr server_id liar = commander_id(1);

[[nodiscard]] const cluster_parameters& cluster();
[[nodiscard]] const digester& digests();
[[nodiscard]] digest released_digest();

/// What anybody verifies with.
[[nodiscard]] const signing_keys& keys();
/// Takes every signature for good, so that what comes after it in a check is reached.
[[nodiscard]] const signing_keys& gullible_keys();

/// Rests on both commanders' claims.
[[nodiscard]] release_certificate certificate();
/// Rests on commander-1's claim and on what convicts commander-2.
[[nodiscard]] release_certificate convicting_certificate();
/// Two batches of commander-2 for one place.
[[nodiscard]] evidence same_place();
/// Two claims of commander-2 about one version.
[[nodiscard]] evidence same_version();

/// The same cluster with sealed payloads, with the secrets of run seed 1, and a record of it.
[[nodiscard]] cluster_parameters sealed_cluster();
[[nodiscard]] record sealed_out();

} // namespace byzgate::sample
