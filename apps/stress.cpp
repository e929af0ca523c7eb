#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "actors/run.hpp"
#include "apps/common.hpp"
#include "apps/monitoring.hpp"
#include "apps/subcommands.hpp"
#include "apps/summary.hpp"

namespace byzgate {

namespace {

struct stress_options {
    scenario_options common;
    std::optional<std::string> metrics;
    std::optional<std::uint64_t> rounds;
    std::optional<double> duration_s;
};

/// A line of this process's status as the kernel writes it, in KiB; 0 where there is none.
std::uint64_t status_kib(const std::string& name) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name + ":")) {
            std::istringstream value{line.substr(name.size() + 1)};
            std::uint64_t kib = 0;
            value >> kib;
            return kib;
        }
    }
    return 0;
}

int do_stress(const stress_options& options) {
    run_settings settings;
    settings.what = options.common.load();
    settings.what.external_party.output = external_party_output::none;
    settings.seed = options.common.seed_for(settings.what);
    settings.on_warning = say_warning;
    settings.rounds = options.rounds;
    settings.duration_s = options.duration_s;
    monitoring shown{settings.what, options.metrics};
    settings.figures = shown.figures();
    const interruption stop;
    settings.interrupted = &stop.flag();
    run_result result;
    {
        progress_bar bar{settings.what.name};
        settings.progress = [&bar](const run_progress& now) { bar.show(now); };
        result = run(settings);
    }
    for (const auto& failure : result.failures) {
        fmt::print(stderr, "byzgate: {}\n", failure);
    }
    const auto resident = status_kib("VmRSS");
    const auto peak = status_kib("VmHWM");
    if (options.common.json) {
        auto json = summary_json(settings.what, result);
        json["memory_kib"] = {{"resident", resident}, {"peak", peak}};
        fmt::print("{}\n", json.dump());
    } else {
        print_summary(stdout, settings.what, result);
        fmt::print("{:<14}{} KiB resident, {} KiB at the peak\n", "memory", resident, peak);
    }
    return exit_code_of(result);
}

} // namespace

void add_stress(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand(
        "stress", "Many rounds, pipelined: throughput, latency percentiles, memory");
    auto options = std::make_shared<stress_options>();
    options->common.add_to(*sub);
    add_metrics_option(*sub, options->metrics);
    auto* rounds =
        sub->add_option("--rounds", options->rounds, "How many rounds")->check(positive_number());
    sub->add_option("--duration", options->duration_s, "How many seconds instead")
        ->check(positive_number())
        ->excludes(rounds);
    sub->callback([&todo, options] { todo = [options] { return do_stress(*options); }; });
}

} // namespace byzgate
