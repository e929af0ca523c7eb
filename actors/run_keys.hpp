/// The keys that a run signs with: those of `[keys] dir`, else its state's, else made from the
/// seed.
#pragma once

#include <filesystem>
#include <functional>

#include "config/scenario.hpp"
#include "crypto/keys.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

struct run_keys {
    cluster_keys all;
    /// What that server signs and verifies with; whoever has no key of its own here only verifies.
    /// Empty in an oral cluster.
    std::function<signing_keys(server_id)> of;
};

/// What makes signatures of one cluster and what checks them, for all that `keys` has.
[[nodiscard]] run_keys make_run_keys(const key_set& keys, const cluster_parameters& cluster);

/// The keys in a directory that `byzgate keygen` wrote, or a run for its state; private ones from
/// the environment where they are there. Throws key_error, and config_error if the numbers beside
/// the keys are not those of the configuration.
[[nodiscard]] run_keys find_run_keys(const std::filesystem::path& directory, const scenario& what);

/// The keys of a run without a state: those of `[keys] dir`, or made from the seed, so that whoever
/// knows the seed knows them. Throws as above.
[[nodiscard]] run_keys keys_without_state(const scenario& what, std::uint64_t seed);

/// Throws config_error if the numbers in `directory`, where there are some, aren't the cluster's.
void expect_numbers_in(const std::filesystem::path& directory, const cluster_keys& keys,
                       const scenario& what);

} // namespace byzgate
