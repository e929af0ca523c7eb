#include "actors/link_connection.hpp"

#include <algorithm>
#include <utility>

#include "actors/link_messages.hpp"
#include "net/explain.hpp"

namespace byzgate {

namespace {

constexpr std::size_t read_bytes_max = 32U << 10;
/// Beyond what `link_limits::unsent_bytes_max` lets wait, for what can't be held back.
constexpr std::uint64_t unsent_reserve_bytes = 1U << 20;
constexpr std::uint64_t linger_ms = 1'000;
constexpr std::uint64_t stop_patience_ms = 1'000;
constexpr std::uint64_t stop_linger_ms = 300;

/// Enough of a digest for two people to compare.
std::string short_text(const digest& whole) {
    return to_hex(whole).substr(0, 8);
}

/// What one broker does. Lives as long as a handler runs.
class connection {
public:
    explicit connection(connection_broker* self)
        : self_(self), state_(caf_compat::state_of(self)), hub_(*state_.hub), talk_(*state_.talk) {}

    void on_bytes(std::string_view bytes) {
        if (state_.cut_at_ms) {
            return;
        }
        talk_.receive(bytes, hub_.now());
        advance();
    }
    void on_written(std::uint64_t unsent) {
        talk_.written(unsent, hub_.now());
        if (state_.cut_at_ms) {
            half_close();
        } else {
            advance();
        }
    }
    void on_poke() {
        if (state_.link) {
            state_.link->poked();
        }
        advance();
    }
    void on_tick() {
        const auto now = hub_.now();
        if (state_.cut_at_ms) {
            if (now.steady_ms >= *state_.cut_at_ms) {
                state_.wire->cut();
            }
            return;
        }
        talk_.tick(now);
        look_for_revocation();
        if (talk_.unsent() > hub_.settings.limits.unsent_bytes_max + unsent_reserve_bytes) {
            talk_.refuse(refusal_reason::stalled, now);
        }
        advance();
    }
    void on_stop() {
        const auto now_ms = hub_.now().steady_ms;
        state_.leave_by_ms = now_ms + stop_patience_ms;
        if (state_.cut_at_ms) {
            state_.cut_at_ms = std::min(*state_.cut_at_ms, now_ms + stop_linger_ms);
        } else if (talk_.at() == session::phase::up) {
            advance();
        } else { // A handshake that nobody may ever answer: there is nothing to take leave of.
            talk_.lost();
            finish();
            state_.cut_at_ms = now_ms;
            state_.wire->cut();
        }
    }
    void refuse(refusal_reason reason) {
        talk_.refuse(reason, hub_.now());
        advance();
    }
    void on_lost() {
        if (!state_.cut_at_ms) {
            talk_.lost();
            finish();
        }
        hub_.closed(state_.number);
        self_->quit();
    }
    void advance() {
        if (state_.cut_at_ms) {
            return;
        }
        if (talk_.at() == session::phase::judging) {
            judge();
        }
        deliver();
        if (talk_.at() == session::phase::up) {
            (void)state_.link->credit();
            talk_.grant();
            fill();
            leave_if_done();
        }
        write();
        if (talk_.at() == session::phase::closed) {
            finish();
            // Whoever took nothing for as long as this could wait won't in another second.
            const bool waited = state_.leave_by_ms && talk_.unsent() > 0;
            state_.cut_at_ms = hub_.now().steady_ms
                               + (waited               ? 0
                                  : state_.leave_by_ms ? stop_linger_ms
                                                       : linger_ms);
            half_close();
        }
    }

private:
    void look_for_revocation() {
        if (!hub_.identities || state_.generation == hub_.identities->generation()) {
            return;
        }
        state_.generation = hub_.identities->generation();
        if (const auto serial = talk_.peer_serial();
            !serial.empty() && hub_.identities->now().is_revoked(serial)) {
            talk_.refuse(refusal_reason::certificate_revoked, hub_.now());
        }
    }
    /// Ours is said. Closing at once would throw away what the peer hasn't read of it, so the peer
    /// closes first, if it does so soon. CAF's own `close` would leave that to the peer alone.
    void half_close() {
        if (talk_.unsent() == 0) {
            state_.wire->end();
        }
    }
    /// The peer has proved who it is and said what it wants: may it?
    void judge() {
        const auto local = state_.dialed ? state_.link->local : talk_.greeting().to;
        if (!state_.dialed) {
            if (!hub_.is_local(local)) {
                talk_.refuse(refusal_reason::not_here, hub_.now());
                return;
            }
            const auto peer = *talk_.peer();
            if (hub_.settings.dialing(local, peer) || !hub_.settings.linked(local, peer)) {
                talk_.refuse(refusal_reason::not_linked, hub_.now());
                return;
            }
            state_.link = is_operator(peer)
                              ? hub_.add_operator(local, state_.wire->remote_address())
                              : hub_.find(local, peer);
            if (!state_.link) {
                talk_.refuse(is_operator(peer) ? refusal_reason::too_many
                                               : refusal_reason::not_linked,
                             hub_.now());
                return;
            }
        }
        if (state_.link->connection() != 0) {
            take_over();
        }
        hub_.greeted(state_.number);
        state_.up = true;
        state_.link->up(state_.number, caf::actor_cast<caf::actor>(self_), talk_.peer_bytes_max());
        hub_.log_up(*state_.link);
        talk_.welcome(local, state_.link->credit(), state_.link->limits, hub_.now());
    }
    void take_over() {
        const auto older = state_.link->broker();
        state_.link->down(state_.link->connection());
        if (older) {
            caf_compat::anonymous_send(older, link_replaced{});
        }
    }
    void deliver() {
        for (auto& message : talk_.take_messages()) {
            if (state_.link->connection() == state_.number) {
                state_.link->deliver(std::move(message));
            }
        }
    }
    void fill() {
        const auto room_max = hub_.settings.limits.unsent_bytes_max;
        if (talk_.unsent() >= room_max || state_.link->connection() != state_.number) {
            return;
        }
        const auto room = room_max - talk_.unsent();
        const auto fits = [this](std::size_t bytes) { return talk_.can_send(bytes); };
        while (talk_.fill(room)) {
            auto next = state_.link->pop(fits);
            if (!next) {
                break;
            }
            talk_.send(std::move(*next));
        }
    }
    void leave_if_done() {
        if (!state_.leave_by_ms) {
            return;
        }
        const bool done = state_.link->idle() && talk_.unsent() == 0 && talk_.fill(1);
        if (done || hub_.now().steady_ms >= *state_.leave_by_ms) {
            talk_.leave();
        }
    }
    void write() {
        const auto out = talk_.take_output(hub_.now());
        if (!out.empty()) {
            state_.wire->write(out);
        }
    }
    [[nodiscard]] std::string remote_host() const {
        constexpr std::string_view mapped = "::ffff:";
        const auto address = state_.wire->remote_address();
        return address.rfind(mapped, 0) == 0 ? address.substr(mapped.size()) : address;
    }
    [[nodiscard]] link_ends ends(const std::shared_ptr<peer_link>& link) const {
        const auto peer = talk_.peer();
        const auto local = link ? link->local : talk_.wanted();
        link_ends both{local ? link_name(*local) : "this process",
                       peer ? link_name(*peer) : "somebody",
                       link && state_.dialed ? link->address : remote_host()};
        if (state_.link) {
            both.peer = link_name(state_.link->peer);
        } else if (link && !peer) {
            both.address += " (from where " + link_name(link->peer) + " should connect)";
        }
        if (local && hub_.identities) {
            both.own = hub_.identities->now().times_of(*local);
        }
        both.theirs = talk_.peer_times();
        add_digests(both);
        return both;
    }
    void add_digests(link_ends& both) const {
        const auto& end = talk_.end();
        const auto reason = end.ours     ? end.ours
                            : end.theirs ? std::optional{end.theirs->reason}
                                         : std::nullopt;
        const auto& theirs = talk_.greeting();
        const auto set = [&](const digest& own, const digest& other) {
            both.own_digest = short_text(own);
            both.their_digest = other == digest{} ? "" : short_text(other);
        };
        if (reason == refusal_reason::other_cluster) {
            set(hub_.session.cluster, theirs.cluster);
        } else if (reason == refusal_reason::other_config) {
            set(hub_.session.config, theirs.config);
        }
        both.others_up = hub_.links_up();
    }
    /// The session is over: who has to know?
    void finish() {
        const auto& end = talk_.end();
        const auto link = state_.link ? state_.link : claimed_link();
        if (end.ours) {
            hub_.count(*end.ours);
            if (link) {
                link->count_refusal();
            }
        }
        const bool was_up = std::exchange(state_.up, false);
        const bool was_current = state_.link && state_.link->down(state_.number);
        report(link ? link : suspected_link(), was_up, was_current);
        if (state_.link && is_operator(state_.link->peer)) {
            hub_.remove_operator(state_.link);
        } else if (state_.dialed) {
            // Two processes that run as one server would otherwise throw each other out all day.
            const bool replaced = end.theirs && end.theirs->reason == refusal_reason::replaced;
            hub_.link_ended(state_.link, was_up && !replaced);
        }
    }
    /// Of a stranger that proved its name but was refused: whose counters and problem it is.
    [[nodiscard]] std::shared_ptr<peer_link> claimed_link() const {
        const auto peer = talk_.peer();
        const auto local = talk_.wanted();
        const auto& locals = hub_.settings.locals;
        if (!peer || locals.empty()) {
            return nullptr;
        }
        return hub_.find(local && hub_.is_local(*local) ? *local : locals.front().server, *peer);
    }
    /// Of one that proved nothing: whom it may be meant to be. Its counters stay clean.
    [[nodiscard]] std::shared_ptr<peer_link> suspected_link() const {
        return talk_.peer() ? nullptr : hub_.awaited_from(remote_host(), talk_.wanted());
    }
    void report(const std::shared_ptr<peer_link>& link, bool was_up, bool was_current) {
        const auto& end = talk_.end();
        const auto now_s = hub_.now().clock_s;
        const auto both = ends(link);
        std::string what = was_up ? "broke" : "closed";
        std::string problem = was_up ? "the link of " + both.local + " to " + both.peer + " broke"
                                           + (state_.dialed ? "; it is being made again" : "")
                                     : both.peer + " at " + both.address
                                           + " closed the connection before the link was up";
        const auto reason = end.theirs ? std::optional{end.theirs->reason} : end.ours;
        if (end.planned) {
            what = "stopped";
            problem = both.peer + " has stopped";
        } else if (reason) {
            what = (end.theirs ? "they: " : "we: ") + std::string{to_string(*reason)};
            problem = end.theirs ? explain_their_refusal(*end.theirs, both, now_s)
                                 : explain_our_refusal(*end.ours, both, now_s);
        }
        if (!end.detail.empty() && end.ours) {
            problem += " (" + end.detail + ")";
        }
        if (was_current || (link && link->connection() == 0)) {
            link->set_problem(problem, !end.planned && reason && needs_somebody(*reason));
            if (end.planned && is_operator(link->peer)) {
                hub_.log(false, link_name(link->local) + ": " + problem); // As every one does.
            } else {
                hub_.log_link(*link, what, problem);
            }
        } else if (reason) {
            hub_.log_stranger(*reason, both.address, problem);
        }
    }

    connection_broker* self_;
    connection_state& state_;
    link_hub& hub_;
    session& talk_;
};

std::unique_ptr<session> make_session(const link_hub& hub, const std::shared_ptr<peer_link>& link) {
    const auto channel = [&]() -> std::unique_ptr<secure_channel> {
        if (!hub.identities) {
            return make_plain_channel();
        }
        const auto& own = hub.identities->now();
        return link ? own.dial(link->local, link->peer) : own.accept();
    };
    if (!link) {
        return std::make_unique<session>(hub.session, channel(), hub.now());
    }
    auto settings = hub.session;
    settings.limits = link->limits;
    return std::make_unique<session>(settings, channel(), link->local,
                                     is_operator(link->peer) ? operator_id : link->peer,
                                     link->credit(), hub.now());
}

class socket_wire final : public link_wire {
public:
    socket_wire(connection_broker* self, caf::io::connection_handle handle)
        : self_(self), handle_(handle) {}

    void write(const std::string& bytes) override {
        auto& buffer = self_->wr_buf(handle_);
        buffer.insert(buffer.end(), bytes.begin(), bytes.end());
        self_->flush(handle_);
    }
    void end() override { end_of_output(static_cast<int>(handle_.id())); }
    void cut() override { cut_connection(static_cast<int>(handle_.id())); }
    [[nodiscard]] std::string remote_address() const override {
        return self_->remote_addr(handle_);
    }

private:
    connection_broker* self_;
    caf::io::connection_handle handle_;
};

} // namespace

void begin_connection(connection_broker* self, std::unique_ptr<link_wire> wire,
                      const std::shared_ptr<link_hub>& hub,
                      const std::shared_ptr<peer_link>& link) {
    auto& state = caf_compat::state_of(self);
    state.hub = hub;
    state.link = link;
    state.wire = std::move(wire);
    state.dialed = link != nullptr;
    state.talk = make_session(*hub, link);
    state.generation = hub->identities ? hub->identities->generation() : 0;
    state.number = hub->opened(caf::actor_cast<caf::actor>(self), !state.dialed);
    self->set_default_handler(caf::drop);
    connection{self}.advance();
}

void connection_got(connection_broker* self, std::string_view bytes) {
    connection{self}.on_bytes(bytes);
}

void connection_wrote(connection_broker* self, std::uint64_t unsent) {
    connection{self}.on_written(unsent);
}

void connection_lost(connection_broker* self) {
    connection{self}.on_lost();
}

caf::message_handler connection_handlers(connection_broker* self) {
    return {
        [self](const link_poke&) { connection{self}.on_poke(); },
        [self](const link_tick&) { connection{self}.on_tick(); },
        [self](const link_replaced&) { connection{self}.refuse(refusal_reason::replaced); },
        [self](const link_evicted&) {
            connection{self}.refuse(refusal_reason::too_many);
            caf_compat::state_of(self).wire->cut();
        },
        [self](const link_stop&) { connection{self}.on_stop(); },
    };
}

caf::behavior connection_actor(connection_broker* self, caf::io::connection_handle handle,
                               const std::shared_ptr<link_hub>& hub,
                               const std::shared_ptr<peer_link>& link) {
    tune_connection(static_cast<int>(handle.id()), 2 * hub->settings.times.silence_ms);
    self->ack_writes(handle, true);
    self->configure_read(handle, caf::io::receive_policy::at_most(read_bytes_max));
    begin_connection(self, std::make_unique<socket_wire>(self, handle), hub, link);
    return caf::message_handler{
        [self](const caf::io::new_data_msg& m) {
            connection_got(self, {m.buf.data(), m.buf.size()});
        },
        [self](const caf::io::data_transferred_msg& m) { connection_wrote(self, m.remaining); },
        [self](const caf::io::connection_closed_msg&) { connection_lost(self); },
    }
        .or_else(connection_handlers(self));
}

} // namespace byzgate
