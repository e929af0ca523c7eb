#include "config/placement.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "config/scenario.hpp"

namespace byzgate {

std::optional<host_and_port> parse_address(std::string_view address) {
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return std::nullopt;
    }
    host_and_port at;
    const auto digits = address.substr(colon + 1);
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, at.port);
    if (read.ec != std::errc{} || read.ptr != end || at.port == 0) {
        return std::nullopt;
    }
    auto host = address.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '.' || c == '-' || c == '_' || (bracketed && (c == ':' || c == '%'));
    };
    if (!std::all_of(host.begin(), host.end(), fits)) {
        return std::nullopt;
    }
    at.host = host;
    return at;
}

bool is_loopback(const host_and_port& at) {
    const auto& host = at.host;
    const bool four =
        host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
    return four || host == "::1" || host == "localhost";
}

std::vector<server_id> placed_servers(const cluster_parameters& cluster) {
    auto all = cluster.servers();
    all.push_back(supervisor_id);
    all.push_back(external_party_id);
    return all;
}

std::vector<placed_process> processes_of(const placement_config& placement,
                                         const cluster_parameters& cluster) {
    if (!placement.processes.empty()) {
        return placement.processes;
    }
    std::vector<placed_process> made;
    std::uint32_t port = placement.base_port;
    for (const auto server : placed_servers(cluster)) {
        made.push_back({to_string(server), fmt::format("127.0.0.1:{}", port++), {server}});
    }
    return made;
}

const placed_process* find_process(const std::vector<placed_process>& among,
                                   std::string_view name) {
    for (const auto& process : among) {
        if (process.name == name) {
            return &process;
        }
    }
    const auto server = parse_server_id(name);
    for (const auto& process : among) {
        if (server
            && std::find(process.servers.begin(), process.servers.end(), *server)
                   != process.servers.end()) {
            return &process;
        }
    }
    return nullptr;
}

std::string shared_settings(const scenario& s) {
    const auto& c = s.cluster;
    const auto& l = c.limit;
    auto text = fmt::format(
        "name {}\ncluster {} {} {} {} {} {} {} {} {}\nphase_timeout_ms {}\npolicy {}\n"
        "limits {} {} {} {}\ntransport {} {} {} {}\nsealed {}\n",
        s.name, c.commanders, c.lieutenants, to_string(c.protocol), c.depth, c.max_recursion,
        c.tolerate.commanders, c.tolerate.lieutenants, c.tolerate.total, c.quorum(),
        s.phase_timeout_ms, static_cast<int>(c.on_conviction), l.batch_max, l.payload_bytes_max,
        l.record_id_bytes_max, l.rounds_open_max, static_cast<int>(s.transport.kind),
        s.transport.tls, s.transport.insecure_loopback, s.transport.frame_bytes_max, c.sealed);
    for (const auto& process : processes_of(s.placement, c)) {
        text += fmt::format("process {} {}", process.name, process.address);
        for (const auto server : process.servers) {
            text += " " + to_string(server);
        }
        text += "\n";
    }
    return text;
}

} // namespace byzgate
