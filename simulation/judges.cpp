#include "simulation/judges.hpp"

#include <algorithm>
#include <set>

namespace byzgate {

namespace {

constexpr std::size_t broken_max = 64;

void insert_sorted(std::vector<server_id>& into, server_id id) {
    const auto at = std::lower_bound(into.begin(), into.end(), id);
    if (at == into.end() || *at != id) {
        into.insert(at, id);
    }
}

std::string list_of(const std::vector<server_id>& servers) {
    std::string text;
    for (const auto id : servers) {
        text += (text.empty() ? "" : ", ") + to_string(id);
    }
    return text;
}

/// What decides. Why a lieutenant withholds may differ where one heard that there is no such record
/// and another heard nothing: OM(m) takes the two for one value.
bool same_decision(const verdict& a, const verdict& b) {
    return a.what == b.what && a.version == b.version && a.payload_digest == b.payload_digest;
}

} // namespace

judges::judges(const simulation_settings& settings, const world_database& database,
               simulation_result& result)
    : settings_(settings), cluster_(settings.cluster), database_(database), result_(result),
      promised_(promises_of(settings)), timely_(timely(settings)),
      byzantine_commanders_(cluster_.commanders, false),
      byzantine_lieutenants_(cluster_.lieutenants, false) {
    for (const auto id : byzantine_servers(settings)) {
        (is_commander(id) ? byzantine_commanders_ : byzantine_lieutenants_)[index_of(id)] = true;
    }
    bc_ = static_cast<std::uint32_t>(
        std::count(byzantine_commanders_.begin(), byzantine_commanders_.end(), true));
    loyal_lieutenants_ = static_cast<std::uint32_t>(
        std::count(byzantine_lieutenants_.begin(), byzantine_lieutenants_.end(), false));
}

bool judges::is_byzantine(server_id id) const {
    return is_commander(id)    ? byzantine_commanders_[index_of(id)]
           : is_lieutenant(id) ? byzantine_lieutenants_[index_of(id)]
                               : false;
}

judges::seen_round* judges::find(round_id round) {
    // As many as there are rounds in flight: few.
    for (auto& seen : rounds_) {
        if (seen.open && seen.round == round) {
            return &seen;
        }
    }
    return nullptr;
}

judges::seen_round& judges::at(round_id round) {
    if (auto* known = find(round)) {
        return *known;
    }
    auto free = std::find_if(rounds_.begin(), rounds_.end(),
                             [](const seen_round& seen) { return !seen.open; });
    if (free == rounds_.end()) {
        free = rounds_.insert(rounds_.end(), seen_round{});
    }
    free->round = round;
    free->open = true;
    free->read = false;
    free->moment = 0;
    free->levels_count = 0;
    free->deliveries.clear();
    return *free;
}

judges::seen_level& judges::level_of(seen_round& round, level_number number) {
    for (std::size_t i = 0; i < round.levels_count; ++i) {
        if (round.levels[i].number == number) {
            return round.levels[i];
        }
    }
    if (round.levels.size() == round.levels_count) {
        round.levels.emplace_back();
    }
    auto& level = round.levels[round.levels_count++];
    level.number = number;
    level.records.reset();
    level.votes.assign(cluster_.lieutenants, nullptr);
    level.accusations.clear();
    return level;
}

void judges::on_sent(server_id from, server_id to, const message& what) {
    result_.messages += exchanged_in(what);
    if (from == supervisor_id) {
        if (const auto* request = std::get_if<round_request>(&what)) {
            if (to == lieutenant_id(0)) {
                level_of(at(request->round), request->level).records = request->records;
                result_.sub_rounds += request->level > 0 ? 1 : 0;
            }
        }
    } else if (const auto* cast = std::get_if<vote>(&what)) {
        if (is_lieutenant(from) && !is_byzantine(from)) {
            remember(*cast, from);
        }
    }
}

void judges::on_arrived(const delivery& leaving) {
    at(leaving.round).deliveries.push_back(leaving.records);
}

void judges::remember(const vote& cast, server_id from) {
    auto* seen = find(cast.round);
    if (seen == nullptr) {
        return; // The round was closed without this vote.
    }
    auto& level = level_of(*seen, cast.level);
    level.votes[index_of(from)] = cast.verdicts;
    for (const auto& a : cast.accusations) {
        level.accusations.push_back({from, a.commander, a.position});
    }
}

void judges::on_read(round_id round) {
    auto* seen = find(round);
    if (seen != nullptr && !seen->read) {
        seen->read = true;
        seen->moment = database_.moment();
    }
}

const std::vector<judged_record>& judges::on_closed(const round_closed& closed) {
    judged_.assign(closed.decided.size(), {});
    result_.rounds += 1;
    result_.records += closed.decided.size();
    static const seen_round not_run;
    auto* open = closed.halted ? nullptr : find(closed.round);
    const auto& seen = open != nullptr ? *open : not_run;

    match_deliveries(closed, seen);
    for (std::uint32_t i = 0; i < closed.decided.size(); ++i) {
        judge({closed, seen, i, closed.decided[i], delivered_[i],
               database_.index_of((*closed.records)[i])},
              judged_[i]);
    }
    count_convictions(closed, seen);
    for (const auto& found : closed.openings) {
        result_.unopened += found.opened ? 0 : 1;
        for (const auto lieutenant : found.bad_shares) {
            insert_sorted(result_.bad_shares, lieutenant);
        }
    }
    if (open != nullptr) {
        open->open = false;
    }
    return judged_;
}

void judges::match_deliveries(const round_closed& closed, const seen_round& seen) {
    const auto& asked = *closed.records;
    delivered_.assign(asked.size(), nullptr);
    for (const auto& leaving : seen.deliveries) {
        std::size_t position = 0;
        for (const auto& r : *leaving) {
            // A delivery holds its records in the order of the round.
            while (position < asked.size() && asked[position] != r.id) {
                ++position;
            }
            if (position == asked.size()) {
                broken(judged_property::delivery, closed.round, r.id,
                       "delivered out of order, or not asked for");
                return;
            }
            if (delivered_[position] != nullptr) {
                broken(judged_property::delivery, closed.round, r.id, "delivered twice");
            }
            delivered_[position] = &r;
        }
    }
}

void judges::judge(const trial& t, judged_record& judged) {
    const bool released = t.decided.outcome == record_outcome::released;
    ++(released ? result_.released : result_.withheld);
    result_.unresolved += t.decided.outcome == record_outcome::unresolved ? 1 : 0;
    if (released != (t.delivered != nullptr)) {
        broken(judged_property::delivery, t.closed.round, (*t.closed.records)[t.position],
               released ? "released, but not delivered" : "delivered, but not released");
    }
    const bool changed = t.index && database_.changed(*t.index) > t.seen.moment;
    if (t.index) {
        judged.truth = database_.flag_now(*t.index);
    }
    if (t.delivered != nullptr) {
        judge_release(t, judged);
        judge_quorum(t);
    } else if (judged.truth == flag::public_) {
        judged.denied = true;
        judge_denial(t, changed);
    }
    judge_votes(t, changed);
}

void judges::judge_release(const trial& t, judged_record& judged) {
    const auto& r = *t.delivered;
    const auto* truth = t.index ? database_.at_version(*t.index, r.version) : nullptr;
    if (r.version != t.decided.released.version
        || r.payload_digest != t.decided.released.payload_digest) {
        broken(judged_property::delivery, t.closed.round, r.id,
               "delivered is another version than what was decided");
    }
    if (!truth || truth->payload != r.payload) {
        judged.corrupted = true;
        ++result_.corrupted;
        if (promised_.no_leak) {
            broken(judged_property::no_corruption, t.closed.round, r.id,
                   "released as version " + r.version
                       + ", which the database never held like that");
        }
        return;
    }
    judged.truth = truth->confidentiality;
    if (truth->confidentiality == flag::public_) {
        ++result_.public_released;
        return;
    }
    judged.leaked = true;
    ++result_.leaked;
    if (promised_.no_leak) {
        broken(judged_property::no_leak, t.closed.round, r.id,
               "confidential version " + r.version + " was released");
    }
}

void judges::judge_quorum(const trial& t) {
    const auto& r = *t.delivered;
    auto& voters = voters_;
    voters = r.voters;
    std::sort(voters.begin(), voters.end());
    voters.erase(std::unique(voters.begin(), voters.end()), voters.end());
    if (voters.size() < cluster_.quorum()) {
        broken(judged_property::quorum, t.closed.round, r.id,
               "released on the votes of " + list_of(voters) + " only");
    }
    for (std::size_t i = 0; i < t.seen.levels_count; ++i) {
        const auto& level = t.seen.levels[i];
        const auto where = position_in(level, t);
        if (level.number != t.decided.level || !where) {
            continue;
        }
        for (const auto voter : voters) {
            const auto& cast = level.votes[index_of(voter)];
            if (!is_byzantine(voter)
                && (!cast || !(*cast)[*where].same_release(t.decided.released))) {
                broken(judged_property::quorum, t.closed.round, r.id,
                       to_string(voter) + " never voted for what was released");
            }
        }
    }
}

void judges::judge_denial(const trial& t, bool changed) {
    ++result_.denied;
    if (changed || !timely_ || t.closed.halted) {
        return;
    }
    const auto& id = (*t.closed.records)[t.position];
    if (promised_.availability) {
        broken(judged_property::availability, t.closed.round, id, "public, and withheld");
    } else if (promised_.availability_when_convicted && bc_ > 0 && all_convicted(t)) {
        broken(judged_property::availability, t.closed.round, id,
               "public, and withheld although every Byzantine commander was convicted");
    }
}

bool judges::all_convicted(const trial& t) const {
    for (std::size_t i = 0; i < t.seen.levels_count; ++i) {
        const auto& level = t.seen.levels[i];
        const auto where = position_in(level, t);
        const auto convictions = std::count_if(
            level.accusations.begin(), level.accusations.end(), [&](const seen_accusation& a) {
                return where == a.position && is_byzantine(a.commander);
            });
        // Nobody accuses a commander twice over one record in one level.
        if (static_cast<std::uint32_t>(convictions) == bc_ * loyal_lieutenants_) {
            return true;
        }
    }
    return false;
}

std::optional<std::uint32_t> judges::position_in(const seen_level& level, const trial& t) {
    if (level.number == 0) {
        return t.position;
    }
    if (level.records) {
        const auto& ids = *level.records;
        const auto at = std::find(ids.begin(), ids.end(), (*t.closed.records)[t.position]);
        if (at != ids.end()) {
            return static_cast<std::uint32_t>(at - ids.begin());
        }
    }
    return std::nullopt;
}

bool judges::is_right(const verdict& cast, const trial& t) const {
    const bool is_public = t.index && database_.flag_now(*t.index) == flag::public_;
    return cast.what == (is_public ? decision::release : decision::withhold)
           && (!is_public || database_.is_version_now(*t.index, cast.version));
}

void judges::judge_votes(const trial& t, bool changed) {
    const bool judge_validity = promised_.validity && timely_ && bc_ == 0 && !changed
                                && cluster_.commanders > cluster_.tolerate.commanders;
    const bool judge_agreement = promised_.verdict_agreement && timely_;
    bool differ = false;
    for (std::size_t i = 0; i < t.seen.levels_count; ++i) {
        const auto& level = t.seen.levels[i];
        const auto where = position_in(level, t);
        const verdict* first = nullptr;
        for (std::uint32_t j = 0; where && j < level.votes.size(); ++j) {
            if (!level.votes[j]) {
                continue;
            }
            const auto& cast = (*level.votes[j])[*where];
            if (judge_validity && !is_right(cast, t)) {
                broken(judged_property::validity, t.closed.round, (*t.closed.records)[t.position],
                       to_string(lieutenant_id(j)) + " votes " + std::string{to_string(cast.what)}
                           + ", which is not the truth");
            }
            if (first == nullptr) {
                first = &cast;
                continue;
            }
            differ =
                differ || (cast.what == decision::release) != (first->what == decision::release);
            if (judge_agreement && !same_decision(cast, *first)) {
                broken(judged_property::agreement, t.closed.round, (*t.closed.records)[t.position],
                       to_string(lieutenant_id(j)) + " votes otherwise than a loyal one before it");
            }
        }
    }
    result_.disagreements += differ ? 1 : 0;
}

void judges::count_convictions(const round_closed& closed, const seen_round& seen) {
    std::set<std::pair<record_id, server_id>> framed;
    for (const auto& c : closed.convictions) {
        insert_sorted(result_.convicted, c.commander);
        if (c.for_good) {
            insert_sorted(result_.quarantined, c.commander);
        }
        if (is_byzantine(c.commander)) {
            ++result_.convictions;
        } else {
            framed.emplace(c.record, c.commander);
        }
    }
    for (std::size_t i = 0; i < seen.levels_count; ++i) {
        const auto& level = seen.levels[i];
        for (const auto& a : level.accusations) {
            if (!is_byzantine(a.commander) && level.records && a.position < level.records->size()) {
                framed.emplace((*level.records)[a.position], a.commander);
            }
        }
    }
    result_.framed += framed.size();
    if (promised_.no_framing_always || (promised_.no_framing_when_timely && timely_)) {
        for (const auto& [record, commander] : framed) {
            broken(judged_property::no_framing, closed.round, record,
                   to_string(commander) + " is loyal and was convicted");
        }
    }
}

void judges::broken(judged_property property, round_id round, const record_id& record,
                    std::string what) {
    if (result_.broken.size() < broken_max) {
        result_.broken.push_back({property, settings_.seed, round, record, std::move(what)});
    }
}

} // namespace byzgate
