/// Links over CAF's own protocol (BASP): the same sessions, frames, credits and reconnection as
/// `make_tls_transport`, with CAF's `publish` and connections by name in the place of sockets.
///
/// For hosts that trust each other and nobody else reaches: BASP believes whoever connects, before
/// any byte of a session is looked at (docs/threat-model.md).
#pragma once

#include <memory>

#include "actors/tls_transport.hpp"

namespace byzgate {

/// Listens and begins to connect, by TLS of caf_openssl with certificates on both sides, or without
/// any if `plain` or `insecure_loopback`. The certificate is that of the first of `locals`: CAF
/// asks only whether the CA signed it, so names are what peers say they are.
///
/// All servers of two processes share one connection, which one of them must make: `dialing` must
/// say so. Throws as `make_tls_transport` does.
[[nodiscard]] std::unique_ptr<link_transport> make_basp_transport(tls_transport_settings settings,
                                                                  bool plain);

} // namespace byzgate
