/// The keys of a cluster's servers, and the digest that names the cluster in all that is signed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/ed25519.hpp"
#include "crypto/secret_bytes.hpp"
#include "protocol/cluster.hpp"

namespace byzgate {

/// 32 bytes: an X25519 key (RFC 7748) to which shares are sealed.
using x25519_public_key = std::array<std::uint8_t, 32>;

/// The operator's mistake with keys: place, what is wrong, cure. Exit code 2. Never holds any part
/// of a secret.
class key_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What one server keeps to itself.
struct private_keys {
    server_id server{};
    ed25519_seed seed;
    /// The X25519 secret that opens sealed shares: the external party's, nobody else's.
    std::optional<secret_256> sealing;

    bool operator==(const private_keys&) const = default;
};

/// What everybody may know.
struct cluster_keys {
    std::string name; ///< of the cluster; see `is_cluster_name`
    /// Commanders, lieutenants, the supervisor and the external party, each one's Ed25519 key.
    std::map<server_id, ed25519_public_key> servers;
    x25519_public_key sealing{}; ///< the external party's

    bool operator==(const cluster_keys&) const = default;
};

/// The keys of all servers: only where one process plays or makes them all.
struct key_set {
    cluster_keys all;
    std::map<server_id, private_keys> own;
    /// Sealed clusters: what payloads are sealed from. Commanders may have it, and nobody else.
    std::optional<secret_256> database;
};

/// 1 to 255 bytes, none of them a control character: what fits on a line of the public key file.
[[nodiscard]] bool is_cluster_name(std::string_view name);

[[nodiscard]] x25519_public_key sealing_key_of(const secret_256& sealing);
/// False for a point of small order, because anybody could open what is sealed to it, and for a
/// number that isn't in its only encoding.
[[nodiscard]] bool is_sealing_key(const x25519_public_key& key);

/// Fresh keys. Throws `key_error` for a name that is none.
[[nodiscard]] key_set fresh_keys(std::string name, const cluster_parameters& cluster);
/// The same for the same run seed; for runs without key files (`seed_from_run_seed`).
/// Throws `key_error` for a name that is none.
[[nodiscard]] key_set keys_from_run_seed(std::string name, const cluster_parameters& cluster,
                                         std::uint64_t run_seed);

/// The external party's sealing secret in those, and the database's secret that goes with them
/// (sealed.hpp).
[[nodiscard]] secret_256 sealing_secret_from_run_seed(std::uint64_t run_seed);
[[nodiscard]] secret_256 database_secret_from_run_seed(std::uint64_t run_seed);

/// BLAKE2b over all that the servers must agree on before a signature means anything: the name, k,
/// n, the budget, protocol, depth, recursion and every public key.
[[nodiscard]] digest cluster_digest(const cluster_keys& keys, const cluster_parameters& cluster);

/// Throws `key_error` (beginning with `place`) unless there is a key for every server of the
/// cluster and for no other.
void expect_keys_of(const cluster_keys& keys, const cluster_parameters& cluster,
                    std::string_view place);

/// What a server signs and verifies with. Throws `key_error` if the private key isn't the one that
/// the cluster knows as this server's, or the keys are not this cluster's.
[[nodiscard]] signing_keys make_signing_keys(const private_keys& own, const cluster_keys& all,
                                             const cluster_parameters& cluster);
/// Those of every server, on one key ring. The same refusals.
[[nodiscard]] std::map<server_id, signing_keys>
make_signing_keys(const key_set& keys, const cluster_parameters& cluster);

} // namespace byzgate
