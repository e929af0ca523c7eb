#include "simulation/check_cases.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace byzgate {

namespace {

constexpr std::size_t cases_max = 1'000'000;

} // namespace

void validate(const check_settings& settings) {
    const auto refuse = [](const std::string& why) { throw std::invalid_argument(why); };
    const auto& cluster = settings.cluster;
    if (settings.values != 2 && settings.values != 3) {
        refuse("the check knows 2 values (public, confidential) or 3 (with silence), not "
               + std::to_string(settings.values));
    }
    if (cluster.commanders == 0 || cluster.lieutenants == 0) {
        refuse("the check needs at least one commander and one lieutenant");
    }
    if (cluster.depth >= cluster.lieutenants) {
        refuse("a relay path of " + std::to_string(cluster.depth)
               + " distinct lieutenants needs more than " + std::to_string(cluster.lieutenants)
               + ": choose a smaller depth");
    }
    if (settings.budget == 0 || settings.sample_max == 0) {
        refuse("the budget of strategies must be at least 1");
    }
    if (is_too_large(cluster, settings.recursion)) {
        refuse("one strategy of this cluster has more than "
               + std::to_string(messages_of_strategy_max)
               + " messages: choose fewer lieutenants, a smaller depth or less recursion");
    }
    for (const auto id : settings.byzantine.value_or(std::vector<server_id>{})) {
        if (!cluster.contains(id) || !(is_commander(id) || is_lieutenant(id))) {
            refuse(to_string(id) + " is not a commander or lieutenant of this cluster");
        }
    }
}

std::vector<std::vector<server_id>> fault_sets(const check_settings& settings) {
    if (settings.byzantine) {
        auto one = *settings.byzantine;
        std::sort(one.begin(), one.end());
        one.erase(std::unique(one.begin(), one.end()), one.end());
        return {one};
    }
    const auto servers = settings.cluster.servers();
    std::vector<std::vector<server_id>> sets{{}};
    std::size_t from = 0;
    for (std::uint32_t size = 1; size <= settings.faults && size <= servers.size(); ++size) {
        const auto to = sets.size();
        for (; from < to; ++from) {
            for (const auto id : servers) {
                if (sets[from].empty() || sets[from].back() < id) {
                    auto larger = sets[from];
                    larger.push_back(id);
                    sets.push_back(std::move(larger));
                }
            }
            if (sets.size() > cases_max) {
                throw std::invalid_argument("more than " + std::to_string(cases_max)
                                            + " sets of Byzantine servers: choose fewer faults");
            }
        }
    }
    return sets;
}

} // namespace byzgate
