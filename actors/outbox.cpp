#include "actors/outbox.hpp"

#include <algorithm>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include "protocol/certificate.hpp"
#include "protocol/wire.hpp"

namespace byzgate {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 1s;
constexpr auto overdue_after = 5s;
/// Deliveries on their way at a time.
constexpr std::size_t in_flight_max = 64;

std::vector<ledger_row> rows_of(const delivery& what) {
    std::vector<ledger_row> rows;
    rows.reserve(what.records->size());
    for (const auto& record : *what.records) {
        rows.push_back(ledger_row_of(what.round, record));
    }
    return rows;
}

/// What the external party can't open it doesn't have, and gets again when it is decided again.
std::vector<ledger_row> rows_kept(const delivery& what, const delivery_receipt& receipt) {
    std::vector<ledger_row> rows;
    for (std::uint32_t i = 0; i < what.records->size(); ++i) {
        const auto lost = std::any_of(
            receipt.openings.begin(), receipt.openings.end(),
            [&](const opening_report& found) { return found.position == i && !found.opened; });
        if (!lost) {
            rows.push_back(ledger_row_of(what.round, (*what.records)[i]));
        }
    }
    return rows;
}

} // namespace

ledger_row ledger_row_of(round_id round, const released_record& record) {
    ledger_row row;
    row.record = record.id;
    row.version = record.version;
    row.payload_digest = record.payload_digest;
    row.round = round;
    row.level = record.level;
    if (record.certificate) {
        row.certificate = encode(*record.certificate);
    }
    return row;
}

void outbox_state::start(outbox_actor::stateful_pointer<outbox_state> self,
                         outbox_settings settings) {
    self_ = self;
    settings_ = std::move(settings);
    attempt([this] { open(); });
    caf_compat::anonymous_send_after(outbox_actor{self_}, look_again, alarm{});
}

template <class Action>
bool outbox_state::attempt(Action&& action) {
    try {
        action();
        return true;
    } catch (const std::exception& failed) {
        // What a transaction left behind is for the next opening to find out.
        ledger_.reset();
        settings_.on_failure(failed.what());
        return false;
    }
}

void outbox_state::open() {
    if (ledger_) {
        return;
    }
    ledger_.emplace(settings_.ledger);
    last_number_ = std::max(last_number_, ledger_->last_delivery());
    std::uint32_t next = 0;
    for (bool more = true; more;) {
        const auto kept = ledger_->outbox(next, 100);
        more = !kept.empty();
        for (const auto& one : kept) {
            next = one.number + 1;
            auto known = decode_message(one.bytes, settings_.limit);
            auto* what = known ? std::get_if<delivery>(&*known) : nullptr;
            if (what == nullptr) {
                throw database_error(settings_.ledger + ": delivery " + std::to_string(one.number)
                                     + " in its outbox can't be read: it is damaged, or the limits "
                                       "of the configuration were lowered; put them back");
            }
            if (!outstanding_.contains(one.number)) {
                remember(std::move(*what));
            }
        }
    }
}

void outbox_state::remember(delivery what) {
    const auto number = what.sequence;
    for (const auto& record : *what.records) {
        where_.insert_or_assign(release{record.id, record.version}, number);
    }
    outstanding_.insert_or_assign(number, outgoing{std::move(what), std::nullopt});
}

void outbox_state::on_delivery(const delivery& leaving) {
    supervisor_ = caf::actor_cast<server_actor>(self_->current_sender());
    unwritten_.push_back(leaving);
    on_alarm();
}

/// Everything of it that the external party doesn't have goes into deliveries of a size that one
/// frame holds.
void outbox_state::write(const delivery& leaving) {
    open();
    const auto rows = rows_of(leaving);
    const auto known = ledger_->look_up(rows);
    std::set<std::uint32_t> awaited;
    std::vector<delivery> fresh;
    std::set<release> seen;
    std::vector<released_record> chunk;
    std::size_t bytes = 0;
    const auto finish_chunk = [&] {
        if (!chunk.empty()) {
            const auto number = static_cast<std::uint32_t>(last_number_ + fresh.size() + 1);
            fresh.push_back({leaving.round, number,
                             std::make_shared<const std::vector<released_record>>(chunk)});
            awaited.insert(number);
        }
        chunk.clear();
        bytes = 0;
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& record = (*leaving.records)[i];
        const release which{record.id, record.version};
        if (known[i] == ledger_entry::received || !seen.insert(which).second) {
            continue;
        }
        if (const auto at = where_.find(which); at != where_.end()) {
            awaited.insert(at->second);
            continue;
        }
        const auto size = record.payload.size() + rows[i].certificate.size();
        if (bytes + size > delivery_bytes_max) {
            finish_chunk();
        }
        chunk.push_back(record);
        bytes += size;
    }
    finish_chunk();
    if (!fresh.empty()) {
        std::vector<kept_delivery> kept;
        for (const auto& one : fresh) {
            kept.push_back({one.sequence, encode(message{one})});
        }
        const auto began = clock::now();
        ledger_->append_with(rows, kept);
        if (settings_.figures != nullptr) {
            const std::chrono::duration<double> took = clock::now() - began;
            settings_.figures->on_ledger_write(
                static_cast<std::uint64_t>(
                    std::count(known.begin(), known.end(), ledger_entry::appended)),
                took.count());
        }
        last_number_ = fresh.back().sequence;
        for (auto& one : fresh) {
            remember(std::move(one));
        }
    }
    const wanted which{leaving.round, leaving.sequence};
    waiting_[which] = {leaving, std::move(awaited), {}};
    settle(which);
}

void outbox_state::settle(const wanted& which) {
    const auto at = waiting_.find(which);
    if (at != waiting_.end() && at->second.numbers.empty()) {
        auto openings = std::move(at->second.openings);
        waiting_.erase(at);
        std::sort(openings.begin(), openings.end(),
                  [](const auto& a, const auto& b) { return a.position < b.position; });
        if (supervisor_) {
            caf_compat::send(self_, supervisor_,
                             delivery_receipt{which.first, which.second, std::move(openings)});
        }
    }
}

void outbox_state::on_receipt(const delivery_receipt& receipt) {
    const auto at = outstanding_.find(receipt.sequence);
    if (at == outstanding_.end() || at->second.what.round != receipt.round) {
        return; // It was sent twice, and arrived twice.
    }
    const auto noted = attempt([&] {
        open();
        ledger_->receive_delivery(receipt.sequence, rows_kept(at->second.what, receipt));
    });
    if (!noted) {
        return; // It goes out again and is acknowledged again.
    }
    note_openings(at->second.what, receipt);
    for (const auto& record : *at->second.what.records) {
        where_.erase({record.id, record.version});
    }
    outstanding_.erase(at);
    std::vector<wanted> done;
    for (auto& [which, awaited] : waiting_) {
        awaited.numbers.erase(receipt.sequence);
        if (awaited.numbers.empty()) {
            done.push_back(which);
        }
    }
    for (const auto& which : done) {
        settle(which);
    }
    send_due();
}

/// The machine numbered its records otherwise.
void outbox_state::note_openings(const delivery& arrived, const delivery_receipt& receipt) {
    for (const auto& found : receipt.openings) {
        if (found.position >= arrived.records->size()) {
            continue;
        }
        const auto& record = (*arrived.records)[found.position];
        for (auto& [which, awaited] : waiting_) {
            const auto& asked = *awaited.what.records;
            const auto here = std::find_if(asked.begin(), asked.end(), [&](const auto& other) {
                return other.id == record.id && other.version == record.version;
            });
            const auto place = static_cast<std::uint32_t>(here - asked.begin());
            if (awaited.numbers.contains(receipt.sequence) && here != asked.end()
                && std::none_of(awaited.openings.begin(), awaited.openings.end(),
                                [&](const auto& known) { return known.position == place; })) {
                awaited.openings.push_back({place, found.opened, found.bad_shares});
            }
        }
    }
}

void outbox_state::send_due() {
    if (!external_party_) {
        return;
    }
    const auto now = self_->home_system().clock().now();
    std::size_t in_flight = 0;
    for (auto& [number, one] : outstanding_) {
        if (++in_flight > in_flight_max) {
            return;
        }
        if (!one.sent || now - *one.sent >= overdue_after) {
            one.sent = now;
            caf_compat::send(self_, external_party_, one.what);
        }
    }
}

void outbox_state::on_link(bool up) {
    if (up) {
        for (auto& [number, one] : outstanding_) {
            one.sent.reset();
        }
        send_due();
    }
    count();
}

void outbox_state::on_alarm() {
    while (!unwritten_.empty() && attempt([this] { write(unwritten_.front()); })) {
        unwritten_.pop_front();
    }
    send_due();
    count();
}

void outbox_state::count() const {
    if (settings_.waiting) {
        *settings_.waiting = unwritten_.size() + outstanding_.size();
    }
}

outbox_actor::behavior_type outbox(outbox_actor::stateful_pointer<outbox_state> self,
                                   outbox_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.start(self, std::move(settings));
    self->set_default_handler(caf::drop);
    return {
        [&state](const roster& known) { state.on_roster(known); },
        [&state](const delivery& leaving) { state.on_delivery(leaving); },
        [&state](const delivery_receipt& receipt) {
            state.on_receipt(receipt);
            state.count();
        },
        [&state](const link_change& link) { state.on_link(link.up); },
        [self, &state](const alarm&) {
            state.on_alarm();
            caf_compat::anonymous_send_after(outbox_actor{self}, look_again, alarm{});
        },
    };
}

} // namespace byzgate
