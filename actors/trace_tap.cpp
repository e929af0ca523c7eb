#include "actors/trace_tap.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace byzgate {

namespace {

std::string rounds_text(const round_range& rounds) {
    if (rounds.all()) {
        return "";
    }
    const round_range everything;
    std::string text =
        rounds.first == everything.first ? "" : std::to_string(number_of(rounds.first));
    text += "..";
    return rounds.last == everything.last ? text : text + std::to_string(number_of(rounds.last));
}

std::string options_text(const behavior_options& options) {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [name, value] : options) {
        std::visit([&, key = name](const auto& v) { object[key] = v; }, value);
    }
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

trace_header header_of(const scenario& what, std::uint64_t seed) {
    trace_header header;
    header.scenario = what.name;
    header.cluster = what.cluster;
    header.batch = what.rounds.batch;
    header.seed = seed;
    for (const auto& entry : what.byzantine) {
        header.byzantine.push_back(
            {entry.server, entry.behavior, rounds_text(entry.rounds), options_text(entry.options)});
    }
    return header;
}

trace_tap::trace_tap(const std::filesystem::path& file, const scenario& what, std::uint64_t seed,
                     bool with_payloads)
    : path_(file), file_(file, std::ios::binary | std::ios::trunc) {
    if (!file_) {
        throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(errno));
    }
    writer_.emplace(file_, header_of(what, seed),
                    with_payloads ? traced_payloads::with_text : traced_payloads::sizes_only);
}

void trace_tap::sent(tick at, server_id from, server_id to, const message& what) {
    const std::lock_guard lock{mutex_};
    writer_->sent(at, from, to, what);
}

void trace_tap::refused_by(tick at, server_id by, const refused& what) {
    const std::lock_guard lock{mutex_};
    writer_->refused(at, by, what);
}

void trace_tap::closed(tick at, const round_closed& what, const std::vector<record_truth>& truths) {
    const std::lock_guard lock{mutex_};
    writer_->closed(at, what, truths);
}

void trace_tap::finish(const judged_totals& totals, std::uint64_t messages) {
    const std::lock_guard lock{mutex_};
    trace_summary summary;
    summary.rounds = totals.rounds;
    summary.records = totals.records;
    summary.released = totals.released;
    summary.withheld = totals.withheld;
    summary.leaked = totals.leaked;
    summary.corrupted = totals.corrupted;
    summary.denied = totals.denied;
    summary.unresolved = totals.unresolved;
    summary.disagreements = totals.disagreements;
    summary.framed = totals.framed;
    summary.messages = messages;
    summary.convicted.assign(totals.convicted.begin(), totals.convicted.end());
    summary.quarantined.assign(totals.quarantined.begin(), totals.quarantined.end());
    summary.outcome = totals.leaked + totals.corrupted > 0 ? "exposed" : "secure";
    writer_->finish(summary);
    file_.flush();
    if (!file_) {
        throw std::runtime_error(path_.string()
                                 + ": the trace could not be written: " + std::strerror(errno));
    }
}

} // namespace byzgate
