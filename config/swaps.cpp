#include "config/swaps.hpp"

#include <algorithm>
#include <string>

#include "config/overrides.hpp"
#include "config/parse.hpp"
#include "config/readers.hpp"

namespace byzgate {

namespace {

/// The parts between commas that stand in no brackets, braces or quotes.
std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts(1);
    int depth = 0;
    char quote = 0;
    for (const char c : text) {
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        } else if (c == ',' && depth == 0) {
            parts.emplace_back();
            continue;
        }
        parts.back() += c;
    }
    return parts;
}

} // namespace

byzantine_config parse_swap(std::string_view text, const scenario& what) {
    const auto blame = "--swap " + std::string{text};
    const auto refuse = [&](std::string message) {
        throw config_error(what.file, {{0, blame + ": " + std::move(message)}});
    };
    const auto first = text.find(':');
    const auto second = text.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) {
        refuse("write ROUND:SERVER:BEHAVIOR[,option=value], such as 10:commander-1:flipping");
    }
    const auto round = text.substr(0, first);
    if (round.find("..") != std::string_view::npos || !parse_round_range(round)) {
        refuse("the round is a whole number from 1 on");
    }
    const auto parts = parts_of(text.substr(second + 1));
    if (parts.front().empty()) {
        refuse("names no behaviour; write one after the second colon, such as flipping");
    }
    problem_log log;
    toml::table document;
    const auto put = [&](const std::string& key, const std::string& value) {
        apply_override(document, "byzantine.0." + key + "=" + value, log, blame);
    };
    put("server", std::string{text.substr(first + 1, second - first - 1)});
    put("behavior", parts.front());
    put("rounds", std::string{round} + "..");
    for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
        const auto equals = part->find('=');
        if (equals == std::string::npos) {
            refuse("after a comma stands option=value, not \"" + *part + "\"");
        }
        const auto key = part->substr(0, equals);
        if (std::any_of(parts.begin() + 1, part, [&](const std::string& other) {
                return other.substr(0, other.find('=')) == key;
            })) {
            refuse("says " + key + " twice");
        }
        if (key == "server" || key == "behavior" || key == "rounds") {
            refuse(key + " is no option of a behaviour");
        }
        put(key, part->substr(equals + 1));
    }
    scenario alone;
    alone.file = what.file;
    alone.cluster = what.cluster;
    table_reader root{document, "", "", log};
    read_byzantine(root, alone);
    if (auto problems = log.finish(); !problems.empty()) {
        throw config_error(what.file, std::move(problems));
    }
    return alone.byzantine.front();
}

std::vector<byzantine_config> with_swaps(std::vector<byzantine_config> listed,
                                         const std::vector<byzantine_config>& swaps) {
    auto in_order = swaps;
    std::stable_sort(in_order.begin(), in_order.end(),
                     [](const auto& a, const auto& b) { return a.rounds.first < b.rounds.first; });
    for (auto& swap : in_order) {
        for (auto& entry : listed) {
            if (entry.server == swap.server && entry.rounds.last >= swap.rounds.first) {
                entry.rounds.last = round_id{number_of(swap.rounds.first) - 1};
            }
        }
        std::erase_if(listed, [](const byzantine_config& entry) {
            return entry.rounds.last < entry.rounds.first || number_of(entry.rounds.last) == 0;
        });
        listed.push_back(std::move(swap));
    }
    return listed;
}

} // namespace byzgate
