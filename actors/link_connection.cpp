#include "actors/link_connection.hpp"

#include <algorithm>
#include <utility>

#include "actors/link_messages.hpp"

namespace byzgate {

namespace {

constexpr std::size_t read_bytes_max = 32U << 10;
/// Beyond what `link_limits::unsent_bytes_max` lets wait, for what can't be held back.
constexpr std::uint64_t unsent_reserve_bytes = 1U << 20;
constexpr std::uint64_t linger_ms = 1'000;
constexpr std::uint64_t stop_patience_ms = 1'000;
constexpr std::uint64_t stop_linger_ms = 300;

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
        hub_.log_link(*state_.link, false, "link to " + link_name(state_.link->peer) + " is up");
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
    [[nodiscard]] link_ends ends() const {
        if (state_.link) {
            return {link_name(state_.link->local), link_name(state_.link->peer),
                    state_.link->address};
        }
        const auto address = state_.wire->remote_address();
        const auto peer = talk_.peer();
        return {"this process", peer ? link_name(*peer) : std::string{"somebody"}, address};
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
        report(link, was_up, was_current);
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
        const auto& locals = hub_.settings.locals;
        return peer && !locals.empty() ? hub_.find(locals.front().server, *peer) : nullptr;
    }
    void report(const std::shared_ptr<peer_link>& link, bool was_up, bool was_current) {
        const auto& end = talk_.end();
        const auto now_s = hub_.now().clock_s;
        std::string problem = was_up ? "the link of " + ends().local + " to " + ends().peer
                                           + " broke; it is being made again"
                                     : ends().peer + " at " + ends().address
                                           + " closed the connection before the link was up";
        if (end.planned) {
            problem = ends().peer + " has stopped";
        } else if (end.theirs) {
            problem = explain_their_refusal(*end.theirs, ends(), now_s);
        } else if (end.ours) {
            problem = explain_our_refusal(*end.ours, ends(), now_s);
        }
        if (!end.detail.empty() && end.ours) {
            problem += " (" + end.detail + ")";
        }
        if (was_current || (link && link->connection() == 0)) {
            if (link->set_problem(problem)) {
                hub_.log_link(*link, !end.planned, problem);
            }
        } else if (end.ours || end.theirs) {
            hub_.log_stranger(end.ours ? *end.ours : end.theirs->reason, problem);
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
        return link ? hub.identities->dial(link->local, link->peer) : hub.identities->accept();
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
