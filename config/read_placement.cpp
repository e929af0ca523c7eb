// [placement], [transport] and [service].
#include "config/readers.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace byzgate {

namespace {

constexpr std::uint32_t ports_max = 65'535;

/// What `kind` and `trusted_hosts` say, wherever they stand.
void read_kind(table_reader& table, std::string_view kind_key, transport_config& into) {
    const auto kind = table.one_of(kind_key, {"framed", "basp"});
    into.kind = kind == "basp" ? transport_kind::basp : transport_kind::framed;
    into.trusted_hosts = table.yes_or_no("trusted_hosts").value_or(false);
    if (into.kind == transport_kind::basp && !into.trusted_hosts) {
        table.reject(kind_key,
                     "whoever reaches a port that speaks BASP can do with its process what it "
                     "likes (docs/threat-model.md); write \"framed\", or trusted_hosts = true "
                     "beside it if every host that can connect is trusted with all of them");
    }
}

void read_transport(table_reader& root, transport_config& into) {
    if (const auto* brief = root.find("transport"); brief != nullptr && brief->is_string()) {
        read_kind(root, "transport", into);
        return;
    }
    auto table = root.below("transport");
    read_kind(table, "kind", into);
    into.tls = table.yes_or_no("tls").value_or(true);
    if (!into.tls && into.kind != transport_kind::basp) {
        table.reject("tls", "framed links have no other way to know who speaks; leave it out, or "
                            "write insecure_loopback = true for a trial on this machine");
    }
    into.insecure_loopback = table.yes_or_no("insecure_loopback").value_or(false);
    table.whole_into(into.frame_bytes_max, "frame_bytes_max", 64U << 10, 1U << 30);
    table.finish();
}

void read_service(table_reader& root, service_config& into) {
    auto table = root.below("service");
    table.whole_into(into.catalogue_max, "catalogue_max", 1, 1U << 30);
    table.whole_into(into.operators_max, "operators_max", 1, 1U << 16);
    table.whole_into(into.retry_ms_max, "retry_ms_max", 1, 3'600'000);
    table.finish();
}

/// Reads the processes of `[placement]`, and remembers where each server was placed.
class placement_reader {
public:
    placement_reader(table_reader& table, scenario& into) : table_(table), into_(into) {}

    void read(const std::string& name) {
        auto process = table_.below(name);
        if (!table_.find(name)->is_table()) {
            return;
        }
        placed_process placed{name, process.name("address").value_or(""), {}};
        read_address(process, placed);
        read_listen(process, placed);
        read_servers(process, placed);
        process.finish();
        into_.placement.processes.push_back(std::move(placed));
    }
    void expect_all_placed(table_reader& root) {
        std::string missing;
        for (const auto server : placed_servers(into_.cluster)) {
            if (!places_.contains(server)) {
                missing += (missing.empty() ? "" : ", ") + to_string(server);
            }
        }
        if (!missing.empty()) {
            root.reject("placement", fmt::format("leaves out {}; name each server in the `servers` "
                                                 "of one process, or leave out all processes",
                                                 missing));
        }
    }

private:
    void read_address(table_reader& process, const placed_process& placed) {
        if (!process.has("address")) {
            process.reject("address", "is missing; write \"HOST:PORT\", where the others reach it");
            return;
        }
        const auto at = parse_address(placed.address);
        if (!at) {
            process.reject("address", fmt::format("\"{}\" is no address; write \"HOST:PORT\", such "
                                                  "as \"10.0.0.1:7101\"",
                                                  placed.address));
        } else if (into_.transport.insecure_loopback && !is_loopback(*at)) {
            process.reject("address", fmt::format("\"{}\" is another machine, and [transport] "
                                                  "insecure_loopback protects nothing; write an "
                                                  "address of this one, or use TLS",
                                                  placed.address));
        } else if (const auto [other, first] = addresses_.emplace(placed.address, placed.name);
                   !first) {
            process.reject("address",
                           fmt::format("{} has it already; write another port", other->second));
        }
    }
    void read_listen(table_reader& process, placed_process& placed) {
        placed.listen = process.name("listen").value_or("");
        if (!placed.listen.empty() && !parse_address(placed.listen)) {
            process.reject("listen", fmt::format("\"{}\" is no address; write \"HOST:PORT\", such "
                                                 "as \"0.0.0.0:7101\" for all of this machine's",
                                                 placed.listen));
        }
    }
    void read_servers(table_reader& process, placed_process& placed) {
        const auto names = process.texts("servers");
        if (!process.has("servers") || (names && names->empty())) {
            process.reject("servers", "names nobody; write which servers live in this process, "
                                      "such as [\"commander-1\"]");
            return;
        }
        for (const auto& name : names.value_or(std::vector<std::string>{})) {
            const auto server = parse_server_id(name);
            if (!server || !into_.cluster.contains(*server)) {
                process.reject("servers", fmt::format("\"{}\" is no server of this cluster", name));
            } else if (const auto [other, first] = places_.emplace(*server, placed.name); !first) {
                process.reject("servers",
                               fmt::format("{} lives in {} already", name, other->second));
            } else {
                placed.servers.push_back(*server);
            }
        }
    }

    table_reader& table_;
    scenario& into_;
    std::map<server_id, std::string> places_;
    std::map<std::string, std::string> addresses_;
};

} // namespace

void read_placement(table_reader& root, scenario& into, bool cluster_is_valid) {
    read_transport(root, into.transport);
    read_service(root, into.service);
    auto table = root.below("placement");
    std::uint32_t port = into.placement.base_port;
    table.whole_into(port, "base_port", 1, ports_max);
    into.placement.base_port = static_cast<std::uint16_t>(port);
    placement_reader processes{table, into};
    for (const auto& [key, node] : table.table()) {
        const std::string name{key.str()};
        if (name == "base_port") {
            continue;
        }
        if (cluster_is_valid) {
            processes.read(name);
        } else { // no servers to place
            static_cast<void>(table.find(name));
        }
    }
    if (cluster_is_valid && !into.placement.processes.empty()) {
        processes.expect_all_placed(root);
    }
    table.finish();
}

} // namespace byzgate
