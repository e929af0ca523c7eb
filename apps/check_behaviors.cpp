#include "apps/check_behaviors.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace byzgate {

namespace {

bool did_harm(const behavior_sample& one) {
    return one.result.exposed() || one.result.framed > 0 || !one.result.broken.empty();
}

std::string who_plays_what(const behavior_sample& one) {
    std::string text;
    for (const auto& [server, name] : one.plays) {
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", to_string(server), name);
    }
    return text;
}

} // namespace

bool promises_held(const std::vector<behavior_sample>& samples) {
    return std::all_of(samples.begin(), samples.end(),
                       [](const behavior_sample& one) { return one.result.broken.empty(); });
}

nlohmann::ordered_json json_of(const std::vector<behavior_sample>& samples) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& one : samples) {
        nlohmann::ordered_json out;
        out["byzantine"] = nlohmann::ordered_json::array();
        for (const auto& [server, name] : one.plays) {
            out["byzantine"].push_back({{"server", to_string(server)}, {"behavior", name}});
        }
        out["seed"] = one.result.seed;
        out["rounds"] = one.result.rounds;
        out["records"] = one.result.records;
        out["released"] = one.result.released;
        out["leaked"] = one.result.leaked;
        out["corrupted"] = one.result.corrupted;
        out["denied"] = one.result.denied;
        out["framed"] = one.result.framed;
        out["disagreements"] = one.result.disagreements;
        out["broken_promises"] = one.result.broken.size();
        all.push_back(std::move(out));
    }
    return all;
}

void print_samples(const std::vector<behavior_sample>& samples) {
    std::size_t harmless = 0;
    std::uint64_t records = 0;
    fmt::print("\nregistered behaviours, sampled in the simulator:\n");
    for (const auto& one : samples) {
        records += one.result.records;
        if (!did_harm(one)) {
            ++harmless;
            continue;
        }
        fmt::print("  {}: {} leaked, {} corrupted, {} framed of {} records{}\n",
                   who_plays_what(one), one.result.leaked, one.result.corrupted, one.result.framed,
                   one.result.records, one.result.broken.empty() ? "" : "  BROKEN PROMISE");
    }
    fmt::print("  {} of {} combinations leaked, corrupted and framed nothing ({} records in all)\n",
               harmless, samples.size(), records);
}

} // namespace byzgate
