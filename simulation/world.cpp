#include "simulation/world.hpp"

#include <algorithm>

#include "behaviors/schedule.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

namespace {

/// Batches that are made once and then asked for again and again.
constexpr std::uint64_t batches_kept_max = 4'096;

/// A machine that keeps what it signs if it is given a past.
template <class Machine>
handler make_machine(const cluster_parameters& cluster, server_id id, const digester& digests,
                     const signing_keys& keys, const signed_past* past) {
    auto made = std::make_unique<Machine>(cluster, id, digests, keys);
    if (past != nullptr) {
        made->restore(*past);
    }
    return made;
}

} // namespace

world::world(const simulation_settings& settings)
    : settings_(settings), cluster_(settings.cluster),
      digests_(settings.digests != nullptr ? *settings.digests : fast_),
      database_(settings.database, settings.seed), judges_(settings, database_, result_),
      network_(seeded(settings.seed, {0x6e6574})), queue_(settings.network.delay_max),
      crashes_(settings.crashes, settings.cluster.commanders + settings.cluster.lieutenants + 1),
      unreliable_(!settings.network.none()) {
    result_.seed = settings.seed;
    if (cluster_.is_signed()) {
        keys_.emplace(cluster_, settings.seed, digests_);
    }
    for (const auto id : cluster_.servers()) {
        add_seat(id);
    }
    add_seat(supervisor_id);
    asked_count_ = settings.database.ask.empty() ? database_.size() : settings.database.ask.size();
    const auto once = (asked_count_ + settings.batch - 1) / settings.batch;
    ahead_ = 2 * std::uint64_t{cluster_.window};
    rounds_ = settings.rounds != 0 ? settings.rounds : once;
    if (asked_count_ % settings.batch == 0 && once <= batches_kept_max) {
        batches_.resize(once);
    }
}

handler world::make_loyal(server_id id, const signed_past& past) const {
    const auto keys = keys_ ? keys_->of(id) : signing_keys{};
    const auto* kept = crashes_.any() ? &past : nullptr;
    if (is_commander(id)) {
        return make_machine<commander_machine>(cluster_, id, digests_, keys, kept);
    }
    if (is_lieutenant(id)) {
        return make_machine<lieutenant_machine>(cluster_, id, digests_, keys, kept);
    }
    return std::make_unique<supervisor_machine>(cluster_, digests_, keys);
}

void world::add_seat(server_id id) {
    auto plays = make_loyal(id, {});
    const auto* loyal = plays.get();
    std::vector<scheduled_behavior> behaviors;
    for (const auto& placed : settings_.byzantine) {
        if (placed.server == id) {
            behaviors.push_back({placed.rounds, placed.behavior, placed.options});
        }
    }
    if (!behaviors.empty()) {
        const auto keys = keys_ ? keys_->of(id) : signing_keys{};
        seat at{id, cluster_, settings_.seed, &digests_, keys, {}};
        if (keys_) {
            std::vector<std::pair<server_id, std::string>> playing;
            for (const auto& placed : settings_.byzantine) {
                playing.emplace_back(placed.server, placed.behavior);
            }
            at.accomplices =
                accomplices_of(id, playing, [&](server_id other) { return keys_->of(other); });
        }
        plays = make_scheduled(at, behaviors, std::move(plays));
    }
    seats_.push_back({id, std::move(plays), loyal, tick_never, false, nullptr});
}

std::uint32_t world::seat_of(server_id id) const noexcept {
    return is_commander(id)    ? index_of(id)
           : is_lieutenant(id) ? cluster_.commanders + index_of(id)
                               : cluster_.commanders + cluster_.lieutenants;
}

bool world::is_seat(server_id id) const noexcept {
    return role_of(id) <= server_role::supervisor && cluster_.contains(id);
}

simulation_result world::run() {
    while (result_.broken.empty() || !settings_.stop_when_broken) {
        if (submitted_ < rounds_ && submitted_ - closed_ < ahead_) {
            submit_rounds();
        }
        if (!queue_.empty(now_)) {
            deliver_front();
        } else if (closed_ == rounds_ && queue_.empty() && !is_anybody_down()) {
            break;
        } else if (!advance_time()) {
            // Every wait of a loyal machine has a deadline, so this cannot be.
            BYZGATE_ASSERT(closed_ == rounds_);
            break;
        }
    }
    result_.ticks = now_;
    result_.updates = database_.updates();
    result_.memory_left = memory_left();
    result_.writes = crashes_.writes();
    result_.events_digest = settings_.digest_events ? trail_.value() : 0;
    return std::move(result_);
}

void world::submit_rounds() {
    while (submitted_ < rounds_ && submitted_ - closed_ < ahead_) {
        ++submitted_;
        let_play(seats_.back(), submission{submitted_, records_of_round(submitted_ - 1)});
        perform(seats_.back(), nullptr);
    }
}

record_id_batch world::records_of_round(std::uint64_t number) {
    if (!batches_.empty()) {
        auto& kept = batches_[number % batches_.size()];
        if (kept) {
            return kept;
        }
    }
    std::vector<record_id> ids;
    ids.reserve(settings_.batch);
    // What `rounds` left out decides every record once: its last round may be a short one.
    const auto first = number * settings_.batch;
    const auto last = settings_.rounds == 0 ? std::min(first + settings_.batch, asked_count_)
                                            : first + settings_.batch;
    for (auto i = first; i < last; ++i) {
        const auto& ask = settings_.database.ask;
        ids.push_back(ask.empty() ? database_.id_of(i % asked_count_) : ask[i % ask.size()]);
    }
    auto batch = std::make_shared<const std::vector<record_id>>(std::move(ids));
    if (!batches_.empty()) {
        batches_[number % batches_.size()] = batch;
    }
    return batch;
}

void world::deliver_front() {
    if (settings_.network.reorder) {
        queue_.shuffle_front(now_, network_);
    }
    const auto& next = queue_.front(now_);
    auto& whose = seats_[next.seat];
    if (whose.down != nullptr) {
        queue_.pop(now_);
        return;
    }
    let_play(whose, next.what);
    ++result_.deliveries;
    const auto* came = std::get_if<received>(&next.what);
    if (settings_.hooks.refused && came != nullptr) {
        // What is done may move the queue, and a refusal is about the message.
        const auto about = came->what;
        queue_.pop(now_);
        perform(whose, &about);
    } else {
        queue_.pop(now_);
        perform(whose, nullptr);
    }
}

bool world::advance_time() {
    auto next = queue_.next(now_);
    for (auto& seat : seats_) {
        if (seat.touched) {
            seat.touched = false;
            seat.deadline = seat.plays->next_deadline();
        }
        next = std::min(next, seat.deadline);
    }
    if (next == tick_never) {
        return false;
    }
    now_ = std::max(now_, next);
    if (!queue_.empty(now_)) {
        return true; // What arrives in a tick comes before what falls due in it.
    }
    for (auto& seat : seats_) {
        if (seat.deadline <= now_ && seat.down != nullptr) {
            come_back(seat);
        } else if (seat.deadline <= now_) {
            tick_seat(seat);
        }
    }
    return true;
}

void world::tick_seat(seat_state& whose) {
    let_play(whose, clock_tick{});
    perform(whose, nullptr);
    // Whoever asks for the present tick again, without anything having come, waits for the next.
    if (whose.down != nullptr) {
        return;
    }
    whose.touched = false;
    whose.deadline = std::max(whose.plays->next_deadline(), now_ + 1);
}

void world::let_play(seat_state& whose, const event& what) {
    if (settings_.digest_events) {
        trail_.on_event(now_, whose.id, what);
    }
    doing_.clear();
    whose.plays->on(what, now_, doing_);
    whose.touched = true;
}

void world::perform(seat_state& whose, const message* about) {
    if (crashes_.any()) {
        whose.down = crashes_.write(seat_of(whose.id), whose.id, doing_);
        if (whose.down != nullptr) {
            ++result_.crashes;
            whose.touched = false;
            whose.deadline = now_ + whose.down->down;
        }
    }
    for (auto& doing : doing_) {
        if (auto* sent = std::get_if<send>(&doing)) {
            transmit(whose, *sent);
        } else if (const auto* asked = std::get_if<read_records>(&doing)) {
            answer(whose, *asked);
        } else if (const auto* closed = std::get_if<round_closed>(&doing)) {
            close(*closed);
        } else if (const auto* refusal = std::get_if<refused>(&doing)) {
            ++result_.refusals;
            if (settings_.hooks.refused) {
                settings_.hooks.refused(now_, whose.id, *refusal,
                                        refusal->about ? refusal->about.get() : about);
            }
        }
    }
}

void world::come_back(seat_state& whose) {
    const auto seat = seat_of(whose.id);
    whose.plays = make_loyal(whose.id, crashes_.past_after(seat, *whose.down));
    whose.loyal = whose.plays.get();
    whose.down = nullptr;
    whose.deadline = tick_never;
    for (const auto& request : crashes_.requests_of(seat)) {
        queue_.push(now_, seat, supervisor_id, message{request});
    }
}

bool world::is_anybody_down() const {
    return std::any_of(seats_.begin(), seats_.end(),
                       [](const seat_state& seat) { return seat.down != nullptr; });
}

void world::transmit(const seat_state& from, send& sent) {
    judges_.on_sent(from.id, sent.to, sent.what);
    const bool out = sent.to == external_party_id;
    if (!out && !is_seat(sent.to)) {
        return;
    }
    const auto& network = settings_.network;
    const bool lost = unreliable_ && !out && network_.happens(network.loss);
    if (settings_.hooks.sent) {
        settings_.hooks.sent(now_, from.id, sent.to, sent.what, lost);
    }
    if (out) {
        // Only the supervisor has a link to the external party.
        const auto* leaving = std::get_if<delivery>(&sent.what);
        if (from.id == supervisor_id && leaving != nullptr) {
            receive(*leaving);
        }
        return;
    }
    if (lost) {
        return;
    }
    const auto seat = seat_of(sent.to);
    if (const auto* request = std::get_if<round_request>(&sent.what)) {
        if (crashes_.any() && from.id == supervisor_id) {
            crashes_.heard(seat, *request);
        }
    }
    if (unreliable_ && network_.happens(network.duplication)) {
        push_delayed(seat, from.id, message{sent.what});
    }
    push_delayed(seat, from.id, std::move(sent.what));
}

void world::push_delayed(std::uint32_t seat, server_id from, message&& what) {
    const auto most = settings_.network.delay_max;
    const auto delay = most == 0 ? 0 : network_.below(static_cast<std::uint32_t>(most) + 1);
    queue_.push(now_ + delay, seat, from, std::move(what));
}

void world::answer(const seat_state& whose, const read_records& asked) {
    if (!is_commander(whose.id) || !asked.ids) {
        return; // Nobody else holds a handle of the database.
    }
    records_read read{asked.round, asked.level, asked.ids, {}};
    read.records.reserve(asked.ids->size());
    for (const auto& id : *asked.ids) {
        read.records.push_back(database_.read(id));
    }
    judges_.on_read(asked.round);
    queue_.push(now_, seat_of(whose.id), std::move(read));
}

void world::receive(const delivery& leaving) {
    const delivery_receipt receipt{leaving.round, leaving.sequence};
    if (settings_.hooks.sent) {
        settings_.hooks.sent(now_, external_party_id, supervisor_id, receipt, false);
    }
    push_delayed(seat_of(supervisor_id), external_party_id, receipt);
}

void world::close(const round_closed& closed) {
    ++closed_;
    const auto& judged = judges_.on_closed(closed);
    if (settings_.digest_events) {
        trail_.on_closed(closed);
    }
    if (settings_.hooks.closed) {
        settings_.hooks.closed(now_, closed, judged);
    }
}

std::uint64_t world::memory_left() const {
    std::uint64_t left = 0;
    for (const auto& seat : seats_) {
        if (judges_.is_byzantine(seat.id)) {
            continue;
        }
        if (const auto* l = dynamic_cast<const lieutenant_machine*>(seat.loyal)) {
            left += l->rounds_open() + l->early_messages();
        } else if (const auto* s = dynamic_cast<const supervisor_machine*>(seat.loyal)) {
            left += s->rounds_open() + s->submissions_waiting();
        } else if (const auto* c = dynamic_cast<const commander_machine*>(seat.loyal)) {
            left += c->rounds_open();
        }
    }
    return left;
}

} // namespace byzgate
