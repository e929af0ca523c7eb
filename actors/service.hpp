/// The actor around the desk (release_desk.hpp) in the supervisor's process: the gate's client, and
/// where operators' frames and commanders' catalogues come in.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>

#include <caf/typed_event_based_actor.hpp>

#include "actors/metrics.hpp"
#include "actors/release_desk.hpp"
#include "actors/state_folder.hpp"
#include "actors/transport.hpp"
#include "protocol/evidence.hpp"

namespace byzgate {

/// What the service counts, for tables and metrics.
struct service_counters {
    std::atomic<std::uint64_t> rounds{0};
    std::atomic<std::uint64_t> released{0};
    std::atomic<std::uint64_t> withheld{0};
    std::atomic<std::uint64_t> unresolved{0};
    std::atomic<std::uint64_t> requests{0};  ///< operators' at this moment
    std::atomic<std::uint64_t> refused{0};   ///< frames of commanders that are no catalogue
    std::atomic<std::uint64_t> in_flight{0}; ///< rounds at this moment
    std::atomic<std::uint64_t> waiting{0};   ///< records that aren't settled yet
};

using service_actor = client_actor::extend<
    typename caf_compat::signature<void(service_frame)>::type, ///< an operator, a commander
    typename caf_compat::signature<void(link_change)>::type,   ///< an operator came or went
    typename caf_compat::signature<void(alarm)>::type>;        ///< itself

struct service_settings {
    cluster_parameters cluster;
    service_config service;
    std::uint32_t batch = 1;
    /// A frame to an operator or a commander.
    std::function<frame_fate(server_id, std::string)> send;
    std::shared_ptr<gate_state> state;
    std::shared_ptr<service_counters> counters;
    std::function<void(const std::string&)> on_failure;
    metrics* figures = nullptr; ///< may be null; outlives the actor
};

class service_state {
public:
    static inline const char* name = "byzgate.service";

    void start(service_actor::stateful_pointer<service_state> self, service_settings settings);
    void on_roster(const roster& known) { supervisor_ = known.known->supervisor; }
    void on_report(const round_report& report);
    void on_frame(const service_frame& came);
    void on_link(const link_change& link);
    void on_alarm();

private:
    [[nodiscard]] tick now() const;
    [[nodiscard]] bool submit(submission wanted);
    void count();

    service_actor::stateful_pointer<service_state> self_ = nullptr;
    service_settings settings_;
    std::optional<release_desk> desk_;
    server_actor supervisor_;
};

service_actor::behavior_type service(service_actor::stateful_pointer<service_state> self,
                                     service_settings settings);

} // namespace byzgate
