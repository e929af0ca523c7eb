#include "simulation/check_oral.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "protocol/assert.hpp"

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

namespace {

using path = std::vector<server_id>;

/// What one loyal lieutenant knows about one commander, over the levels played so far.
struct knowledge {
    literal convicted = never;
    planes value;                 ///< F_X of the current level
    planes received;              ///< ever, by own receipt; both planes may be true
    std::vector<planes> reported; ///< ever, by reporting lieutenant; both planes may be true
};

class oral_builder {
public:
    explicit oral_builder(const check_scene& scene);

    void play(level_number level);
    [[nodiscard]] check_circuit finish();

private:
    [[nodiscard]] circuit& gates() { return made_.gates; }
    [[nodiscard]] literal any(const std::vector<literal>& of) { return gates().at_least(of, 1); }
    [[nodiscard]] literal differ(const planes& a, const planes& b);
    [[nodiscard]] planes deviate(const planes& loyal, std::uint32_t choice);
    [[nodiscard]] planes majority(const std::vector<planes>& of);

    /// What the lieutenant heard along `along`, whose last server said it.
    [[nodiscard]] planes heard(path& along, server_id by);
    [[nodiscard]] planes resolve(path& along, server_id by);

    void learn(std::uint32_t lieutenant, std::vector<knowledge>& of);
    [[nodiscard]] literal inconsistent(const knowledge& of);
    [[nodiscard]] literal commanders_differ(const std::vector<knowledge>& of);
    [[nodiscard]] voted rule(std::vector<knowledge>& of, literal open);
    void judge_values(literal open);
    void judge_votes(const played_level& level);

    const check_scene& scene_;
    std::vector<std::uint32_t> loyal_;
    level_number level_ = 0;
    literal next_open_ = always;
    literal passed_ = never;
    std::map<std::tuple<level_number, path, server_id>, std::uint32_t> index_;
    std::vector<std::vector<knowledge>> known_; ///< by loyal lieutenant, by commander
    std::vector<literal> disagreements_;
    std::vector<literal> framings_;
    std::vector<literal> agreement_loyal_;
    std::vector<literal> agreement_byzantine_;
    std::vector<literal> validity_;
    check_circuit made_;
};

planes constant(told t) {
    return {t == told::public_ ? always : never, t == told::confidential ? always : never};
}

oral_builder::oral_builder(const check_scene& scene)
    : scene_(scene), loyal_(scene.loyal_lieutenants()) {
    made_.choices = oral_choices(scene.cluster, scene.byzantine, scene.recursion);
    made_.loyal.resize(made_.choices.size());
    made_.says.resize(made_.choices.size());
    for (std::uint32_t i = 0; i < made_.choices.size(); ++i) {
        const auto& c = made_.choices[i];
        index_.emplace(std::tuple{c.level, c.path, c.to}, i);
    }
    known_.assign(loyal_.size(), std::vector<knowledge>(scene.cluster.commanders));
    for (auto& lieutenant : known_) {
        for (auto& of : lieutenant) {
            of.reported.resize(scene.cluster.lieutenants);
        }
    }
}

literal oral_builder::differ(const planes& a, const planes& b) {
    return gates().or_(gates().xor_(a.is_public, b.is_public),
                       gates().xor_(a.is_confidential, b.is_confidential));
}

planes oral_builder::deviate(const planes& loyal, std::uint32_t choice) {
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

planes oral_builder::majority(const std::vector<planes>& of) {
    std::vector<literal> is_public;
    std::vector<literal> is_confidential;
    bool never_silent = true;
    for (const auto& value : of) {
        is_public.push_back(value.is_public);
        is_confidential.push_back(value.is_confidential);
        never_silent = never_silent && value.is_confidential == !value.is_public;
    }
    const auto all = static_cast<std::int64_t>(of.size());
    const auto most = all / 2 + 1;
    if (never_silent) {
        return {gates().at_least(is_public, most), !gates().at_least(is_public, all - most + 1)};
    }
    return {gates().at_least(is_public, most), gates().at_least(is_confidential, most)};
}

planes oral_builder::heard(path& along, server_id by) {
    const auto speaker = along.back();
    planes loyal;
    if (is_commander(speaker)) {
        loyal = constant(told_of(scene_.truth));
    } else {
        along.pop_back();
        loyal = heard(along, speaker);
        along.push_back(speaker);
    }
    if (!scene_.is_byzantine(speaker) || scene_.is_byzantine(by)) {
        return loyal;
    }
    const auto choice = index_.at({level_, along, by});
    made_.loyal[choice] = loyal;
    made_.says[choice] = deviate(loyal, choice);
    return made_.says[choice];
}

planes oral_builder::resolve(path& along, server_id by) {
    const auto own = heard(along, by);
    if (along.size() == scene_.cluster.depth + 1) {
        return own;
    }
    std::vector<planes> values{own};
    for (std::uint32_t q = 0; q < scene_.cluster.lieutenants; ++q) {
        const auto next = lieutenant_id(q);
        if (next != by && std::find(along.begin(), along.end(), next) == along.end()) {
            along.push_back(next);
            values.push_back(resolve(along, by));
            along.pop_back();
        }
    }
    return majority(values);
}

void oral_builder::learn(std::uint32_t lieutenant, std::vector<knowledge>& of) {
    const auto by = lieutenant_id(lieutenant);
    const auto add = [&](planes& ever, const planes& now) {
        ever = {gates().or_(ever.is_public, now.is_public),
                gates().or_(ever.is_confidential, now.is_confidential)};
    };
    for (std::uint32_t x = 0; x < scene_.cluster.commanders; ++x) {
        path along{commander_id(x)};
        of[x].value = resolve(along, by);
        add(of[x].received, heard(along, by));
        of[x].reported[lieutenant] = of[x].received;
        for (std::uint32_t q = 0; q < scene_.cluster.lieutenants; ++q) {
            if (q != lieutenant && scene_.cluster.depth >= 1) {
                along.push_back(lieutenant_id(q));
                add(of[x].reported[q], heard(along, by));
                along.pop_back();
            }
        }
    }
}

literal oral_builder::inconsistent(const knowledge& of) {
    // There is one version, so the values are comparable; reports of all levels count, those of
    // the current one among them.
    const auto enough = scene_.cluster.reporters_when_comparable();
    std::vector<literal> say_public;
    std::vector<literal> say_confidential;
    for (const auto& by : of.reported) {
        say_public.push_back(by.is_public);
        say_confidential.push_back(by.is_confidential);
    }
    return gates().or_(gates().and_(of.received.is_public, of.received.is_confidential),
                       gates().and_(gates().at_least(say_public, enough),
                                    gates().at_least(say_confidential, enough)));
}

/// No value compares as confidential.
literal oral_builder::commanders_differ(const std::vector<knowledge>& of) {
    std::vector<literal> is_public;
    std::vector<literal> is_not;
    for (const auto& x : of) {
        is_public.push_back(gates().and_(!x.convicted, x.value.is_public));
        is_not.push_back(gates().and_(!x.convicted, !x.value.is_public));
    }
    return gates().and_(any(is_public), any(is_not));
}

voted oral_builder::rule(std::vector<knowledge>& of, literal open) {
    auto& g = gates();
    const auto budget = static_cast<std::int64_t>(scene_.cluster.tolerate.commanders);
    const auto they_differ = commanders_differ(of);
    auto after = of;
    std::vector<literal> convicted;
    std::vector<literal> for_release;
    std::vector<literal> against;
    for (std::uint32_t x = 0; x < of.size(); ++x) {
        const auto is_new = g.and_(g.and_(they_differ, !of[x].convicted), inconsistent(of[x]));
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

void oral_builder::judge_values(literal open) {
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

void oral_builder::judge_votes(const played_level& level) {
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

void oral_builder::play(level_number level) {
    level_ = level;
    played_level played{next_open_, {}};
    for (std::size_t i = 0; i < loyal_.size(); ++i) {
        learn(loyal_[i], known_[i]);
        played.votes.push_back(rule(known_[i], played.open));
    }
    judge_values(played.open);
    judge_votes(played);
    made_.levels.push_back(std::move(played));
}

check_circuit oral_builder::finish() {
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
    return std::move(made_);
}

} // namespace

check_circuit make_oral_circuit(const check_scene& scene) {
    oral_builder builder(scene);
    for (level_number level = 0; level <= scene.recursion; ++level) {
        builder.play(level);
    }
    return builder.finish();
}

} // namespace byzgate
