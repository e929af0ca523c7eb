/// Ed25519 (RFC 8032) from libsodium behind the protocol's signature seam.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "protocol/cluster.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

using ed25519_seed = std::array<std::uint8_t, 32>;
using ed25519_public_key = std::array<std::uint8_t, 32>;

/// A private key in guarded memory that is wiped when the last holder lets go.
class ed25519_signer final : public signer {
public:
    /// The seed is the private key as RFC 8032 has it. The caller wipes its own copy.
    explicit ed25519_signer(const ed25519_seed& seed);
    ~ed25519_signer() override;
    ed25519_signer(const ed25519_signer&) = delete;
    ed25519_signer& operator=(const ed25519_signer&) = delete;

    [[nodiscard]] signature sign(std::string_view bytes) const override;
    /// Keyed BLAKE2b of the label, under a key that is derived from the seed for nothing else.
    [[nodiscard]] digest secret_for(std::string_view label) const override;
    [[nodiscard]] const ed25519_public_key& public_key() const noexcept { return public_key_; }

private:
    struct secrets;
    secrets* secrets_; ///< allocated by sodium_malloc
    ed25519_public_key public_key_{};
};

class ed25519_key_ring final : public key_ring {
public:
    explicit ed25519_key_ring(std::map<server_id, ed25519_public_key> keys)
        : keys_(std::move(keys)) {}
    /// As libsodium verifies: no small-order keys, no malleable signatures.
    [[nodiscard]] bool verify(server_id who, std::string_view bytes,
                              const signature& by) const override;
    [[nodiscard]] const std::map<server_id, ed25519_public_key>& keys() const noexcept {
        return keys_;
    }

private:
    std::map<server_id, ed25519_public_key> keys_;
};

/// The keys of a run that is given none: all commanders' and lieutenants', from the run's seed. For
/// trials in one process: whoever knows the seed knows the keys.
[[nodiscard]] std::function<signing_keys(server_id)>
keys_from_seed(const cluster_parameters& cluster, std::uint64_t seed);

} // namespace byzgate
