// The voting half of `liar`.
#include <algorithm>

#include "behaviors/liar.hpp"

namespace byzgate {

bool liar::edit_vote(vote& cast) {
    const auto choice = plan_.choice;
    if (choice == vote_choice::silent) {
        return false;
    }
    auto* level = memory_.find(cast.round, cast.level);
    if (level == nullptr || !level->records || !cast.verdicts) {
        return true;
    }
    std::vector<verdict> verdicts; // empty until one is a lie
    for (std::uint32_t i = 0; i < cast.verdicts->size(); ++i) {
        const auto how = votes(cast.round, cast.level, i);
        if (how == vote_choice::loyal) {
            continue;
        }
        if (verdicts.empty()) {
            verdicts = *cast.verdicts;
        }
        verdicts[i] = verdict_for(how, *level, i);
    }
    if (!verdicts.empty()) {
        cast.verdicts = std::make_shared<const std::vector<verdict>>(std::move(verdicts));
        cast.accusations.clear(); // they would only help
        level->cast = cast.verdicts;
    }
    accuse_falsely(cast, *level);
    return true;
}

verdict liar::verdict_for(vote_choice choice, const level_memory& level,
                          std::size_t position) const {
    // Released versions must match to count together, so vote for what a public claim is about if
    // there is one: that is what deceived lieutenants vote for.
    const claim* said_public = nullptr;
    auto said_otherwise = false;
    for (const auto& claims : level.claims) {
        if (claims && position < claims->size()) {
            const auto& heard = (*claims)[position];
            if (!heard.says_public()) {
                said_otherwise = true;
            } else if (said_public == nullptr) {
                said_public = &heard;
            }
        }
    }
    // A lieutenant has no database: confidential, as far as it can tell, is what some commander
    // doesn't call public.
    const auto confidential = said_otherwise || said_public == nullptr;
    if (choice == vote_choice::release || (choice == vote_choice::harm && confidential)) {
        const auto about =
            said_public != nullptr ? *said_public : content(level, commander_id(0), position);
        return {decision::release, reason::enough_public, about.version, about.payload_digest};
    }
    if (choice == vote_choice::unresolved) {
        return {decision::unresolved, reason::commanders_differ, {}, {}};
    }
    return {decision::withhold, reason::not_public, {}, {}};
}

void liar::accuse_falsely(vote& cast, const level_memory& level) const {
    if (plan_.accuse.empty()) {
        return;
    }
    std::vector<server_id> witnesses;
    for (std::uint32_t i = 0; i < at_.cluster.reporters_for_good() && i < at_.cluster.lieutenants;
         ++i) {
        witnesses.push_back(lieutenant_id(i));
    }
    for (const auto commander : plan_.accuse) {
        // In a signed cluster one accusation a commander is all that is looked at.
        const auto about = at_.cluster.is_signed() ? std::size_t{1} : cast.verdicts->size();
        for (std::uint32_t i = 0; i < about; ++i) {
            const auto same = [&](const accusation& a) {
                return a.commander == commander && a.position == i;
            };
            if (std::any_of(cast.accusations.begin(), cast.accusations.end(), same)) {
                continue;
            }
            const auto first = content(level, commander, i);
            auto second = first;
            second.says = opposite(first.says);
            cast.accusations.push_back(
                {commander, i, true, {first, witnesses}, {second, witnesses}});
        }
    }
}

} // namespace byzgate
