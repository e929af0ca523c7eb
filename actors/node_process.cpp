#include "actors/node_process.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "actors/basp_transport.hpp"
#include "actors/log_tap.hpp"
#include "actors/received_file.hpp"
#include "actors/recent_failures.hpp"
#include "actors/run.hpp"
#include "actors/tls_transport.hpp"
#include "behaviors/schedule.hpp"
#include "config/parse.hpp"
#include "crypto/key_files.hpp"
#include "crypto/key_sources.hpp"
#include "net/certificate_files.hpp"

namespace byzgate {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const scenario& what, const std::string& message) {
    throw config_error(what.file, {{0, message}});
}

bool is_here(const placed_process& here, bool (*is)(server_id)) {
    return std::any_of(here.servers.begin(), here.servers.end(), is);
}

/// The public keys; nothing where a cluster on one machine, without signatures, has none.
std::optional<cluster_keys> public_keys_of(const scenario& what) {
    const auto file = keys_dir_of(what) / cluster_key_file_name;
    if (!what.cluster.is_signed() && !what.cluster.sealed && what.transport.is_plain()
        && !fs::exists(file)) {
        return std::nullopt;
    }
    if (!fs::exists(file)) {
        refuse(what, fmt::format("there are no keys in {}; make them with byzgate keygen, or name "
                                 "their directory in [keys] dir",
                                 file.parent_path().string()));
    }
    auto keys = load_public_keys(file);
    expect_keys_of(keys, what.cluster, file.string());
    return keys;
}

tls_transport_settings common_settings(const scenario& what) {
    tls_transport_settings settings;
    const auto shared = shared_digests_of(what);
    settings.cluster = shared.cluster;
    settings.config = shared.config;
    settings.insecure_loopback = what.transport.insecure_loopback;
    settings.authority = keys_dir_of(what) / authority_file_name;
    settings.revocations = keys_dir_of(what) / revocation_file_name;
    settings.operators_max = what.service.operators_max;
    const std::uint64_t message = what.transport.frame_bytes_max;
    settings.limits.message_bytes_max = message;
    settings.limits.window_bytes = message / 2 * 5;
    settings.limits.queue_bytes_max = message * 3;
    return settings;
}

tls_transport_settings::local_server proof_of(const scenario& what, server_id server) {
    const auto dir = keys_dir_of(what);
    const auto name = link_name(server);
    return {server, dir / certificate_file_name(name), dir / tls_key_file_name(name)};
}

host_and_port address_of(const placed_process& process) {
    return parse_address(process.address).value();
}

host_and_port door_of(const placed_process& process) {
    return process.listen.empty() ? address_of(process) : parse_address(process.listen).value();
}

/// BASP joins processes, not servers: of two, the one with the smallest server connects.
std::function<bool(server_id, server_id)> one_way_between(const scenario& what) {
    std::map<server_id, server_id> leader;
    for (const auto& process : processes_of(what.placement, what.cluster)) {
        for (const auto server : process.servers) {
            leader[server] = *std::min_element(process.servers.begin(), process.servers.end());
        }
    }
    return [leader](server_id from, server_id to) {
        return is_operator(from) || (!is_operator(to) && leader.at(from) < leader.at(to));
    };
}

std::unique_ptr<transport> connect_by(const scenario& what, tls_transport_settings settings) {
    if (what.transport.kind == transport_kind::basp) {
        settings.dialing = one_way_between(what);
        return make_basp_transport(std::move(settings), what.transport.is_plain());
    }
    return make_tls_transport(std::move(settings));
}

std::unique_ptr<transport> connect_process(const node_process_settings& of,
                                           transport_events events) {
    auto settings = common_settings(of.what);
    settings.seed = of.seed;
    settings.events = std::move(events);
    settings.on_log = of.on_log;
    settings.on_certificate = [figures = of.figures](server_id own, const certificate_times& is) {
        if (figures != nullptr) {
            figures->on_certificate(own, static_cast<std::int64_t>(is.until_s));
        }
    };
    of.on_log(false, fmt::format("cluster {}, configuration {}: all hosts must have these alike",
                                 to_hex(settings.cluster).substr(0, 8),
                                 to_hex(settings.config).substr(0, 8)));
    for (const auto server : of.here.servers) {
        settings.locals.push_back(proof_of(of.what, server));
    }
    for (const auto& process : processes_of(of.what.placement, of.what.cluster)) {
        if (process.name == of.here.name) {
            const auto door = door_of(process);
            settings.listen = tls_transport_settings::listen_address{door.host, door.port};
            continue;
        }
        const auto at = address_of(process);
        for (const auto server : process.servers) {
            settings.peers.push_back({server, at.host, at.port});
        }
    }
    return connect_by(of.what, std::move(settings));
}

std::shared_ptr<release_sink> recipient_of(const scenario& what) {
    switch (what.external_party.output) {
        case external_party_output::file: {
            auto file = std::make_shared<received_file>(what.external_party.file.string());
            file->open();
            return file;
        }
        case external_party_output::standard_output:
            return open_json_lines("-");
        case external_party_output::none:
            break;
    }
    return nullptr;
}

} // namespace

fs::path keys_dir_of(const scenario& what) {
    if (what.keys_dir) {
        return *what.keys_dir;
    }
    if (what.state_dir && fs::exists(*what.state_dir / "keys" / cluster_key_file_name)) {
        return *what.state_dir / "keys";
    }
    return what.file.parent_path() / (what.file.stem().string() + "-keys");
}

shared_digests shared_digests_of(const scenario& what) {
    const blake2b_digester digests;
    const auto keys = public_keys_of(what);
    const auto shared = shared_settings(what);
    return {keys ? cluster_digest(*keys, what.cluster) : digests.digest_of(what.name),
            digests.digest_of(shared)};
}

std::unique_ptr<transport> connect_operator(const scenario& what, transport_events events) {
    auto settings = common_settings(what);
    settings.events = std::move(events);
    settings.locals.push_back(proof_of(what, operator_id));
    const auto processes = processes_of(what.placement, what.cluster);
    const auto* gate = find_process(processes, to_string(supervisor_id));
    const auto at = address_of(*gate);
    settings.peers.push_back({supervisor_id, at.host, at.port});
    settings.on_log = [](bool, const std::string&) {};
    return connect_by(what, std::move(settings));
}

struct node_process::parts {
    explicit parts(node_process_settings given);

    void open_state();
    void open_keys();
    [[nodiscard]] node_settings node_of();
    [[nodiscard]] std::unique_ptr<key_rounds> rounds_beside_keys();

    node_process_settings settings;
    blake2b_digester digests;
    run_keys keys;
    std::map<server_id, std::unique_ptr<state_folder>> state;
    std::shared_ptr<gate_state> gate;
    log_tap tap;
    mutable std::mutex failure_mutex;
    std::string failure;
    recent_failures lately;
    actor_config config;
    std::optional<caf::actor_system> system;
    std::unique_ptr<node> servers;
};

node_process::parts::parts(node_process_settings given)
    : settings(std::move(given)),
      // Workers that steal poll for a while when they have nothing to do, and between two messages
      // from elsewhere they have nothing: it took more of the processors than the work did.
      config(caf_compat::scheduling::sharing,
             std::max<std::size_t>(2, std::thread::hardware_concurrency())) {
    if (!is_here(settings.here, is_commander)) {
        settings.what.database = {};
    }
    open_keys();
    open_state();
    system.emplace(config);
    servers = std::make_unique<node>(*system, node_of());
}

void node_process::parts::open_keys() {
    drop_key_variables_but(settings.here.servers, is_here(settings.here, is_commander));
    if (!settings.what.cluster.is_signed() && !settings.what.cluster.sealed) {
        return;
    }
    const auto dir = keys_dir_of(settings.what);
    key_set found{public_keys_of(settings.what).value(), {}, {}};
    for (const auto server : settings.here.servers) {
        found.own.emplace(server, find_private_keys(dir, server));
    }
    if (settings.what.cluster.sealed && is_here(settings.here, is_commander)) {
        found.database = find_database_secret(dir);
    }
    expect_numbers_in(dir, found.all, settings.what);
    keys = make_run_keys(found, settings.what.cluster);
}

std::unique_ptr<key_rounds> node_process::parts::rounds_beside_keys() {
    if (!keys.of) {
        return nullptr;
    }
    const auto dir = keys_dir_of(settings.what);
    auto rounds = std::make_unique<key_rounds>(dir, key_rounds::unwritable::left_alone);
    if (!rounds->notes() && settings.on_log) {
        settings.on_log(true,
                        fmt::format("[keys] dir {}: can't be written to, so how far rounds are "
                                    "numbered is in [state] dir alone; let nothing else sign with "
                                    "these keys, and make new ones if that state is lost",
                                    dir.string()));
    }
    return rounds;
}

void node_process::parts::open_state() {
    const auto& what = settings.what;
    if (!what.state_dir) {
        refuse(what, "a server that forgets what it said is as bad as a liar; name a directory for "
                     "it in [state] dir");
    }
    for (const auto server : settings.here.servers) {
        state[server] = std::make_unique<state_folder>(*what.state_dir / to_string(server));
    }
    if (const auto own = state.find(supervisor_id); own != state.end()) {
        const auto& dir = own->second->path();
        const auto checking = keys.of ? keys.of(supervisor_id) : signing_keys{};
        if (keys.of) {
            // So that `byzgate ledger` and `byzgate verify` find what checks the certificates.
            write_public_cluster(dir / "keys", keys.all, what.cluster);
        }
        gate = std::make_shared<gate_state>(dir, what.cluster, checking, digests,
                                            rounds_beside_keys());
        own->second->began();
    }
}

node_settings node_process::parts::node_of() {
    const auto& what = settings.what;
    node_settings to;
    to.what = what;
    to.servers = settings.here.servers;
    to.seed = settings.seed;
    to.digests = &digests;
    to.keys = keys.of;
    to.sealing = keys.sealing;
    to.make_handler = handlers_of(what, keys.of);
    if (keys.of) {
        to.signing_log = [this](server_id server) {
            const auto& folder = *state.at(server);
            folder.expect_kept(to_string(server) + ".log",
                               "without it the server could contradict what it signed, and convict "
                               "itself");
            auto log = open_signing_log(folder.path(), keys.of(server).cluster, server);
            folder.began();
            return log;
        };
    }
    if (what.allow_runtime_changes) {
        to.swap = [](machine& at, const swap_behavior& how) {
            if (auto* playing = dynamic_cast<swappable*>(&at)) {
                playing->swap(how.name, how.options);
            }
        };
    }
    if (is_here(settings.here, is_commander)) {
        if (keys.of) {
            expect_same_generated(keys_dir_of(what), what, settings.seed);
            for (const auto server : settings.here.servers) {
                if (is_commander(server)) {
                    expect_same_generated(state.at(server)->path(), what, settings.seed);
                }
            }
        }
        const auto database = database_settings_of(what, settings.seed);
        // An operator's mistake shows now, not in the first round.
        static_cast<void>(open_database(database));
        to.open_database = [database, figures = settings.figures] {
            auto opened = open_database(database);
            return figures != nullptr ? metered(std::move(opened), *figures) : std::move(opened);
        };
    }
    if (state.contains(external_party_id)) {
        to.sink = recipient_of(what);
    }
    to.gate = gate;
    to.connect = [this](transport_events events) {
        return connect_process(settings, std::move(events));
    };
    to.figures = settings.figures;
    to.watching = what.log ? &tap : nullptr;
    to.on_warning = [this](const std::string& warning) {
        if (settings.on_log) {
            settings.on_log(true, warning);
        }
    };
    to.on_failure = [this](const std::string& failed) {
        if (settings.figures != nullptr) {
            settings.figures->on_failure();
        }
        if (lately.add(failed, std::chrono::steady_clock::now())) {
            settings.on_failure(failed);
        }
    };
    to.on_mute = [this](const std::string& failed) {
        const std::lock_guard lock{failure_mutex};
        failure = failure.empty() ? failed : failure;
    };
    return to;
}

node_process::node_process(node_process_settings settings)
    : parts_(std::make_unique<parts>(std::move(settings))) {}

node_process::~node_process() {
    stop();
}

node_status node_process::status() const {
    return parts_->servers->status();
}

std::string node_process::failure() const {
    const std::lock_guard lock{parts_->failure_mutex};
    return parts_->failure;
}

std::vector<std::string> node_process::failures() const {
    return parts_->lately.at(std::chrono::steady_clock::now());
}

void node_process::stop() {
    if (parts_->servers) {
        parts_->servers->stop();
        parts_->system->await_all_actors_done();
    }
}

} // namespace byzgate
