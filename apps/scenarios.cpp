#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <tuple>
#include <unistd.h>

#include <fmt/color.h>
#include <fmt/format.h>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/subcommands.hpp"
#include "apps/summary.hpp"
#include "config/parse.hpp"

namespace byzgate {

namespace {

struct scenarios_options {
    std::string folder;
    std::vector<std::string> overrides;
    std::string traces;
    std::optional<std::uint64_t> seed;
    bool json = false;
};

struct played {
    scenario what;
    run_result result;
    std::vector<std::string> differs;
};

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::error_code failed;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder, failed}) {
        if (entry.path().extension() == ".toml") {
            files.push_back(entry.path());
        }
    }
    if (failed) {
        throw usage_error(fmt::format("{}: {}", folder.string(), failed.message()));
    }
    if (files.empty()) {
        throw usage_error(fmt::format("{}: no scenario (*.toml) here", folder.string()));
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The simple clusters first, and in each the fewest liars first.
auto order_of(const scenario& what) {
    return std::tuple{what.cluster.commanders, what.cluster.lieutenants, what.byzantine.size(),
                      what.name};
}

std::vector<scenario> scenarios_in(const std::filesystem::path& folder,
                                   const std::vector<std::string>& overrides) {
    std::vector<scenario> all;
    for (const auto& file : files_in(folder)) {
        all.push_back(load_scenario(file, overrides));
    }
    std::sort(all.begin(), all.end(),
              [](const scenario& a, const scenario& b) { return order_of(a) < order_of(b); });
    return all;
}

std::string who_lies(const scenario& what) {
    std::vector<std::string> names;
    for (const auto& entry : what.byzantine) {
        names.push_back(fmt::format("{} ({})", to_string(entry.server), entry.behavior));
    }
    return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

/// Text in columns of `width`, continuation lines indented by `indent`.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
    std::string out(indent, ' ');
    std::size_t column = indent;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto space = text.find_first_of(" \n", at);
        const auto end = space == std::string::npos ? text.size() : space;
        if (column > indent && column + 1 + (end - at) > width) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
        }
        if (column > indent) {
            out += ' ';
            ++column;
        }
        out += text.substr(at, end - at);
        column += end - at;
        at = end + 1;
    }
    return out;
}

/// On a terminal, unless NO_COLOR is set to anything but nothing (no-color.org).
bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

class table_printer {
public:
    table_printer() : colour_(wants_colour()) {}

    void head() const {
        fmt::print("{:<36}{:<10}{:<10}{:>8} {:>8} {:>6} {:>9} {:>6}  {}\n", "scenario", "expected",
                   "observed", "released", "withheld", "leaked", "corrupted", "denied",
                   "convicted");
    }
    void row(const played& one) const {
        const auto& t = one.result.totals;
        const std::string outcome = one.result.exposed() ? "exposed" : "secure";
        const std::string expected{one.what.expect.outcome ? to_string(*one.what.expect.outcome)
                                                           : "-"};
        const auto style = !colour_ ? fmt::text_style{}
                           : one.result.exposed()
                               ? fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold
                               : fmt::text_style{fmt::fg(fmt::terminal_color::green)};
        fmt::print("{:<36}{:<10}", one.what.name, expected);
        fmt::print(style, "{:<10}", outcome);
        fmt::print("{:>8} {:>8} {:>6} {:>9} {:>6}  {}\n", t.released, t.withheld, t.leaked,
                   t.corrupted, t.denied, list_of({t.convicted.begin(), t.convicted.end()}));
        fmt::print("{}\n", wrapped(fmt::format("Byzantine: {}. Seed {}.", who_lies(one.what),
                                               one.result.seed),
                                   100, 2));
        if (!one.what.why.empty()) {
            fmt::print("{}\n", wrapped(one.what.why, 100, 2));
        }
        for (const auto& difference : one.differs) {
            fmt::print("{}\n", wrapped("NOT AS EXPECTED: " + difference, 100, 2));
        }
        fmt::print("\n");
        std::fflush(stdout);
    }

private:
    bool colour_;
};

nlohmann::ordered_json json_of(const played& one) {
    auto json = summary_json(one.what, one.result);
    json["byzantine"] = nlohmann::ordered_json::array();
    for (const auto& entry : one.what.byzantine) {
        json["byzantine"].push_back(
            {{"server", to_string(entry.server)}, {"behavior", entry.behavior}});
    }
    json["expected"] = to_string(one.what.expect);
    json["as_expected"] = one.differs.empty();
    json["differences"] = one.differs;
    json["why"] = one.what.why;
    return json;
}

int do_scenarios(const scenarios_options& options) {
    const auto folder =
        options.folder.empty() ? ready_made("scenarios") : std::filesystem::path{options.folder};
    const table_printer table;
    auto all = nlohmann::ordered_json::array();
    std::size_t as_expected = 0;
    std::vector<std::string> failures;
    const interruption stop;
    const auto scenarios = scenarios_in(folder, options.overrides);
    if (!options.traces.empty()) {
        std::error_code failed;
        std::filesystem::create_directories(options.traces, failed);
        if (failed) {
            throw std::runtime_error(options.traces + ": " + failed.message());
        }
    }
    if (!options.json) {
        table.head();
    }
    for (const auto& what : scenarios) {
        run_settings settings;
        settings.what = what;
        settings.seed = options.seed ? *options.seed : what.seed.value_or(1);
        settings.interrupted = &stop.flag();
        if (!options.traces.empty()) {
            settings.trace_file = std::filesystem::path{options.traces} / (what.name + ".jsonl");
        }
        played one{settings.what, run(settings), {}};
        if (stop.flag()) {
            break;
        }
        one.differs = differences(one.what.expect, observed_in(one.result));
        as_expected += one.differs.empty() ? 1 : 0;
        failures.insert(failures.end(), one.result.failures.begin(), one.result.failures.end());
        if (options.json) {
            all.push_back(json_of(one));
        } else {
            table.row(one);
        }
    }
    for (const auto& failure : failures) {
        fmt::print(stderr, "byzgate: {}\n", failure);
    }
    if (options.json) {
        const nlohmann::ordered_json json = {
            {"scenarios", all}, {"total", scenarios.size()}, {"as_expected", as_expected}};
        fmt::print("{}\n", json.dump());
    } else {
        fmt::print("{} of {} scenarios as expected\n", as_expected, scenarios.size());
    }
    if (!failures.empty() || stop.flag()) {
        return exit_environment;
    }
    return as_expected == scenarios.size() ? exit_done : exit_broken_promise;
}

} // namespace

void add_scenarios(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand(
        "scenarios", "Run every ready-made scenario and compare with what it expects");
    auto options = std::make_shared<scenarios_options>();
    sub->add_option("DIR", options->folder, "Folder of scenarios; left out: the ready-made ones");
    sub->add_option("--set", options->overrides, "Override a configuration key in all of them")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    sub->add_option("--traces", options->traces, "Write a trace of each, for `byzgate report`")
        ->type_name("DIR");
    sub->add_option("--seed", options->seed, "Fix every random choice")
        ->type_name("N")
        ->check(whole_number());
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_scenarios(*options); }; });
}

} // namespace byzgate
