#include "actors/remote_server.hpp"

#include <caf/stateful_actor.hpp>

#include "protocol/wire.hpp"

namespace byzgate {

bool ingress_budget::take(std::size_t bytes) {
    const auto messages = messages_.fetch_add(1);
    const auto before = bytes_.fetch_add(bytes);
    if (messages > 0 && (messages >= messages_max_ || before + bytes > bytes_max_)) {
        give_back(bytes);
        return false;
    }
    return true;
}

void ingress_budget::give_back(std::size_t bytes) {
    messages_.fetch_sub(1);
    bytes_.fetch_sub(bytes);
}

std::shared_ptr<const void> ingress_budget::hold(const std::shared_ptr<ingress_budget>& of,
                                                 std::size_t bytes) {
    if (!of->take(bytes)) {
        return nullptr;
    }
    // What it points to doesn't matter; that it goes does.
    return {of.get(), [of, bytes](const void*) { of->give_back(bytes); }};
}

namespace {

void send_out(remote_server_state& state, const message& what) {
    auto& counters = *state.settings.counters;
    const auto fate = state.settings.send(encode(what));
    ++(fate == frame_fate::queued ? counters.sent : counters.lost);
}

/// To whom it is for, and says when that has handled it.
template <class Self, class To, class Message>
void hand_over(Self* self, const To& to, const Message& what, std::size_t bytes) {
    const auto budget = caf_compat::state_of(self).settings.budget;
    caf_compat::request(self, to, caf::infinite, what)
        .then([budget, bytes] { budget->give_back(bytes); },
              [budget, bytes](const caf::error&) { budget->give_back(bytes); });
}

template <class Self>
void take_in(Self* self, const from_peer& came) {
    auto& settings = caf_compat::state_of(self).settings;
    if (settings.server) {
        std::visit([&](const auto& m) { hand_over(self, settings.server, m, came.bytes); },
                   *came.what);
    } else if (const auto* arrived = std::get_if<delivery>(came.what.get());
               arrived != nullptr && settings.recipient) {
        hand_over(self, settings.recipient, *arrived, came.bytes);
    } else if (const auto* kept = std::get_if<delivery_receipt>(came.what.get());
               kept != nullptr && settings.receipts) {
        hand_over(self, settings.receipts, *kept, came.bytes);
    } else {
        ++settings.counters->malformed;
        settings.budget->give_back(came.bytes);
    }
}

} // namespace

remote_server_actor::behavior_type
remote_server(remote_server_actor::stateful_pointer<remote_server_state> self,
              remote_server_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.settings = std::move(settings);
    self->set_default_handler(caf::drop);
    const auto out = [&state](const auto& m) { send_out(state, message{m}); };
    return {
        [](const roster&) {},
        [out](const round_request& m) { out(m); },
        [out](const distribution& m) { out(m); },
        [out](const relay& m) { out(m); },
        [out](const signed_relay& m) { out(m); },
        [out](const vote& m) { out(m); },
        [out](const payload_request& m) { out(m); },
        [out](const payload_reply& m) { out(m); },
        [out](const delivery& m) { out(m); },
        [out](const delivery_receipt& m) { out(m); },
        [out](const round_end& m) { out(m); },
        [](const submission&) {},
        [](const swap_behavior&) {},
        [](const wake&) {},
        [](const commit_due&) {},
        [self](const from_peer& came) { take_in(self, came); },
    };
}

} // namespace byzgate
