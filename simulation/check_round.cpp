#include "simulation/check_round.hpp"

#include <algorithm>
#include <utility>

#include "protocol/assert.hpp"
#include "simulation/check_oral.hpp"
#include "simulation/check_signed.hpp"

namespace byzgate {

bool check_scene::is_byzantine(server_id id) const {
    return std::find(byzantine.begin(), byzantine.end(), id) != byzantine.end();
}

std::uint32_t check_scene::byzantine_commanders() const {
    return static_cast<std::uint32_t>(
        std::count_if(byzantine.begin(), byzantine.end(), is_commander));
}

std::uint32_t check_scene::byzantine_lieutenants() const {
    return static_cast<std::uint32_t>(byzantine.size()) - byzantine_commanders();
}

std::vector<std::uint32_t> check_scene::loyal_lieutenants() const {
    std::vector<std::uint32_t> loyal;
    for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
        if (!is_byzantine(lieutenant_id(i))) {
            loyal.push_back(i);
        }
    }
    return loyal;
}

round_builder::round_builder(const check_scene& scene, std::vector<choice> choices)
    : scene_(scene), loyal_(scene.loyal_lieutenants()) {
    made_.choices = std::move(choices);
    made_.loyal.resize(made_.choices.size());
    made_.says.resize(made_.choices.size());
    for (std::uint32_t i = 0; i < made_.choices.size(); ++i) {
        const auto& c = made_.choices[i];
        index_.emplace(std::tuple{c.level, c.path, c.to}, i);
    }
    known_.assign(loyal_.size(), std::vector<knowledge>(scene.cluster.commanders));
}

planes round_builder::constant(told t) {
    return {t == told::public_ ? always : never, t == told::confidential ? always : never};
}

planes round_builder::either(const planes& a, const planes& b) {
    return {gates().or_(a.is_public, b.is_public),
            gates().or_(a.is_confidential, b.is_confidential)};
}

literal round_builder::differ(const planes& a, const planes& b) {
    return gates().or_(gates().xor_(a.is_public, b.is_public),
                       gates().xor_(a.is_confidential, b.is_confidential));
}

planes round_builder::deviate(const planes& loyal, std::uint32_t choice) {
    auto& g = gates();
    const auto by_one = g.chosen(choice, 1);
    if (scene_.values == 2) {
        // Without silence every message says one of two things.
        BYZGATE_ASSERT(loyal.is_confidential == !loyal.is_public);
        const auto is_public = g.xor_(loyal.is_public, by_one);
        return {is_public, !is_public};
    }
    const auto by_two = g.chosen(choice, 2);
    const auto by_none = g.and_(!by_one, !by_two);
    const auto silent = g.and_(!loyal.is_public, !loyal.is_confidential);
    const auto turned = [&](literal stays, literal before, literal before_that) {
        return g.or_(g.and_(stays, by_none),
                     g.or_(g.and_(before, by_one), g.and_(before_that, by_two)));
    };
    return {turned(loyal.is_public, silent, loyal.is_confidential),
            turned(loyal.is_confidential, loyal.is_public, silent)};
}

planes round_builder::said(const std::vector<server_id>& along, server_id to, const planes& loyal) {
    const auto choice = index_.at({level_, along, to});
    made_.loyal[choice] = loyal;
    made_.says[choice] = deviate(loyal, choice);
    return made_.says[choice];
}

/// No value compares as confidential.
literal round_builder::commanders_differ(const std::vector<knowledge>& of) {
    std::vector<literal> is_public;
    std::vector<literal> is_not;
    for (const auto& x : of) {
        is_public.push_back(gates().and_(!x.convicted, x.value.is_public));
        is_not.push_back(gates().and_(!x.convicted, !x.value.is_public));
    }
    return gates().and_(any(is_public), any(is_not));
}

voted round_builder::rule(std::vector<knowledge>& of, literal open) {
    auto& g = gates();
    const auto budget = static_cast<std::int64_t>(scene_.cluster.tolerate.commanders);
    const auto they_differ = commanders_differ(of);
    auto after = of;
    std::vector<literal> convicted;
    std::vector<literal> for_release;
    std::vector<literal> against;
    for (std::uint32_t x = 0; x < of.size(); ++x) {
        const auto is_new = g.and_(!of[x].convicted, convicts(of[x], they_differ));
        after[x].convicted = g.or_(of[x].convicted, is_new);
        if (!scene_.is_byzantine(commander_id(x))) {
            framings_.push_back(g.and_(open, is_new));
        }
        convicted.push_back(after[x].convicted);
        // At least fc-c+1 unconvicted ones say so iff, with the c convicted ones, fc+1 do.
        for_release.push_back(g.or_(after[x].convicted, of[x].value.is_public));
        against.push_back(g.or_(after[x].convicted, !of[x].value.is_public));
    }
    const auto within = !g.at_least(convicted, budget + 1);
    const auto release = g.and_(within, g.at_least(for_release, budget + 1));
    const auto unsure = g.and_(!g.at_least(against, budget + 1), commanders_differ(after));
    for (std::uint32_t x = 0; x < of.size(); ++x) {
        of[x].convicted = g.or_(of[x].convicted, g.and_(open, after[x].convicted));
    }
    return {release, g.and_(g.and_(within, !release), unsure)};
}

void round_builder::judge_values(literal open) {
    for (std::uint32_t x = 0; x < scene_.cluster.commanders; ++x) {
        const bool lies = scene_.is_byzantine(commander_id(x));
        for (const auto& lieutenant : known_) {
            const auto apart = gates().and_(open, differ(lieutenant[x].value, known_[0][x].value));
            (lies ? agreement_byzantine_ : agreement_loyal_).push_back(apart);
            if (!lies) {
                validity_.push_back(gates().and_(
                    open, differ(lieutenant[x].value, constant(told_of(scene_.truth)))));
            }
        }
    }
}

void round_builder::judge_votes(const played_level& level) {
    std::vector<literal> release;
    std::vector<literal> not_release;
    std::vector<literal> unresolved;
    for (const auto& v : level.votes) {
        release.push_back(v.release);
        not_release.push_back(!v.release);
        unresolved.push_back(v.unresolved);
    }
    disagreements_.push_back(
        gates().and_(level.open, gates().and_(any(release), any(not_release))));

    // What harms most: liars vote for release of what is confidential, and of nothing else.
    const std::int64_t lies =
        scene_.truth == flag::confidential ? scene_.byzantine_lieutenants() : 0;
    const auto quorum = gates().at_least(release, scene_.cluster.quorum() - lies);
    passed_ = gates().or_(passed_, gates().and_(level.open, quorum));
    const auto unsure = gates().at_least(unresolved, scene_.cluster.tolerate.lieutenants + 1);
    next_open_ = gates().and_(level.open, gates().and_(!quorum, unsure));
}

void round_builder::play(level_number level) {
    level_ = level;
    learn();
    played_level played{next_open_, {}};
    for (auto& lieutenant : known_) {
        played.votes.push_back(rule(lieutenant, played.open));
    }
    judge_values(played.open);
    judge_votes(played);
    made_.levels.push_back(std::move(played));
}

void round_builder::finish() {
    const bool is_public = scene_.truth == flag::public_;
    made_.leaks = is_public ? never : passed_;
    made_.denials = is_public ? !passed_ : never;
    made_.disagreements = any(disagreements_);
    made_.framings = any(framings_);
    made_.agreement_violations_byzantine = any(agreement_byzantine_);
    made_.agreement_violations =
        gates().or_(any(agreement_loyal_), made_.agreement_violations_byzantine);
    made_.validity_violations = any(validity_);
    auto rightly_convicted = scene_.byzantine_commanders() > 0 ? always : never;
    for (const auto& lieutenant : known_) {
        for (std::uint32_t x = 0; x < lieutenant.size(); ++x) {
            const bool lies = scene_.is_byzantine(commander_id(x));
            const auto convicted = lieutenant[x].convicted;
            rightly_convicted = gates().and_(rightly_convicted, lies ? convicted : !convicted);
        }
    }
    made_.denials_convicted = gates().and_(made_.denials, rightly_convicted);
}

check_circuit round_builder::build() {
    for (level_number level = 0; level <= scene_.recursion; ++level) {
        play(level);
    }
    finish();
    return std::move(made_);
}

check_circuit make_check_circuit(const check_scene& scene) {
    return scene.cluster.protocol == protocol_kind::oral ? make_oral_circuit(scene)
                                                         : make_signed_circuit(scene);
}

} // namespace byzgate
