/// The seam through which signatures enter the protocol. Real keys are Ed25519 (crypto/); the
/// simulator and the checker bring idealized ones that nobody can forge and that cost little.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/ids.hpp"
#include "protocol/record.hpp"

namespace byzgate {

/// 64 bytes: an Ed25519 signature (RFC 8032), or what a driver has in its place.
using signature = std::array<std::uint8_t, 64>;

/// One server's private key. Deterministic: the same bytes, the same signature. May be called from
/// several threads at once.
class signer {
public:
    virtual ~signer() = default;
    [[nodiscard]] virtual signature sign(std::string_view bytes) const = 0;
    /// 256 bits that only this key's holder can compute, the same for the same label: for salts
    /// that a restarted server must choose again just so.
    [[nodiscard]] virtual digest secret_for(std::string_view label) const = 0;
};

/// The public keys of a cluster. May be called from several threads at once.
class key_ring {
public:
    virtual ~key_ring() = default;
    /// False for an unknown server too.
    [[nodiscard]] virtual bool verify(server_id who, std::string_view bytes,
                                      const signature& by) const = 0;
};

/// What a server of a signed cluster signs and verifies with. All null in an oral one.
struct signing_keys {
    std::shared_ptr<const signer> own;
    std::shared_ptr<const key_ring> all;
    /// Names the cluster in everything that is signed: a digest over its parameters and keys.
    digest cluster{};

    [[nodiscard]] explicit operator bool() const noexcept { return own && all; }
};

} // namespace byzgate
