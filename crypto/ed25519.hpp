/// Ed25519 (RFC 8032) from libsodium behind the protocol's signature seam. Who signed may be
/// anybody: a public key that isn't one, a signature in a second encoding and a key of small order
/// (for which signatures of anything can be made up) are refused.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "crypto/secret_bytes.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

/// 32 bytes: a compressed point.
using ed25519_public_key = std::array<std::uint8_t, 32>;
/// 32 bytes: what RFC 8032 calls the private key.
using ed25519_seed = secret_256;

/// A private key in memory of its own, between guard pages, locked where the system lets us, and
/// wiped with the last copy. Copies share it.
class ed25519_signer final : public signer {
public:
    /// Throws std::bad_alloc if there is no memory for it.
    explicit ed25519_signer(const ed25519_seed& seed);

    [[nodiscard]] signature sign(std::string_view bytes) const override;
    /// BLAKE2b of the label, keyed by what is derived from the seed for this alone.
    [[nodiscard]] digest secret_for(std::string_view label) const override;
    [[nodiscard]] const ed25519_public_key& public_key() const noexcept { return public_key_; }

private:
    struct secrets;
    std::shared_ptr<const secrets> secrets_;
    ed25519_public_key public_key_{};
};

struct ed25519_key_pair {
    ed25519_public_key public_key{};
    std::shared_ptr<const ed25519_signer> own;
};

/// Deterministic: the same seed, the same pair.
[[nodiscard]] ed25519_key_pair make_key_pair(const ed25519_seed& seed);

/// A server's seed for a run without key files: everybody who knows the run's seed knows it, so it
/// keeps no secret from anyone.
[[nodiscard]] ed25519_seed seed_from_run_seed(std::uint64_t run_seed, server_id server);

/// True for a point in its only encoding, in the group of prime order and not its neutral element:
/// what every key that was made from a seed is.
[[nodiscard]] bool is_public_key(const ed25519_public_key& key);

class ed25519_key_ring final : public key_ring {
public:
    explicit ed25519_key_ring(std::map<server_id, ed25519_public_key> keys);

    [[nodiscard]] bool verify(server_id who, std::string_view bytes,
                              const signature& by) const override;
    [[nodiscard]] const std::map<server_id, ed25519_public_key>& keys() const noexcept {
        return keys_;
    }

private:
    std::map<server_id, ed25519_public_key> keys_;
};

} // namespace byzgate
