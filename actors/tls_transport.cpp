#include "actors/tls_transport.hpp"

#include <utility>

#include <caf/io/middleman.hpp>

#include "actors/caf_network.hpp"
#include "actors/hub_transport.hpp"
#include "actors/link_messages.hpp"

namespace byzgate {

namespace {

/// A system of its own: its I/O thread runs the links and nothing else.
class link_config : public caf_compat::basic_config<caf::id_block::byzgate_links> {
public:
    link_config() : basic_config(caf_compat::scheduling::sharing, 1) {
        caf_compat::load_network(*this);
    }
};

class broker_transport final : public hub_transport {
public:
    explicit broker_transport(tls_transport_settings settings)
        : hub_transport(std::make_unique<link_config>(), std::move(settings)) {
        listening_socket door;
        if (const auto& listen = hub()->settings.listen) {
            door = listen_on(listen->host, listen->port, hub()->settings.insecure_loopback);
        }
        hub()->tell_certificates();
        opened(system().middleman().spawn_broker(hub_actor, hub(), door.socket), door.port);
    }
};

} // namespace

std::unique_ptr<link_transport> make_tls_transport(tls_transport_settings settings) {
    expect_sense(settings);
    return std::make_unique<broker_transport>(std::move(settings));
}

} // namespace byzgate
