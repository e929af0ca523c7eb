#include "protocol/supervisor.hpp"

#include <algorithm>
#include <numeric>

#include "protocol/admit.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

supervisor_machine::supervisor_machine(const cluster_parameters& cluster, const digester& digests,
                                       signing_keys keys)
    : cluster_(cluster), digests_(digests), keys_(std::move(keys)) {
    BYZGATE_ASSERT(!cluster.is_signed() || keys_.all);
}

void supervisor_machine::resume(round_id last, const std::vector<evidence_ptr>& convictions) {
    BYZGATE_ASSERT(rounds_.size() == 0 && last_round_ <= number_of(last));
    last_round_ = number_of(last);
    for (const auto& proof : convictions) {
        BYZGATE_ASSERT(proof != nullptr && cluster_.contains(proof->commander()));
        convicted_for_good_.insert(proof->commander());
        proofs_.emplace(proof->commander(), proof);
        halted_ = halted_ || cluster_.on_conviction == conviction_policy::halt;
    }
}

void supervisor_machine::on(const event& what, tick now, effects& out) {
    if (const auto* came = std::get_if<received>(&what)) {
        on_message(*came, now, out);
    } else if (std::holds_alternative<clock_tick>(what)) {
        on_tick(now, out);
    } else if (const auto* wanted = std::get_if<submission>(&what)) {
        BYZGATE_ASSERT(wanted->records && !wanted->records->empty());
        BYZGATE_ASSERT(wanted->records->size() <= cluster_.limit.batch_max);
        BYZGATE_ASSERT(waiting_.size() < cluster_.limit.submissions_max);
        waiting_.push_back(*wanted);
        start_rounds(now, out);
    }
}

tick supervisor_machine::next_deadline() const {
    auto earliest = tick_never;
    for (const auto& [id, round] : rounds_) {
        for (const auto& level : round->levels) {
            if (!level.closed) {
                earliest = std::min(earliest, level.deadline);
            }
        }
        for (const auto& asked : round->fetches) {
            earliest = std::min(earliest, asked.deadline);
        }
    }
    return earliest;
}

void supervisor_machine::on_message(const received& came, tick now, effects& out) {
    if (!cluster_.contains(came.from)) {
        out.push_back(refused{came.from, refusal::unknown_server});
        return;
    }
    const auto id = round_of(came.what);
    if (!rounds_.contains(id)) {
        out.push_back(refused{came.from, number_of(id) <= last_round_ ? refusal::late
                                                                      : refusal::unknown_round});
        return;
    }
    const auto* cast = std::get_if<vote>(&came.what);
    const auto* reply = std::get_if<payload_reply>(&came.what);
    const auto* receipt = std::get_if<delivery_receipt>(&came.what);
    if (cast && is_lieutenant(came.from)) {
        on_vote(came.from, *cast, now, out);
    } else if (reply && is_lieutenant(came.from)) {
        on_payloads(came.from, *reply, now, out);
    } else if (receipt && came.from == external_party_id) {
        on_receipt(*receipt, out);
    } else {
        out.push_back(refused{came.from, refusal::unknown_server});
        return;
    }
    finish_if_done(id, now, out);
}

void supervisor_machine::start_rounds(tick now, effects& out) {
    while (!waiting_.empty() && (halted_ || rounds_.size() < cluster_.window)) {
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        const auto size = static_cast<std::uint32_t>(next.records->size());
        if (halted_) {
            out.push_back(
                round_closed{round_id{},
                             next.number,
                             next.records,
                             std::vector<decided_record>(size, {record_outcome::withheld, 0, {}}),
                             {},
                             true});
            continue;
        }
        const round_id id{++last_round_};
        auto& round = rounds_.at(id);
        round.submission = next.number;
        round.records = std::move(next.records);
        round.convicted.assign(convicted_for_good_.begin(), convicted_for_good_.end());
        round.decided.resize(size);
        round.tried.resize(size);
        round.grounds.resize(cluster_.is_signed() ? size : 0);
        level_state level;
        if (!spare_levels_.empty()) {
            level = std::move(spare_levels_.back());
            spare_levels_.pop_back();
        }
        level.where.resize(size);
        std::iota(level.where.begin(), level.where.end(), 0U);
        open_level(id, round, std::move(level), 0, now, out);
    }
}

void supervisor_machine::open_level(round_id id, round_state& round, level_state level,
                                    level_number number, tick now, effects& out) {
    auto records = round.records;
    if (number > 0) {
        std::vector<record_id> some;
        some.reserve(level.where.size());
        for (const auto i : level.where) {
            some.push_back((*round.records)[i]);
        }
        records = std::make_shared<const std::vector<record_id>>(std::move(some));
    }
    level.number = number;
    level.votes.assign(cluster_.lieutenants, nullptr);
    level.sealed.assign(cluster_.is_signed() ? cluster_.lieutenants : 0, {});
    level.records = cluster_.is_signed() ? records : nullptr;
    level.grounds.forget();
    level.votes_count = 0;
    level.quorate.assign(level.where.size(), false);
    level.starving.clear();
    level.closed = false;
    // A lieutenant votes at the latest (m+1)·Delta after it hears of the round; one more for the
    // way there and back.
    level.deadline = now + (cluster_.depth_at(number) + 2) * cluster_.phase_timeout;
    round.levels.push_back(std::move(level));

    round_request request{id, number, std::move(records), round.convicted, {}};
    for (const auto convicted : round.convicted) {
        if (const auto proof = proofs_.find(convicted); proof != proofs_.end()) {
            request.proofs.push_back(proof->second);
        }
    }
    // The lieutenants first: a request that outruns the claims saves them keeping those.
    for (std::uint32_t j = 0; j < cluster_.lieutenants; ++j) {
        out.push_back(send{lieutenant_id(j), request});
    }
    for (std::uint32_t x = 0; x < cluster_.commanders; ++x) {
        if (std::find(round.convicted.begin(), round.convicted.end(), commander_id(x))
            == round.convicted.end()) {
            out.push_back(send{commander_id(x), request});
        }
    }
}

void supervisor_machine::on_vote(server_id from, const vote& cast, tick now, effects& out) {
    auto& round = *rounds_.find(cast.round);
    const auto level = std::find_if(round.levels.begin(), round.levels.end(),
                                    [&](const level_state& l) { return l.number == cast.level; });
    if (level == round.levels.end()) {
        out.push_back(refused{from, refusal::unknown_round});
        return;
    }
    auto& slot = level->votes[index_of(from)];
    if (level->closed || slot) {
        out.push_back(refused{from, slot ? refusal::duplicate : refusal::late});
        return;
    }
    if (const auto why = refusal_of_vote(cast, level->where.size(), cluster_)) {
        out.push_back(refused{from, *why});
        return;
    }
    if (cluster_.is_signed()) {
        auto tree = signed_tree(from, *level, cast);
        if (!tree) {
            out.push_back(refused{from, refusal::bad_signature});
            return;
        }
        level->sealed[index_of(from)] = {cast.seal, std::move(tree)};
        check_accusations(from, round, cast, out);
    } else {
        count_accusations(from, round, cast);
    }
    slot = cast.verdicts;
    ++level->votes_count;
    feed_starving(cast.round, round, *level, now, out);
    if (level->votes_count >= cluster_.quorum()) {
        find_quorums(cast.round, round, *level, now, out);
    }
    if (level->votes_count == cluster_.lieutenants) {
        close_level(cast.round, round, cast.level, now, out);
    }
}

std::size_t supervisor_machine::votes_for(const level_state& level, std::uint32_t position,
                                          const verdict& released) {
    return static_cast<std::size_t>(
        std::count_if(level.votes.begin(), level.votes.end(), [&](const verdicts& votes) {
            return votes && (*votes)[position].same_release(released);
        }));
}

void supervisor_machine::find_quorums(round_id id, round_state& round, level_state& level, tick now,
                                      effects& out) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < level.where.size(); ++i) {
        if (level.quorate[i]) {
            continue;
        }
        for (const auto& votes : level.votes) {
            if (!votes || (*votes)[i].what != decision::release
                || votes_for(level, i, (*votes)[i]) < cluster_.quorum()) {
                continue;
            }
            level.quorate[i] = true;
            auto& decided = round.decided[level.where[i]];
            decided.level = level.number;
            decided.released = (*votes)[i];
            found.push_back(i);
            break;
        }
    }
    if (!found.empty()) {
        ask_for_payloads(id, round, level, found, now, out);
    }
}

void supervisor_machine::count_accusations(server_id from, round_state& round, const vote& cast) {
    for (const auto& a : cast.accusations) {
        auto& by = round.accusations[{a.commander, cast.level, a.position}];
        by.all.insert(from);
        if (a.for_good) {
            by.for_good.insert(from);
        }
        if (by.for_good.size() >= cluster_.reporters_for_good()) {
            convicted_for_good_.insert(a.commander);
            halted_ = halted_ || cluster_.on_conviction == conviction_policy::halt;
        }
    }
}

void supervisor_machine::close_level(round_id id, round_state& round, level_number number, tick now,
                                     effects& out) {
    auto& level = round.levels[number];
    level.closed = true;
    for (const auto i : level.starving) {
        round.decided[level.where[i]].outcome = record_outcome::withheld;
    }
    level.starving.clear();
    std::vector<std::uint32_t> unresolved;
    for (std::uint32_t i = 0; i < level.where.size(); ++i) {
        if (level.quorate[i]) {
            continue;
        }
        std::uint32_t unsure = 0;
        for (const auto& votes : level.votes) {
            unsure += votes && (*votes)[i].what == decision::unresolved ? 1 : 0;
        }
        auto& decided = round.decided[level.where[i]];
        decided.level = number;
        if (unsure < cluster_.tolerate.lieutenants + 1) {
            decided.outcome = record_outcome::withheld;
        } else if (number < cluster_.max_recursion) {
            unresolved.push_back(level.where[i]);
        } else {
            decided.outcome = record_outcome::unresolved;
        }
    }
    if (!unresolved.empty()) {
        level_state next;
        next.where = std::move(unresolved);
        open_level(id, round, std::move(next), number + 1, now, out);
    }
}

void supervisor_machine::on_tick(tick now, effects& out) {
    std::vector<round_id> open;
    for (const auto& [id, round] : rounds_) {
        open.push_back(id);
    }
    for (const auto id : open) {
        auto& round = *rounds_.find(id);
        for (std::size_t i = 0; i < round.levels.size(); ++i) {
            if (!round.levels[i].closed && now >= round.levels[i].deadline) {
                close_level(id, round, round.levels[i].number, now, out);
            }
        }
        std::vector<fetch> overdue;
        for (auto asked = round.fetches.begin(); asked != round.fetches.end();) {
            if (now >= asked->deadline) {
                overdue.push_back(std::move(*asked));
                asked = round.fetches.erase(asked);
            } else {
                ++asked;
            }
        }
        for (const auto& asked : overdue) {
            ask_for_payloads(id, round, round.levels[asked.level], asked.positions, now, out);
        }
        finish_if_done(id, now, out);
    }
}

void supervisor_machine::round_state::clear() {
    records.reset();
    convicted.clear();
    decided.clear();
    for (auto& voters : tried) {
        voters.clear();
    }
    levels.clear();
    fetches.clear();
    deliveries.clear();
    next_sequence = 0;
    accusations.clear();
    grounds.clear();
}

bool supervisor_machine::finished(const round_state& round) {
    return round.fetches.empty() && round.deliveries.empty()
           && std::all_of(round.levels.begin(), round.levels.end(),
                          [](const level_state& level) { return level.closed; });
}

void supervisor_machine::finish_if_done(round_id id, tick now, effects& out) {
    if (finished(*rounds_.find(id))) {
        close_round(id, out);
        start_rounds(now, out);
    }
}

std::vector<accepted_conviction> supervisor_machine::accepted(const round_state& round) const {
    std::vector<accepted_conviction> convictions;
    for (const auto& [key, by] : round.accusations) {
        if (!by.proof && by.all.size() < cluster_.tolerate.lieutenants + 1) {
            continue;
        }
        const auto& [commander, level, position] = key;
        const auto record = round.levels[level].where[position];
        convictions.push_back({commander,
                               level,
                               (*round.records)[record],
                               by.proof || by.for_good.size() >= cluster_.reporters_for_good(),
                               {by.all.begin(), by.all.end()},
                               by.proof});
    }
    return convictions;
}

void supervisor_machine::close_round(round_id id, effects& out) {
    auto& round = *rounds_.find(id);
    for (std::uint32_t x = 0; x < cluster_.commanders; ++x) {
        out.push_back(send{commander_id(x), round_end{id}});
    }
    for (std::uint32_t j = 0; j < cluster_.lieutenants; ++j) {
        out.push_back(send{lieutenant_id(j), round_end{id}});
    }
    out.push_back(round_closed{id, round.submission, round.records, std::move(round.decided),
                               accepted(round), false});
    for (auto& level : round.levels) {
        if (spare_levels_.size() < cluster_.window) {
            spare_levels_.push_back(std::move(level));
            spare_levels_.back().votes.clear();
            spare_levels_.back().sealed.clear();
            spare_levels_.back().records.reset();
            spare_levels_.back().grounds.forget();
        }
    }
    rounds_.close(id);
}

} // namespace byzgate
