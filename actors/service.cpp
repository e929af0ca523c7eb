#include "actors/service.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

namespace byzgate {

namespace {

constexpr std::chrono::milliseconds look_again{50};

} // namespace

void service_state::start(service_actor::stateful_pointer<service_state> self,
                          service_settings settings) {
    self_ = self;
    settings_ = std::move(settings);
    desk_ports ports;
    ports.reply = [this](server_id who, const std::string& frame) {
        return settings_.send(who, frame) != frame_fate::no_credit;
    };
    ports.ask = [this](server_id commander, const catalogue_request& request) {
        static_cast<void>(settings_.send(commander, encode(request)));
    };
    ports.submit = [this](submission wanted) { return submit(std::move(wanted)); };
    desk_.emplace(settings_.cluster, settings_.service, settings_.batch, std::move(ports));
    for (const auto& proof : settings_.state->convictions()) {
        desk_->on_convicted(proof->commander());
    }
    caf_compat::anonymous_send_after(service_actor{self_}, look_again, alarm{});
}

tick service_state::now() const {
    const auto since = self_->home_system().clock().now().time_since_epoch();
    return static_cast<tick>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

bool service_state::submit(submission wanted) {
    if (!supervisor_) {
        return false;
    }
    try {
        settings_.state->reserve(wanted.number);
    } catch (const std::exception& failed) {
        settings_.on_failure(failed.what());
        return false;
    }
    caf_compat::send(self_, supervisor_, std::move(wanted));
    return true;
}

void service_state::count() {
    auto& counters = *settings_.counters;
    counters.requests = desk_->requests();
    counters.in_flight = desk_->in_flight();
    counters.waiting = desk_->waiting();
}

void service_state::on_report(const round_report& report) {
    auto& counters = *settings_.counters;
    ++counters.rounds;
    for (const auto& decided : report.closed.decided) {
        ++(decided.outcome == record_outcome::released   ? counters.released
           : decided.outcome == record_outcome::withheld ? counters.withheld
                                                         : counters.unresolved);
    }
    if (settings_.figures != nullptr) {
        settings_.figures->on_round(report);
    }
    try {
        settings_.state->keep(report.closed.round, report.closed.convictions);
    } catch (const std::exception& failed) {
        settings_.on_failure(failed.what());
    }
    desk_->on_closed(report, now());
    count();
}

void service_state::on_frame(const service_frame& came) {
    if (is_operator(came.from)) {
        desk_->on_request(came.from, came.bytes, now());
    } else if (const auto page = decode_catalogue_page(came.bytes, settings_.cluster.limit)) {
        desk_->on_page(came.from, *page, now());
    } else {
        ++settings_.counters->refused;
    }
    count();
}

void service_state::on_link(const link_change& link) {
    if (!link.up && is_operator(link.peer)) {
        desk_->on_gone(link.peer);
        count();
    }
}

void service_state::on_alarm() {
    desk_->on_tick(now());
    count();
    caf_compat::anonymous_send_after(service_actor{self_}, look_again, alarm{});
}

service_actor::behavior_type service(service_actor::stateful_pointer<service_state> self,
                                     service_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.start(self, std::move(settings));
    self->set_default_handler(caf::drop);
    return {
        [&state](const roster& known) { state.on_roster(known); },
        [](const submission&) {},
        [&state](const round_report& report) { state.on_report(report); },
        [](const delivered&) {},
        [&state](const service_frame& came) { state.on_frame(came); },
        [&state](const link_change& link) { state.on_link(link); },
        [&state](const alarm&) { state.on_alarm(); },
    };
}

} // namespace byzgate
