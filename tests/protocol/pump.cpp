#include "tests/protocol/pump.hpp"

#include <algorithm>
#include <stdexcept>

namespace byzgate::testing {

const digester& test_digests() {
    static const blake2b_digester digests;
    return digests;
}

pump::pump(const cluster_parameters& cluster)
    : cluster_(cluster), keys_(cluster, 1, test_digests()),
      sealing_(cluster.sealed ? sealing_from_run_seed(cluster, 1) : cluster_sealing{}),
      supervisor_(cluster, test_digests(), keys_.of(supervisor_id), sealing_.of(supervisor_id)) {
    for (std::uint32_t x = 0; x < cluster.commanders; ++x) {
        commanders_.emplace_back(cluster, commander_id(x), test_digests(),
                                 keys_.of(commander_id(x)), sealing_.of(commander_id(x)));
    }
    for (std::uint32_t j = 0; j < cluster.lieutenants; ++j) {
        lieutenants_.emplace_back(cluster, lieutenant_id(j), test_digests(),
                                  keys_.of(lieutenant_id(j)), sealing_.of(lieutenant_id(j)));
    }
}

std::uint64_t pump::submit(std::vector<record_id> ids) {
    const auto number = ++submissions_;
    step(supervisor_id,
         submission{number, std::make_shared<const std::vector<record_id>>(std::move(ids))});
    return number;
}

void pump::inject(server_id from, server_id to, message what, tick delay) {
    queue_.emplace(now_ + delay, envelope{from, to, std::move(what), delay, now_});
}

void pump::run() {
    run_until(tick_never);
}

void pump::run_until(tick until) {
    for (std::uint64_t steps = 0;; ++steps) {
        if (steps > 10'000'000) {
            throw std::runtime_error("the cluster does not come to rest");
        }
        const auto arrival = queue_.empty() ? tick_never : queue_.begin()->first;
        const auto deadline = earliest_deadline();
        const auto next = std::min(arrival, deadline);
        if (next == tick_never || next > until) {
            break;
        }
        now_ = std::max(now_, next);
        if (arrival <= now_) {
            const auto came = std::move(queue_.begin()->second);
            queue_.erase(queue_.begin());
            deliver(came);
        } else {
            tick_all();
        }
    }
    if (until != tick_never) {
        now_ = std::max(now_, until);
    }
}

std::size_t pump::refused(server_id at, refusal why) const {
    return static_cast<std::size_t>(
        std::count_if(refusals.begin(), refusals.end(),
                      [&](const refusal_note& r) { return r.at == at && r.why == why; }));
}

std::vector<vote> pump::votes_of(std::uint32_t lieutenant) const {
    std::vector<vote> votes;
    for (const auto& sent : log) {
        if (sent.from == lieutenant_id(lieutenant) && sent.to == supervisor_id) {
            if (const auto* cast = std::get_if<vote>(&sent.what)) {
                votes.push_back(*cast);
            }
        }
    }
    return votes;
}

void pump::post(const envelope& wanted) {
    std::vector<envelope> instead;
    if (meddle) {
        meddle(wanted, instead);
    } else {
        instead.push_back(wanted);
    }
    for (auto& sent : instead) {
        sent.at = now_;
        count(sent.what);
        if (keep_log) {
            log.push_back(sent);
        }
        const auto arrival = now_ + sent.delay;
        queue_.emplace(arrival, std::move(sent));
    }
}

void pump::count(const message& what) {
    if (std::holds_alternative<distribution>(what)) {
        ++messages_sent_;
    } else if (const auto* passed_on = std::get_if<relay>(&what)) {
        messages_sent_ += static_cast<std::uint64_t>(
            std::count_if(passed_on->items.begin(), passed_on->items.end(),
                          [](const claim_batch& item) { return item != nullptr; }));
    } else if (const auto* shown = std::get_if<signed_relay>(&what)) {
        messages_sent_ += shown->items.size();
    }
}

void pump::step(server_id at, const event& what) {
    effects done;
    machine_of(at).on(what, now_, done);
    perform(at, done);
}

void pump::perform(server_id at, const effects& done) {
    for (const auto& effect : done) {
        if (const auto* sent = std::get_if<send>(&effect)) {
            post({at, sent->to, sent->what});
        } else if (const auto* wanted = std::get_if<read_records>(&effect)) {
            answer(at, *wanted);
        } else if (const auto* over = std::get_if<round_closed>(&effect)) {
            closed.push_back(*over);
        } else {
            const auto& no = std::get<byzgate::refused>(effect);
            refusals.push_back({at, no.from, no.why});
        }
    }
}

void pump::deliver(const envelope& came) {
    if (came.to != external_party_id) {
        step(came.to, received{came.from, came.what});
        return;
    }
    const auto& handed_over = std::get<delivery>(came.what);
    const auto opened =
        sealing_.opener ? open_delivery(*sealing_.opener, handed_over)
                        : opened_delivery{handed_over, {handed_over.round, handed_over.sequence}};
    delivered.insert(delivered.end(), opened.what.records->begin(), opened.what.records->end());
    if (receipts) {
        post({external_party_id, supervisor_id, opened.receipt});
    }
}

void pump::answer(server_id commander, const read_records& wanted) {
    records_read found{wanted.round, wanted.level, wanted.ids, {}};
    if (read) {
        found.records = read(commander, wanted);
    } else {
        for (const auto& id : *wanted.ids) {
            const auto there = database.find(id);
            found.records.push_back(there == database.end() ? std::nullopt
                                                            : std::optional{there->second});
        }
    }
    step(commander, found);
}

machine& pump::machine_of(server_id id) {
    if (id == supervisor_id) {
        return supervisor_;
    }
    if (is_commander(id)) {
        return commanders_.at(index_of(id));
    }
    return lieutenants_.at(index_of(id));
}

tick pump::earliest_deadline() const {
    auto earliest = supervisor_.next_deadline();
    for (const auto& l : lieutenants_) {
        earliest = std::min(earliest, l.next_deadline());
    }
    return earliest;
}

void pump::tick_all() {
    for (std::uint32_t j = 0; j < cluster_.lieutenants; ++j) {
        if (lieutenants_[j].next_deadline() <= now_) {
            step(lieutenant_id(j), clock_tick{});
        }
    }
    if (supervisor_.next_deadline() <= now_) {
        step(supervisor_id, clock_tick{});
    }
}

} // namespace byzgate::testing
