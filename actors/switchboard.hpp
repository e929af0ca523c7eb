/// Where the frames of one process go: from its actors to the links, and from the links to the
/// actors that they are for. Filled before anybody can speak, never changed after; the actors share
/// it, so that it lasts as long as any of them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "actors/catalogue.hpp"
#include "actors/outbox.hpp"
#include "actors/remote_server.hpp"
#include "actors/service.hpp"
#include "actors/transport.hpp"

namespace byzgate {

/// A local server's line to a remote one.
struct node_line {
    remote_server_actor proxy{};
    std::shared_ptr<ingress_budget> budget;
    std::shared_ptr<link_counters> counters;
};

class switchboard {
public:
    cluster_parameters cluster;
    std::uint32_t operators_max = 0;
    std::set<server_id> local; ///< the servers of this process
    std::map<server_id, std::shared_ptr<server_counters>> counters;
    std::map<server_id, catalogue_actor> catalogues;            ///< of local commanders
    service_actor service{};                                    ///< with the supervisor
    outbox_actor outbox{};                                      ///< with the supervisor
    std::map<std::pair<server_id, server_id>, node_line> lines; ///< by local server and peer

    [[nodiscard]] bool is_local(server_id id) const { return local.contains(id); }
    void connect(std::shared_ptr<transport> links);
    /// From now on nothing goes out. The links, to be stopped.
    [[nodiscard]] std::shared_ptr<transport> disconnect();
    [[nodiscard]] std::vector<link_status> links() const;
    [[nodiscard]] std::vector<refusal_count> refusals() const;
    /// Frames for or from nobody who is linked, and operators' beyond their budget.
    [[nodiscard]] std::uint64_t unroutable() const noexcept { return unroutable_; }

    /// A frame to whoever it is for, in this process or another.
    frame_fate route(server_id from, server_id to, std::string frame);
    // From the links.
    void on_frame(server_id at, server_id peer, const std::string& frame);
    void on_link(server_id at, server_id peer, bool up);

private:
    void on_catalogue_request(server_id at, server_id peer, const std::string& frame);
    void on_message(server_id at, server_id peer, const std::string& frame);
    void on_service_frame(server_id peer, const std::string& frame);

    mutable std::mutex links_mutex_;
    std::shared_ptr<transport> links_;
    std::mutex guests_mutex_;
    /// What operators' frames and commanders' pages may take until the service has looked at them.
    std::map<server_id, std::shared_ptr<ingress_budget>> guests_;
    std::atomic<std::uint64_t> unroutable_{0};
};

} // namespace byzgate
