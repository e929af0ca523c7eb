#include "report/trace.hpp"

#include <algorithm>
#include <istream>
#include <streambuf>

#include "report/signed_json.hpp"

namespace byzgate {

namespace {

std::uint32_t number_between(json_fields& fields, std::string_view name, std::uint32_t least,
                             std::uint32_t most) {
    const auto number = static_cast<std::uint32_t>(fields.number(name, most));
    if (number < least) {
        fields.fail(name, "must be at least " + std::to_string(least));
    }
    return number;
}

std::string one_of(json_fields& fields, std::string_view name,
                   std::initializer_list<std::string_view> known) {
    auto text = fields.text(name);
    if (std::find(known.begin(), known.end(), text) == known.end()) {
        std::string names;
        for (const auto one : known) {
            names += names.empty() ? "" : " or ";
            names += one;
        }
        fields.fail(name, "must be " + names);
    }
    return text;
}

fault_budget read_budget(json_fields& header, const cluster_parameters& cluster) {
    json_fields fields{header.at("tolerate"), header.line()};
    fault_budget budget;
    budget.commanders = fields.number32("commanders");
    budget.lieutenants = fields.number32("lieutenants");
    budget.total = fields.number32("total");
    fields.done();
    if (budget.commanders > cluster.commanders || budget.lieutenants > cluster.lieutenants
        || budget.total < std::max(budget.commanders, budget.lieutenants)
        || budget.total > budget.commanders + budget.lieutenants) {
        header.fail("tolerate", "is no budget that this cluster could have");
    }
    return budget;
}

traced_fault read_fault(const nlohmann::json& value, const cluster_parameters& cluster,
                        std::size_t line) {
    json_fields fields{value, line};
    traced_fault fault;
    fault.server = fields.server("server");
    if (!cluster.contains(fault.server)) {
        fields.fail("server", "is not a server of this cluster");
    }
    fault.behavior = fields.text("behavior");
    fault.rounds = fields.text("rounds");
    const auto& options = fields.at("options");
    if (!options.is_object()) {
        fields.fail("options", "must be an object");
    }
    fault.options_json = options.dump();
    fields.done();
    return fault;
}

traced_record read_record(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    traced_record r;
    r.id = fields.text("id");
    r.version = fields.text("version");
    r.confidentiality = fields.flag_at("flag");
    if (fields.maybe("payload") != nullptr) {
        r.payload = fields.text("payload");
    }
    fields.done();
    return r;
}

void read_cluster(json_fields& fields, trace_header& header) {
    auto& cluster = header.cluster;
    cluster.protocol = one_of(fields, "protocol", {"oral", "signed"}) == "oral"
                           ? protocol_kind::oral
                           : protocol_kind::signed_;
    cluster.depth = number_between(fields, "depth", 0, traced_depth_max);
    cluster.commanders = number_between(fields, "commanders", 1, traced_servers_max);
    cluster.lieutenants = number_between(fields, "lieutenants", 1, traced_servers_max);
    cluster.tolerate = read_budget(fields, cluster);
    cluster.max_recursion = fields.number32("max_recursion");
    cluster.phase_timeout = fields.number("phase_timeout");
    header.tick_unit = one_of(fields, "tick", {"us", "step"});
    cluster.window = fields.number32("window");
    header.batch = fields.number32("batch");
    cluster.on_conviction = one_of(fields, "on_conviction", {"continue", "halt"}) == "halt"
                                ? conviction_policy::halt
                                : conviction_policy::continue_;
}

/// Nobody here has the keys: whether they prove anything is not asked.
std::vector<evidence_ptr> read_convictions(json_fields& fields, const cluster_parameters& cluster) {
    auto proofs = read_proofs(fields);
    for (const auto& proof : proofs) {
        if (!proof || !cluster.is_signed() || !is_commander(proof->commander())
            || !cluster.contains(proof->commander())) {
            fields.fail("proofs", "must be evidence against commanders of a signed cluster");
        }
    }
    return proofs;
}

trace_header read_header(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    if (const auto* name = fields.maybe("event"); name == nullptr || *name != "trace") {
        throw trace_error(line, "this is no byzgate trace: its first line must be the header");
    }
    if (const auto version = fields.number("version"); version != trace_version) {
        throw trace_error(line, "a trace of version " + std::to_string(version)
                                    + "; this program reads version "
                                    + std::to_string(trace_version));
    }
    trace_header header;
    header.scenario = fields.text("scenario");
    header.driver = fields.text("driver");
    read_cluster(fields, header);
    header.seed = fields.number("seed");
    if (fields.maybe("last_round") != nullptr) {
        header.last_round = round_id{fields.number("last_round")};
    }
    header.convictions = read_convictions(fields, header.cluster);
    for (const auto& fault : fields.array("byzantine")) {
        header.byzantine.push_back(read_fault(fault, header.cluster, line));
    }
    for (const auto& r : fields.array("records")) {
        header.records.push_back(read_record(r, line));
    }
    header.config = fields.text("config");
    fields.done();
    return header;
}

sent_event read_sent(json_fields& fields, const cluster_parameters& cluster) {
    sent_event sent;
    sent.from = fields.server("from");
    sent.to = fields.server("to");
    if (!cluster.contains(sent.from) || !cluster.contains(sent.to)) {
        fields.fail("from", "or \"to\" is not a server of this cluster");
    }
    if (fields.maybe("lost") != nullptr) {
        sent.lost = fields.boolean("lost");
    }
    const auto kind = fields.text("kind");
    read_message(fields, kind, round_id{fields.number("round")}, sent);
    return sent;
}

refused_event read_refused(json_fields& fields) {
    refused_event refused;
    refused.by = fields.server("by");
    refused.from = fields.server("from");
    refused.why = fields.enumerator("why", refusal::bad_signature);
    if (fields.maybe("kind") != nullptr) {
        refused.kind = fields.text("kind");
        refused.round = round_id{fields.number("round")};
        refused.level = fields.number32("level");
        refused.phase = fields.number32("phase");
    }
    return refused;
}

void read_decided(const nlohmann::json& value, std::size_t line, closed_event& into,
                  std::vector<record_id>& ids) {
    json_fields fields{value, line};
    ids.push_back(fields.text("id"));
    decided_record d;
    d.outcome = fields.enumerator("outcome", record_outcome::unresolved);
    d.level = fields.number32("level");
    if (d.outcome == record_outcome::released) {
        d.released = read_verdict(fields.at("verdict"), line);
    }
    into.round.decided.push_back(std::move(d));
    if (fields.maybe("truth") != nullptr) {
        record_truth truth;
        const auto name = one_of(fields, "truth", {"public", "confidential", "absent"});
        truth.confidentiality = parse_flag(name);
        truth.outcome = fields.enumerator("judgement", judgement::denied);
        into.truths.push_back(truth);
    }
    fields.done();
}

closed_event read_closed(json_fields& fields) {
    closed_event closed;
    closed.round.round = round_id{fields.number("round")};
    closed.round.submission = fields.number("submission");
    closed.round.halted = fields.boolean("halted");
    std::vector<record_id> ids;
    for (const auto& value : fields.array("records")) {
        read_decided(value, fields.line(), closed, ids);
    }
    if (!closed.truths.empty() && closed.truths.size() != ids.size()) {
        fields.fail("records", "tell the truth of some records only");
    }
    closed.round.records = std::make_shared<const std::vector<record_id>>(std::move(ids));
    for (const auto& value : fields.array("convictions")) {
        json_fields one{value, fields.line()};
        accepted_conviction c;
        c.commander = one.server("commander");
        c.level = one.number32("level");
        c.record = one.text("record");
        c.for_good = one.boolean("for_good");
        c.accusers = one.servers("accusers");
        c.proof = read_proof(one);
        one.done();
        closed.round.convictions.push_back(std::move(c));
    }
    return closed;
}

trace_summary read_summary(json_fields& fields) {
    trace_summary s;
    s.rounds = fields.number("rounds");
    s.records = fields.number("records");
    s.released = fields.number("released");
    s.withheld = fields.number("withheld");
    s.leaked = fields.number("leaked");
    s.corrupted = fields.number("corrupted");
    s.denied = fields.number("denied");
    s.unresolved = fields.number("unresolved");
    s.disagreements = fields.number("disagreements");
    s.framed = fields.number("framed");
    s.messages = fields.number("messages");
    s.convicted = fields.servers("convicted");
    s.quarantined = fields.servers("quarantined");
    s.outcome = one_of(fields, "outcome", {"secure", "exposed"});
    return s;
}

} // namespace

std::string trace_reader::read_line() {
    ++line_;
    std::string line;
    auto* buffer = in_.rdbuf();
    for (auto c = buffer->sbumpc();; c = buffer->sbumpc()) {
        if (c == std::char_traits<char>::eof()) {
            throw trace_error(line_, "the trace was cut off here: a complete one ends with its "
                                     "summary line");
        }
        if (c == '\n') {
            return line;
        }
        if (line.size() == trace_line_bytes_max + 1) {
            throw trace_error(line_, "longer than any line of a trace");
        }
        line.push_back(static_cast<char>(c));
    }
}

trace_reader::trace_reader(std::istream& in) : in_(in) {
    const auto line = read_line();
    header_ = read_header(parse_json(line, line_), line_);
}

std::optional<trace_event> trace_reader::next() {
    if (finished_) {
        return std::nullopt;
    }
    const auto value = parse_json(read_line(), line_);
    json_fields fields{value, line_};
    const auto name = fields.text("event");
    if (name == "summary") {
        if (const auto events = fields.number("events"); events != events_) {
            throw trace_error(line_, "the summary counts " + std::to_string(events)
                                         + " events, and there are " + std::to_string(events_));
        }
        summary_ = read_summary(fields);
        fields.done();
        if (in_.rdbuf()->sgetc() != std::char_traits<char>::eof()) {
            throw trace_error(line_ + 1, "something follows the summary line");
        }
        finished_ = true;
        return std::nullopt;
    }
    trace_event event;
    event.sequence = fields.number("seq");
    if (event.sequence != ++events_) {
        throw trace_error(line_, "event " + std::to_string(event.sequence) + " stands where event "
                                     + std::to_string(events_) + " must be");
    }
    event.at = fields.number("at");
    if (name == "sent") {
        event.what = read_sent(fields, header_.cluster);
    } else if (name == "refused") {
        event.what = read_refused(fields);
    } else if (name == "closed") {
        event.what = read_closed(fields);
    } else {
        fields.fail("event", "is not one of trace, sent, refused, closed, summary");
    }
    fields.done();
    return event;
}

trace read_trace(std::istream& in) {
    trace_reader reader{in};
    trace whole;
    while (auto event = reader.next()) {
        if (whole.events.size() == trace_events_max) {
            throw trace_error(whole.events.size() + 2, "more events than can be shown at once");
        }
        whole.events.push_back(std::move(*event));
    }
    whole.header = reader.header();
    whole.summary = reader.summary();
    return whole;
}

} // namespace byzgate
