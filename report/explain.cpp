#include "report/explain.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "report/explain_signed.hpp"

namespace byzgate {

namespace {

std::string counted(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        all += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
        all += names[i];
    }
    return all;
}

std::string joined(const std::vector<server_id>& servers) {
    std::vector<std::string> names;
    for (const auto id : servers) {
        names.push_back(to_string(id));
    }
    return joined(names);
}

/// The votes on one record at its last level.
struct tally {
    std::size_t cast = 0;
    std::size_t release = 0; ///< the most that agree on version and digest
    std::size_t unresolved = 0;
    std::map<reason, std::size_t> reasons; ///< of the votes that are not release

    [[nodiscard]] reason most_given() const {
        auto most = reason::not_public;
        std::size_t count = 0;
        for (const auto& [why, votes] : reasons) {
            if (votes > count) {
                most = why;
                count = votes;
            }
        }
        return most;
    }
};

tally count_votes(const level_analysis& level, std::size_t position) {
    tally votes;
    for (const auto* cast : level.votes) {
        if (cast == nullptr) {
            continue;
        }
        const auto& what = (*cast->verdicts)[position];
        ++votes.cast;
        votes.unresolved += what.what == decision::unresolved ? 1 : 0;
        if (what.what != decision::release) {
            ++votes.reasons[what.why];
            continue;
        }
        const auto same = std::count_if(level.votes.begin(), level.votes.end(), [&](const vote* v) {
            return v != nullptr && (*v->verdicts)[position].same_release(what);
        });
        votes.release = std::max(votes.release, static_cast<std::size_t>(same));
    }
    return votes;
}

/// The commanders that the lieutenants which voted release convicted over that record, at its last
/// level or before, or that were not asked at all.
std::vector<server_id> convicted_for(const round_analysis& round, const level_analysis& last,
                                     std::size_t in_round) {
    std::vector<server_id> convicted = last.request->convicted;
    const auto at_last = round.position_in(last, in_round);
    for (const auto& level : round.levels) {
        const auto here = round.position_in(level, in_round);
        for (std::size_t j = 0; here && level.number <= last.number && j < level.votes.size();
             ++j) {
            const auto* final_vote = last.votes[j];
            if (level.votes[j] == nullptr || final_vote == nullptr
                || (*final_vote->verdicts)[*at_last].what != decision::release) {
                continue;
            }
            for (const auto& a : level.votes[j]->accusations) {
                if (a.position == *here) {
                    convicted.push_back(a.commander);
                }
            }
        }
    }
    std::sort(convicted.begin(), convicted.end());
    convicted.erase(std::unique(convicted.begin(), convicted.end()), convicted.end());
    return convicted;
}

std::string why_released(const run_analysis& run, const round_analysis& round,
                         const std::vector<server_id>& convicted) {
    const auto& cluster = run.run().header.cluster;
    if (cluster.commanders == 1) {
        return "The only commander says public, and no other commander is there to contradict it.";
    }
    const auto needed = cluster.tolerate.commanders + 1
                        - std::min<std::size_t>(cluster.tolerate.commanders, convicted.size());
    if (convicted.empty()) {
        return fmt::format("At least {} made the same public claim, as many as the rule asks for.",
                           counted(needed, "commander"));
    }
    std::vector<std::string> names;
    std::vector<std::string> framed;
    for (const auto id : convicted) {
        names.push_back(to_string(id));
        if (!run.is_faulty(id, round.round)) {
            framed.push_back(to_string(id));
        }
    }
    auto text = fmt::format(
        "{} {} convicted of telling different things, so {} of the others {} enough.",
        joined(names), names.size() == 1 ? "was" : "were",
        needed == 1 ? std::string{"one"} : std::to_string(needed), needed == 1 ? "is" : "are");
    if (!framed.empty()) {
        text += fmt::format(" But {} {} loyal: a lying lieutenant made {} look inconsistent.",
                            joined(framed), framed.size() == 1 ? "is" : "are",
                            framed.size() == 1 ? "it" : "them");
    }
    return text;
}

std::string why_withheld(const cluster_parameters& cluster, reason why, level_number level) {
    switch (why) {
        case reason::enough_public:
            return "Not enough of them agreed on version and content.";
        case reason::not_public:
        case reason::silence:
            return cluster.commanders == 1 && cluster.is_signed()
                       ? "There is no public claim of the commander's without another beside it."
                   : cluster.commanders == 1
                       ? "What most of them heard from the commander does not come to public."
                       : "What they heard from the commanders does not come to public.";
        case reason::too_few_public:
            return fmt::format("The commanders that spoke say public, but fewer than the {} that "
                               "the rule asks for.",
                               cluster.tolerate.commanders + 1);
        case reason::budget_disproved:
            return "More commanders were convicted than the cluster is built to survive, so "
                   "nothing "
                   "that is left can be trusted.";
        case reason::commanders_differ:
            return fmt::format(
                "The commanders contradict one another and none of them could be convicted{}: when "
                "in doubt, nothing leaves.",
                level > 0 ? ", not even after " + counted(level, "sub-round") : std::string{});
    }
    return "The votes give no reason that the protocol knows.";
}

/// What the recipient reported about the record; null: nothing.
const opening_report* opening_of(const round_analysis& round, std::size_t in_round) {
    for (const auto& found : round.closed->round.openings) {
        if (found.position == in_round) {
            return &found;
        }
    }
    return nullptr;
}

/// A quorum voted for it, and it stayed in all the same.
std::string why_not_had(const cluster_parameters& cluster, const opening_report* report) {
    if (!cluster.sealed) {
        return "None of those that voted release handed over a payload with the digest that they "
               "had voted for.";
    }
    if (report == nullptr) {
        return fmt::format("It takes the shares of {} to open it, and fewer handed over theirs.",
                           counted(cluster.tolerate.lieutenants + 1, "lieutenant"));
    }
    return "The external party could not open what it got"
           + (report->bad_shares.empty()
                  ? std::string{"."}
                  : "; bad were the shares of " + joined(report->bad_shares) + ".");
}

bool within_budget(const cluster_parameters& c, std::size_t commanders, std::size_t lieutenants) {
    return commanders <= c.tolerate.commanders && lieutenants <= c.tolerate.lieutenants
           && commanders + lieutenants <= c.tolerate.total;
}

/// Whether the protocol promises that nothing leaks with these servers at fault: within the budget,
/// n >= 2fl+1, and N >= 2fl+m for oral messages.
bool no_leak_promised(const cluster_parameters& c, std::size_t commanders,
                      std::size_t lieutenants) {
    const auto fl = c.tolerate.lieutenants;
    const bool large_enough =
        c.lieutenants >= 2 * fl + 1
        && (c.protocol == protocol_kind::signed_ || c.generals() >= 2 * fl + c.depth);
    return within_budget(c, commanders, lieutenants) && large_enough;
}

std::string what_was_promised(const run_analysis& run, const round_analysis& round,
                              judgement outcome) {
    const auto& cluster = run.run().header.cluster;
    std::size_t commanders = 0;
    std::size_t lieutenants = 0;
    for (const auto server : cluster.servers()) {
        if (run.is_faulty(server, round.round)) {
            ++(is_commander(server) ? commanders : lieutenants);
        }
    }
    const auto present = fmt::format(
        "{} and {} lied in this round; the cluster is built to survive "
        "{} and {}, {} in all",
        counted(commanders, "commander"), counted(lieutenants, "lieutenant"),
        cluster.tolerate.commanders, cluster.tolerate.lieutenants, cluster.tolerate.total);
    if (outcome == judgement::denied) {
        if (commanders + lieutenants == 0) {
            return "Nobody was told to lie: a message came late, or the record changed between two "
                   "reads.";
        }
        return within_budget(cluster, commanders, lieutenants)
                   ? "Within its budget the cluster promises that nothing leaks, not that "
                     "everything public gets out."
                   : present + ": this is beyond what it promises.";
    }
    return no_leak_promised(cluster, commanders, lieutenants)
               ? present + ": a promise is broken."
               : present + ": this is beyond what it promises.";
}

std::string judged(const run_analysis& run, const round_analysis& round,
                   const record_truth& truth) {
    switch (truth.outcome) {
        case judgement::right:
            return truth.confidentiality
                       ? fmt::format("That is right: it is {}.", to_string(*truth.confidentiality))
                       : "That is right: the database has no such record.";
        case judgement::leaked:
            return "It is confidential: a leak. " + what_was_promised(run, round, truth.outcome);
        case judgement::corrupted:
            return "What went out is not what the database holds under that id: corrupted. "
                   + what_was_promised(run, round, truth.outcome);
        case judgement::denied:
            return "It is public, so this denies it. "
                   + what_was_promised(run, round, truth.outcome);
    }
    return {};
}

} // namespace

std::string explain_record(const run_analysis& run, const round_analysis& round,
                           std::size_t in_round) {
    if (round.closed == nullptr || in_round >= round.closed->round.decided.size()) {
        return "The run ended before this round did.";
    }
    const auto& cluster = run.run().header.cluster;
    const auto& decided = round.closed->round.decided[in_round];
    const level_analysis* last = nullptr;
    std::size_t position = 0;
    for (const auto& level : round.levels) {
        if (const auto here = round.position_in(level, in_round);
            here && (level.number == decided.level || last == nullptr)) {
            last = &level;
            position = *here;
        }
    }
    if (last == nullptr) {
        return "The round was never asked to decide this record.";
    }
    const auto votes = count_votes(*last, position);
    const bool released = decided.outcome == record_outcome::released;
    const auto* report = opening_of(round, in_round);
    auto text = fmt::format("{}: {} of {} voted release for the same version and content, and {} "
                            "{} needed. ",
                            released ? "Released" : "Withheld", votes.release,
                            counted(cluster.lieutenants, "lieutenant"), cluster.quorum(),
                            cluster.quorum() == 1 ? "is" : "are");
    if (released) {
        const auto proved =
            run.is_signed() ? convicted_by_evidence(round, *last) : std::vector<server_id>{};
        text += proved.empty() ? why_released(run, round, convicted_for(round, *last, in_round))
                               : why_released_signed(run, round, proved);
        if (report != nullptr && !report->bad_shares.empty()) {
            text += fmt::format(" It could be opened although {} handed over {}.",
                                joined(report->bad_shares),
                                report->bad_shares.size() == 1 ? "a bad share" : "bad shares");
        }
    } else if (votes.release >= cluster.quorum()) {
        text += why_not_had(cluster, report);
    } else if (votes.cast == 0) {
        text += "No vote arrived in time.";
    } else {
        text += why_withheld(cluster, votes.most_given(), decided.level);
        if (votes.cast < cluster.lieutenants) {
            text += fmt::format(" {} never voted.",
                                counted(cluster.lieutenants - votes.cast, "lieutenant"));
        }
    }
    if (!released && run.is_signed()) {
        text += about_withheld_signed(run, round, *last);
    }
    if (in_round < round.closed->truths.size()) {
        text += ' ' + judged(run, round, round.closed->truths[in_round]);
    }
    return text;
}

} // namespace byzgate
