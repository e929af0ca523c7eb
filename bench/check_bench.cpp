/// How fast the exhaustive check is: one commander and one of six lieutenants Byzantine, seven
/// generals, depth 2, two values: 2^30 strategies for each flag. And how fast it samples.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "simulation/check.hpp"

using namespace byzgate;

namespace {

void measure(const char* name, const check_settings& settings) {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = check(settings);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::uint64_t explored = 0;
    for (const auto& of : result.cases) {
        explored += of.explored;
    }
    std::printf("%-44s %12llu strategies explored  %8.3f s  %10.1f million/s\n", name,
                static_cast<unsigned long long>(explored), took.count(),
                static_cast<double>(explored) / took.count() / 1e6);
}

} // namespace

int main(int argc, char** argv) {
    check_settings settings;
    settings.cluster.lieutenants = 6;
    settings.cluster.depth = 2;
    settings.cluster.tolerate = default_budget(1, 6);
    settings.jobs = argc > 1 ? static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)) : 1;
    settings.byzantine = {commander_id(0), lieutenant_id(0)};
    settings.values = 2;
    measure("every strategy, commander and lieutenant", settings);

    settings.cluster.lieutenants = 5;
    settings.byzantine = {lieutenant_id(0), lieutenant_id(1)};
    settings.values = 3;
    measure("a sample, two of five lieutenants", settings);

    settings.cluster.commanders = 2;
    settings.cluster.lieutenants = 3;
    settings.cluster.depth = 1;
    settings.cluster.tolerate = {1, 1, 1};
    settings.byzantine.reset();
    settings.faults = 2;
    settings.recursion = 1;
    measure("two commanders, two faults, one sub-round", settings);
}
