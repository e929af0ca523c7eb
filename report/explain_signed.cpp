#include "report/explain_signed.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace byzgate {

namespace {

const evidence* find_in(const std::vector<evidence_ptr>& proofs, server_id against) {
    for (const auto& proof : proofs) {
        if (proof && proof->commander() == against) {
            return proof.get();
        }
    }
    return nullptr;
}

/// Where the round shows what convicts that commander; null if it doesn't.
const evidence* proof_against(const round_analysis& round, server_id commander) {
    for (const auto& level : round.levels) {
        if (const auto* found = find_in(level.request->proofs, commander)) {
            return found;
        }
        for (const auto* cast : level.votes) {
            std::vector<evidence_ptr> shown;
            for (std::size_t i = 0; cast != nullptr && i < cast->accusations.size(); ++i) {
                shown.push_back(cast->accusations[i].proof);
            }
            if (const auto* found = find_in(shown, commander)) {
                return found;
            }
        }
    }
    return nullptr;
}

/// What two claims say, as far as they differ.
std::pair<std::string, std::string> words_of(const claim& a, const claim& b) {
    if (a.is_present() && b.is_present() && a.says != b.says) {
        return {std::string{to_string(a.says)}, std::string{to_string(b.says)}};
    }
    return {describe(a), describe(b)};
}

std::string place(round_id where, level_number level, round_id here) {
    const auto sub = level > 0 ? fmt::format("sub-round {} of ", level) : std::string{};
    return where == here ? sub + "this round" : fmt::format("{}round {}", sub, number_of(where));
}

std::string lie_of(const evidence& found, round_id here) {
    const auto& a = found.first;
    const auto& b = found.second;
    const auto [one, other] = words_of(a.what, b.what);
    const auto who = to_string(found.commander());
    const auto where = place(a.round, a.level, here);
    if (a.round == b.round && a.level == b.level) {
        // Which one its finder had first says nothing.
        const auto& [second, first] = std::minmax(one, other);
        const auto preposition = a.round == here ? "for" : "in";
        return a.record == b.record && one != other
                   ? fmt::format("{} signed both {} and {} {} {}", who, first, second, preposition,
                                 where)
                   : fmt::format("{} signed two different batches {} {}", who, preposition, where);
    }
    return fmt::format("{} signed {} in {}, and {} in {}", who, one, where, other,
                       place(b.round, b.level, here));
}

/// Whether any lieutenant took anything that the commander signed.
bool has_spoken(const level_analysis& level, std::size_t asked) {
    return std::any_of(level.accepted.begin(), level.accepted.end(),
                       [&](const auto& of_lieutenant) { return !of_lieutenant[asked].empty(); });
}

} // namespace

std::vector<server_id> convicted_by_evidence(const round_analysis& round,
                                             const level_analysis& last) {
    auto convicted = last.request->convicted;
    for (const auto& level : round.levels) {
        for (std::size_t j = 0; level.number <= last.number && j < level.caught.size(); ++j) {
            for (const auto x : level.caught[j]) {
                convicted.push_back(commander_id(x));
            }
        }
    }
    std::sort(convicted.begin(), convicted.end());
    convicted.erase(std::unique(convicted.begin(), convicted.end()), convicted.end());
    return convicted;
}

std::string proved_lies(const run_analysis& run, const round_analysis& round,
                        const std::vector<server_id>& convicted) {
    std::string text;
    for (const auto commander : convicted) {
        text += text.empty() ? "" : " ";
        const auto* found = proof_against(round, commander);
        text += found != nullptr ? lie_of(*found, round.round) + ": proved by two signatures."
                                 : to_string(commander) + " is convicted.";
        if (!run.is_faulty(commander, round.round) && !run.is_faulty(commander, round_id{1})) {
            text += " Nobody told it to lie: its key must be in other hands.";
        }
    }
    return text;
}

std::string why_released_signed(const run_analysis& run, const round_analysis& round,
                                const std::vector<server_id>& convicted) {
    const auto fc = run.run().header.cluster.tolerate.commanders;
    const auto needed = fc + 1 - std::min<std::size_t>(fc, convicted.size());
    return proved_lies(run, round, convicted)
           + fmt::format(" So {} of the others {} enough.",
                         needed == 1 ? std::string{"one"} : std::to_string(needed),
                         needed == 1 ? "is" : "are");
}

std::string about_withheld_signed(const run_analysis& run, const round_analysis& round,
                                  const level_analysis& last) {
    std::string text;
    if (const auto lies = proved_lies(run, round, convicted_by_evidence(round, last));
        !lies.empty()) {
        text += ' ' + lies;
    }
    bool any_silent = false;
    for (std::size_t asked = 0; last.computed && asked < last.asked.size(); ++asked) {
        if (!has_spoken(last, asked)) {
            text += fmt::format(" {} signed nothing that arrived.",
                                to_string(commander_id(last.asked[asked])));
            any_silent = true;
        }
    }
    if (any_silent) {
        text += " Silence is no proof: nobody else can tell it from messages that were late or "
                "lost.";
    }
    return text;
}

} // namespace byzgate
