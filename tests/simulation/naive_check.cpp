#include "naive_check.hpp"

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

path extended(path along, server by) {
    along.push_back(by);
    return along;
}

word truth(const setting& s) {
    return s.is_public ? 'p' : 'c';
}

/// Section 6: each Byzantine commander to each loyal lieutenant, and each relay that a Byzantine
/// lieutenant owes a loyal one.
std::vector<message> owed(const setting& s) {
    std::vector<message> all;
    const std::function<void(int, const path&)> walk = [&](int level, const path& along) {
        for (server to = -1; to >= -s.lieutenants; --to) {
            if (lies(s, along.back()) && !lies(s, to) && !is_on(along, to)) {
                all.emplace_back(level, along, to);
            }
        }
        if (static_cast<int>(along.size()) <= s.depth) {
            for (server next = -1; next >= -s.lieutenants; --next) {
                if (!is_on(along, next)) {
                    walk(level, extended(along, next));
                }
            }
        }
    };
    for (int level = 0; level <= s.recursion; ++level) {
        for (server x = 1; x <= s.commanders; ++x) {
            walk(level, {x});
        }
    }
    return all;
}

/// What the last server on the path says to `to`, which is loyal.
word heard(const setting& s, const strategy& said, int level, path along, server to) {
    const auto speaker = along.back();
    if (lies(s, speaker)) {
        return said.at({level, along, to});
    }
    if (speaker > 0) {
        return truth(s);
    }
    along.pop_back();
    return heard(s, said, level, along, speaker);
}

/// OM(m) of Lamport, Shostak and Pease: "nothing" for the lack of a strict majority.
word resolve(const setting& s, const strategy& said, int level, const path& along, server me) {
    const auto own = heard(s, said, level, along, me);
    if (static_cast<int>(along.size()) == s.depth + 1) {
        return own;
    }
    std::map<word, int> count;
    int all = 1;
    ++count[own];
    for (server other = -1; other >= -s.lieutenants; --other) {
        if (other != me && !is_on(along, other)) {
            ++count[resolve(s, said, level, extended(along, other), me)];
            ++all;
        }
    }
    for (const auto& [value, votes] : count) {
        if (value != 's' && 2 * votes > all) {
            return value;
        }
    }
    return 's';
}

/// What one lieutenant keeps over the levels of a round.
struct memory {
    std::set<server> convicted;
    std::map<server, std::map<word, std::set<server>>> reporters; ///< by commander and claim
};

/// Section 3, steps 1 to 5, for one lieutenant that just closed a level with these values.
std::string decide(const setting& s, server me, memory& kept, const std::map<server, word>& values,
                   bool& framed) {
    const auto left = [&] {
        std::vector<server> unconvicted;
        for (server x = 1; x <= s.commanders; ++x) {
            if (kept.convicted.count(x) == 0) {
                unconvicted.push_back(x);
            }
        }
        return unconvicted;
    };
    const auto public_among = [&](const std::vector<server>& among) {
        return static_cast<int>(std::count_if(among.begin(), among.end(),
                                              [&](server x) { return values.at(x) == 'p'; }));
    };
    auto among = left();
    const auto all_same = [&] {
        return public_among(among) == 0 || public_among(among) == static_cast<int>(among.size());
    };
    if (!all_same()) {
        const auto threshold =
            static_cast<std::size_t>(std::max(1, std::min(s.fl, s.total - 1) + 1));
        for (const auto x : among) {
            auto& by = kept.reporters[x];
            const bool told_me_both = by['p'].count(me) > 0 && by['c'].count(me) > 0;
            if (told_me_both || (by['p'].size() >= threshold && by['c'].size() >= threshold)) {
                kept.convicted.insert(x);
                framed = framed || !lies(s, x);
            }
        }
        among = left();
    }
    const int c = static_cast<int>(kept.convicted.size());
    if (c > s.fc) {
        return "withhold";
    }
    const int needed = s.fc - c + 1;
    const int is_public = public_among(among);
    if (is_public >= needed) {
        return "release";
    }
    if (all_same() || static_cast<int>(among.size()) - is_public >= needed) {
        return "withhold";
    }
    return "unresolved";
}

/// IC1 and IC2 over the values of all loyal lieutenants.
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

outcome play(const setting& s, const strategy& said) {
    outcome o;
    std::map<server, memory> kept;
    bool released = false;
    const int quorum = std::max(s.lieutenants / 2 + 1, s.fl + 1);
    for (int level = 0; level <= s.recursion; ++level) {
        std::map<server, std::map<server, word>> values;
        auto& votes = o.votes.emplace_back();
        int release = 0;
        int unresolved = 0;
        for (server me = -1; me >= -s.lieutenants; --me) {
            if (lies(s, me)) {
                release += s.is_public ? 0 : 1;
                continue;
            }
            for (server x = 1; x <= s.commanders; ++x) {
                values[me][x] = resolve(s, said, level, {x}, me);
                kept[me].reporters[x][heard(s, said, level, {x}, me)].insert(me);
                for (server j = -1; j >= -s.lieutenants && s.depth > 0; --j) {
                    if (j != me) {
                        kept[me].reporters[x][heard(s, said, level, {x, j}, me)].insert(j);
                    }
                }
            }
            votes[me] = decide(s, me, kept[me], values[me], o.frame);
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

int deviations(const setting& s, const strategy& said) {
    // Whoever does not lie to `to` passes on what it heard itself; liars do not lie to liars.
    const std::function<word(int, path, server)> passed_on = [&](int level, path along, server to) {
        const auto speaker = along.back();
        if (lies(s, speaker) && !lies(s, to)) {
            return said.at({level, along, to});
        }
        along.pop_back();
        return along.empty() ? truth(s) : passed_on(level, along, speaker);
    };
    int count = 0;
    for (const auto& [about, value] : said) {
        auto [level, along, to] = about;
        const auto speaker = along.back();
        along.pop_back();
        const auto loyal = along.empty() ? truth(s) : passed_on(level, along, speaker);
        count += value != loyal ? 1 : 0;
    }
    return count;
}

tally enumerate(const setting& s) {
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
            for (const word value : {'p', 'c', 's'}) {
                if (value != 's' || s.values == 3) {
                    said[messages[next]] = value;
                    choose(next + 1);
                }
            }
            return;
        }
        ++t.strategies;
        const auto o = play(s, said);
        const auto deviating = deviations(s, said);
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
