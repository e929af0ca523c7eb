#include "actors/hub_transport.hpp"

#include <chrono>
#include <utility>

#include "actors/link_messages.hpp"
#include "crypto/keys.hpp"

namespace byzgate {

namespace {

constexpr std::chrono::milliseconds stop_patience{4'000};

} // namespace

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
            if (settings.linked(own.server, other.server)
                && settings.dialing(own.server, other.server)
                && (other.host.empty() || other.port == 0)) {
                refuse(link_name(other.server) + " needs an address: " + link_name(own.server)
                       + " connects to it");
            }
        }
    }
}

hub_transport::hub_transport(std::unique_ptr<caf::actor_system_config> config,
                             tls_transport_settings settings)
    : config_(std::move(config)), system_(std::make_unique<caf::actor_system>(*config_)),
      hub_(std::make_shared<link_hub>(std::move(settings), *system_)) {}

hub_transport::~hub_transport() {
    hub_transport::stop();
}

void hub_transport::opened(caf::actor actor, std::uint16_t port) {
    actor_ = std::move(actor);
    port_ = port;
}

frame_fate hub_transport::send(server_id local, server_id peer, std::string frame) {
    const auto link = hub_->find(local, peer);
    return link ? link->push(std::move(frame)) : frame_fate::unknown;
}

std::vector<link_status> hub_transport::status() const {
    std::vector<link_status> all;
    for (const auto& link : hub_->links()) {
        all.push_back(link->status());
    }
    return all;
}

void hub_transport::stop() {
    if (!system_) {
        return;
    }
    hub_->mute();
    hub_->connector.close();
    if (actor_) {
        caf_compat::anonymous_send(actor_, link_stop{});
        (void)hub_->wait_until_quiet(stop_patience);
        actor_ = nullptr;
    }
    for (const auto& link : hub_->links()) {
        link->shut();
    }
    system_.reset();
}

} // namespace byzgate
