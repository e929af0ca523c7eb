#include "actors/run.hpp"

#include <fmt/format.h>

#include "apps/common.hpp"
#include "apps/file_guard.hpp"
#include "apps/monitoring.hpp"
#include "apps/subcommands.hpp"
#include "apps/summary.hpp"
#include "config/swaps.hpp"

namespace byzgate {

namespace {

struct run_options {
    scenario_options common;
    std::optional<std::string> metrics;
    std::string trace;
    bool trace_payloads = false;
    std::string evidence;
    std::vector<std::string> swaps;
};

std::vector<byzantine_config> swaps_of(const run_options& options, const scenario& what) {
    if (!options.swaps.empty() && !what.allow_runtime_changes) {
        throw usage_error("--swap: this configuration allows no behaviour to be swapped while "
                          "rounds run; write --set faults.allow_runtime_changes=true");
    }
    std::vector<byzantine_config> swaps;
    for (const auto& text : options.swaps) {
        auto swap = parse_swap(text, what);
        for (const auto& other : swaps) {
            if (other.server == swap.server && other.rounds.first == swap.rounds.first) {
                throw usage_error(fmt::format("--swap {}: {} has another behaviour from that round "
                                              "on already; leave one out",
                                              text, to_string(swap.server)));
            }
        }
        swaps.push_back(std::move(swap));
    }
    return swaps;
}

int do_run(const run_options& options) {
    run_settings settings;
    settings.what = options.common.load();
    const bool to_stdout =
        settings.what.external_party.output == external_party_output::standard_output;
    if (to_stdout && options.common.json) {
        throw usage_error("--json wants stdout for itself, and the external party writes there "
                          "too; write --set external_party.output=released.jsonl");
    }
    settings.seed = options.common.seed_for(settings.what);
    settings.on_warning = say_warning;
    settings.trace_payloads = options.trace_payloads;
    if (!options.trace.empty()) {
        guard_of(settings.what).writes(options.trace, "--trace");
        settings.trace_file = options.trace;
    }
    if (!options.evidence.empty()) {
        if (!settings.what.cluster.is_signed()) {
            throw usage_error("--evidence: there is none in an oral cluster, where nobody signs; "
                              "write --set cluster.protocol=signed");
        }
        settings.evidence_dir = options.evidence;
    }
    settings.swaps = swaps_of(options, settings.what);
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
    for (const auto& swap : settings.swaps) {
        if (swap.rounds.first > result.last_round) {
            fmt::print(stderr, "warning: --swap: there was no round {}, so {} went on as before\n",
                       number_of(swap.rounds.first), to_string(swap.server));
        }
    }
    if (options.common.json) {
        fmt::print("{}\n", summary_json(settings.what, result).dump());
    } else {
        print_summary(to_stdout ? stderr : stdout, settings.what, result);
    }
    return exit_code_of(result);
}

} // namespace

void add_run(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("run", "Run a configuration's rounds on actors, here");
    auto options = std::make_shared<run_options>();
    options->common.add_to(*sub);
    add_metrics_option(*sub, options->metrics);
    auto* trace = sub->add_option("--trace", options->trace, "Write what happens as JSON Lines")

                      ->type_name("FILE");
    sub->add_flag("--trace-payloads", options->trace_payloads,
                  "Put payload texts into the trace, not only their sizes")
        ->needs(trace);
    sub->add_option("--evidence", options->evidence,
                    "Write evidence against commanders, and the public keys that check it")
        ->type_name("DIR");
    sub->add_option("--swap", options->swaps,
                    "From that round on, let a server play another behaviour, where "
                    "faults.allow_runtime_changes is true")
        ->type_name("ROUND:SERVER:BEHAVIOR[,OPTION=VALUE...]")
        ->allow_extra_args(false);
    sub->callback([&todo, options] { todo = [options] { return do_run(*options); }; });
}

} // namespace byzgate
