#include "report/page_run.hpp"

#include <fmt/format.h>

#include "report/explain.hpp"
#include "report/protocol_json.hpp"

namespace byzgate {

namespace json_text {

void append_integer(std::string& out, std::int64_t number) {
    append_separator(out);
    out += std::to_string(number);
}

void append_shown(std::string& out, std::string_view bytes) {
    if (is_utf8(bytes)) {
        append_string(out, bytes);
        return;
    }
    std::string hex = "bytes";
    for (const char c : bytes) {
        hex += fmt::format(" {:02x}", static_cast<unsigned char>(c));
    }
    append_string(out, hex);
}

void put_shown(std::string& out, std::string_view name, std::string_view bytes) {
    append_key(out, name);
    append_shown(out, bytes);
}

} // namespace json_text

using namespace json_text;

namespace {

/// In place of a claim: nothing was said, or the level is not about that record.
constexpr int silence = -1;
constexpr int elsewhere = -2;

} // namespace

int page_run::number_of_server(server_id id) const {
    const auto& cluster = header().cluster;
    if (!cluster.contains(id)) {
        return -1;
    }
    const auto servers = static_cast<int>(cluster.commanders + cluster.lieutenants);
    switch (role_of(id)) {
        case server_role::commander:
            return static_cast<int>(index_of(id));
        case server_role::lieutenant:
            return static_cast<int>(cluster.commanders + index_of(id));
        case server_role::supervisor:
            return servers;
        case server_role::external_party:
            return servers + 1;
    }
    return -1;
}

int page_run::number_of_claim(const claim& c) {
    std::string text;
    if (c == no_value()) {
        text = "[\"no value\"]";
    } else if (c == absent_claim()) {
        text = "[\"absent\"]";
    } else if (!c.is_present()) {
        text = "[\"nonsense\"]";
    } else {
        text = "[\"" + std::string{to_string(c.says)} + "\",";
        append_shown(text, c.version);
        text += ",\"" + to_hex(c.payload_digest) + "\"]";
    }
    const auto [at, added] = claim_numbers_.try_emplace(text, static_cast<int>(claims_.size()));
    if (added) {
        claims_.push_back(text);
    }
    return at->second;
}

int page_run::number_of_claim(const claim_batch& claims, std::optional<std::size_t> position) {
    if (!position) {
        return elsewhere;
    }
    return claims && *position < claims->size() ? number_of_claim((*claims)[*position]) : silence;
}

void page_run::put_servers_by_number(std::string& out, std::string_view name,
                                     const std::vector<server_id>& ids) const {
    put_list(out, name, ids, [&](server_id id) { append_integer(out, number_of_server(id)); });
}

void page_run::write_header(std::string& out) const {
    const auto& h = header();
    put_shown(out, "scenario", h.scenario);
    put_shown(out, "driver", h.driver);
    put_text(out, "protocol", to_string(h.cluster.protocol));
    put_number(out, "depth", h.cluster.depth);
    put_number(out, "commanders", h.cluster.commanders);
    put_number(out, "lieutenants", h.cluster.lieutenants);
    put_list(out, "tolerate",
             std::vector{h.cluster.tolerate.commanders, h.cluster.tolerate.lieutenants,
                         h.cluster.tolerate.total},
             [&](std::uint32_t n) { append_number(out, n); });
    put_number(out, "quorum", h.cluster.quorum());
    put_number(out, "max_recursion", h.cluster.max_recursion);
    put_number(out, "batch", h.batch);
    put_text(out, "seed", std::to_string(h.seed));
    put_text(out, "unit", h.tick_unit);
    put_list(out, "faults", h.byzantine, [&](const traced_fault& f) {
        out.push_back('{');
        append_key(out, "server");
        append_integer(out, number_of_server(f.server));
        put_shown(out, "behavior", f.behavior);
        put_shown(out, "rounds", f.rounds);
        put_shown(out, "options", f.options_json == "{}" ? "" : f.options_json);
        out.push_back('}');
    });
}

void page_run::write_summary(std::string& out) const {
    const auto& s = analysis_.run().summary;
    put_text(out, "outcome", s.outcome);
    append_key(out, "summary");
    out.push_back('{');
    put_number(out, "rounds", s.rounds);
    put_number(out, "records", s.records);
    put_number(out, "released", s.released);
    put_number(out, "withheld", s.withheld);
    put_number(out, "leaked", s.leaked);
    put_number(out, "corrupted", s.corrupted);
    put_number(out, "denied", s.denied);
    put_number(out, "unresolved", s.unresolved);
    put_number(out, "disagreements", s.disagreements);
    put_number(out, "framed", s.framed);
    put_number(out, "messages", s.messages);
    put_servers_by_number(out, "convicted", s.convicted);
    put_servers_by_number(out, "quarantined", s.quarantined);
    put_number(out, "stray", analysis_.stray_messages());
    out.push_back('}');
    const auto counts = count_outcomes(analysis_);
    append_key(out, "outcomes");
    out.push_back('{');
    put_number(out, "released_right", counts.released_right);
    put_number(out, "leaked", counts.leaked);
    put_number(out, "corrupted", counts.corrupted);
    put_number(out, "withheld_right", counts.withheld_right);
    put_number(out, "denied", counts.denied);
    put_number(out, "unresolved", counts.unresolved);
    out.push_back('}');
}

void page_run::write_latency(std::string& out) const {
    const auto latency = summarize_latency(analysis_);
    append_key(out, "latency");
    out.push_back('{');
    put_number(out, "rounds", latency.rounds);
    put_number(out, "p50", latency.p50);
    put_number(out, "p95", latency.p95);
    put_number(out, "p99", latency.p99);
    put_number(out, "max", latency.max);
    put_list(out, "bins", latency.bins, [&](const latency_summary::bin& b) {
        out += fmt::format("[{},{},{}]", b.from, b.to, b.count);
    });
    out.push_back('}');
}

void page_run::write(std::string& out) {
    append_separator(out);
    out.push_back('{');
    write_header(out);
    write_summary(out);
    write_latency(out);
    write_rounds(out);
    put_list(out, "claims", claims_, [&](const std::string& text) { out += text; });
    out.push_back('}');
}

} // namespace byzgate
