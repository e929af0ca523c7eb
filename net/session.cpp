#include "net/session.hpp"

#include <utility>

#include "protocol/assert.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

session::session(const session_settings& settings, std::unique_ptr<secure_channel> channel,
                 server_id local, server_id peer, incoming_credit& credit, session_time now)
    : settings_(settings), channel_(std::move(channel)), dialed_(true), local_(local), peer_(peer),
      credit_(&credit), joiner_(settings.limits.message_bytes_max), began_ms_(now.steady_ms),
      heard_ms_(now.steady_ms), spoke_ms_(now.steady_ms), written_ms_(now.steady_ms) {
    if (channel_->secure()) {
        on_secure(now);
    }
}

session::session(const session_settings& settings, std::unique_ptr<secure_channel> channel,
                 session_time now)
    : settings_(settings), channel_(std::move(channel)), dialed_(false),
      joiner_(settings.limits.message_bytes_max), began_ms_(now.steady_ms),
      heard_ms_(now.steady_ms), spoke_ms_(now.steady_ms), written_ms_(now.steady_ms) {
    if (channel_->secure()) {
        on_secure(now);
    }
}

void session::receive(std::string_view bytes, session_time now) {
    if (phase_ == phase::closed) {
        return;
    }
    channel_->receive(bytes);
    if (phase_ == phase::handshake && channel_->secure()) {
        on_secure(now);
    }
    if (phase_ != phase::handshake && phase_ != phase::closed) {
        reader_.feed(channel_->take_plain());
        read_frames(now);
    }
    if (phase_ != phase::closed && channel_->failed()) {
        end_.theirs = channel_->told();
        phase_ = phase::closed;
        if (!end_.theirs) {
            end_.ours = channel_->problem();
        }
        end_.detail = channel_->detail();
    }
}

void session::on_secure(session_time now) {
    phase_ = phase::greeting;
    if (channel_->peer()) {
        peer_ = channel_->peer();
    }
    if (const auto problem = channel_->problem()) {
        refuse(*problem, now);
        return;
    }
    if (dialed_) {
        say_hello(now);
    }
}

void session::say_hello(session_time now) {
    hello ours;
    ours.cluster = settings_.cluster;
    ours.config = settings_.config;
    ours.from = *local_;
    ours.to = *peer_;
    ours.credit = credit_->connected();
    ours.bytes_max = settings_.limits.message_bytes_max;
    ours.clock_s = now.clock_s;
    append_frame(plain_, frame_kind::hello, encode(ours));
}

void session::read_frames(session_time now) {
    while (phase_ == phase::greeting || phase_ == phase::up) {
        const auto f = reader_.next();
        if (!f) {
            break;
        }
        heard_ms_ = now.steady_ms;
        on_frame(*f, now);
    }
    if (reader_.failed() && phase_ != phase::closed) {
        refuse(refusal_reason::protocol_error, now);
    }
}

void session::on_frame(const frame& f, session_time now) {
    if (f.kind == frame_kind::refusal) {
        on_refusal(f.body, now);
        return;
    }
    if (phase_ == phase::greeting) {
        if (f.kind == frame_kind::hello) {
            on_hello(f.body, now);
        } else {
            refuse(refusal_reason::protocol_error, now);
        }
        return;
    }
    switch (f.kind) {
        case frame_kind::heartbeat:
            return;
        case frame_kind::chunk:
        case frame_kind::last:
            on_part(f, now);
            return;
        case frame_kind::goodbye:
            end_.planned = true;
            phase_ = phase::closed;
            return;
        case frame_kind::credit: {
            decoder in{f.body};
            const auto more = in.u64();
            if (!in.done() || !out_.grant(more)) {
                refuse(refusal_reason::protocol_error, now);
            }
            return;
        }
        case frame_kind::hello:
        case frame_kind::refusal:
            break;
    }
    refuse(refusal_reason::protocol_error, now);
}

void session::on_refusal(std::string_view body, session_time now) {
    const auto told = decode_refusal(body);
    if (!told) {
        refuse(refusal_reason::protocol_error, now);
        return;
    }
    end_.theirs = *told;
    phase_ = phase::closed;
}

void session::on_hello(std::string_view body, session_time now) {
    const auto said = decode_hello(body);
    if (std::holds_alternative<other_version>(said)) {
        refuse(refusal_reason::other_version, now);
        return;
    }
    const auto* theirs = std::get_if<hello>(&said);
    if (theirs == nullptr || theirs->credit > outgoing_credit::granted_max) {
        refuse(refusal_reason::protocol_error, now);
        return;
    }
    theirs_ = *theirs;
    // On a plain channel nothing is proved: whoever connects is who it says.
    if (!dialed_ && channel_->plain()) {
        peer_ = theirs->from;
    }
    const auto expected_local = channel_->plain() && !dialed_ ? theirs->to
                                : dialed_                     ? local_
                                                              : channel_->local();
    if (theirs->from != *peer_) {
        refuse(refusal_reason::wrong_name, now);
    } else if (theirs->to != expected_local) {
        refuse(refusal_reason::not_here, now);
    } else if (theirs->cluster != settings_.cluster) {
        refuse(refusal_reason::other_cluster, now);
    } else if (theirs->config != settings_.config) {
        refuse(refusal_reason::other_config, now);
    } else {
        phase_ = phase::judging;
    }
}

void session::welcome(server_id local, incoming_credit& credit, const link_limits& limits,
                      session_time now) {
    BYZGATE_ASSERT(phase_ == phase::judging);
    if (theirs_.credit > 0) {
        (void)out_.grant(theirs_.credit);
    }
    phase_ = phase::up;
    heard_ms_ = now.steady_ms;
    if (!dialed_) {
        settings_.limits = limits;
        joiner_ = message_joiner{limits.message_bytes_max};
        local_ = local;
        credit_ = &credit;
        say_hello(now);
    }
    read_frames(now);
}

void session::on_part(const frame& f, session_time now) {
    if (!credit_->covers(cost_of(joiner_.held_bytes() + f.body.size()))) {
        refuse(refusal_reason::over_credit, now);
        return;
    }
    switch (joiner_.add(f)) {
        case message_joiner::outcome::unfinished:
            return;
        case message_joiner::outcome::refused:
            refuse(refusal_reason::oversized, now);
            return;
        case message_joiner::outcome::complete:
            break;
    }
    messages_.push_back(joiner_.take());
    const bool covered = credit_->arrived(cost_of(messages_.back().size()));
    BYZGATE_ASSERT(covered);
}

void session::refuse(refusal_reason reason, session_time now) {
    if (phase_ == phase::closed) {
        return;
    }
    end_.ours = reason;
    end_.detail = channel_->detail();
    phase_ = phase::closed;
    if (channel_->secure() && reason <= refusal_reason_last_on_wire) {
        append_frame(plain_, frame_kind::refusal, encode(refusal_notice{reason, now.clock_s}));
    }
}

void session::leave() {
    if (phase_ == phase::up && !cutter_.busy()) {
        append_frame(plain_, frame_kind::goodbye, {});
    }
    end_.planned = true;
    phase_ = phase::closed;
}

void session::lost() {
    phase_ = phase::closed;
}

void session::tick(session_time now) {
    if (phase_ == phase::handshake || phase_ == phase::greeting) {
        if (now.steady_ms - began_ms_ >= settings_.times.handshake_ms) {
            refuse(refusal_reason::handshake_timeout, now);
        }
        return;
    }
    if (phase_ != phase::up) {
        return;
    }
    if (now.steady_ms - heard_ms_ >= settings_.times.silence_ms) {
        refuse(refusal_reason::silence, now);
    } else if (unsent_ > 0 && now.steady_ms - written_ms_ >= settings_.times.silence_ms) {
        refuse(refusal_reason::stalled, now);
    } else if (unsent_ == 0 && now.steady_ms - spoke_ms_ >= settings_.times.heartbeat_ms) {
        append_frame(plain_, frame_kind::heartbeat, {});
    }
}

std::vector<std::string> session::take_messages() {
    return std::exchange(messages_, {});
}

bool session::can_send(std::size_t message_bytes) const noexcept {
    return phase_ == phase::up && !cutter_.busy() && message_bytes <= theirs_.bytes_max
           && cost_of(message_bytes) <= out_.left();
}

void session::send(std::string message) {
    const bool paid = out_.spend(cost_of(message.size()));
    BYZGATE_ASSERT(phase_ == phase::up && paid);
    cutter_.begin(std::move(message));
}

bool session::fill(std::uint64_t room) {
    while (cutter_.busy() && plain_.size() < room) {
        cutter_.append_chunk(plain_);
    }
    return !cutter_.busy() && plain_.size() < room;
}

void session::grant() {
    const auto more = phase_ == phase::up ? credit_->grant() : 0;
    if (more > 0) {
        encoder body;
        body.u64(more);
        append_frame(plain_, frame_kind::credit, body.bytes());
    }
}

std::string session::take_output(session_time now) {
    if (channel_->secure() && !plain_.empty()) {
        channel_->send(plain_);
        spoke_ms_ = now.steady_ms;
    }
    plain_.clear();
    auto wire = channel_->take_wire();
    if (unsent_ == 0) {
        written_ms_ = now.steady_ms;
    }
    unsent_ += wire.size();
    return wire;
}

void session::written(std::uint64_t unsent, session_time now) {
    unsent_ = unsent;
    written_ms_ = now.steady_ms;
}

} // namespace byzgate
