/// What transports around a `link_hub` have in common, whatever its connections are.
#pragma once

#include <cstdint>
#include <memory>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "actors/link_hub.hpp"
#include "actors/tls_transport.hpp"

namespace byzgate {

/// Throws `key_error` for settings that contradict each other.
void expect_sense(const tls_transport_settings& settings);

class hub_transport : public link_transport {
public:
    hub_transport(const hub_transport&) = delete;
    hub_transport& operator=(const hub_transport&) = delete;
    ~hub_transport() override;

    frame_fate send(server_id local, server_id peer, std::string frame) override;
    [[nodiscard]] std::vector<link_status> status() const override;
    [[nodiscard]] std::vector<refusal_count> refusals() const override { return hub_->refusals(); }
    [[nodiscard]] std::uint16_t port() const override { return port_; }
    void stop() override;

protected:
    hub_transport(std::unique_ptr<caf::actor_system_config> config,
                  tls_transport_settings settings);

    [[nodiscard]] caf::actor_system& system() { return *system_; }
    [[nodiscard]] const std::shared_ptr<link_hub>& hub() const { return hub_; }
    /// The hub's broker runs, and connections come in at this port (0: none do).
    void opened(caf::actor actor, std::uint16_t port);

private:
    std::unique_ptr<caf::actor_system_config> config_;
    std::unique_ptr<caf::actor_system> system_;
    std::shared_ptr<link_hub> hub_;
    caf::actor actor_;
    std::uint16_t port_ = 0;
};

} // namespace byzgate
