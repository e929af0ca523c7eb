/// BLAKE2b-256 and ChaCha20 from libsodium behind the protocol's digest seam.
#pragma once

#include "protocol/record.hpp"

namespace byzgate {

/// Unkeyed BLAKE2b with 32 bytes of output (RFC 7693): what `b2sum -l 256` prints.
class blake2b_digester final : public digester {
public:
    blake2b_digester();
    [[nodiscard]] digest digest_of(std::string_view bytes) const override;
    /// The key stream of ChaCha20 (RFC 8439) with the seed as key and a nonce of zeros: a seed
    /// serves this alone.
    void stretch(const digest& seed, std::span<std::uint8_t> to) const override;
};

} // namespace byzgate
