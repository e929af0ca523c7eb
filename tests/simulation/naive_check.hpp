/// The exhaustive check once more, as plainly as it can be written: every strategy as a table from
/// message to what is said, every majority by counting, straight from docs/protocol.md. It shares
/// no code with the checker that it is there to judge.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace naive {

/// Commanders are 1, 2, …; lieutenants -1, -2, ….
using server = int;
using path = std::vector<server>;

/// 'p' public, 'c' confidential, 's' nothing.
using word = char;

/// Level, who has spoken so far, who hears it.
using message = std::tuple<int, path, server>;
using strategy = std::map<message, word>;

struct setting {
    int commanders = 1;
    int lieutenants = 3;
    int depth = 1;
    int fc = 0;
    int fl = 1;
    int total = 1;
    std::set<server> byzantine;
    bool is_public = false;
    int values = 3;
    int recursion = 0;
};

struct outcome {
    bool leak = false;
    bool deny = false;
    bool disagree = false;
    bool frame = false;
    bool ic1 = false;
    bool ic2 = false;
    /// Per level played, per loyal lieutenant: "release", "withhold" or "unresolved".
    std::vector<std::map<server, std::string>> votes;
};

struct tally {
    std::uint64_t strategies = 0;
    std::uint64_t leaks = 0;
    std::uint64_t denials = 0;
    std::uint64_t disagreements = 0;
    std::uint64_t framings = 0;
    std::uint64_t ic1 = 0;
    std::uint64_t ic2 = 0;
    /// Fewest deviations from loyal behaviour, by "leak", "framing", "denial", ….
    std::map<std::string, int> fewest;
};

[[nodiscard]] outcome play(const setting& s, const strategy& lies);
[[nodiscard]] int deviations(const setting& s, const strategy& lies);
[[nodiscard]] tally enumerate(const setting& s);

} // namespace naive
