#include "naive_signed.hpp"

#include <algorithm>
#include <functional>

namespace naive {

namespace {

bool lies(const setting& s, server who) {
    return s.byzantine.count(who) > 0;
}

bool is_on(const path& along, server who) {
    return std::find(along.begin(), along.end(), who) != along.end();
}

bool all_lie(const setting& s, const path& along) {
    return std::all_of(along.begin(), along.end(), [&](server who) { return lies(s, who); });
}

word truth(const setting& s) {
    return s.is_public ? 'p' : 'c';
}

/// One relay phase more in each sub-round.
int depth_of(const setting& s, int level) {
    return std::min(s.depth + level, s.lieutenants);
}

std::vector<server> lieutenants_of(const setting& s) {
    std::vector<server> all;
    for (server q = -1; q >= -s.lieutenants; --q) {
        all.push_back(q);
    }
    return all;
}

/// Every path of one commander and `relays` distinct lieutenants.
std::vector<path> paths_of(const setting& s, server commander, int relays) {
    if (relays == 0) {
        return {{commander}};
    }
    std::vector<path> longer;
    for (const auto& along : paths_of(s, commander, relays - 1)) {
        for (const auto q : lieutenants_of(s)) {
            if (!is_on(along, q)) {
                longer.push_back(along);
                longer.back().push_back(q);
            }
        }
    }
    return longer;
}

/// Section 6: everything that a Byzantine server owes a loyal lieutenant.
std::vector<message> owed(const setting& s) {
    std::vector<message> all;
    for (int level = 0; level <= s.recursion; ++level) {
        for (server x = 1; x <= s.commanders; ++x) {
            for (int phase = 0; phase <= depth_of(s, level); ++phase) {
                for (const auto& along : paths_of(s, x, phase)) {
                    for (const auto to : lieutenants_of(s)) {
                        if (lies(s, along.back()) && !lies(s, to) && !is_on(along, to)) {
                            all.emplace_back(level, along, to);
                        }
                    }
                }
            }
        }
    }
    return all;
}

/// A value with the signatures that it came with.
using accepted = std::map<word, path>;
/// What was said along a path to somebody in one phase.
using sent = std::map<std::pair<path, server>, word>;

/// What the last server on the path signs and sends to `to`, given what it was sent itself.
word speak(const setting& s, const strategy& said, int level, const path& along, server to,
           const sent& before, const std::map<server, accepted>& fresh) {
    const auto speaker = along.back();
    if (lies(s, speaker) && !lies(s, to) && all_lie(s, along)) {
        return said.at({level, along, to});
    }
    if (speaker > 0) {
        return truth(s);
    }
    path heard_along = along;
    heard_along.pop_back();
    if (!lies(s, speaker)) {
        // It relays what it accepted in the last phase, under the signatures that it came with.
        for (const auto& [value, signatures] : fresh.at(speaker)) {
            if (signatures == heard_along) {
                return value;
            }
        }
        return 's';
    }
    // It can forge nobody's signature: it shows what it was sent, or nothing.
    const auto can_show = before.at({heard_along, speaker});
    return lies(s, to) || said.at({level, along, to}) == whatever_it_can ? can_show : 's';
}

/// SM(m) for one commander: the values that each lieutenant has accepted in the end.
std::map<server, accepted> exchange(const setting& s, const strategy& said, int level, server x) {
    std::map<server, accepted> all;
    std::map<server, accepted> fresh;
    sent before;
    for (int phase = 0; phase <= depth_of(s, level); ++phase) {
        sent now;
        std::map<server, accepted> newly;
        for (const auto q : lieutenants_of(s)) {
            newly[q];
        }
        for (const auto& along : paths_of(s, x, phase)) {
            for (const auto to : lieutenants_of(s)) {
                if (is_on(along, to)) {
                    continue;
                }
                const auto value = speak(s, said, level, along, to, before, fresh);
                now[{along, to}] = value;
                if (value != 's' && all[to].emplace(value, along).second) {
                    newly[to].emplace(value, along);
                }
            }
        }
        before = now;
        fresh = newly;
    }
    return all;
}

struct memory {
    std::set<server> convicted;
    std::map<server, std::set<word>> seen; ///< by commander, in all levels
};

/// Section 3 for one lieutenant that has just closed a level with these values.
std::string decide(const setting& s, memory& kept, const std::map<server, word>& values,
                   bool& framed) {
    int c = 0;
    int is_public = 0;
    int is_not = 0;
    for (server x = 1; x <= s.commanders; ++x) {
        if (kept.seen[x].size() == 2 && kept.convicted.insert(x).second) {
            framed = framed || !lies(s, x);
        }
        if (kept.convicted.count(x) > 0) {
            ++c;
        } else if (values.at(x) == 'p') {
            ++is_public;
        } else {
            ++is_not;
        }
    }
    const int needed = s.fc - c + 1;
    if (c > s.fc) {
        return "withhold";
    }
    if (is_public >= needed) {
        return "release";
    }
    return is_public == 0 || is_not == 0 || is_not >= needed ? "withhold" : "unresolved";
}

/// IC1 and IC2.
void judge(const setting& s, const std::map<server, std::map<server, word>>& values, outcome& o) {
    for (server x = 1; x <= s.commanders; ++x) {
        std::set<word> seen;
        for (const auto& [me, of] : values) {
            seen.insert(of.at(x));
        }
        o.ic1 = o.ic1 || seen.size() > 1;
        seen.erase(truth(s));
        o.ic2 = o.ic2 || (!lies(s, x) && !seen.empty());
    }
}

} // namespace

outcome play_signed(const setting& s, const strategy& said) {
    outcome o;
    std::map<server, memory> kept;
    bool released = false;
    const int quorum = std::max(s.lieutenants / 2 + 1, s.fl + 1);
    for (int level = 0; level <= s.recursion; ++level) {
        std::map<server, std::map<server, accepted>> by_commander;
        for (server x = 1; x <= s.commanders; ++x) {
            by_commander[x] = exchange(s, said, level, x);
        }
        std::map<server, std::map<server, word>> values;
        auto& votes = o.votes.emplace_back();
        int release = 0;
        int unresolved = 0;
        for (const auto me : lieutenants_of(s)) {
            if (lies(s, me)) {
                release += s.is_public ? 0 : 1;
                continue;
            }
            for (auto& [x, all] : by_commander) {
                const auto& mine = all[me];
                values[me][x] = mine.size() == 1 ? mine.begin()->first : 's';
                for (const auto& [value, signatures] : mine) {
                    kept[me].seen[x].insert(value);
                }
            }
            votes[me] = decide(s, kept[me], values[me], o.frame);
            release += votes[me] == "release" ? 1 : 0;
            unresolved += votes[me] == "unresolved" ? 1 : 0;
        }
        judge(s, values, o);
        std::set<bool> opinions;
        for (const auto& [me, vote] : votes) {
            opinions.insert(vote == "release");
        }
        o.disagree = o.disagree || opinions.size() > 1;
        released = release >= quorum;
        if (released || unresolved < s.fl + 1) {
            break;
        }
    }
    o.leak = released && !s.is_public;
    o.deny = !released && s.is_public;
    return o;
}

std::vector<message> restricted_of(const setting& s) {
    std::vector<message> all;
    for (const auto& one : owed(s)) {
        if (!all_lie(s, std::get<1>(one))) {
            all.push_back(one);
        }
    }
    return all;
}

int deviations_signed(const setting& s, const strategy& said) {
    return static_cast<int>(std::count_if(said.begin(), said.end(), [&](const auto& one) {
        return one.second != truth(s) && one.second != whatever_it_can;
    }));
}

tally enumerate_signed(const setting& s) {
    tally t;
    const auto messages = owed(s);
    strategy said;
    const auto note = [&](bool broken, std::uint64_t& counter, const char* name, int deviating) {
        if (broken) {
            ++counter;
            const auto best = t.fewest.emplace(name, deviating).first;
            best->second = std::min(best->second, deviating);
        }
    };
    const std::function<void(std::size_t)> choose = [&](std::size_t next) {
        if (next < messages.size()) {
            std::vector<word> options{'p', 'c'};
            if (!all_lie(s, std::get<1>(messages[next]))) {
                options = {whatever_it_can};
            }
            if (s.values == 3) {
                options.push_back('s');
            }
            for (const auto value : options) {
                said[messages[next]] = value;
                choose(next + 1);
            }
            return;
        }
        ++t.strategies;
        const auto o = play_signed(s, said);
        const auto deviating = deviations_signed(s, said);
        note(o.leak, t.leaks, "leak", deviating);
        note(o.deny, t.denials, "denial", deviating);
        note(o.disagree, t.disagreements, "disagreement", deviating);
        note(o.frame, t.framings, "framing", deviating);
        note(o.ic1, t.ic1, "agreement", deviating);
        note(o.ic2, t.ic2, "validity", deviating);
    };
    choose(0);
    return t;
}

} // namespace naive
