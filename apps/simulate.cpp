#include "simulation/simulate.hpp"

#include <charconv>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "actors/record_feed.hpp"
#include "actors/trace_tap.hpp"
#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/file_guard.hpp"
#include "apps/subcommands.hpp"
#include "apps/summary.hpp"
#include "simulation/shrink.hpp"

namespace byzgate {

namespace {

struct simulate_options {
    scenario_options common;
    std::optional<std::uint64_t> rounds;
    std::string seeds;
    std::string trace;
    std::uint32_t jobs = 0;
    network_faults network;
    double updates = 0;
};

seed_range parse_seeds(const std::string& text) {
    const auto dots = text.find("..");
    const auto number = [&](std::string_view digits) {
        std::uint64_t n = 0;
        const auto end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, n);
        if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != end) {
            throw usage_error(fmt::format("--seeds {}: write A..B, for example 1..100", text));
        }
        return n;
    };
    if (dots == std::string::npos) {
        const auto one = number(text);
        return {one, one};
    }
    const seed_range range{number(std::string_view{text}.substr(0, dots)),
                           number(std::string_view{text}.substr(dots + 2))};
    constexpr std::uint64_t seeds_max = 10'000'000;
    if (range.last < range.first || range.last - range.first >= seeds_max) {
        throw usage_error(fmt::format("--seeds {}: the first seed comes first, and at most {} "
                                      "seeds at once",
                                      text, seeds_max));
    }
    return range;
}

/// The records of the configured database, so that a simulated run and one on actors decide about
/// the same ones.
record_source records_of(const scenario& what, std::uint64_t seed) {
    constexpr std::uint64_t listed_max = 1'000'000;
    record_source source;
    const auto truth = open_database(database_settings_of(what, seed));
    if (truth->count() > listed_max) {
        throw usage_error(fmt::format("simulate keeps the whole database in memory and takes at "
                                      "most {} records, here are {}",
                                      listed_max, truth->count()));
    }
    if (std::holds_alternative<all_records>(what.rounds.records)) {
        for (const auto& warning : truth->warnings()) {
            say_warning(warning);
        }
    }
    truth->for_each([&](const record& r) {
        source.list.push_back(r);
        return true;
    });
    if (!std::holds_alternative<all_records>(what.rounds.records)) {
        const auto keep = [&](const record_id_batch& ids) {
            source.ask.insert(source.ask.end(), ids->begin(), ids->end());
            return true;
        };
        feed_records(what.rounds.records, *truth, 1'000, seed, keep);
    }
    return source;
}

simulation_settings settings_of(const simulate_options& options, const scenario& what,
                                std::uint64_t seed) {
    simulation_settings settings;
    settings.cluster = what.cluster;
    for (const auto& entry : what.byzantine) {
        settings.byzantine.push_back({entry.server, entry.behavior, entry.options, entry.rounds});
    }
    settings.network = options.network;
    settings.database = records_of(what, seed);
    settings.database.update_probability = options.updates;
    if (settings.database.list.empty()) {
        throw usage_error("the database has no records to decide about");
    }
    settings.batch = what.rounds.batch;
    settings.rounds = options.rounds ? *options.rounds : what.rounds.count.value_or(0);
    settings.seed = seed;
    return settings;
}

/// Runs one seed again and writes down what happens.
void write_trace(const std::filesystem::path& file, const scenario& what,
                 simulation_settings settings) {
    trace_tap tap{file, what, settings, traced_payloads::sizes_only};
    settings.hooks = tap.hooks();
    tap.finish(simulate(settings));
}

/// Shrinks the first failing seed and writes its trace; says so on stderr.
void show_failure(const simulate_options& options, const scenario& what,
                  const simulation_settings& settings, const simulation_result& failed) {
    auto failing = settings;
    failing.seed = failed.seed;
    failing.hooks = {};
    const auto& broken = failed.broken.front();
    fmt::print(stderr, "byzgate: BROKEN PROMISE {} with seed {}, round {}, record {}: {}\n",
               to_string(broken.property), broken.seed, number_of(broken.round), broken.record,
               broken.what);
    const auto small = shrink(failing);
    const auto file = options.trace.empty()
                          ? fmt::format("{}-seed-{}.trace.jsonl", what.name, failed.seed)
                          : options.trace;
    write_trace(file, what, small.settings);
    fmt::print(stderr,
               "byzgate: shrunk to {} round(s) and {} Byzantine server(s) in {} tries; the trace "
               "is in {}\n",
               small.settings.rounds, small.settings.byzantine.size(), small.tries, file);
}

run_result as_run(const simulation_result& from, std::uint64_t seed, double elapsed_s) {
    run_result to;
    to.seed = seed;
    to.elapsed_s = elapsed_s;
    to.messages = from.messages;
    auto& t = to.totals;
    t.rounds = from.rounds;
    t.records = from.records;
    t.released = from.released;
    t.withheld = from.withheld;
    t.leaked = from.leaked;
    t.corrupted = from.corrupted;
    t.denied = from.denied;
    t.unresolved = from.unresolved;
    t.disagreements = from.disagreements;
    t.framed = from.framed;
    t.sub_rounds = from.sub_rounds;
    t.convicted = {from.convicted.begin(), from.convicted.end()};
    t.quarantined = {from.quarantined.begin(), from.quarantined.end()};
    t.unopened = from.unopened;
    t.bad_shares = {from.bad_shares.begin(), from.bad_shares.end()};
    to.promise_broken = from.exposed() || from.framed > 0 || !from.broken.empty();
    return to;
}

void print_result(const simulate_options& options, const scenario& what,
                  const simulation_result& sum, const run_result& result, seed_range seeds) {
    if (options.common.json) {
        auto out = summary_json(what, result);
        out["driver"] = "simulation";
        // Nothing takes real time in a simulation.
        out["latency_ms"] = {
            {"p50", nullptr}, {"p95", nullptr}, {"p99", nullptr}, {"max", nullptr}};
        out["refused"] = sum.refusals;
        out["seeds"] = fmt::format("{}..{}", seeds.first, seeds.last);
        auto broken = nlohmann::ordered_json::array();
        for (const auto& one : sum.broken) {
            broken.push_back({{"property", to_string(one.property)},
                              {"seed", one.seed},
                              {"round", number_of(one.round)},
                              {"record", one.record},
                              {"what", one.what}});
        }
        out["broken_promises"] = std::move(broken);
        out["sometimes"] = {{"public_released", sum.public_released},
                            {"convictions", sum.convictions},
                            {"sub_rounds", sum.sub_rounds},
                            {"updates", sum.updates}};
        fmt::print("{}\n", out.dump());
        return;
    }
    fmt::print("{:<14}{}\n", "seeds", fmt::format("{}..{}", seeds.first, seeds.last));
    print_summary(stdout, what, result);
    fmt::print("{:<14}{} public released, {} convictions, {} records in sub-rounds, {} updates\n",
               "seen", sum.public_released, sum.convictions, sum.sub_rounds, sum.updates);
    fmt::print("{:<14}{}\n", "promises",
               sum.broken.empty() ? "all that section 4 makes here held" : "BROKEN, see above");
}

int do_simulate(const simulate_options& options) {
    const auto what = options.common.load();
    if (!options.trace.empty()) {
        guard_of(what).writes(options.trace, "--trace");
    }
    const auto base = options.common.seed_for(what);
    const auto seeds = options.seeds.empty() ? seed_range{base, base} : parse_seeds(options.seeds);
    const auto settings = settings_of(options, what, base);
    const auto jobs =
        options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
    const auto started = std::chrono::steady_clock::now();
    std::vector<simulation_result> results;
    {
        share_bar bar{"simulating " + what.name};
        results = simulate_many(settings, seeds, jobs,
                                [&bar](double share) { bar.show(share, "of the seeds"); });
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    const auto sum = sum_of(results);
    bool shown = false;
    for (const auto& one : results) {
        if (!one.broken.empty() && !shown) {
            show_failure(options, what, settings, one);
            shown = true;
        }
    }
    if (!options.trace.empty() && !shown) {
        auto first = settings;
        first.seed = seeds.first;
        write_trace(options.trace, what, first);
    }
    const auto result = as_run(sum, seeds.first, elapsed.count());
    print_result(options, what, sum, result, seeds);
    return exit_code_of(result);
}

} // namespace

void add_simulate(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand(
        "simulate", "The same protocol in the seeded simulator, with judges on every round");
    auto options = std::make_shared<simulate_options>();
    options->common.add_to(*sub);
    sub->add_option("--rounds", options->rounds, "Rounds a seed")->check(positive_number());
    sub->add_option("--seeds", options->seeds, "Run all these seeds")
        ->type_name("A..B")
        ->excludes(sub->get_option("--seed"));
    sub->add_option("--trace", options->trace,
                    "Write what happens (of the first seed, or of a broken promise, shrunk)")
        ->type_name("FILE");
    sub->add_option("--jobs", options->jobs, "Threads; 0: one per core")->capture_default_str();
    auto& network = options->network;
    sub->add_option("--loss", network.loss, "Share of messages that are lost")
        ->check(CLI::Range(0.0, 1.0));
    sub->add_option("--duplication", network.duplication, "Share of messages that come twice")
        ->check(CLI::Range(0.0, 1.0));
    sub->add_option("--delay", network.delay_max, "Every message takes up to so many ticks (us)")
        ->check(whole_number());
    sub->add_flag("--reorder", network.reorder, "Messages overtake one another");
    sub->add_option("--updates", options->updates,
                    "Chance that a record changes before a commander reads it")
        ->check(CLI::Range(0.0, 1.0));
    sub->callback([&todo, options] { todo = [options] { return do_simulate(*options); }; });
}

} // namespace byzgate
