#include "actors/trace_tap.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace byzgate {

namespace {

/// Payloads are for nobody but whoever asked for them. An older file keeps its rights.
const std::filesystem::path& made_for(const std::filesystem::path& file, traced_payloads payloads) {
    if (payloads == traced_payloads::with_text) {
        ::close(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
    }
    return file;
}

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

trace_header basic_header(const scenario& what, std::uint64_t seed) {
    trace_header header;
    header.scenario = what.name;
    header.cluster = what.cluster;
    header.batch = what.rounds.batch;
    header.seed = seed;
    return header;
}

traced_fault traced(server_id server, const std::string& behavior, const round_range& rounds,
                    const behavior_options& options) {
    return {server, behavior, rounds_text(rounds), options_text(options)};
}

judgement judged(const judged_record& r) {
    if (r.leaked) {
        return judgement::leaked;
    }
    if (r.corrupted) {
        return judgement::corrupted;
    }
    return r.denied ? judgement::denied : judgement::right;
}

} // namespace

trace_header header_of(const scenario& what, std::uint64_t seed, database& truth,
                       traced_payloads payloads) {
    auto header = basic_header(what, seed);
    for (const auto& entry : what.byzantine) {
        header.byzantine.push_back(
            traced(entry.server, entry.behavior, entry.rounds, entry.options));
    }
    if (truth.count() <= traced_records_max) {
        truth.for_each([&](const record& r) {
            auto& kept = header.records.emplace_back(
                traced_record{r.id, r.version, r.confidentiality, std::nullopt});
            if (payloads == traced_payloads::with_text) {
                kept.payload = r.payload;
            }
            return true;
        });
    }
    return header;
}

trace_tap::trace_tap(const std::filesystem::path& file, const trace_header& header,
                     traced_payloads payloads)
    : path_(file), file_(made_for(file, payloads), std::ios::binary | std::ios::trunc) {
    open(header, payloads);
}

trace_tap::trace_tap(const std::filesystem::path& file, const scenario& what,
                     const simulation_settings& settings, traced_payloads payloads)
    : path_(file), file_(made_for(file, payloads), std::ios::binary | std::ios::trunc) {
    auto header = basic_header(what, settings.seed);
    header.driver = "simulation";
    header.cluster = settings.cluster;
    header.batch = settings.batch;
    for (const auto& one : settings.byzantine) {
        header.byzantine.push_back(traced(one.server, one.behavior, one.rounds, one.options));
    }
    for (const auto& r : settings.database.list) {
        header.records.push_back({r.id, r.version, r.confidentiality, std::nullopt});
    }
    open(header, payloads);
}

void trace_tap::open(const trace_header& header, traced_payloads payloads) {
    if (!file_) {
        throw std::runtime_error(path_.string() + ": cannot be written: " + std::strerror(errno));
    }
    writer_.emplace(file_, header, payloads);
}

simulation_hooks trace_tap::hooks() {
    simulation_hooks taps;
    taps.sent = [this](tick at, server_id from, server_id to, const message& what, bool lost) {
        writer_->sent(at, from, to, what, lost);
    };
    taps.refused = [this](tick at, server_id by, const refused& what, const message* about) {
        writer_->refused(at, by, what, about);
    };
    taps.closed = [this](tick at, const round_closed& what,
                         const std::vector<judged_record>& records) {
        std::vector<record_truth> truths;
        for (const auto& r : records) {
            truths.push_back({r.truth, judged(r)});
        }
        writer_->closed(at, what, truths);
    };
    return taps;
}

void trace_tap::sent(tick at, server_id from, server_id to, const message& what) {
    const std::lock_guard lock{mutex_};
    writer_->sent(at, from, to, what);
}

void trace_tap::refused_by(tick at, server_id by, const refused& what, const message* about) {
    const std::lock_guard lock{mutex_};
    writer_->refused(at, by, what, about);
}

void trace_tap::closed(tick at, const round_closed& what, const std::vector<record_truth>& truths) {
    const std::lock_guard lock{mutex_};
    writer_->closed(at, what, truths);
}

void trace_tap::finish(const judged_totals& totals, std::uint64_t messages) {
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
    finish(summary);
}

void trace_tap::finish(const simulation_result& result) {
    trace_summary summary;
    summary.rounds = result.rounds;
    summary.records = result.records;
    summary.released = result.released;
    summary.withheld = result.withheld;
    summary.leaked = result.leaked;
    summary.corrupted = result.corrupted;
    summary.denied = result.denied;
    summary.unresolved = result.unresolved;
    summary.disagreements = result.disagreements;
    summary.framed = result.framed;
    summary.messages = result.messages;
    summary.convicted = result.convicted;
    summary.quarantined = result.quarantined;
    summary.outcome = result.exposed() ? "exposed" : "secure";
    finish(summary);
}

void trace_tap::finish(const trace_summary& summary) {
    const std::lock_guard lock{mutex_};
    writer_->finish(summary);
    errno = 0;
    file_.flush();
    if (!file_) {
        const auto why = writer_->error() != 0 ? writer_->error() : errno;
        throw std::runtime_error(path_.string()
                                 + ": the trace could not be written: " + std::strerror(why));
    }
}

} // namespace byzgate
