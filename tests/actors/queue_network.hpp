/// Processes of a cluster in one test, on CAF's test scheduler, joined by queues instead of
/// sockets: frames wait until the test lets them through, and it may lose, repeat and reorder them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/node.hpp"
#include "actors/received_file.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/keys.hpp"
#include "tests/actors/stepped_cluster.hpp"
#include "tests/temporary_directory.hpp"

namespace byzgate::test {

class queue_network {
public:
    struct frame {
        server_id from{};
        server_id to{};
        std::string bytes;
    };

    /// What may happen to a frame, in percent.
    struct weather {
        unsigned lost = 0;
        unsigned repeated = 0;
        unsigned overtaken = 0;
    };

    explicit queue_network(std::uint64_t seed) : chance_(seed) {}

    void join(const std::vector<server_id>& servers, const transport_events& events) {
        for (const auto server : servers) {
            ends_[server] = events;
        }
    }
    void leave(const std::vector<server_id>& servers) {
        for (const auto server : servers) {
            ends_.erase(server);
        }
    }
    frame_fate send(server_id from, server_id to, std::string bytes) {
        if (is_operator(to)) {
            answers[to].push_back(std::move(bytes));
            return frame_fate::queued;
        }
        if (!ends_.contains(to)) {
            return frame_fate::link_down;
        }
        transit_.push_back({from, to, std::move(bytes)});
        return frame_fate::queued;
    }
    /// Lets one frame through, or what becomes of it; false if there is none.
    bool step() {
        if (transit_.empty()) {
            return false;
        }
        const auto roll = [this] { return chance_() % 100; };
        std::size_t which = 0;
        if (roll() < sky.overtaken) {
            which = chance_() % transit_.size();
        }
        auto next = std::move(transit_[which]);
        transit_.erase(transit_.begin() + static_cast<std::ptrdiff_t>(which));
        if (roll() < sky.lost) {
            ++lost;
            return true;
        }
        const auto times = roll() < sky.repeated ? 2 : 1;
        for (int i = 0; i < times; ++i) {
            inject(next.from, next.to, next.bytes);
        }
        return true;
    }
    /// As if `from` had sent it: what a peer's process can do on its own links.
    void inject(server_id from, server_id to, const std::string& bytes) {
        const auto end = ends_.find(to);
        if (end != ends_.end()) {
            end->second.on_frame(to, from, bytes);
        }
    }
    void link(server_id at, server_id peer, bool up) {
        const auto end = ends_.find(at);
        if (end != ends_.end()) {
            end->second.on_link(at, peer, up);
        }
    }

    weather sky;
    std::uint64_t lost = 0;
    std::map<server_id, std::vector<std::string>> answers; ///< to operators

private:
    std::mt19937_64 chance_;
    std::map<server_id, transport_events> ends_;
    std::deque<frame> transit_;
};

class queue_transport final : public transport {
public:
    queue_transport(queue_network& network, std::vector<server_id> servers)
        : network_(network), servers_(std::move(servers)) {}
    frame_fate send(server_id local, server_id peer, std::string frame) override {
        return network_.send(local, peer, std::move(frame));
    }
    [[nodiscard]] std::vector<link_status> status() const override { return {}; }
    void stop() override { network_.leave(servers_); }

private:
    queue_network& network_;
    std::vector<server_id> servers_;
};

/// A process for each server.
class stepped_nodes {
public:
    static constexpr server_id an_operator = make_server_id(operator_role, 1);

    explicit stepped_nodes(const cluster_parameters& cluster, std::uint64_t seed = 1,
                           std::uint32_t batch = 3,
                           std::function<handler(const seat&)> make_handler = {})
        : network(seed), gate_figures(cluster), config_(caf_compat::scheduling::testing, 1),
          system_(config_), make_handler_(std::move(make_handler)) {
        if (cluster.sealed) {
            sealing_ = sealing_from_run_seed(cluster, 1);
        }
        what_.cluster = cluster;
        what_.name = "queues";
        what_.rounds.batch = batch;
        if (cluster.is_signed()) {
            keys_ = make_signing_keys(keys_from_run_seed("queues", cluster, 1), cluster);
        }
        for (const auto server : placed_servers(cluster)) {
            start(server);
        }
    }
    ~stepped_nodes() {
        while (!nodes_.empty()) {
            kill(nodes_.begin()->first);
        }
    }

    void start(server_id server) {
        node_settings settings;
        settings.what = what_;
        settings.servers = {server};
        settings.digests = &digests_;
        if (!keys_.empty()) {
            settings.keys = [this](server_id id) { return keys_.at(id); };
        }
        settings.make_handler = make_handler_;
        settings.sealing.scheme = sealing_.scheme;
        if (is_commander(server)) {
            settings.sealing.sealer = sealing_.sealer;
            settings.open_database = [] { return open_database(generated(20)); };
        }
        if (server == external_party_id) {
            settings.sealing.opener = sealing_.opener;
            settings.sink = std::make_shared<received_file>(received.string());
        }
        if (server == supervisor_id) {
            settings.figures = &gate_figures;
            const std::filesystem::path gate{dir_.file("gate")};
            std::filesystem::create_directories(gate);
            const auto checking = keys_.empty() ? signing_keys{} : keys_.at(server);
            settings.gate = std::make_shared<gate_state>(std::filesystem::path{dir_.file("gate")},
                                                         what_.cluster, checking, digests_);
        }
        settings.connect = [this, server](const transport_events& events) {
            network.join({server}, events);
            return std::make_unique<queue_transport>(network, std::vector{server});
        };
        settings.detach_blocking = false;
        settings.on_failure = [this](const std::string& what) { failures.push_back(what); };
        nodes_[server] = std::make_unique<node>(system_, std::move(settings));
        settle_actors();
    }
    /// Ends it as kill -9 would: nothing is said any more.
    void kill(server_id server) {
        nodes_.at(server)->stop();
        nodes_.erase(server);
        settle_actors();
    }
    /// Until nobody has anything left to do.
    void run() {
        do {
            settle_actors();
        } while (network.step());
    }
    void pass(std::chrono::milliseconds span) {
        constexpr std::chrono::milliseconds at_once{10};
        for (; span.count() > 0; span -= at_once) {
            dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())
                .advance_time(at_once);
            run();
        }
    }
    void ask(const nlohmann::json& request) {
        network.link(supervisor_id, an_operator, false); // Its connection before this one.
        network.link(supervisor_id, an_operator, true);
        network.inject(an_operator, supervisor_id, request.dump());
        run();
    }
    /// Every outcome that the operator was told, by record.
    std::map<std::string, std::string> told() {
        std::map<std::string, std::string> outcomes;
        for (const auto& answer : network.answers[an_operator]) {
            const auto frame = nlohmann::json::parse(answer);
            if (frame["type"] == "outcomes") {
                for (const auto& record : frame["records"]) {
                    outcomes[record["id"]] = record["outcome"];
                }
            }
        }
        return outcomes;
    }
    bool done() {
        for (const auto& answer : network.answers[an_operator]) {
            if (nlohmann::json::parse(answer)["type"] == "done") {
                return true;
            }
        }
        return false;
    }
    bool passes_until_done(std::chrono::seconds most) {
        for (std::chrono::milliseconds so_far{0}; !done() && so_far < most;
             so_far += std::chrono::milliseconds{100}) {
            pass(std::chrono::milliseconds{100});
        }
        return done();
    }
    /// The ids in the external party's file, in order.
    std::vector<record_id> arrived() const {
        std::vector<record_id> ids;
        std::ifstream in{received};
        for (std::string line; std::getline(in, line);) {
            ids.push_back(nlohmann::json::parse(line)["id"]);
        }
        return ids;
    }
    node& at(server_id server) { return *nodes_.at(server); }

private:
    void settle_actors() {
        while (
            dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).try_run_once()) {
        }
    }

    temporary_directory dir_;

public:
    queue_network network;
    metrics gate_figures; ///< what the supervisor's process shows
    std::vector<std::string> failures;
    std::filesystem::path received{dir_.file("released.jsonl")};

private:
    scenario what_;
    blake2b_digester digests_;
    std::map<server_id, signing_keys> keys_;
    actor_config config_;
    caf::actor_system system_;
    std::function<handler(const seat&)> make_handler_;
    cluster_sealing sealing_;
    std::map<server_id, std::unique_ptr<node>> nodes_;
};

} // namespace byzgate::test
