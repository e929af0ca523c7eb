/// Links over CAF's brokers: framed, by TLS 1.3 with both sides' certificates, with credits,
/// heartbeats and reconnection. docs/ARCHITECTURE.md, "Links between processes", tells how.
///
/// Each pair of a server here and a server elsewhere has a link of its own. Of two servers the one
/// with the smaller id connects (`dials`); operators connect to the supervisor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/transport.hpp"
#include "net/session.hpp"

namespace byzgate {

/// The environment's fault, such as a port that is taken: what to do about it is in the text.
class transport_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct tls_transport_settings {
    /// A server of this process, or `operator_id`, and the files that prove it.
    struct local_server {
        server_id server{};
        std::filesystem::path certificate;
        std::filesystem::path key;
    };
    /// A server elsewhere. Those that connect to us need no address.
    struct remote_server {
        server_id server{};
        std::string host;
        std::uint16_t port = 0;
    };
    struct listen_address {
        std::string host = "127.0.0.1"; ///< a name or number of this host; `::` for all
        std::uint16_t port = 0;         ///< 0: any that is free, see `link_transport::port`
    };

    std::vector<local_server> locals;
    std::vector<remote_server> peers;
    std::filesystem::path authority; ///< `ca.crt`
    /// `ca.crl`, which need not exist. It and the other files are read again when they change.
    std::filesystem::path revocations;
    std::optional<listen_address> listen;
    /// No TLS and no certificates; every address must be of this machine.
    bool insecure_loopback = false;
    /// Connections carry plain bytes: whoever makes them secures them below, or nobody does
    /// (basp_transport.hpp).
    bool plain_channels = false;
    digest cluster{}; ///< `cluster_digest`
    digest config{};  ///< of all else that the processes must have alike
    link_limits limits;
    /// For operators, who all have one name and need little.
    link_limits operator_limits{1U << 20, 4U << 20, 16U << 20, 256U << 10};
    link_times times;
    std::size_t operators_max = 16;
    /// Connections that haven't said who they are; beyond it the oldest of them goes.
    std::size_t strangers_max = 128;
    std::uint64_t seed = 0; ///< for the jitter of reconnection
    /// Which pairs have a link.
    std::function<bool(server_id, server_id)> linked = may_be_linked;
    /// Of two linked ends, whether the first connects to the second.
    std::function<bool(server_id from, server_id to)> dialing = dials;
    transport_events events;
    /// Called on any thread, one line at a time, never with anything that a peer wrote.
    std::function<void(bool warning, const std::string& line)> on_log;
    /// Told when a certificate of this process was read: at once, and when its file changed.
    std::function<void(server_id local, const certificate_times& valid)> on_certificate;
};

class link_transport : public transport {
public:
    /// The port that it listens on; 0 if it doesn't.
    [[nodiscard]] virtual std::uint16_t port() const = 0;
};

/// Listens and begins to connect. Throws `key_error` for files that don't fit (missing, another's
/// name, wrong key, expired, readable by others, …) or settings that contradict each other, and
/// `transport_error` if the port is taken or the address isn't this host's.
[[nodiscard]] std::unique_ptr<link_transport> make_tls_transport(tls_transport_settings settings);

} // namespace byzgate
