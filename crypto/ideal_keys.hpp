/// Idealized signatures, for simulations: a keyed digest that whoever holds the whole table can
/// check. They cost a fraction of real ones, and nobody who doesn't hold another's key can make one
/// up without breaking the digest. Nothing that faces a real adversary may use them: whoever can
/// verify could sign.
#pragma once

#include <memory>

#include "protocol/cluster.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

class ideal_keys {
public:
    /// Keys of all servers of that cluster, drawn from the seed. `digests` outlives them.
    ideal_keys(const cluster_parameters& cluster, std::uint64_t seed, const digester& digests);

    /// What that server signs and verifies with; anybody who isn't a commander or lieutenant of the
    /// cluster, the supervisor above all, verifies only.
    [[nodiscard]] signing_keys of(server_id id) const;

private:
    class table;
    std::shared_ptr<const table> table_;
};

} // namespace byzgate
