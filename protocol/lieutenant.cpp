#include "protocol/lieutenant.hpp"

#include <algorithm>
#include <string_view>

#include "protocol/admit.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

lieutenant_machine::lieutenant_machine(const cluster_parameters& cluster, server_id self,
                                       const digester& digests, signing_keys keys)
    : cluster_(cluster), self_(index_of(self)), digests_(digests), keys_(std::move(keys)),
      plan_(cluster.lieutenants, cluster.depth, index_of(self)),
      closed_(cluster.limit.rounds_open_max) {
    BYZGATE_ASSERT(is_lieutenant(self) && cluster.contains(self));
    BYZGATE_ASSERT(!cluster.is_signed() || keys_);
}

void lieutenant_machine::on(const event& what, tick now, effects& out) {
    if (const auto* came = std::get_if<received>(&what)) {
        on_message(*came, now, out);
    } else if (std::holds_alternative<clock_tick>(what)) {
        for (const auto& [id, round] : rounds_) {
            for (auto& level : round->levels) {
                advance(id, *level, now, out);
            }
        }
    }
}

tick lieutenant_machine::next_deadline() const {
    auto earliest = tick_never;
    for (const auto& [id, round] : rounds_) {
        for (const auto& level : round->levels) {
            if (!level->voted) {
                earliest =
                    std::min(earliest, level->opened + (level->phase + 1) * cluster_.phase_timeout);
            }
        }
    }
    return earliest;
}

std::size_t lieutenant_machine::early_messages() const noexcept {
    std::size_t all = 0;
    for (const auto& [sender, count] : early_by_sender_) {
        all += count;
    }
    return all;
}

void lieutenant_machine::on_message(const received& came, tick now, effects& out) {
    if (came.from == supervisor_id) {
        if (const auto* request = std::get_if<round_request>(&came.what)) {
            on_request(*request, now, out);
        } else if (const auto* wanted = std::get_if<payload_request>(&came.what)) {
            on_payload_request(*wanted, out);
        } else if (const auto* end = std::get_if<round_end>(&came.what)) {
            end_round(end->round, out);
        } else {
            out.push_back(refused{came.from, refusal::malformed});
        }
        return;
    }
    const bool is_claims = std::holds_alternative<distribution>(came.what);
    const bool is_relay = cluster_.is_signed() ? std::holds_alternative<signed_relay>(came.what)
                                               : std::holds_alternative<relay>(came.what);
    if (!cluster_.contains(came.from) || came.from == lieutenant_id(self_)
        || !((is_claims && is_commander(came.from)) || (is_relay && is_lieutenant(came.from)))) {
        out.push_back(refused{came.from, refusal::unknown_server});
        return;
    }
    const auto id = round_of(came.what);
    if (is_over(id)) {
        out.push_back(refused{came.from, refusal::late});
        return;
    }
    const auto number = level_of(came.what);
    if (const auto* round = rounds_.find(id)) {
        for (const auto& level : round->levels) {
            if (level->number == number) {
                // Deadlines first: what comes at its phase's close is late, whether the tick that
                // says so has come or not.
                advance(id, *level, now, out);
                on_exchange(*level, came, out);
                advance(id, *level, now, out);
                return;
            }
        }
    }
    keep_early(came, id, number, out);
}

void lieutenant_machine::keep_early(const received& came, round_id id, level_number level,
                                    effects& out) {
    // The subtraction is safe where the sum could wrap: a liar names any round it likes.
    const auto number = number_of(id);
    if (level > cluster_.max_recursion
        || (number > highest_request_
            && number - highest_request_ > cluster_.limit.rounds_open_max)) {
        out.push_back(refused{came.from, refusal::unknown_round});
        return;
    }
    auto& kept = early_by_sender_[came.from];
    if (kept >= cluster_.limit.early_messages_max) {
        out.push_back(refused{came.from, refusal::oversized});
        return;
    }
    ++kept;
    early_[{id, level}].push_back(came);
}

std::vector<received> lieutenant_machine::take_early(round_id id, level_number level) {
    const auto kept = early_.find({id, level});
    if (kept == early_.end()) {
        return {};
    }
    auto taken = std::move(kept->second);
    early_.erase(kept);
    for (const auto& came : taken) {
        --early_by_sender_[came.from];
    }
    return taken;
}

void lieutenant_machine::on_request(const round_request& request, tick now, effects& out) {
    if (const auto why = refusal_of_request(request, cluster_)) {
        out.push_back(refused{supervisor_id, *why});
        return;
    }
    if (is_over(request.round)) {
        out.push_back(refused{supervisor_id, refusal::late});
        return;
    }
    auto& round = rounds_.at(request.round);
    for (const auto& level : round.levels) {
        if (level->number == request.level) {
            out.push_back(refused{supervisor_id, refusal::duplicate});
            return;
        }
    }
    check_proofs(request, out);
    auto& level = open_level(round, request, now);
    highest_request_ = std::max(highest_request_, number_of(request.round));

    for (const auto& came : take_early(request.round, request.level)) {
        const auto before = out.size();
        on_exchange(level, came, out);
        refusals_are_about(out, before, came.what);
    }
    advance(request.round, level, now, out);

    if (rounds_.size() > cluster_.limit.rounds_open_max) {
        end_round(rounds_.begin()->id, out);
    }
}

lieutenant_machine::level_state&
lieutenant_machine::open_level(round_state& round, const round_request& request, tick now) {
    auto opened = spare_levels_.empty() ? std::make_unique<level_state>(plan_)
                                        : std::move(spare_levels_.back());
    if (!spare_levels_.empty()) {
        spare_levels_.pop_back();
    }
    auto& level = *opened;
    level.number = request.level;
    level.records = request.records;
    level.convicted.assign(cluster_.commanders, false);
    for (std::uint32_t x = 0; x < cluster_.commanders; ++x) {
        const auto& named = request.convicted;
        if (std::find(named.begin(), named.end(), commander_id(x)) == named.end()) {
            level.asked.push_back(x);
        } else {
            level.convicted[x] = convicted_for_good_.contains(x);
        }
    }
    const auto asked_count = static_cast<std::uint32_t>(level.asked.size());
    if (cluster_.is_signed()) {
        level.signed_.restart(asked_count, cluster_.lieutenants, cluster_.depth_at(request.level));
    } else {
        level.exchange.restart(asked_count, request.records->size());
    }
    level.told.resize(asked_count);
    level.opened = now;
    level.earlier = levels_before(round, request);
    round.levels.push_back(std::move(opened));
    return level;
}

std::vector<lieutenant_machine::earlier_level>
lieutenant_machine::levels_before(const round_state& round, const round_request& request) {
    std::vector<earlier_level> before;
    for (const auto& level : round.levels) {
        if (level->number >= request.level) {
            continue;
        }
        std::map<std::string_view, std::uint32_t> places;
        for (std::uint32_t i = 0; i < level->records->size(); ++i) {
            places.emplace((*level->records)[i], i);
        }
        earlier_level earlier{level.get(), {}};
        for (const auto& id : *request.records) {
            const auto at = places.find(id);
            earlier.positions.push_back(at == places.end() ? nowhere : at->second);
        }
        before.push_back(std::move(earlier));
    }
    return before;
}

void lieutenant_machine::on_exchange(level_state& level, const received& came, effects& out) {
    if (const auto* told = std::get_if<distribution>(&came.what)) {
        hear(level, came.from, *told, out);
    } else if (const auto* passed_on = std::get_if<signed_relay>(&came.what)) {
        hear(level, came.from, *passed_on, out);
    } else {
        hear(level, came.from, std::get<relay>(came.what), out);
    }
}

void lieutenant_machine::hear(level_state& level, server_id from, const distribution& told,
                              effects& out) {
    const auto at = std::find(level.asked.begin(), level.asked.end(), index_of(from));
    if (at == level.asked.end()) {
        out.push_back(refused{from, refusal::unknown_server});
        return;
    }
    if (level.phase > 0 || level.voted) {
        out.push_back(refused{from, refusal::late});
        return;
    }
    if (const auto why = refusal_of_distribution(told, level.records->size(), cluster_)) {
        out.push_back(refused{from, *why});
        return;
    }
    const auto asked = static_cast<std::uint32_t>(at - level.asked.begin());
    if (cluster_.is_signed()) {
        hear_signed(level, asked, from, told, out);
        return;
    }
    if (level.told[asked].claims) {
        out.push_back(refused{from, refusal::duplicate});
        return;
    }
    const auto checked = with_digests_checked(level, from, told, out);
    const bool first_time = level.exchange.hear(asked, checked);
    BYZGATE_ASSERT(first_time);
    level.told[asked] = {told.round, told.level, checked, told.payloads};
}

claim_batch lieutenant_machine::with_digests_checked(const level_state& level, server_id from,
                                                     const distribution& told, effects& out) const {
    const auto good = [&](std::size_t i) {
        const auto& c = (*told.claims)[i];
        if (!c.is_present()) {
            return true;
        }
        const auto& payload = (*told.payloads)[i];
        for (const auto& before : level.told) {
            // The very payload that another commander's equal digest was checked against.
            if (before.claims && (*before.claims)[i].is_present()
                && (*before.claims)[i].payload_digest == c.payload_digest
                && (*before.payloads)[i] == payload) {
                return true;
            }
        }
        return digests_.digest_of(payload) == c.payload_digest;
    };
    std::vector<claim> replaced;
    for (std::size_t i = 0; i < told.claims->size(); ++i) {
        if (!good(i)) {
            if (replaced.empty()) {
                replaced = *told.claims;
                out.push_back(refused{from, refusal::bad_digest});
            }
            replaced[i] = no_value();
        }
    }
    return replaced.empty() ? told.claims : make_claim_batch(std::move(replaced));
}

void lieutenant_machine::hear(level_state& level, server_id from, const relay& passed_on,
                              effects& out) {
    if (passed_on.phase == 0 || passed_on.phase > cluster_.depth) {
        out.push_back(refused{from, refusal::malformed});
        return;
    }
    if (level.phase > passed_on.phase || level.voted) {
        out.push_back(refused{from, refusal::late});
        return;
    }
    const auto items = level.exchange.items_from(index_of(from), passed_on.phase);
    if (const auto why = refusal_of_relay(passed_on, items, level.records->size(), cluster_)) {
        out.push_back(refused{from, *why});
        return;
    }
    if (!level.exchange.hear(index_of(from), passed_on.phase, passed_on.items)) {
        out.push_back(refused{from, refusal::duplicate});
    }
}

void lieutenant_machine::advance(round_id id, level_state& level, tick now, effects& out) {
    while (!level.voted
           && (complete(level) || now >= level.opened + (level.phase + 1) * cluster_.phase_timeout
               || next_is_kept(id, level))) {
        if (level.phase == cluster_.depth_at(level.number)) {
            if (!repeat_vote(id, level, out)) {
                cast_vote(id, level, out);
            }
        } else {
            ++level.phase;
            if (cluster_.is_signed()) {
                if (!repeat_relay(id, level, out)) {
                    relay_signed(id, level, out);
                }
            } else {
                relay_to_all(id, level, out);
            }
        }
    }
}

void lieutenant_machine::relay_to_all(round_id id, const level_state& level, effects& out) const {
    if (level.asked.empty()) {
        return;
    }
    for (std::uint32_t other = 0; other < cluster_.lieutenants; ++other) {
        if (other != self_) {
            out.push_back(
                send{lieutenant_id(other), relay{id, level.number, level.phase,
                                                 level.exchange.owed_to(other, level.phase)}});
        }
    }
}

void lieutenant_machine::close(round_id id) {
    for (level_number level = 0; level <= cluster_.max_recursion && !early_.empty(); ++level) {
        take_early(id, level);
    }
    if (auto* round = rounds_.find(id)) {
        for (auto& level : round->levels) {
            if (spare_levels_.size() < spare_levels_max) {
                level->clear();
                spare_levels_.push_back(std::move(level));
            }
        }
        rounds_.close(id);
    }
    closed_.insert(id);
    past_.forget(id);
    // Rounds that were passed over count as closed: nobody will come for what is kept of them.
    for (auto kept = early_.begin(); kept != early_.end() && closed_.contains(kept->first.first);) {
        const auto key = kept->first;
        ++kept;
        if (is_over(key.first)) {
            take_early(key.first, key.second);
        }
    }
}

void lieutenant_machine::level_state::clear() {
    records.reset();
    asked.clear();
    exchange.forget();
    signed_.forget();
    caught.clear();
    phase = 0;
    voted = false;
    told.clear();
    verdicts.reset();
    convictions.clear();
    earlier.clear();
}

} // namespace byzgate
