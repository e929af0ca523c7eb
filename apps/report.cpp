#include <fstream>

#include <fmt/format.h>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/file_guard.hpp"
#include "apps/subcommands.hpp"
#include "report/page.hpp"

namespace byzgate {

namespace {

struct report_options {
    std::vector<std::string> traces;
    std::string out;
    bool mermaid = false;
    std::optional<std::uint64_t> round; ///< none: the first of the trace
    std::string record;
};

trace trace_in(const std::string& path) {
    std::istringstream file{text_of_named(path)};
    try {
        return read_trace(file);
    } catch (const trace_error& wrong) {
        throw usage_error(path + ": " + wrong.what());
    }
}

void write(const std::string& path, const std::string& text) {
    if (path == "-") {
        fmt::print("{}", text);
        return;
    }
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file << text;
    file.flush();
    if (!file) {
        throw std::runtime_error(path + ": cannot be written");
    }
}

int do_report(const report_options& options) {
    std::vector<trace> runs;
    file_guard guard;
    for (const auto& path : options.traces) {
        guard.reads(path, "a trace to be drawn");
    }
    if (options.out != "-") {
        guard.writes(options.out, "-o");
    }
    for (const auto& path : options.traces) {
        runs.push_back(trace_in(path));
    }
    const bool one_round = options.mermaid || options.out.ends_with(".mmd");
    if (one_round && options.traces.size() > 1) {
        throw usage_error("a Mermaid diagram shows one run; name one trace");
    }
    if (!one_round && (options.round || !options.record.empty())) {
        throw usage_error(
            "--round, --record: a page shows all of them; these choose what a Mermaid "
            "diagram shows (--mermaid, or -o FILE.mmd)");
    }
    if (one_round) {
        const auto record = options.record.empty() ? std::nullopt : std::optional{options.record};
        const auto round = options.round.value_or(number_of(runs.front().header.last_round) + 1);
        const auto text = render_mermaid(runs.front(), round_id{round}, record);
        if (text.empty()) {
            throw usage_error(fmt::format("{}: has no round {}{}", options.traces.front(), round,
                                          record ? " with record " + *record : ""));
        }
        write(options.out, text);
        return exit_done;
    }
    std::vector<const trace*> pointers;
    for (const auto& run : runs) {
        pointers.push_back(&run);
    }
    write(options.out, render_page(pointers));
    if (options.out != "-") {
        fmt::print("{}: open it in a browser\n", options.out);
    }
    return exit_done;
}

} // namespace

void add_report(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand(
        "report", "Draw recorded runs as one self-contained HTML page, or a round as Mermaid");
    auto options = std::make_shared<report_options>();
    sub->add_option("TRACE", options->traces, "Recorded with --trace; several are compared")
        ->required();
    sub->add_option("-o,--output", options->out, "The page; *.mmd: Mermaid; -: stdout")
        ->required()
        ->type_name("FILE");
    sub->add_flag("--mermaid", options->mermaid, "A Mermaid sequence diagram of one round");
    sub->add_option("--round", options->round, "Which round (Mermaid); left out: the first")
        ->type_name("N")
        ->check(whole_number());
    sub->add_option("--record", options->record, "Which record (Mermaid); left out: the first")
        ->type_name("ID");
    sub->callback([&todo, options] { todo = [options] { return do_report(*options); }; });
}

} // namespace byzgate
