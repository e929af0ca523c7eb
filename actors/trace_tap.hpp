/// Writes a running cluster's messages to a trace file, from whatever thread they are sent.
#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>

#include "actors/judge.hpp"
#include "actors/observer.hpp"
#include "config/scenario.hpp"
#include "report/trace.hpp"
#include "simulation/simulate.hpp"

namespace byzgate {

class trace_tap final : public observer {
public:
    /// Throws std::runtime_error if the file can't be written.
    trace_tap(const std::filesystem::path& file, const trace_header& header,
              traced_payloads payloads);

    /// For a run in the simulator.
    trace_tap(const std::filesystem::path& file, const scenario& what,
              const simulation_settings& settings, traced_payloads payloads);

    void sent(tick at, server_id from, server_id to, const message& what) override;
    void refused_by(tick at, server_id by, const refused& what, const message* about) override;
    void closed(tick at, const round_closed& what, const std::vector<record_truth>& truths);
    /// The last line. Throws std::runtime_error if anything could not be written.
    void finish(const judged_totals& totals, std::uint64_t messages);
    void finish(const simulation_result& result);
    /// Through which the simulator tells what happens; this object outlives the run.
    [[nodiscard]] simulation_hooks hooks();

private:
    void open(const trace_header& header, traced_payloads payloads);
    void finish(const trace_summary& summary);

    std::filesystem::path path_;
    std::mutex mutex_;
    std::ofstream file_;
    std::optional<trace_writer> writer_;
};

/// The trace header of a scenario's run, with the records that `truth` holds unless there are more
/// than a trace is to carry: then the trace can be read and drawn but not replayed. Their payloads
/// are in it only `with_text`.
[[nodiscard]] trace_header header_of(const scenario& what, std::uint64_t seed, database& truth,
                                     traced_payloads payloads = traced_payloads::sizes_only);
inline constexpr std::uint64_t traced_records_max = 200'000;

} // namespace byzgate
