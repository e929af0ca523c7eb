/// Which servers live in which process, and how processes talk: `[placement]`, `[transport]` and
/// `[service]` of a configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/cluster.hpp"

namespace byzgate {

/// What carries links from process to process.
enum class transport_kind : std::uint8_t {
    framed, ///< frames of our own over TLS 1.3: a peer may be a liar
    basp    ///< CAF's own protocol: a peer may do with this process what it likes
};

/// `[transport]`, or `transport = "basp"` with `trusted_hosts = true` for short.
struct transport_config {
    transport_kind kind = transport_kind::framed;
    bool trusted_hosts = false;     ///< BASP needs it to be said
    bool tls = true;                ///< only BASP may do without
    bool insecure_loopback = false; ///< no TLS, on this machine only
    std::uint32_t frame_bytes_max = 32U << 20;

    [[nodiscard]] bool is_plain() const noexcept { return insecure_loopback || !tls; }
};

/// One `[placement.NAME]`.
struct placed_process {
    std::string name;
    std::string address; ///< `host:port`, `[IPv6]:port`: where the others reach it
    std::vector<server_id> servers;
    std::string listen{}; ///< the same, where it listens itself; empty: at `address`

    bool operator==(const placed_process&) const = default;
};

/// `[placement]`: without any process in it every server has a process of its own on this machine,
/// with ports from `base_port` on.
struct placement_config {
    static constexpr std::uint16_t base_port_default = 7'101;
    std::uint16_t base_port = base_port_default;
    std::vector<placed_process> processes; ///< in the order of their names
};

/// `[service]`: what operators may ask of a running cluster.
struct service_config {
    std::uint32_t catalogue_max = 1'000'000; ///< ids that `--all` takes from one commander
    std::uint32_t operators_max = 64;        ///< requests at a time
    std::uint32_t retry_ms_max = 5'000;      ///< longest pause before a record is tried again
};

/// Host and port of an address.
struct host_and_port {
    std::string host; ///< without brackets
    std::uint16_t port = 0;
};
/// Nothing for what isn't `host:port` or `[IPv6]:port` with a port from 1 to 65535.
[[nodiscard]] std::optional<host_and_port> parse_address(std::string_view address);
/// 127.0.0.0/8, ::1 or localhost.
[[nodiscard]] bool is_loopback(const host_and_port& at);

/// commander-1…, lieutenant-1…, supervisor, external-party: all that live in some process.
[[nodiscard]] std::vector<server_id> placed_servers(const cluster_parameters& cluster);

/// The processes of a cluster, made up where the configuration names none.
[[nodiscard]] std::vector<placed_process> processes_of(const placement_config& placement,
                                                       const cluster_parameters& cluster);

/// The process of that name, or that the server of that name lives in; null if there is none.
[[nodiscard]] const placed_process* find_process(const std::vector<placed_process>& among,
                                                 std::string_view name);

} // namespace byzgate
