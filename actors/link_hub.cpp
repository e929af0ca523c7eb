#include "actors/link_hub.hpp"

#include <algorithm>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>

#include "actors/link_connection.hpp"
#include "actors/link_messages.hpp"
#include "crypto/keys.hpp"

namespace byzgate {

namespace {

constexpr std::chrono::milliseconds tick_interval{50};

struct ingress_state {
    static constexpr const char* name = "byzgate.link-ingress";
};

std::optional<identity_files> identities_of(const tls_transport_settings& settings) {
    if (settings.insecure_loopback || settings.plain_channels) {
        return {};
    }
    std::vector<tls_identities::files> own;
    for (const auto& each : settings.locals) {
        own.push_back({each.server, each.certificate, each.key});
    }
    return std::optional<identity_files>{std::in_place, own, settings.authority,
                                         settings.revocations};
}

std::uint64_t next_chance(std::uint64_t& state) {
    // splitmix64: chance for jitter, no secret.
    auto z = state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

} // namespace

link_hub::link_hub(tls_transport_settings given, caf::actor_system& system)
    : settings(std::move(given)), session{settings.cluster, settings.config, settings.limits,
                                          settings.times},
      identities(identities_of(settings)), system_(system), chance_(settings.seed) {
    for (const auto& own : settings.locals) {
        for (const auto& other : settings.peers) {
            if (!settings.linked(own.server, other.server)) {
                continue;
            }
            auto link = std::make_shared<peer_link>(
                own.server, other.server, other.host + ":" + std::to_string(other.port),
                is_operator(own.server) ? settings.operator_limits : settings.limits);
            links_.emplace(std::pair{own.server, other.server}, link);
            if (!settings.dialing(own.server, other.server)) {
                link->expect(link_name(other.server) + " connects from its host and hasn't yet; if "
                             + "its process runs, its log and /healthz there say why");
            } else {
                attempts_.push_back(
                    {link, other.host, other.port,
                     backoff{settings.times.reconnect_first_ms, settings.times.reconnect_max_ms}});
            }
        }
    }
}

std::shared_ptr<peer_link> link_hub::find(server_id local, server_id peer) const {
    const std::lock_guard lock{links_mutex_};
    const auto found = links_.find({local, peer});
    return found == links_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<peer_link>> link_hub::links() const {
    const std::lock_guard lock{links_mutex_};
    std::vector<std::shared_ptr<peer_link>> all;
    for (const auto& [ends, link] : links_) {
        all.push_back(link);
    }
    return all;
}

session_time link_hub::now() const {
    using namespace std::chrono;
    const auto steady = steady_clock::now() - began_;
    const auto clock = system_clock::now().time_since_epoch();
    return {static_cast<std::uint64_t>(duration_cast<milliseconds>(steady).count()),
            static_cast<std::uint64_t>(duration_cast<seconds>(clock).count())};
}

void link_hub::log(bool warning, const std::string& line) {
    if (settings.on_log && !muted_) {
        const std::lock_guard lock{log_mutex_};
        settings.on_log(warning, line);
    }
}

void link_hub::count(refusal_reason reason) {
    ++refused_[static_cast<std::size_t>(reason)];
}

std::vector<refusal_count> link_hub::refusals() const {
    std::vector<refusal_count> all;
    for (std::size_t i = 0; i < refused_.size(); ++i) {
        const auto times = refused_[i].load();
        if (times > 0) {
            all.push_back({std::string{to_string(static_cast<refusal_reason>(i))}, times});
        }
    }
    return all;
}

bool link_hub::wait_until_quiet(std::chrono::milliseconds patience) {
    std::unique_lock lock{quiet_mutex_};
    return quiet_changed_.wait_for(lock, patience, [this] { return is_quiet_; });
}

void link_hub::tell_quiet() {
    hub_ = nullptr;
    const std::lock_guard lock{quiet_mutex_};
    is_quiet_ = true;
    quiet_changed_.notify_all();
}

std::uint64_t link_hub::opened(const caf::actor& broker, bool stranger) {
    const auto number = ++last_connection_;
    connections_.emplace(number, connection{broker, stranger});
    if (stranger && ++strangers_ > settings.strangers_max) {
        evict_stranger();
    }
    return number;
}

void link_hub::evict_stranger() {
    // The oldest has had the most time to say who it is.
    const auto oldest = std::find_if(connections_.begin(), connections_.end(),
                                     [](const auto& each) { return each.second.stranger; });
    caf_compat::anonymous_send(oldest->second.broker, link_evicted{});
    oldest->second.stranger = false;
    --strangers_;
}

void link_hub::greeted(std::uint64_t connection) {
    auto& found = connections_.at(connection);
    if (std::exchange(found.stranger, false)) {
        --strangers_;
    }
}

void link_hub::closed(std::uint64_t connection) {
    const auto found = connections_.find(connection);
    if (found == connections_.end()) {
        return;
    }
    strangers_ -= found->second.stranger ? 1 : 0;
    connections_.erase(found);
    if (stopping_ && connections_.empty() && hub_) {
        caf_compat::anonymous_send(hub_, link_stop{});
    }
}

void link_hub::link_ended(const std::shared_ptr<peer_link>& link, bool was_up) {
    for (auto& each : attempts_) {
        if (each.link == link) {
            each.busy = false;
            if (was_up) {
                each.wait.reset();
            }
            each.next_ms = now().steady_ms + each.wait.wait_ms(next_chance(chance_));
        }
    }
}

std::shared_ptr<peer_link> link_hub::add_operator(server_id local, std::string address) {
    if (operators_ >= settings.operators_max) {
        return nullptr;
    }
    // Not the number of whoever left just now: what is still said to them is not for the next.
    for (std::uint32_t tries = 0; tries < operator_numbers; ++tries) {
        const auto peer = make_server_id(operator_role, next_operator_);
        next_operator_ = (next_operator_ + 1) % operator_numbers;
        if (find(local, peer)) {
            continue;
        }
        ++operators_;
        auto link =
            std::make_shared<peer_link>(local, peer, std::move(address), settings.operator_limits);
        start_ingress(link);
        const std::lock_guard lock{links_mutex_};
        links_.emplace(std::pair{local, peer}, link);
        return link;
    }
    return nullptr;
}

void link_hub::remove_operator(const std::shared_ptr<peer_link>& link) {
    link->shut();
    const std::lock_guard lock{links_mutex_};
    operators_ -= links_.erase({link->local, link->peer});
}

bool link_hub::is_local(server_id id) const {
    return std::any_of(settings.locals.begin(), settings.locals.end(),
                       [id](const auto& own) { return own.server == id; });
}

void link_hub::start_ingress(const std::shared_ptr<peer_link>& link) {
    // Detached: a handler that takes long holds up a thread of its own and nobody else's.
    const auto body = [this, link](caf::stateful_actor<ingress_state>* self) -> caf::behavior {
        return {
            [this, link](link_frame& f) {
                const auto bytes = f.bytes.size();
                if (!muted_ && settings.events.on_frame) {
                    settings.events.on_frame(link->local, link->peer, std::move(f.bytes));
                }
                link->handled(bytes);
            },
            [this, link](const link_turn& change) {
                if (!muted_ && settings.events.on_link) {
                    settings.events.on_link(link->local, link->peer, change.up);
                }
            },
            [self](const link_stop&) { self->quit(); },
        };
    };
    link->start_ingress(system_.spawn<caf::detached>(body));
}

void link_hub::start(const caf::actor& hub) {
    hub_ = hub;
    for (const auto& link : links()) {
        start_ingress(link);
    }
    caf_compat::anonymous_send(hub_, link_tick{});
}

void link_hub::on_tick() {
    for (const auto& [number, each] : connections_) {
        caf_compat::anonymous_send(each.broker, link_tick{});
    }
    const auto at = now().steady_ms;
    look_at_files(at);
    for (auto& each : attempts_) {
        if (stopping_ || each.busy || each.link->connection() != 0 || at < each.next_ms) {
            continue;
        }
        each.busy = true;
        connector.dial(
            each.host, each.port, settings.times.handshake_ms, settings.insecure_loopback,
            [hub = hub_, link = each.link](int socket, std::string problem) {
                if (socket >= 0) {
                    caf_compat::anonymous_send(hub, link_connected{link, socket});
                } else {
                    caf_compat::anonymous_send(hub, link_unreachable{link, std::move(problem)});
                }
            });
    }
    if (!stopping_) {
        caf_compat::anonymous_send_after(hub_, tick_interval, link_tick{});
    } else if (!connections_.empty()) {
        caf_compat::anonymous_send_after(hub_, tick_interval, link_tick{});
    }
}

void link_hub::on_unreachable(const std::shared_ptr<peer_link>& link, const std::string& problem) {
    const auto line = link_name(link->peer) + " can't be reached: " + problem;
    link->set_problem(line, false);
    log_link(*link, problem, line);
    link_ended(link, false);
}

void link_hub::stop() {
    stopping_ = true;
    for (const auto& [number, each] : connections_) {
        caf_compat::anonymous_send(each.broker, link_stop{});
    }
}

caf::behavior hub_actor(caf::stateful_actor<hub_state, caf::io::broker>* self,
                        const std::shared_ptr<link_hub>& hub, int listening) {
    caf_compat::state_of(self).hub = hub;
    self->set_default_handler(caf::drop);
    std::optional<caf::io::accept_handle> door;
    if (listening >= 0) {
        door = self->add_doorman(listening);
    }
    hub->start(caf::actor_cast<caf::actor>(self));
    return {
        [self, hub](const caf::io::new_connection_msg& m) {
            if (hub->stopping()) {
                cut_connection(static_cast<int>(m.handle.id()));
                self->close(m.handle);
                return;
            }
            self->fork(connection_actor, m.handle, hub, std::shared_ptr<peer_link>{});
        },
        [self, hub](const link_connected& m) {
            if (hub->stopping()) {
                drop_socket(m.socket);
                return;
            }
            self->fork(connection_actor, self->add_scribe(m.socket), hub, m.link);
        },
        [hub](const link_unreachable& m) { hub->on_unreachable(m.link, m.problem); },
        [hub](const link_tick&) { hub->on_tick(); },
        [self, hub, door](const link_stop&) {
            if (!hub->stopping()) {
                if (door) {
                    self->close(*door);
                }
                hub->stop();
            }
            if (hub->quiet()) {
                hub->tell_quiet();
                self->quit();
            }
        },
        [](const caf::io::connection_closed_msg&) {},
        [](const caf::io::acceptor_closed_msg&) {},
    };
}

} // namespace byzgate
