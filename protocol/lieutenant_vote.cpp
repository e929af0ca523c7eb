// The lieutenant's last step: from what it heard to its verdicts (protocol.md, section 2, steps 4
// to 6).
#include <algorithm>

#include "protocol/lieutenant.hpp"
#include "protocol/statement.hpp"
#include "protocol/wire.hpp"

namespace byzgate {

void lieutenant_machine::cast_vote(round_id id, level_state& level, effects& out) {
    vote ballot{id, level.number, nullptr, {}};
    if (cluster_.is_signed()) {
        catch_liars(id, level, ballot);
    }
    values_.clear();
    for (std::uint32_t asked = 0; asked < level.asked.size(); ++asked) {
        values_.push_back(cluster_.is_signed() ? signed_value_of(level, asked)
                                               : level.exchange.value_of(asked));
    }
    auto verdicts = std::make_shared<std::vector<verdict>>();
    verdicts->reserve(level.records->size());
    for (std::uint32_t i = 0; i < level.records->size(); ++i) {
        auto ruled = rule_on_record(level, values_, i);
        for (auto& found : ruled.convictions) {
            if (found.for_good) {
                convicted_for_good_.insert(found.commander);
            }
            level.convictions.emplace_back(i, found.commander);
            ballot.accusations.push_back(
                {commander_id(found.commander), i, found.for_good, found.first, found.second});
        }
        verdicts->push_back(std::move(ruled.what));
    }
    level.voted = true;
    level.verdicts = std::move(verdicts);
    ballot.verdicts = level.verdicts;
    values_.clear();
    if (cluster_.is_signed()) {
        ballot.seal = seal_verdicts(keys_, digests_, lieutenant_id(self_), id, level.number,
                                    *level.records, *level.verdicts);
        if (keeps_) {
            out.push_back(
                keep{{statement_kind::votes, id, level.number, 0, encode(message{ballot})}});
        }
    }
    out.push_back(send{supervisor_id, std::move(ballot)});
}

bool lieutenant_machine::all_agree(const level_state& level, const std::vector<claim_batch>& values,
                                   std::size_t position) const {
    // The usual case, decided without building a view: all were asked and all F are the same claim.
    if (values.size() != cluster_.commanders || level.number > 0) {
        return false;
    }
    for (std::size_t x = 1; x < values.size(); ++x) {
        if (values[x] != values[0] && !((*values[x])[position] == (*values[0])[position])) {
            return false;
        }
    }
    return true;
}

ruling lieutenant_machine::rule_on_record(const level_state& level,
                                          const std::vector<claim_batch>& values,
                                          std::uint32_t position) const {
    // Whom this level proves to have lied counts, even where all that is left says the same.
    if (level.caught.empty() && all_agree(level, values, position)
        && cluster_.tolerate.commanders < cluster_.commanders) {
        const auto& agreed = (*values[0])[position];
        if (agreed.says_public()) {
            return {
                {decision::release, reason::enough_public, agreed.version, agreed.payload_digest},
                {}};
        }
        return {{decision::withhold, reason::not_public, {}, {}}, {}};
    }
    record_view view;
    view.values.resize(cluster_.commanders);
    view.reports.resize(cluster_.commanders);
    view.convicted = convicted_at(level, position);
    if (cluster_.is_signed()) {
        for (std::size_t asked = 0; asked < level.asked.size(); ++asked) {
            view.values[level.asked[asked]] = (*values[asked])[position];
        }
        return {byzgate::weigh_on(cluster_, view), {}};
    }
    for (std::size_t asked = 0; asked < level.asked.size(); ++asked) {
        const auto commander = level.asked[asked];
        view.values[commander] = (*values[asked])[position];
        view.reports[commander] = reports_on(level, commander, position);
    }
    return byzgate::rule_on(cluster_, self_, view);
}

std::vector<bool> lieutenant_machine::convicted_at(const level_state& level,
                                                   std::uint32_t position) const {
    auto convicted = level.convicted;
    for (const auto commander : level.caught) {
        convicted[commander] = true;
    }
    for (const auto& before : level.earlier) {
        for (const auto& [where, commander] : before.level->convictions) {
            if (where == before.positions[position]) {
                convicted[commander] = true;
            }
        }
        for (const auto commander : before.level->caught) {
            convicted[commander] = true;
        }
    }
    return convicted;
}

std::vector<report> lieutenant_machine::reports_at(const level_state& level,
                                                   std::uint32_t commander,
                                                   std::uint32_t position) const {
    std::vector<report> reports;
    const auto at = std::find(level.asked.begin(), level.asked.end(), commander);
    if (at == level.asked.end() || position == nowhere) {
        return reports;
    }
    const auto asked = static_cast<std::uint32_t>(at - level.asked.begin());
    for (std::uint32_t j = 0; j < cluster_.lieutenants; ++j) {
        const auto& told = level.exchange.report_of(asked, j);
        if (told && (*told)[position].is_report()) {
            reports.push_back({j, (*told)[position]});
        }
    }
    return reports;
}

reports_by_level lieutenant_machine::reports_on(const level_state& level, std::uint32_t commander,
                                                std::uint32_t position) const {
    reports_by_level reports;
    for (const auto& before : level.earlier) {
        reports.push_back(reports_at(*before.level, commander, before.positions[position]));
    }
    reports.push_back(reports_at(level, commander, position));
    return reports;
}

void lieutenant_machine::on_payload_request(const payload_request& request, effects& out) const {
    const auto* round = rounds_.find(request.round);
    if (round == nullptr) {
        out.push_back(refused{supervisor_id, refusal::unknown_round});
        return;
    }
    payload_reply reply{request.round, request.level, {}, nullptr};
    std::vector<std::string> payloads;
    release_grounds grounds;
    for (const auto& level : round->levels) {
        if (level->number != request.level || !level->voted) {
            continue;
        }
        for (const auto position : request.positions) {
            if (position >= level->verdicts->size()
                || (*level->verdicts)[position].what != decision::release) {
                continue;
            }
            const auto& voted_for = (*level->verdicts)[position];
            for (const auto& told : level->told) {
                if (told.claims && (*told.claims)[position].is_present()
                    && (*told.claims)[position].payload_digest == voted_for.payload_digest) {
                    reply.positions.push_back(position);
                    payloads.push_back((*told.payloads)[position]);
                    break;
                }
            }
        }
        if (cluster_.is_signed()) {
            grounds = grounds_for(*level, reply.positions);
        }
    }
    reply.payloads = std::make_shared<const std::vector<std::string>>(std::move(payloads));
    if (cluster_.is_signed()) {
        reply.grounds = std::make_shared<const release_grounds>(std::move(grounds));
    }
    out.push_back(send{supervisor_id, std::move(reply)});
}

} // namespace byzgate
