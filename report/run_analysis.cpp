#include "report/run_analysis.hpp"

#include <algorithm>

#include "protocol/admit.hpp"

namespace byzgate {

namespace {

bool well_shaped(const claim_batch& claims, std::size_t records) {
    return claims && claims->size() == records
           && std::all_of(claims->begin(), claims->end(),
                          [](const claim& c) { return well_formed(c, limits{}); });
}

} // namespace

std::optional<std::size_t> round_analysis::position_in(const level_analysis& level,
                                                       std::size_t in_round) const {
    const auto at = std::find(level.in_round.begin(), level.in_round.end(), in_round);
    if (at == level.in_round.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(at - level.in_round.begin());
}

round_analysis run_analysis::analyse(round_id id) const {
    const auto& outline = rounds_.at(id);
    round_analysis round;
    round.round = id;
    round.opened = outline.opened;
    round.closed_at = outline.closed_at;
    round.closed = outline.closed;
    add_steps(round, outline);
    mark_refusals(round, outline);
    open_levels(round);
    for (std::size_t i = 0; i < round.levels.size(); ++i) {
        hear(round, round.levels[i]);
        rule(round, i);
    }
    find_deviations(round);
    if (round.closed != nullptr) {
        add_silences(round);
    }
    return round;
}

void run_analysis::add_steps(round_analysis& round, const round_outline& outline) const {
    for (const auto i : outline.events) {
        const auto& event = run_.events[i];
        if (const auto* sent = std::get_if<sent_event>(&event.what)) {
            round_step step;
            step.event = &event;
            step.sent = sent;
            step.from = sent->from;
            step.to = sent->to;
            step.kind = kind_of(sent->what);
            step.level = level_of(sent->what);
            step.phase = phase_of(sent->what);
            step.faulty = is_faulty(sent->from, round.round);
            round.steps.push_back(std::move(step));
        }
    }
}

void run_analysis::mark_refusals(round_analysis& round, const round_outline& outline) const {
    for (const auto i : outline.events) {
        const auto* no = std::get_if<refused_event>(&run_.events[i].what);
        if (no == nullptr || no->kind.empty()) {
            continue;
        }
        const auto matches = [&](const round_step& step) {
            const auto* shown = std::get_if<signed_relay>(&step.sent->what);
            const auto most = shown != nullptr ? shown->items.size() : 1;
            return step.from == no->from && step.to == no->by && step.kind == no->kind
                   && step.level == no->level && step.phase == no->phase
                   && (step.refusals == 0 || step.refusals < most)
                   && step.event->sequence < run_.events[i].sequence;
        };
        const auto mark = [&](round_step& step) {
            step.refused = step.refused.value_or(no->why);
            ++step.refusals;
        };
        if (no->why == refusal::duplicate) {
            // The one that came first was taken.
            const auto last = std::find_if(round.steps.rbegin(), round.steps.rend(), matches);
            if (last != round.steps.rend()) {
                mark(*last);
            }
        } else {
            const auto first = std::find_if(round.steps.begin(), round.steps.end(), matches);
            if (first != round.steps.end()) {
                mark(*first);
            }
        }
    }
}

void run_analysis::open_levels(round_analysis& round) const {
    for (const auto& step : round.steps) {
        const auto* request = std::get_if<round_request>(&step.sent->what);
        if (request == nullptr || step.from != supervisor_id || !request->records) {
            continue;
        }
        const auto known =
            std::any_of(round.levels.begin(), round.levels.end(), [&](const level_analysis& level) {
                return level.number == request->level;
            });
        if (known) {
            continue;
        }
        level_analysis level;
        level.number = request->level;
        level.request = request;
        if (!round.records) {
            round.records = request->records;
        }
        std::size_t next = 0;
        for (const auto& id : *request->records) {
            // Sub-rounds keep the order of the round, so the search goes on where it stopped.
            const auto from = round.records->begin() + static_cast<std::ptrdiff_t>(next);
            const auto at = std::find(from, round.records->end(), id);
            if (at != round.records->end()) {
                next = static_cast<std::size_t>(at - round.records->begin());
                level.in_round.push_back(next++);
            } else {
                level.in_round.push_back(round.records->size());
            }
        }
        for (std::uint32_t x = 0; x < run_.header.cluster.commanders; ++x) {
            if (std::find(request->convicted.begin(), request->convicted.end(), commander_id(x))
                == request->convicted.end()) {
                level.asked.push_back(x);
            }
        }
        round.levels.push_back(std::move(level));
    }
    std::stable_sort(
        round.levels.begin(), round.levels.end(),
        [](const level_analysis& a, const level_analysis& b) { return a.number < b.number; });
}

void run_analysis::collect_votes(const round_analysis& round, level_analysis& level) const {
    const auto records = level.request->records->size();
    level.votes.resize(run_.header.cluster.lieutenants);
    for (const auto& step : round.steps) {
        const auto* cast = std::get_if<vote>(&step.sent->what);
        if (cast != nullptr && is_lieutenant(step.from) && step.to == supervisor_id
            && step.level == level.number && !step.refused && !step.sent->lost && cast->verdicts
            && cast->verdicts->size() == records) {
            auto& slot = level.votes[index_of(step.from)];
            slot = slot != nullptr ? slot : cast;
        }
    }
}

void run_analysis::hear(round_analysis& round, level_analysis& level) const {
    collect_votes(round, level);
    if (!computable() || level.asked.empty()) {
        return;
    }
    if (is_signed()) {
        hear_signed(round, level);
        value_signed(round, level);
        level.computed = true;
        return;
    }
    const auto lieutenants = run_.header.cluster.lieutenants;
    const auto asked_count = static_cast<std::uint32_t>(level.asked.size());
    for (std::uint32_t j = 0; j < lieutenants; ++j) {
        level.exchanges.push_back(std::make_unique<oral_exchange>(*plans_[j], asked_count,
                                                                  level.request->records->size()));
    }
    for (const auto& step : round.steps) {
        if (step.level != level.number || step.sent->lost || !is_lieutenant(step.to)
            || (step.refused && *step.refused != refusal::bad_digest)) {
            continue;
        }
        if (std::holds_alternative<distribution>(step.sent->what)) {
            hear_told(round, level, step);
        } else if (std::holds_alternative<relay>(step.sent->what)) {
            hear_relay(level, step);
        }
    }
    for (std::uint32_t j = 0; j < lieutenants; ++j) {
        level.values.emplace_back();
        for (std::uint32_t asked = 0; asked < asked_count; ++asked) {
            level.values.back().push_back(level.exchanges[j]->value_of(asked));
        }
    }
    level.computed = true;
}

namespace {

/// Whether `by` passed on "no value" for that record: so it tells which payloads it found not to
/// match their digest. True if it passed on nothing.
bool passed_on_nothing(const round_analysis& round, level_number level, server_id by,
                       std::size_t asked, std::size_t position) {
    for (const auto& step : round.steps) {
        const auto* passed_on = std::get_if<relay>(&step.sent->what);
        if (passed_on != nullptr && step.from == by && step.level == level && step.phase == 1) {
            const auto& items = passed_on->items;
            return asked >= items.size() || !items[asked] || position >= items[asked]->size()
                   || (*items[asked])[position] == no_value();
        }
    }
    return true;
}

} // namespace

void run_analysis::hear_told(const round_analysis& round, level_analysis& level,
                             const round_step& step) const {
    auto claims = std::get<distribution>(step.sent->what).claims;
    const auto at = std::find(level.asked.begin(), level.asked.end(), index_of(step.from));
    if (!is_commander(step.from) || at == level.asked.end()
        || !well_shaped(claims, level.request->records->size())) {
        return;
    }
    const auto asked = static_cast<std::uint32_t>(at - level.asked.begin());
    if (step.refused) {
        auto checked = *claims;
        for (std::size_t i = 0; i < checked.size(); ++i) {
            if (passed_on_nothing(round, level.number, step.to, asked, i)) {
                checked[i] = no_value();
            }
        }
        claims = make_claim_batch(std::move(checked));
    }
    static_cast<void>(level.exchanges[index_of(step.to)]->hear(asked, claims));
}

void run_analysis::hear_relay(level_analysis& level, const round_step& step) const {
    const auto& items = std::get<relay>(step.sent->what).items;
    auto& exchange = *level.exchanges[index_of(step.to)];
    if (!is_lieutenant(step.from) || step.from == step.to || step.phase < 1
        || step.phase > run_.header.cluster.depth
        || items.size() != exchange.items_from(index_of(step.from), step.phase)) {
        return;
    }
    const auto records = level.request->records->size();
    if (std::all_of(items.begin(), items.end(),
                    [&](const claim_batch& item) { return !item || well_shaped(item, records); })) {
        static_cast<void>(exchange.hear(index_of(step.from), step.phase, items));
    }
}

namespace {

/// When a server first spoke in a level: what it established before counts there.
std::uint64_t first_words_of(const round_analysis& round, level_number level, server_id server) {
    for (const auto& step : round.steps) {
        if (step.from == server && step.level == level) {
            return step.event->sequence;
        }
    }
    return ~std::uint64_t{0};
}

} // namespace

record_view run_analysis::view_of(const round_analysis& round, std::size_t level_index,
                                  std::uint32_t lieutenant, std::size_t position) const {
    const auto& level = round.levels[level_index];
    const auto& cluster = run_.header.cluster;
    record_view view;
    view.values.resize(cluster.commanders);
    view.convicted.resize(cluster.commanders, false);
    view.reports.resize(cluster.commanders);
    const auto began = first_words_of(round, level.number, lieutenant_id(lieutenant));
    for (const auto named : level.request->convicted) {
        const auto before = [&](const established& e) {
            return std::get<1>(e) == lieutenant_id(lieutenant) && std::get<2>(e) == named
                   && std::get<0>(e) < began;
        };
        if (is_commander(named) && cluster.contains(named)) {
            view.convicted[index_of(named)] =
                std::any_of(established_.begin(), established_.end(), before);
        }
    }
    if (is_signed()) {
        view_signed(round, level_index, lieutenant, view);
        for (std::uint32_t asked = 0; asked < level.asked.size(); ++asked) {
            view.values[level.asked[asked]] = (*level.values[lieutenant][asked])[position];
        }
        return view;
    }
    const auto in_round = level.in_round[position];
    for (std::size_t i = 0; i <= level_index; ++i) {
        const auto& at = round.levels[i];
        const auto here =
            i == level_index ? std::optional{position} : round.position_in(at, in_round);
        if (!here || !at.computed) {
            continue;
        }
        for (std::uint32_t asked = 0; asked < at.asked.size(); ++asked) {
            auto& reports = view.reports[at.asked[asked]];
            reports.emplace_back();
            for (std::uint32_t j = 0; j < cluster.lieutenants; ++j) {
                const auto& told = at.exchanges[lieutenant]->report_of(asked, j);
                if (told && (*told)[*here].is_report()) {
                    reports.back().push_back({j, (*told)[*here]});
                }
            }
            if (i == level_index) {
                view.values[at.asked[asked]] = (*at.values[lieutenant][asked])[*here];
            }
        }
        if (i < level_index) {
            for (const auto& found : at.rulings[lieutenant][*here].convictions) {
                view.convicted[found.commander] = true;
            }
        }
    }
    return view;
}

void run_analysis::rule(round_analysis& round, std::size_t level_index) const {
    auto& level = round.levels[level_index];
    if (!level.computed) {
        return;
    }
    for (std::uint32_t j = 0; j < run_.header.cluster.lieutenants; ++j) {
        level.rulings.emplace_back();
        for (std::size_t i = 0; i < level.request->records->size(); ++i) {
            const auto view = view_of(round, level_index, j, i);
            level.rulings.back().push_back(is_signed()
                                               ? ruling{weigh_on(run_.header.cluster, view), {}}
                                               : rule_on(run_.header.cluster, j, view));
        }
    }
}

} // namespace byzgate
