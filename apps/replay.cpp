#include "actors/replay.hpp"

#include <sstream>

#include <fmt/format.h>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/file_guard.hpp"
#include "apps/subcommands.hpp"
#include "apps/summary.hpp"

namespace byzgate {

namespace {

struct replay_options {
    std::string file;
    std::string trace;
    std::uint32_t phase_timeout_ms = 50;
    bool json = false;
};

/// A counterexample is one JSON object that says so in its first member; a trace is many lines.
bool is_counterexample(const std::string& text) {
    return text.substr(0, 200).find(counterexample_format) != std::string::npos;
}

replay_result play(const replay_options& options, const replay_settings& how) {
    const auto text = text_of_named(options.file);
    if (text.empty()) {
        throw usage_error(options.file + ": is empty");
    }
    try {
        if (is_counterexample(text)) {
            return replay(parse_counterexample(text), how);
        }
        std::istringstream lines{text};
        return replay(read_trace(lines), how);
    } catch (const counterexample_error& wrong) {
        throw usage_error(options.file + ": " + wrong.what());
    } catch (const trace_error& wrong) {
        throw usage_error(options.file + ": " + wrong.what());
    } catch (const replay_error& wrong) {
        throw usage_error(options.file + ": " + wrong.what());
    }
}

int do_replay(const replay_options& options) {
    replay_settings how;
    how.phase_timeout_ms = options.phase_timeout_ms;
    if (!options.trace.empty()) {
        file_guard guard;
        guard.reads(options.file, "what is replayed");
        guard.writes(options.trace, "--trace");
        how.trace_file = options.trace;
    }
    const interruption stop;
    how.interrupted = &stop.flag();
    const auto result = play(options, how);
    const auto& t = result.played.totals;
    if (options.json) {
        nlohmann::ordered_json out = {{"file", options.file},
                                      {"same", result.same()},
                                      {"compared", result.compared},
                                      {"differences", result.differences},
                                      {"released", t.released},
                                      {"withheld", t.withheld},
                                      {"leaked", t.leaked},
                                      {"corrupted", t.corrupted},
                                      {"denied", t.denied},
                                      {"disagreements", t.disagreements},
                                      {"framed", t.framed},
                                      {"outcome", result.played.exposed() ? "exposed" : "secure"}};
        if (result.gate) {
            out["gate"] = *result.gate;
        }
        fmt::print("{}\n", out.dump());
    } else {
        fmt::print("{}: {} record(s) decided on actors: {} released, {} withheld, {} leaked, {} "
                   "corrupted, {} denied, {} framed\n",
                   options.file, result.compared, t.released, t.withheld, t.leaked, t.corrupted,
                   t.denied, t.framed);
        if (result.gate) {
            fmt::print("the gate {}{}\n", *result.gate,
                       result.leak_stopped ? ": a quorum voted release, as the file says, but the "
                                             "signed public claims were not there"
                                           : "");
        }
        for (const auto& difference : result.differences) {
            fmt::print("  {}\n", difference);
        }
        fmt::print("{}\n", result.same() ? "the same outcome" : "ANOTHER OUTCOME");
    }
    for (const auto& failure : result.played.failures) {
        fmt::print(stderr, "byzgate: {}\n", failure);
    }
    if (!result.played.failures.empty() || result.played.interrupted) {
        return exit_environment;
    }
    return result.same() ? exit_done : exit_broken_promise;
}

} // namespace

void add_replay(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand(
        "replay", "Play a counterexample or a recorded run on actors and compare the outcome");
    auto options = std::make_shared<replay_options>();
    sub->add_option("FILE", options->file, "From check --out, or from --trace")->required();
    sub->add_option("--trace", options->trace, "Record the replay itself")->type_name("FILE");
    sub->add_option("--phase-timeout-ms", options->phase_timeout_ms,
                    "Phase time-out where the file has none in real time")
        ->check(CLI::Range(1, 3'600'000))
        ->capture_default_str();
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_replay(*options); }; });
}

} // namespace byzgate
