#include "actors/node.hpp"

#include <caf/exit_reason.hpp>

#include "actors/database_reader.hpp"
#include "actors/server.hpp"
#include "protocol/assert.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate {

node::node(caf::actor_system& system, node_settings settings)
    : system_(system), settings_(std::move(settings)), cluster_(settings_.what.cluster),
      started_(system.clock().now()) {
    BYZGATE_ASSERT(settings_.digests != nullptr && settings_.connect);
    board_->cluster = cluster_;
    board_->operators_max = settings_.what.service.operators_max;
    board_->local.insert(settings_.servers.begin(), settings_.servers.end());
    BYZGATE_ASSERT(!board_->is_local(supervisor_id) || settings_.gate != nullptr);
    try {
        set_up();
    } catch (...) {
        stop(); // Else its actors would keep the system up for ever.
        throw;
    }
}

void node::set_up() {
    spawn_servers();
    if (board_->is_local(supervisor_id)) {
        spawn_gate();
    }
    spawn_lines();
    introduce();
    transport_events events;
    events.on_frame = [board = board_](server_id local, server_id peer, const std::string& frame) {
        board->on_frame(local, peer, frame);
    };
    events.on_link = [board = board_](server_id local, server_id peer, bool up) {
        board->on_link(local, peer, up);
    };
    board_->connect(settings_.connect(std::move(events)));
    if (settings_.figures != nullptr) {
        settings_.figures->watch({counted(), [board = board_] { return board->links(); }, queues(),
                                  [board = board_] { return board->refusals(); }});
    }
}

std::vector<std::pair<server_id, std::shared_ptr<const server_counters>>> node::counted() const {
    return {board_->counters.begin(), board_->counters.end()};
}

std::function<std::vector<queue_length>()> node::queues() const {
    return [board = board_, served = served_, leaving = leaving_] {
        std::uint64_t came = 0;
        for (const auto& [between, line] : board->lines) {
            came += line.budget->messages();
        }
        std::vector<queue_length> all{{"ingress", came}};
        if (board->is_local(supervisor_id)) {
            all.push_back({"rounds", served->in_flight});
            all.push_back({"records", served->waiting});
            all.push_back({"deliveries", *leaving});
        }
        return all;
    };
}

node::~node() {
    stop();
}

// -- actors --------------------------------------------------------------------------------------

void node::spawn_servers() {
    for (const auto self : settings_.servers) {
        if (self == external_party_id) {
            external_party_settings recipient{settings_.sink, {}, settings_.on_failure, true};
            recipient.opener = settings_.sealing.opener;
            external_party_ =
                settings_.detach_blocking
                    ? system_.spawn<caf::detached>(external_party, std::move(recipient))
                    : system_.spawn(external_party, std::move(recipient));
            continue;
        }
        spawn_server(self);
        if (is_commander(self)) {
            database_reader_settings reader{settings_.open_database, settings_.on_failure};
            catalogue_settings lists{settings_.open_database,
                                     [board = board_, self](std::string page) {
                                         board->route(self, supervisor_id, std::move(page));
                                     },
                                     settings_.on_failure, settings_.on_warning};
            databases_[self] = settings_.detach_blocking
                                   ? system_.spawn<caf::detached>(database_reader, reader)
                                   : system_.spawn(database_reader, reader);
            board_->catalogues[self] = settings_.detach_blocking
                                           ? system_.spawn<caf::detached>(catalogue, lists)
                                           : system_.spawn(catalogue, lists);
        }
    }
}

void node::spawn_server(server_id self) {
    board_->counters[self] = std::make_shared<server_counters>();
    server_settings settings;
    settings.self = self;
    settings.counters = board_->counters[self];
    settings.watching = settings_.watching;
    settings.started = started_;
    settings.swap = settings_.swap;
    settings.on_failure = settings_.on_failure;
    settings.on_mute = settings_.on_mute;
    seat at{self, cluster_, settings_.seed, settings_.digests, {}, {}, {}};
    if (settings_.keys) {
        at.keys = settings_.keys(self);
    }
    at.payloads = settings_.sealing.of(self);
    if (settings_.signing_log && cluster_.is_signed() && self != supervisor_id) {
        auto log = settings_.signing_log(self);
        settings.keeper = std::move(log.keeper);
        at.past = std::move(log.past);
    }
    settings.make_handler = [at, make = settings_.make_handler,
                             gate = settings_.gate]() -> handler {
        if (at.self == supervisor_id) {
            auto machine =
                std::make_unique<supervisor_machine>(at.cluster, *at.digests, at.keys, at.payloads);
            machine->resume(gate->last_round(), gate->convictions());
            return machine;
        }
        return make ? make(at) : make_loyal(at);
    };
    servers_[self] = settings.keeper && settings_.detach_blocking
                         ? system_.spawn<caf::detached>(server, std::move(settings))
                         : system_.spawn(server, std::move(settings));
}

void node::spawn_gate() {
    outbox_settings leaving{settings_.gate->ledger_file(), cluster_.limit, settings_.on_failure,
                            settings_.figures, leaving_};
    board_->outbox = settings_.detach_blocking
                         ? system_.spawn<caf::detached>(outbox, std::move(leaving))
                         : system_.spawn(outbox, std::move(leaving));
    service_settings desk;
    desk.cluster = cluster_;
    desk.service = settings_.what.service;
    desk.batch = settings_.what.rounds.batch;
    desk.figures = settings_.figures;
    desk.send = [board = board_](server_id to, std::string frame) {
        return board->route(supervisor_id, to, std::move(frame));
    };
    desk.state = settings_.gate;
    desk.counters = served_;
    desk.on_failure = settings_.on_failure;
    board_->service = settings_.detach_blocking
                          ? system_.spawn<caf::detached>(service, std::move(desk))
                          : system_.spawn(service, std::move(desk));
}

void node::spawn_lines() {
    for (const auto local : settings_.servers) {
        for (const auto peer : placed_servers(cluster_)) {
            if (board_->is_local(peer) || !may_be_linked(local, peer)) {
                continue;
            }
            node_line made{
                {}, std::make_shared<ingress_budget>(), std::make_shared<link_counters>()};
            remote_server_settings settings;
            settings.local = local;
            settings.peer = peer;
            if (local == external_party_id) {
                settings.recipient = external_party_;
            } else if (peer == external_party_id) {
                settings.receipts = board_->outbox;
            } else {
                settings.server = servers_.at(local);
            }
            settings.budget = made.budget;
            settings.counters = made.counters;
            settings.send = [board = board_, local, peer](std::string frame) {
                return board->route(local, peer, std::move(frame));
            };
            made.proxy = system_.spawn(remote_server, std::move(settings));
            board_->lines.emplace(std::pair{local, peer}, std::move(made));
        }
    }
}

server_actor node::at(server_id local, server_id other) const {
    if (const auto here = servers_.find(other); here != servers_.end()) {
        return here->second;
    }
    const auto there = board_->lines.find({local, other});
    return there == board_->lines.end() ? server_actor{} : server_actor{there->second.proxy};
}

links node::roster_of(server_id local) const {
    links known;
    for (std::uint32_t x = 0; x < cluster_.commanders; ++x) {
        known.commanders.push_back(at(local, commander_id(x)));
    }
    for (std::uint32_t j = 0; j < cluster_.lieutenants; ++j) {
        known.lieutenants.push_back(at(local, lieutenant_id(j)));
    }
    known.supervisor = at(local, supervisor_id);
    if (const auto own = databases_.find(local); own != databases_.end()) {
        known.database = own->second;
    }
    if (local == supervisor_id) {
        known.external_party = board_->outbox;
        known.client = board_->service;
    }
    return known;
}

void node::introduce() {
    const auto shared = [](links known) {
        return roster{std::make_shared<const links>(std::move(known))};
    };
    for (const auto& [id, actor] : servers_) {
        caf_compat::anonymous_send(actor, shared(roster_of(id)));
    }
    if (board_->is_local(supervisor_id)) {
        caf_compat::anonymous_send(board_->service, shared(roster_of(supervisor_id)));
        links recipient;
        recipient.external_party =
            external_party_
                ? external_party_
                : external_party_actor{board_->lines.at({supervisor_id, external_party_id}).proxy};
        caf_compat::anonymous_send(board_->outbox, shared(std::move(recipient)));
    }
}

// -- the rest ------------------------------------------------------------------------------------

node_status node::status() const {
    node_status now;
    now.links = board_->links();
    for (const auto& [between, line] : board_->lines) {
        const auto& c = *line.counters;
        now.frames.push_back(
            {between.first, between.second, c.received, c.malformed, c.overflowed, c.sent, c.lost});
    }
    for (const auto& [id, counted] : board_->counters) {
        now.messages += counted->messages;
        for (std::size_t i = 0; i < refusal_kinds; ++i) {
            now.refusals[i] += counted->refusals[i];
        }
    }
    now.unroutable = board_->unroutable();
    now.rounds = served_->rounds;
    now.released = served_->released;
    now.withheld = served_->withheld;
    now.unresolved = served_->unresolved;
    now.requests = served_->requests;
    return now;
}

void node::stop() {
    if (std::exchange(stopped_, true)) {
        return;
    }
    if (settings_.figures != nullptr) {
        settings_.figures->watch({counted(), {}, {}, {}});
    }
    if (const auto links = board_->disconnect()) {
        links->stop();
    }
    const auto end = [](const auto& handle) {
        if (handle) {
            caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
        }
    };
    for (const auto& [id, handle] : servers_) {
        end(handle);
    }
    for (const auto& [id, handle] : databases_) {
        end(handle);
    }
    for (const auto& [id, handle] : board_->catalogues) {
        end(handle);
    }
    for (const auto& [between, line] : board_->lines) {
        end(line.proxy);
    }
    end(board_->service);
    end(board_->outbox);
    end(external_party_);
}

} // namespace byzgate
