/// TLS 1.3 over buffers: bytes in, bytes out, no socket. Both ends show a certificate that the one
/// CA signed; who an end is, is the only DNS name in it, compared byte by byte. No tickets, no
/// session cache, nothing older than TLS 1.3.
///
/// A certificate whose only fault is its time, or that it is revoked, finishes the handshake and is
/// refused right after it, so that its owner is told what is wrong (`secure_channel::problem`).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "net/channel.hpp"

namespace byzgate {

/// The certificates of the servers of one process.
class tls_identities {
public:
    struct files {
        server_id server{};
        std::filesystem::path certificate;
        std::filesystem::path key;
    };
    /// Throws `key_error` if a file is missing, is none, or doesn't fit: the key to its
    /// certificate, the name to the server, the signature to the CA; or if others than the owner
    /// have rights to a private key. `revoked` is the CA's list; there need not be such a file.
    tls_identities(const std::vector<files>& own, const std::filesystem::path& authority,
                   const std::filesystem::path& revoked = {});
    tls_identities(const tls_identities&) = delete;
    tls_identities& operator=(const tls_identities&) = delete;
    ~tls_identities();

    // Channels may outlive the object.
    /// A connection that we made, from one of our servers to `peer`.
    [[nodiscard]] std::unique_ptr<secure_channel> dial(server_id local, server_id peer) const;
    /// One that somebody made to us; which of our servers it wants, it says.
    [[nodiscard]] std::unique_ptr<secure_channel> accept() const;

    /// What the operator should know now: own certificates that are not valid by this clock, or
    /// won't be for long. A line each.
    [[nodiscard]] std::vector<std::string> warnings(std::uint64_t now_s) const;

    /// Of one of our own certificates; nothing for another server.
    [[nodiscard]] std::optional<certificate_times> times_of(server_id own) const;
    /// A certificate with this serial number (`secure_channel::peer_serial`) is revoked.
    [[nodiscard]] bool is_revoked(const std::string& serial) const;
    /// Something that the same CA's list revoked in `before` is believed here again.
    [[nodiscard]] bool forgets(const tls_identities& before) const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace byzgate
