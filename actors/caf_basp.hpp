/// CAF's own protocol between nodes, as far as it differs between versions of CAF; the rest of that
/// is in caf_compat.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/io/basp_broker.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>

#include "actors/caf_network.hpp"

namespace byzgate::caf_compat {

/// What CAF's TLS takes: files, in PEM. It reads them anew for each connection.
struct basp_files {
    std::string certificate;
    std::string key;
    std::string authority;
};

/// Heartbeats in both directions. CAF's own end for nodes that stay silent is left off: it also
/// ends handshakes that aren't over at the next heartbeat, and waits for sockets that nobody reads.
inline void load_basp(caf::actor_system_config& config, std::chrono::milliseconds heartbeat) {
    load_network(config);
#if BYZGATE_CAF_AT_LEAST(0, 18)
    const std::string prefix = "caf.middleman.";
#else
    const std::string prefix = "middleman.";
#endif
    config.set(prefix + "heartbeat-interval", caf::timespan{heartbeat});
    config.set(prefix + "connection-timeout", caf::timespan{0});
    // What comes is one text a message: no work for others than the I/O thread.
    config.set(prefix + "workers", std::size_t{0});
}

/// TLS with certificates on both sides. Without files CAF would do TLS with anybody.
inline void secure_basp(caf::actor_system_config& config, const basp_files& files) {
    config.openssl_certificate = files.certificate;
    config.openssl_key = files.key;
    config.openssl_cafile = files.authority;
    config.load<caf::openssl::manager>();
}

/// Lets others find `whom` at a port of the address, which is a number. Gives the port.
inline caf::expected<std::uint16_t> publish(caf::actor_system& system, bool secure,
                                            const caf::actor& whom, std::uint16_t port,
                                            const std::string& address) {
    return secure ? caf::openssl::publish(whom, port, address.c_str(), true)
                  : system.middleman().publish(whom, port, address.c_str(), true);
}

/// Asks for what is published there, without blocking. `found` gets a null pointer if that is
/// nothing; `failed` gets CAF's words.
template <class Found, class Failed>
void look_up(caf::io::broker* self, bool secure, std::chrono::milliseconds patience,
             const std::string& address, std::uint16_t port, Found found, Failed failed) {
    auto& system = self->system();
    const auto manager =
        secure ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
    request(self, manager, patience, caf::connect_atom_v, address, port)
        .then([found](const caf::node_id&, const caf::strong_actor_ptr& door,
                      const std::set<std::string>&) { found(door); },
              [self, failed](const caf::error& error) {
#if BYZGATE_CAF_AT_LEAST(0, 18)
                  failed(to_string(error));
#else
                  failed(self->system().render(error));
#endif
              });
}

/// The actor behind all of CAF's connections with other nodes.
inline caf::actor basp_broker_of(caf::actor_system& system) {
#if BYZGATE_CAF_AT_LEAST(0, 18)
    return system.middleman().named_broker<caf::io::basp_broker>("BASP");
#else
    return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
#endif
}

/// The sockets of those connections. On the I/O thread only.
inline std::vector<int> sockets_of(const caf::actor& basp_broker) {
    std::vector<int> all;
    const auto* raw = caf::actor_cast<caf::abstract_actor*>(basp_broker);
    for (const auto& handle : dynamic_cast<const caf::io::basp_broker&>(*raw).connections()) {
        all.push_back(static_cast<int>(handle.id()));
    }
    return all;
}

/// Calls `gone` when the actor, its process or the way there is gone.
template <class Gone>
void watch(caf::io::broker* self, const caf::strong_actor_ptr& whom, Gone gone) {
#if BYZGATE_CAF_AT_LEAST(1, 0)
    self->monitor(caf::actor_cast<caf::actor>(whom), [gone](const caf::error&) { gone(); });
#else
    self->set_down_handler([gone](const caf::down_msg&) { gone(); });
    self->monitor(whom);
#endif
}

} // namespace byzgate::caf_compat
