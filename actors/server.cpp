#include "actors/server.hpp"

#include <algorithm>
#include <iterator>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

/// Statements of more bytes are made durable without waiting for more.
constexpr std::size_t commit_bytes_max = 8U << 20;

bool is_keep(const effect& e) {
    return std::holds_alternative<keep>(e);
}

} // namespace

void server_state::start(server_actor::stateful_pointer<server_state> self,
                         server_settings settings) {
    self_ = self;
    settings_ = std::move(settings);
    handler_ = settings_.make_handler();
    // A peer's message of a kind that this interface lacks is dropped without a word.
    self->set_default_handler(caf::drop);
}

void server_state::on_roster(const roster& known) {
    if (links_) {
        return; // Who is who is said once, before anybody else can speak.
    }
    links_ = known.known;
    const auto learn = [this](const auto& handle, server_id id) {
        if (handle) {
            servers_.emplace(caf::actor_cast<caf::actor_addr>(handle), id);
        }
    };
    for (std::uint32_t i = 0; i < links_->commanders.size(); ++i) {
        learn(links_->commanders[i], commander_id(i));
    }
    for (std::uint32_t i = 0; i < links_->lieutenants.size(); ++i) {
        learn(links_->lieutenants[i], lieutenant_id(i));
    }
    learn(links_->supervisor, supervisor_id);
    learn(links_->external_party, external_party_id);
}

std::optional<server_id> server_state::sender() const {
    const auto known = servers_.find(caf::actor_cast<caf::actor_addr>(self_->current_sender()));
    return known == servers_.end() ? std::nullopt : std::optional{known->second};
}

void server_state::on_message(message what) {
    const auto from = sender();
    if (!from) {
        refuse({settings_.self, refusal::unknown_server}, &what);
        return;
    }
    if (settings_.self == supervisor_id && is_lieutenant(*from)) {
        if (const auto* cast = std::get_if<vote>(&what)) {
            const auto open = witnessed_.find(cast->round);
            if (open != witnessed_.end()) {
                open->second.votes.emplace_back(*from, *cast);
            }
        }
    }
    step(received{*from, std::move(what)});
}

void server_state::on_submission(const submission& wanted) {
    if (settings_.self != supervisor_id || !links_ || !links_->client
        || self_->current_sender() != links_->client) {
        refuse({settings_.self, refusal::unknown_server});
        return;
    }
    step(wanted);
}

void server_state::on_swap(const swap_behavior& how) {
    if (!settings_.swap) {
        refuse({settings_.self, refusal::unknown_server});
        return;
    }
    try {
        settings_.swap(*handler_, how);
    } catch (const behavior_error& wrong) {
        if (settings_.on_failure) {
            settings_.on_failure(wrong.what());
        }
    }
}

void server_state::on_wake(const wake& due) {
    if (due.at == armed_) {
        armed_ = tick_never;
    }
    step(clock_tick{});
}

void server_state::step(const event& what) {
    BYZGATE_ASSERT(handler_ != nullptr);
    handler_->on(what, now(), todo_);
    const auto* came = std::get_if<received>(&what);
    const auto* about = came != nullptr ? &came->what : nullptr;
    if (settings_.keeper
        && (!waiting_.empty() || std::any_of(todo_.begin(), todo_.end(), is_keep))) {
        wait_for_commit(about);
    } else {
        perform(todo_, about);
    }
    arm();
}

void server_state::wait_for_commit(const message* about) {
    if (about != nullptr && settings_.watching != nullptr) {
        refusals_are_about(todo_, 0, *about); // The message is gone by the time this is told.
    }
    if (waiting_.empty()) {
        // It comes behind all that is in the mailbox by now.
        caf_compat::anonymous_send(server_actor{self_}, commit_due{commits_});
    }
    for (const auto& what : todo_) {
        if (const auto* wanted = std::get_if<keep>(&what)) {
            bytes_waiting_ += wanted->what.bytes.size();
        }
    }
    std::move(todo_.begin(), todo_.end(), std::back_inserter(waiting_));
    todo_.clear();
    if (++events_waiting_ >= settings_.events_a_commit_max || bytes_waiting_ >= commit_bytes_max) {
        commit();
    }
}

void server_state::on_commit_due(const commit_due& due) {
    if (due.number == commits_) {
        commit();
    }
}

void server_state::commit() {
    ++commits_;
    events_waiting_ = 0;
    bytes_waiting_ = 0;
    perform(waiting_, nullptr);
}

void server_state::make_durable(effects& todo) {
    const auto first = std::find_if(todo.begin(), todo.end(), is_keep);
    try {
        keeping_.clear();
        for (auto& what : todo) {
            if (auto* wanted = std::get_if<keep>(&what)) {
                keeping_.push_back(std::move(wanted->what));
            } else if (const auto* over = std::get_if<drop_kept>(&what)) {
                settings_.keeper->drop(over->up_to);
            }
        }
        if (!keeping_.empty()) {
            settings_.keeper->keep(keeping_);
        }
    } catch (const std::exception& failed) {
        // What may be forgotten must not be said, nor repeated later by a machine that takes it for
        // kept.
        todo.erase(first, todo.end());
        mute_ = true;
        const auto& tell = settings_.on_mute ? settings_.on_mute : settings_.on_failure;
        if (tell) {
            tell(failed.what());
        }
    }
}

void server_state::perform(effects& todo, const message* about) {
    if (mute_) {
        todo.clear();
    } else if (settings_.keeper) {
        make_durable(todo);
    }
    for (auto& what : todo) {
        if (auto* out = std::get_if<send>(&what)) {
            do_send(*out);
        } else if (const auto* read = std::get_if<read_records>(&what)) {
            do_read(*read);
        } else if (auto* closed = std::get_if<round_closed>(&what)) {
            do_report(*closed);
        } else if (const auto* no = std::get_if<refused>(&what)) {
            refuse(*no, no->about ? no->about.get() : about);
        } else {
            BYZGATE_ASSERT(settings_.keeper != nullptr);
        }
    }
    todo.clear();
}

void server_state::do_send(const send& what) {
    if (!links_) {
        return;
    }
    const auto at = now();
    settings_.counters->messages.fetch_add(exchanged_in(what.what), std::memory_order_relaxed);
    if (settings_.watching != nullptr) {
        settings_.watching->sent(at, settings_.self, what.to, what.what);
    }
    if (const auto* request = std::get_if<round_request>(&what.what)) {
        if (settings_.self == supervisor_id) {
            witnessed_.try_emplace(request->round, witness{at, {}});
        }
    }
    if (what.to == external_party_id) {
        const auto* leaving = std::get_if<delivery>(&what.what);
        if (leaving != nullptr && links_->external_party) {
            caf_compat::send(self_, links_->external_party, *leaving);
        }
        return;
    }
    const server_actor* to = nullptr;
    const auto index = index_of(what.to);
    if (is_commander(what.to) && index < links_->commanders.size()) {
        to = &links_->commanders[index];
    } else if (is_lieutenant(what.to) && index < links_->lieutenants.size()) {
        to = &links_->lieutenants[index];
    } else if (what.to == supervisor_id) {
        to = &links_->supervisor;
    }
    if (to != nullptr && *to) {
        std::visit([&](const auto& m) { caf_compat::send(self_, *to, m); }, what.what);
    }
}

void server_state::do_read(const read_records& what) {
    if (!links_ || !links_->database) {
        return; // Only commanders have a way to the database; nobody else can make one up.
    }
    // A local actor: it answers or it is gone, so there is no time-out to choose.
    caf_compat::request(self_, links_->database, caf::infinite, what)
        .then([this](const records_read& answer) { step(answer); },
              [this, what](const caf::error&) {
                  step(records_read{what.round, what.level, what.ids, {}});
              });
}

void server_state::do_report(round_closed& closed) {
    round_report report;
    const auto open = witnessed_.find(closed.round);
    std::vector<std::pair<server_id, vote>> votes;
    report.closed_at = now();
    report.opened_at = report.closed_at;
    if (open != witnessed_.end()) {
        report.opened_at = open->second.opened_at;
        votes = std::move(open->second.votes);
        witnessed_.erase(open);
    }
    report.votes =
        std::make_shared<const std::vector<std::pair<server_id, vote>>>(std::move(votes));
    report.closed = std::move(closed);
    if (links_ && links_->client) {
        caf_compat::send(self_, links_->client, std::move(report));
    }
}

void server_state::refuse(const refused& what, const message* about) {
    settings_.counters->refusals[static_cast<std::size_t>(what.why)].fetch_add(
        1, std::memory_order_relaxed);
    if (settings_.watching != nullptr) {
        settings_.watching->refused_by(now(), settings_.self, what, about);
    }
}

void server_state::arm() {
    const auto due = handler_->next_deadline();
    if (due == tick_never || (armed_ != tick_never && armed_ <= due)) {
        return; // Nothing to wait for, or a wake is coming that will look again.
    }
    armed_ = due;
    const auto at = now();
    const std::chrono::microseconds delay{due > at ? due - at : 0};
    caf_compat::anonymous_send_after(server_actor{self_}, delay, wake{due});
}

tick server_state::now() const {
    const auto since = self_->home_system().clock().now() - settings_.started;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
    return us > 0 ? static_cast<tick>(us) : 0;
}

server_actor::behavior_type server(server_actor::stateful_pointer<server_state> self,
                                   server_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.start(self, std::move(settings));
    return {
        [&state](const roster& known) { state.on_roster(known); },
        [&state](const round_request& m) { state.on_message(m); },
        [&state](const distribution& m) { state.on_message(m); },
        [&state](const relay& m) { state.on_message(m); },
        [&state](const signed_relay& m) { state.on_message(m); },
        [&state](const vote& m) { state.on_message(m); },
        [&state](const payload_request& m) { state.on_message(m); },
        [&state](const payload_reply& m) { state.on_message(m); },
        [&state](const delivery& m) { state.on_message(m); },
        [&state](const delivery_receipt& m) { state.on_message(m); },
        [&state](const round_end& m) { state.on_message(m); },
        [&state](const submission& wanted) { state.on_submission(wanted); },
        [&state](const swap_behavior& how) { state.on_swap(how); },
        [&state](const wake& due) { state.on_wake(due); },
        [&state](const commit_due& due) { state.on_commit_due(due); },
    };
}

} // namespace byzgate
