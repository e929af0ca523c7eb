/// Settings that several tests of the simulator share: clusters of the usual sizes with liars.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "behaviors/seeded.hpp"
#include "simulation/simulate.hpp"

namespace byzgate::test {

inline simulation_settings cluster_of(std::uint32_t commanders, std::uint32_t lieutenants,
                                      std::uint32_t depth = 1) {
    simulation_settings s;
    s.cluster.commanders = commanders;
    s.cluster.lieutenants = lieutenants;
    s.cluster.depth = depth;
    s.cluster.tolerate = default_budget(commanders, lieutenants);
    s.cluster.phase_timeout = 100;
    s.database.records = 60;
    s.database.payload_bytes = 24;
    return s;
}

/// What a behaviour cannot do without: whom a colluder backs, what a script says.
inline behavior_options needed_options(server_id where, std::string_view behavior) {
    behavior_options how;
    if (behavior == "colluding" && is_lieutenant(where)) {
        how["with"] = std::vector<std::string>{"commander-1"};
    }
    if (behavior == "scripted") {
        how["table"] = std::vector<std::string>{
            is_commander(where) ? "lieutenant-1=public" : "commander-1>lieutenant-1=public"};
    }
    return how;
}

/// Options for a lieutenant's behaviour, drawn: how it votes and whom it accuses falsely, where it
/// has those.
inline behavior_options drawn_options(server_id where, const behavior_info& info,
                                      const cluster_parameters& cluster, std::uint64_t draw) {
    auto how = needed_options(where, info.name);
    if (!is_lieutenant(where)) {
        return how;
    }
    const auto has = [&](std::string_view option) {
        return std::find(info.options.begin(), info.options.end(), option) != info.options.end();
    };
    constexpr const char* votes[] = {"loyal", "release",    "withhold",
                                     "harm",  "unresolved", "silent"};
    if (has("vote") && info.name != "scripted") {
        how["vote"] = std::string{votes[below(6, seeded(draw, {1}))]};
    }
    if (has("accuse") && happens(0.5, seeded(draw, {2}))) {
        std::vector<std::string> all;
        for (std::uint32_t x = 0; x < cluster.commanders; ++x) {
            all.push_back(to_string(commander_id(x)));
        }
        how["accuse"] = all;
    }
    return how;
}

/// A liar in that seat; a plain one has only the options that it needs.
inline placed_behavior liar_at(server_id where, const behavior_info& info,
                               const cluster_parameters& cluster, std::uint64_t draw, bool plain) {
    return {where,
            std::string{info.name},
            plain ? needed_options(where, info.name) : drawn_options(where, info, cluster, draw),
            {}};
}

/// How many rounds the long tests simulate in all; the environment may ask for more.
inline std::uint64_t rounds_wanted(std::uint64_t otherwise) {
    const char* wanted = std::getenv("BYZGATE_SIMULATION_ROUNDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

inline std::string described(const simulation_settings& s) {
    auto text = "seed " + std::to_string(s.seed) + ", " + std::to_string(s.cluster.commanders)
                + " commanders, " + std::to_string(s.cluster.lieutenants) + " lieutenants, depth "
                + std::to_string(s.cluster.depth);
    for (const auto& b : s.byzantine) {
        text += ", " + to_string(b.server) + " " + b.behavior;
        for (const auto& [name, value] : b.options) {
            text += " " + name;
            if (const auto* word = std::get_if<std::string>(&value)) {
                text += "=" + *word;
            }
        }
    }
    return text;
}

inline std::string described(const simulation_result& r) {
    std::string text;
    for (const auto& b : r.broken) {
        text += std::string{to_string(b.property)} + " in round "
                + std::to_string(number_of(b.round)) + ", " + b.record + ": " + b.what + "\n";
    }
    return text;
}

} // namespace byzgate::test
