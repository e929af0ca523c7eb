#include "actors/cluster.hpp"

#include <caf/exit_reason.hpp>

#include "actors/database_reader.hpp"
#include "actors/server.hpp"
#include "protocol/assert.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate {

local_cluster::local_cluster(caf::actor_system& system, cluster_settings settings)
    : system_(system), settings_(std::move(settings)), started_(system.clock().now()) {
    BYZGATE_ASSERT(settings_.digests != nullptr);
    const auto& cluster = settings_.cluster;
    all_.client = system_.spawn(client, queue_);
    external_party_settings recipient{settings_.sink, all_.client, settings_.on_failure};
    all_.external_party = settings_.detach_blocking
                              ? system_.spawn<caf::detached>(external_party, std::move(recipient))
                              : system_.spawn(external_party, std::move(recipient));
    for (std::uint32_t i = 0; i < cluster.commanders; ++i) {
        all_.commanders.push_back(spawn_server(commander_id(i)));
        databases_.push_back(spawn_database());
    }
    for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
        all_.lieutenants.push_back(spawn_server(lieutenant_id(i)));
    }
    all_.supervisor = spawn_server(supervisor_id);
    introduce();
}

local_cluster::~local_cluster() {
    stop();
}

server_actor local_cluster::spawn_server(server_id self) {
    counters_.emplace_back(self, std::make_shared<server_counters>());
    server_settings settings;
    settings.self = self;
    settings.counters = counters_.back().second;
    settings.watching = settings_.watching;
    settings.started = started_;
    settings.swap = settings_.swap;
    settings.on_failure = settings_.on_failure;
    seat at{self, settings_.cluster, settings_.seed, settings_.digests, {}, {}, {}};
    at.last_round = settings_.last_round;
    if (settings_.keys) {
        at.keys = settings_.keys(self);
    }
    if (settings_.signing_log && settings_.cluster.is_signed() && self != supervisor_id) {
        auto log = settings_.signing_log(self);
        settings.keeper = std::move(log.keeper);
        settings.events_a_commit_max = settings_.events_a_commit_max;
        at.past = std::move(log.past);
    }
    settings.make_handler = [at, make = settings_.make_handler,
                             convictions = settings_.convictions]() -> handler {
        if (at.self == supervisor_id) {
            auto gate = std::make_unique<supervisor_machine>(at.cluster, *at.digests, at.keys);
            gate->resume(at.last_round, convictions);
            return gate;
        }
        return make ? make(at) : make_loyal(at);
    };
    return settings.keeper && settings_.detach_blocking
               ? system_.spawn<caf::detached>(server, std::move(settings))
               : system_.spawn(server, std::move(settings));
}

database_actor local_cluster::spawn_database() {
    database_reader_settings settings{settings_.open_database, settings_.on_failure};
    return settings_.detach_blocking
               ? system_.spawn<caf::detached>(database_reader, std::move(settings))
               : system_.spawn(database_reader, std::move(settings));
}

void local_cluster::introduce() {
    // What everybody may know: the servers. The external party and the databases are not in it.
    links servers;
    servers.commanders = all_.commanders;
    servers.lieutenants = all_.lieutenants;
    servers.supervisor = all_.supervisor;
    const auto shared = [](links known) {
        return roster{std::make_shared<const links>(std::move(known))};
    };
    for (std::size_t i = 0; i < all_.commanders.size(); ++i) {
        auto known = servers;
        known.database = databases_[i];
        caf_compat::anonymous_send(all_.commanders[i], shared(known));
    }
    for (const auto& lieutenant : all_.lieutenants) {
        caf_compat::anonymous_send(lieutenant, shared(servers));
    }
    auto known = servers;
    known.external_party = all_.external_party;
    known.client = all_.client;
    caf_compat::anonymous_send(all_.supervisor, shared(known));
    caf_compat::anonymous_send(all_.client, shared(known));
}

void local_cluster::submit(submission wanted) {
    caf_compat::anonymous_send(all_.client, std::move(wanted));
}

std::optional<client_event> local_cluster::next(std::chrono::milliseconds patience) {
    return queue_->pop(patience);
}

void local_cluster::swap(server_id server, swap_behavior how) {
    caf_compat::anonymous_send(at(server), std::move(how));
}

const server_actor& local_cluster::at(server_id server) const {
    switch (role_of(server)) {
        case server_role::commander:
            return all_.commanders.at(index_of(server));
        case server_role::lieutenant:
            return all_.lieutenants.at(index_of(server));
        default:
            return all_.supervisor;
    }
}

void local_cluster::stop() {
    const auto end = [](auto& handle) {
        if (handle) {
            caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
            handle = nullptr;
        }
    };
    for (auto& handle : all_.commanders) {
        end(handle);
    }
    for (auto& handle : all_.lieutenants) {
        end(handle);
    }
    for (auto& handle : databases_) {
        end(handle);
    }
    end(all_.supervisor);
    end(all_.external_party);
    end(all_.client);
    all_ = {};
    databases_.clear();
}

std::uint64_t local_cluster::messages() const {
    std::uint64_t sum = 0;
    for (const auto& [id, server] : counters_) {
        sum += server->messages.load(std::memory_order_relaxed);
    }
    return sum;
}

std::uint64_t local_cluster::refusals(refusal why) const {
    std::uint64_t sum = 0;
    for (const auto& [id, server] : counters_) {
        sum += server->refusals[static_cast<std::size_t>(why)].load(std::memory_order_relaxed);
    }
    return sum;
}

std::vector<std::pair<server_id, std::shared_ptr<const server_counters>>>
local_cluster::counters() const {
    return {counters_.begin(), counters_.end()};
}

} // namespace byzgate
