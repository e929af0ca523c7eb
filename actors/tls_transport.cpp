#include "actors/tls_transport.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>

#include "actors/caf_network.hpp"
#include "actors/link_hub.hpp"
#include "actors/link_messages.hpp"
#include "crypto/keys.hpp"

namespace byzgate {

namespace {

constexpr std::chrono::milliseconds stop_patience{4'000};

/// A system of its own: its I/O thread runs the links and nothing else.
class link_config : public caf_compat::basic_config<caf::id_block::byzgate_links> {
public:
    link_config() : basic_config(caf_compat::scheduling::sharing, 1) {
        caf_compat::load_network(*this);
    }
};

void expect_sense(const tls_transport_settings& settings) {
    const auto refuse = [](const std::string& what) { throw key_error("links: " + what); };
    if (settings.locals.empty()) {
        refuse("no server is placed in this process");
    }
    const auto& limits = settings.limits;
    for (const auto& each : {limits, settings.operator_limits}) {
        if (each.window_bytes < 2 * cost_of(each.message_bytes_max)
            || each.queue_bytes_max < cost_of(each.message_bytes_max)
            || each.window_bytes > outgoing_credit::granted_max) {
            refuse("the window must hold two of the largest messages, and the queue one");
        }
    }
    if (settings.times.heartbeat_ms * 2 > settings.times.silence_ms) {
        refuse("silence must last at least two heartbeats before a link counts as broken");
    }
    for (const auto& own : settings.locals) {
        for (const auto& other : settings.peers) {
            if (own.server == other.server) {
                refuse(link_name(own.server) + " is placed in this process and elsewhere");
            }
            if (settings.linked(own.server, other.server) && dials(own.server, other.server)
                && (other.host.empty() || other.port == 0)) {
                refuse(link_name(other.server) + " needs an address: " + link_name(own.server)
                       + " connects to it");
            }
        }
    }
}

class broker_transport final : public tls_transport {
public:
    explicit broker_transport(tls_transport_settings settings)
        : system_(std::make_unique<caf::actor_system>(config_)),
          hub_(std::make_shared<link_hub>(std::move(settings), *system_)) {
        listening_socket door;
        if (const auto& listen = hub_->settings.listen) {
            door = listen_on(listen->host, listen->port, hub_->settings.insecure_loopback);
            port_ = door.port;
        }
        if (hub_->identities) {
            for (const auto& line : hub_->identities->warnings(hub_->now().clock_s)) {
                hub_->log(true, line);
            }
        }
        actor_ = system_->middleman().spawn_broker(hub_actor, hub_, door.socket);
    }
    broker_transport(const broker_transport&) = delete;
    broker_transport& operator=(const broker_transport&) = delete;
    ~broker_transport() override { stop(); }

    frame_fate send(server_id local, server_id peer, std::string frame) override {
        const auto link = hub_->find(local, peer);
        return link ? link->push(std::move(frame)) : frame_fate::unknown;
    }
    [[nodiscard]] std::vector<link_status> status() const override {
        std::vector<link_status> all;
        for (const auto& link : hub_->links()) {
            all.push_back(link->status());
        }
        return all;
    }
    [[nodiscard]] std::vector<refusal_count> refusals() const override { return hub_->refusals(); }
    [[nodiscard]] std::uint16_t port() const override { return port_; }

    void stop() override {
        if (!system_) {
            return;
        }
        hub_->mute();
        hub_->connector.close();
        caf_compat::anonymous_send(actor_, link_stop{});
        (void)hub_->wait_until_quiet(stop_patience);
        actor_ = nullptr;
        for (const auto& link : hub_->links()) {
            link->shut();
        }
        system_.reset();
    }

private:
    link_config config_;
    std::unique_ptr<caf::actor_system> system_;
    std::shared_ptr<link_hub> hub_;
    caf::actor actor_;
    std::uint16_t port_ = 0;
};

} // namespace

std::unique_ptr<tls_transport> make_tls_transport(tls_transport_settings settings) {
    expect_sense(settings);
    return std::make_unique<broker_transport>(std::move(settings));
}

} // namespace byzgate
