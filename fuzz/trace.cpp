// Traces of runs, and all that a report makes of them.
#include "report/trace.hpp"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "fuzz/fuzzer.hpp"
#include "report/explain.hpp"
#include "report/page_data.hpp"
#include "report/run_analysis.hpp"

using namespace byzgate;

namespace {

trace read_text(const std::string& text) {
    std::istringstream in{text};
    return read_trace(in);
}

/// Whether a writer can write all of it: a refusal is written from the refused message, which a
/// trace doesn't hold, and a message that was too large is known by its size only.
bool is_rewritable(const trace& t) {
    return std::all_of(t.events.begin(), t.events.end(), [](const trace_event& event) {
        const auto* sent = std::get_if<sent_event>(&event.what);
        return !std::holds_alternative<refused_event>(event.what)
               && (sent == nullptr || sent->too_large == 0);
    });
}

std::string written(const trace& t) {
    std::ostringstream out;
    trace_writer writer{out, t.header};
    for (const auto& event : t.events) {
        if (const auto* sent = std::get_if<sent_event>(&event.what)) {
            writer.sent(event.at, sent->from, sent->to, sent->what, sent->lost);
        } else if (const auto* closed = std::get_if<closed_event>(&event.what)) {
            writer.closed(event.at, closed->round, closed->truths);
        }
    }
    writer.finish(t.summary);
    return out.str();
}

void think_through(const trace& run) {
    const run_analysis analysis{run};
    for (const auto& [id, outline] : analysis.rounds()) {
        const auto round = analysis.analyse(id);
        for (std::size_t i = 0; round.records && i < round.records->size(); ++i) {
            BYZGATE_ASSERT(!explain_record(analysis, round, i).empty());
        }
        static_cast<void>(render_mermaid(run, id));
    }
    static_cast<void>(count_outcomes(analysis));
    const auto latency = summarize_latency(analysis);
    BYZGATE_ASSERT(latency.p50 <= latency.p95 && latency.p99 <= latency.max);
    const auto page = page_data({&run}, {});
    BYZGATE_ASSERT(page.find('<') == std::string::npos);
    BYZGATE_ASSERT(nlohmann::json::accept(page));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto run = read_text(std::string{text_of(data, size)});
        think_through(run);
        if (is_rewritable(run)) {
            const auto text = written(run);
            BYZGATE_ASSERT(written(read_text(text)) == text);
        }
    } catch (const trace_error&) {
    }
    return 0;
}
