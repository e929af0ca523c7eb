// Which messages no loyal server would have sent, and which are missing.

#include <algorithm>

#include "report/run_analysis.hpp"

namespace byzgate {

std::string describe(const claim& c) {
    if (c == no_value()) {
        return "no value";
    }
    if (c == absent_claim()) {
        return "no such record";
    }
    if (!c.is_present()) {
        return "nonsense";
    }
    return std::string{to_string(c.says)} + " (version " + c.version + ")";
}

namespace {

const level_analysis* level_of(const round_analysis& round, level_number number) {
    for (const auto& level : round.levels) {
        if (level.number == number) {
            return &level;
        }
    }
    return nullptr;
}

/// Whether two claims differ in what `describe` does not show.
std::string describe_apart(const claim& c, const claim& other) {
    if (c.is_present() && other.is_present() && c.says == other.says
        && c.version == other.version) {
        return "another digest";
    }
    return describe(c);
}

} // namespace

void run_analysis::find_deviations(round_analysis& round) const {
    for (auto& step : round.steps) {
        const auto* level = level_of(round, step.level);
        if (level == nullptr || step.refused == refusal::duplicate) {
            continue;
        }
        if (step.kind == "distribution") {
            compare_told(round, *level, step);
        } else if (step.kind == "relay" && level->computed) {
            compare_relay(*level, step);
        } else if (step.kind == "signed_relay" && level->computed) {
            compare_signed_relay(*level, step);
        } else if (step.kind == "vote" && level->computed) {
            compare_vote(*level, step);
        }
    }
}

namespace {

/// What the truth about a record, as the judge knows it, has against a claim.
std::string against_truth(const claim& said, const record_truth& truth) {
    if (!truth.confidentiality) {
        return said.is_present() ? "the database has no such record" : "";
    }
    if (!said.is_present() || said.says != *truth.confidentiality) {
        return "the database says " + std::string{to_string(*truth.confidentiality)};
    }
    return {};
}

bool about_same_version(const claim& a, const claim& b) {
    return a.is_present() && b.is_present() && a.version == b.version;
}

} // namespace

/// What speaks against a commander's claim: the truth, a loyal commander, the database as the run
/// began, or its own words to somebody else. Empty if nothing does.
std::string run_analysis::reproach_of(const round_analysis& round, const level_analysis& level,
                                      const round_step& step, std::size_t position) const {
    const auto& said = (*std::get<distribution>(step.sent->what).claims)[position];
    const auto in_round = level.in_round[position];
    const bool judged = round.closed != nullptr && in_round < round.closed->truths.size();
    if (judged) {
        auto reproach = against_truth(said, round.closed->truths[in_round]);
        if (!reproach.empty()) {
            return reproach;
        }
        const auto& decided = round.closed->round.decided[in_round];
        if (step.faulty && round.closed->truths[in_round].outcome == judgement::corrupted
            && said.version == decided.released.version
            && said.payload_digest == decided.released.payload_digest) {
            return "the database holds something else under that id";
        }
    }
    std::string by_others;
    std::string by_itself;
    for (const auto& other : round.steps) {
        const auto* told = std::get_if<distribution>(&other.sent->what);
        if (told == nullptr || other.level != step.level || !told->claims
            || position >= told->claims->size()) {
            continue;
        }
        const auto& their = (*told->claims)[position];
        if (other.from == step.from) {
            // Where the truth is known, only the version's content can still be in question.
            const bool open_question =
                !judged || (about_same_version(their, said) && their.says == said.says);
            if (their != said && open_question) {
                by_itself = "it told " + to_string(other.to) + " " + describe_apart(their, said);
            }
        } else if (!other.faulty && their == said) {
            return {};
        } else if (!other.faulty && about_same_version(their, said)) {
            by_others = to_string(other.from) + " says " + describe_apart(their, said);
        }
    }
    if (!by_others.empty()) {
        return by_others;
    }
    const auto known = database_.find((*level.request->records)[position]);
    if (step.faulty && known != database_.end() && said.is_present()
        && known->second->version != said.version) {
        return "the database had version " + known->second->version + " when the run began";
    }
    return by_itself;
}

void run_analysis::compare_told(const round_analysis& round, const level_analysis& level,
                                round_step& step) const {
    const auto& told = std::get<distribution>(step.sent->what);
    if (!told.claims || !is_commander(step.from)) {
        return;
    }
    const auto records = std::min(told.claims->size(), level.in_round.size());
    for (std::size_t i = 0; i < records; ++i) {
        auto reproach = reproach_of(round, level, step, i);
        if (!reproach.empty()) {
            step.deviations.push_back({0, i, std::move(reproach)});
        }
    }
}

void run_analysis::compare_relay(const level_analysis& level, round_step& step) const {
    const auto& passed_on = std::get<relay>(step.sent->what);
    if (!is_lieutenant(step.from) || !is_lieutenant(step.to) || step.from == step.to
        || step.phase < 1 || step.phase > run_.header.cluster.depth) {
        return;
    }
    const auto owed = level.exchanges[index_of(step.from)]->owed_to(index_of(step.to), step.phase);
    for (std::size_t item = 0; item < std::min(owed.size(), passed_on.items.size()); ++item) {
        const auto& said = passed_on.items[item];
        if (same_batch(said, owed[item])) {
            continue;
        }
        // With one commander it goes without saying.
        const auto of_whom = level.asked.size() > 1 && item < step.sent->paths.size()
                                 ? " of " + to_string(step.sent->paths[item].commander)
                                 : std::string{};
        for (std::size_t i = 0; i < owed[item]->size(); ++i) {
            const bool silent = !said || i >= said->size();
            const auto& heard = (*owed[item])[i];
            if (silent || !((*said)[i] == heard)) {
                step.deviations.push_back(
                    {item, i,
                     "it had heard " + describe_apart(heard, silent ? claim{} : (*said)[i])
                         + of_whom});
            }
        }
    }
}

namespace {

bool caught_by(const level_analysis& level, std::uint32_t lieutenant, server_id commander) {
    const auto& caught = level.caught[lieutenant];
    return is_commander(commander)
           && std::find(caught.begin(), caught.end(), index_of(commander)) != caught.end();
}

} // namespace

void run_analysis::compare_vote(const level_analysis& level, round_step& step) const {
    const auto& cast = std::get<vote>(step.sent->what);
    if (!is_lieutenant(step.from) || !cast.verdicts) {
        return;
    }
    const auto& rulings = level.rulings[index_of(step.from)];
    for (std::size_t i = 0; i < std::min(rulings.size(), cast.verdicts->size()); ++i) {
        const auto& voted = (*cast.verdicts)[i];
        const auto& owed = rulings[i].what;
        const bool same =
            owed.what == decision::release ? owed.same_release(voted) : owed.what == voted.what;
        if (!same) {
            step.deviations.push_back(
                {0, i,
                 "the rule says " + std::string{to_string(owed.what)}
                     + (owed.what == voted.what ? " for another version" : "")});
        }
    }
    for (const auto& a : cast.accusations) {
        if (a.position >= rulings.size()) {
            continue;
        }
        const auto& grounds = rulings[a.position].convictions;
        const auto is_grounded =
            is_signed() ? caught_by(level, index_of(step.from), a.commander)
                        : std::any_of(grounds.begin(), grounds.end(), [&](const conviction& c) {
                              return commander_id(c.commander) == a.commander;
                          });
        if (!is_grounded) {
            step.deviations.push_back(
                {0, a.position,
                 "what it had heard is no ground to accuse " + to_string(a.commander)});
        }
    }
}

namespace {

/// Where a silence belongs: after the last message of its kind and phase, or of the one before.
std::size_t place_of(const std::vector<round_step>& steps, const round_step& missing) {
    const auto rank = [](const round_step& s) {
        const auto of_kind = s.kind == "round_request"  ? 0U
                             : s.kind == "distribution" ? 1U
                             : s.phase > 0              ? 1U + s.phase
                             : s.kind == "vote"         ? 1'000U
                                                        : 2'000U;
        return std::pair{s.level, of_kind};
    };
    std::size_t place = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (rank(steps[i]).second < 2'000U && rank(steps[i]) <= rank(missing)) {
            place = i + 1;
        }
    }
    return place;
}

} // namespace

void run_analysis::add_silences(round_analysis& round) const {
    const auto lieutenants = run_.header.cluster.lieutenants;
    const auto add = [&](level_number level, server_id from, server_id to, std::string_view kind,
                         std::uint32_t phase) {
        const auto spoke = std::any_of(round.steps.begin(), round.steps.end(), [&](const auto& s) {
            return s.from == from && s.to == to && s.kind == kind && s.level == level
                   && s.phase == phase;
        });
        if (spoke) {
            return;
        }
        round_step step;
        step.from = from;
        step.to = to;
        step.kind = kind;
        step.level = level;
        step.phase = phase;
        step.faulty = is_faulty(from, round.round);
        const auto place = place_of(round.steps, step);
        round.steps.insert(round.steps.begin() + static_cast<std::ptrdiff_t>(place),
                           std::move(step));
    };
    for (const auto& level : round.levels) {
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            for (const auto x : level.asked) {
                add(level.number, commander_id(x), lieutenant_id(j), "distribution", 0);
            }
            const auto depth = depth_of(level);
            for (std::uint32_t phase = 1; level.computed && phase <= depth; ++phase) {
                for (std::uint32_t other = 0; other < lieutenants; ++other) {
                    if (other != j && (is_signed() || !plans_[j]->to(other, phase).empty())) {
                        add(level.number, lieutenant_id(j), lieutenant_id(other),
                            is_signed() ? "signed_relay" : "relay", phase);
                    }
                }
            }
            add(level.number, lieutenant_id(j), supervisor_id, "vote", 0);
        }
    }
}

} // namespace byzgate
