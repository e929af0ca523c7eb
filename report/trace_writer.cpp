#include "report/trace.hpp"

#include <algorithm>
#include <cerrno>
#include <ostream>

#include <nlohmann/json.hpp>

#include "protocol/assert.hpp"
#include "report/protocol_json.hpp"
#include "report/signed_json.hpp"

namespace byzgate {

std::string_view to_string(judgement j) noexcept {
    switch (j) {
        case judgement::right:
            return "right";
        case judgement::leaked:
            return "leaked";
        case judgement::corrupted:
            return "corrupted";
        case judgement::denied:
            return "denied";
    }
    return "?";
}

namespace {

using namespace json_text;

/// Requests whose commanders are remembered, for relays that come after their round has closed.
constexpr std::size_t requests_remembered_max = 65'536;

/// Bytes of text that a message holds: a lower bound for its line, known without writing it.
struct weight_of {
    bool with_text;

    std::size_t operator()(const round_request& m) const { return of_texts(m.records); }
    std::size_t operator()(const distribution& m) const { return of_payloads(m.payloads); }
    std::size_t operator()(const payload_reply& m) const { return of_payloads(m.payloads); }
    template <class Other>
    std::size_t operator()(const Other&) const {
        return 0;
    }

    template <class Texts>
    static std::size_t of_texts(const Texts& texts) {
        std::size_t sum = 0;
        if (texts) {
            for (const auto& text : *texts) {
                sum += text.size();
            }
        }
        return sum;
    }
    [[nodiscard]] std::size_t of_payloads(const payload_batch& payloads) const {
        return with_text ? of_texts(payloads) : 0;
    }
};

void put_fault(std::string& out, const traced_fault& f) {
    const auto options = nlohmann::json::parse(f.options_json, nullptr, false);
    BYZGATE_ASSERT(options.is_object());
    append_separator(out);
    out.push_back('{');
    put_server(out, "server", f.server);
    put_text(out, "behavior", f.behavior);
    put_text(out, "rounds", f.rounds);
    append_key(out, "options");
    out += options.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    out.push_back('}');
}

void put_record(std::string& out, const traced_record& r, bool with_text) {
    append_separator(out);
    out.push_back('{');
    put_text(out, "id", r.id);
    put_text(out, "version", r.version);
    put_flag(out, "flag", r.confidentiality);
    if (with_text && r.payload) {
        put_text(out, "payload", *r.payload);
    }
    out.push_back('}');
}

std::string header_line(const trace_header& h, bool with_text) {
    std::string out = "{";
    put_text(out, "event", "trace");
    put_number(out, "version", trace_version);
    put_text(out, "scenario", h.scenario);
    put_text(out, "driver", h.driver);
    put_text(out, "protocol", to_string(h.cluster.protocol));
    if (h.cluster.sealed) {
        put_bool(out, "sealed", true);
    }
    put_number(out, "depth", h.cluster.depth);
    put_number(out, "commanders", h.cluster.commanders);
    put_number(out, "lieutenants", h.cluster.lieutenants);
    append_key(out, "tolerate");
    out.push_back('{');
    put_number(out, "commanders", h.cluster.tolerate.commanders);
    put_number(out, "lieutenants", h.cluster.tolerate.lieutenants);
    put_number(out, "total", h.cluster.tolerate.total);
    out.push_back('}');
    put_number(out, "max_recursion", h.cluster.max_recursion);
    put_number(out, "phase_timeout", h.cluster.phase_timeout);
    put_text(out, "tick", h.tick_unit);
    put_number(out, "window", h.cluster.window);
    put_number(out, "batch", h.batch);
    put_text(out, "on_conviction",
             h.cluster.on_conviction == conviction_policy::halt ? "halt" : "continue");
    put_number(out, "seed", h.seed);
    if (number_of(h.last_round) > 0) {
        put_number(out, "last_round", number_of(h.last_round));
    }
    put_proofs(out, h.convictions);
    append_key(out, "byzantine");
    out.push_back('[');
    for (const auto& f : h.byzantine) {
        put_fault(out, f);
    }
    out.push_back(']');
    append_key(out, "records");
    out.push_back('[');
    for (const auto& r : h.records) {
        put_record(out, r, with_text);
    }
    out.push_back(']');
    put_text(out, "config", h.config);
    out.push_back('}');
    return out;
}

void put_decided(std::string& out, const record_id& id, const decided_record& d,
                 const record_truth* truth) {
    append_separator(out);
    out.push_back('{');
    put_text(out, "id", id);
    put_enum(out, "outcome", d.outcome);
    put_number(out, "level", d.level);
    if (d.outcome == record_outcome::released) {
        append_key(out, "verdict");
        append_verdict(out, d.released);
    }
    if (truth != nullptr) {
        put_text(out, "truth",
                 truth->confidentiality ? to_string(*truth->confidentiality) : "absent");
        put_enum(out, "judgement", truth->outcome);
    }
    out.push_back('}');
}

void put_conviction(std::string& out, const accepted_conviction& c) {
    append_separator(out);
    out.push_back('{');
    put_server(out, "commander", c.commander);
    put_number(out, "level", c.level);
    put_text(out, "record", c.record);
    put_bool(out, "for_good", c.for_good);
    put_servers(out, "accusers", c.accusers);
    put_proof(out, c.proof);
    out.push_back('}');
}

} // namespace

trace_writer::trace_writer(std::ostream& out, const trace_header& header, traced_payloads payloads)
    : out_(out), cluster_(header.cluster), payloads_(payloads) {
    if (cluster_.depth > 0 && cluster_.depth < cluster_.lieutenants) {
        paths_.emplace(cluster_.lieutenants, cluster_.depth);
    }
    auto line = header_line(header, payloads == traced_payloads::with_text);
    // Payloads too large for the line are left out of it, then the database; the run itself is
    // still worth having.
    if (line.size() > trace_line_bytes_max) {
        line = header_line(header, false);
    }
    if (line.size() > trace_line_bytes_max) {
        auto shorter = header;
        shorter.records.clear();
        line = header_line(shorter, false);
    }
    write(line);
}

void trace_writer::write(std::string& line) {
    line.push_back('\n');
    errno = 0;
    out_.write(line.data(), static_cast<std::streamsize>(line.size()));
    if (!out_ && error_ == 0) {
        error_ = errno;
    }
}

void trace_writer::begin_event(std::string& line, std::string_view name, tick at) {
    line.push_back('{');
    put_text(line, "event", name);
    put_number(line, "seq", ++events_);
    put_number(line, "at", at);
}

void trace_writer::remember(const round_request& request) {
    std::vector<server_id> asked;
    for (std::uint32_t i = 0; i < cluster_.commanders; ++i) {
        const auto id = commander_id(i);
        if (std::find(request.convicted.begin(), request.convicted.end(), id)
            == request.convicted.end()) {
            asked.push_back(id);
        }
    }
    const level_of_round key{request.round, request.level};
    if (!asked_.try_emplace(key, std::move(asked)).second) {
        return;
    }
    asked_order_.push_back(key);
    if (asked_order_.size() > requests_remembered_max) {
        asked_.erase(asked_order_.front());
        asked_order_.pop_front();
    }
}

std::vector<relay_path> trace_writer::paths_of(server_id from, server_id to,
                                               const relay& what) const {
    std::vector<relay_path> paths;
    const auto asked = asked_.find({what.round, what.level});
    if (!paths_ || asked == asked_.end() || !is_lieutenant(from) || !is_lieutenant(to) || from == to
        || what.phase < 1 || what.phase > cluster_.depth || !cluster_.contains(from)
        || !cluster_.contains(to)) {
        return paths;
    }
    const auto owed = paths_->owed(index_of(from), index_of(to), what.phase);
    for (const auto commander : asked->second) {
        for (const auto path : owed) {
            if (paths.size() == what.items.size()) {
                return paths;
            }
            relay_path named{commander, {}};
            for (const auto lieutenant : paths_->lieutenants_on(path)) {
                named.lieutenants.push_back(lieutenant_id(lieutenant));
            }
            paths.push_back(std::move(named));
        }
    }
    return paths;
}

void trace_writer::sent(tick at, server_id from, server_id to, const message& what, bool lost) {
    std::vector<relay_path> paths;
    if (const auto* request = std::get_if<round_request>(&what)) {
        remember(*request);
    } else if (const auto* passed_on = std::get_if<relay>(&what)) {
        paths = paths_of(from, to, *passed_on);
    }
    std::string line;
    begin_event(line, "sent", at);
    put_server(line, "from", from);
    put_server(line, "to", to);
    if (lost) {
        put_bool(line, "lost", true);
    }
    put_text(line, "kind", kind_of(what));
    put_number(line, "round", number_of(round_of(what)));
    const auto common = line.size();
    const bool with_text = payloads_ == traced_payloads::with_text;
    auto bytes = std::visit(weight_of{with_text}, what);
    if (bytes <= trace_line_bytes_max) {
        append_content(line, what, payloads_, paths);
        bytes = line.size();
    }
    if (bytes >= trace_line_bytes_max) {
        line.resize(common);
        put_number(line, "level", level_of(what));
        put_number(line, "too_large", bytes);
    }
    line.push_back('}');
    write(line);
}

void trace_writer::refused(tick at, server_id by, const byzgate::refused& what,
                           const message* about) {
    std::string line;
    begin_event(line, "refused", at);
    put_server(line, "by", by);
    put_server(line, "from", what.from);
    put_enum(line, "why", what.why);
    if (about != nullptr) {
        put_text(line, "kind", kind_of(*about));
        put_number(line, "round", number_of(round_of(*about)));
        put_number(line, "level", level_of(*about));
        put_number(line, "phase", phase_of(*about));
    }
    line.push_back('}');
    write(line);
}

void trace_writer::closed(tick at, const round_closed& what,
                          const std::vector<record_truth>& truths) {
    const auto records = what.records ? what.records->size() : 0;
    BYZGATE_ASSERT(truths.empty() || truths.size() == records);
    std::string line;
    begin_event(line, "closed", at);
    put_number(line, "round", number_of(what.round));
    put_number(line, "submission", what.submission);
    put_bool(line, "halted", what.halted);
    append_key(line, "records");
    line.push_back('[');
    for (std::size_t i = 0; i < records; ++i) {
        const auto decided = i < what.decided.size() ? what.decided[i] : decided_record{};
        put_decided(line, (*what.records)[i], decided, truths.empty() ? nullptr : &truths[i]);
    }
    line.push_back(']');
    append_key(line, "convictions");
    line.push_back('[');
    for (const auto& c : what.convictions) {
        put_conviction(line, c);
    }
    line.push_back(']');
    put_openings(line, what.openings);
    line.push_back('}');
    write(line);
}

void trace_writer::finish(const trace_summary& s) {
    std::string line = "{";
    put_text(line, "event", "summary");
    put_number(line, "events", events_);
    put_number(line, "rounds", s.rounds);
    put_number(line, "records", s.records);
    put_number(line, "released", s.released);
    put_number(line, "withheld", s.withheld);
    put_number(line, "leaked", s.leaked);
    put_number(line, "corrupted", s.corrupted);
    put_number(line, "denied", s.denied);
    put_number(line, "unresolved", s.unresolved);
    put_number(line, "disagreements", s.disagreements);
    put_number(line, "framed", s.framed);
    put_number(line, "messages", s.messages);
    put_servers(line, "convicted", s.convicted);
    put_servers(line, "quarantined", s.quarantined);
    put_text(line, "outcome", s.outcome);
    line.push_back('}');
    write(line);
    out_.flush();
}

} // namespace byzgate
