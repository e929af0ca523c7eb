/// Why a TLS handshake with somebody fails, in words that say which host should do what. For links
/// whose own TLS doesn't tell: that of caf_openssl.
#pragma once

#include <cstdint>
#include <string>

#include "net/explain.hpp"
#include "net/tls.hpp"

namespace byzgate {

struct tls_trial {
    server_id local{};
    server_id peer{};
    std::string address; ///< the peer's, as in the configuration
    tls_identities::files own;
    std::filesystem::path authority;
    std::uint64_t patience_ms = 1'000; ///< for all of it
};

/// Handshakes as a client by a connected, non-blocking socket, which it closes. Empty if nothing is
/// wrong as far as certificates, clocks and TLS go; names aren't asked. Blocks.
[[nodiscard]] std::string diagnose_tls(int socket, const tls_trial& how);

} // namespace byzgate
