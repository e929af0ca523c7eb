#include "actors/log_tap.hpp"

#include <algorithm>

#include "actors/log.hpp"

namespace byzgate {

void log_tap::sent(tick, server_id from, server_id to, const message& what) {
    if (log_wants(log_level::debug)) {
        log_event(log_level::debug, "sent",
                  {{"kind", kind_of(what)},
                   {"from", to_string(from)},
                   {"to", to_string(to)},
                   {"round", number_of(round_of(what))},
                   {"level", level_of(what)}});
    }
}

void log_tap::refused_by(tick, server_id by, const refused& what, const message* about) {
    if (!log_wants(log_level::warning)) {
        return;
    }
    std::uint64_t times = 0;
    {
        const std::lock_guard lock{mutex_};
        const std::tuple kind{by, what.from, what.why};
        if (refusals_.size() >= kinds_max && !refusals_.contains(kind)) {
            return;
        }
        times = ++refusals_[kind];
    }
    if ((times & (times - 1)) == 0) {
        log_event(log_level::warning, "refused",
                  {{"by", to_string(by)},
                   {"from", to_string(what.from)},
                   {"reason", to_string(what.why)},
                   {"kind", about != nullptr ? kind_of(*about) : std::string_view{"unknown"}},
                   {"times", times}});
    }
}

void log_round(const round_report& report) {
    const auto& closed = report.closed;
    if (closed.halted) {
        log_event(log_level::error, "round_halted", {{"submission", closed.submission}});
        return;
    }
    for (const auto& one : closed.convictions) {
        log_event(one.for_good ? log_level::error : log_level::warning, "convicted",
                  {{"commander", to_string(one.commander)},
                   {"round", number_of(closed.round)},
                   {"level", one.level},
                   {"for_good", one.for_good},
                   {"evidence", one.proof != nullptr}});
    }
    if (!log_wants(log_level::info)) {
        return;
    }
    const auto having = [&](record_outcome outcome) {
        return static_cast<std::uint64_t>(
            std::count_if(closed.decided.begin(), closed.decided.end(),
                          [&](const decided_record& one) { return one.outcome == outcome; }));
    };
    log_event(log_level::info, "round_closed",
              {{"round", number_of(closed.round)},
               {"records", std::uint64_t{closed.decided.size()}},
               {"released", having(record_outcome::released)},
               {"withheld", having(record_outcome::withheld)},
               {"unresolved", having(record_outcome::unresolved)},
               {"took_us", report.closed_at - report.opened_at}});
}

void observers::sent(tick at, server_id from, server_id to, const message& what) {
    for (auto* one : all_) {
        one->sent(at, from, to, what);
    }
}

void observers::refused_by(tick at, server_id by, const refused& what, const message* about) {
    for (auto* one : all_) {
        one->refused_by(at, by, what, about);
    }
}

} // namespace byzgate
