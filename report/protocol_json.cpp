#include "report/protocol_json.hpp"

#include "report/signed_json.hpp"

namespace byzgate::json_text {

void put_number(std::string& out, std::string_view name, std::uint64_t number) {
    append_key(out, name);
    append_number(out, number);
}

void put_text(std::string& out, std::string_view name, std::string_view bytes) {
    append_key(out, name);
    append_bytes(out, bytes);
}

void put_bool(std::string& out, std::string_view name, bool value) {
    append_key(out, name);
    out += value ? "true" : "false";
}

void append_server(std::string& out, server_id id) {
    const auto name = to_string(id);
    if (parse_server_id(name) == id) {
        append_bytes(out, name);
    } else {
        append_number(out, static_cast<std::uint32_t>(id));
    }
}

void put_server(std::string& out, std::string_view name, server_id id) {
    append_key(out, name);
    append_server(out, id);
}

void put_servers(std::string& out, std::string_view name, const std::vector<server_id>& ids) {
    append_key(out, name);
    out.push_back('[');
    for (const auto id : ids) {
        append_separator(out);
        append_server(out, id);
    }
    out.push_back(']');
}

void put_flag(std::string& out, std::string_view name, flag f) {
    if (f == flag::public_ || f == flag::confidential) {
        put_text(out, name, to_string(f));
    } else {
        put_number(out, name, static_cast<std::uint64_t>(f));
    }
}

void append_claim(std::string& out, const claim& c) {
    if (c == no_value()) {
        out += "\"none\"";
        return;
    }
    if (c == absent_claim()) {
        out += "\"absent\"";
        return;
    }
    out.push_back('{');
    if (c.kind != claim_kind::present) {
        put_number(out, "claim_kind", static_cast<std::uint64_t>(c.kind));
    }
    put_flag(out, "flag", c.says);
    put_text(out, "version", c.version);
    put_text(out, "digest", to_hex(c.payload_digest));
    out.push_back('}');
}

void append_verdict(std::string& out, const verdict& v) {
    out.push_back('{');
    put_enum(out, "what", v.what);
    put_enum(out, "why", v.why);
    if (v.what == decision::release || !v.version.empty() || v.payload_digest != digest{}) {
        put_text(out, "version", v.version);
        put_text(out, "digest", to_hex(v.payload_digest));
    }
    out.push_back('}');
}

void append_claims(std::string& out, const claim_batch& claims) {
    if (!claims) {
        out += "null";
        return;
    }
    out.push_back('[');
    for (const auto& c : *claims) {
        append_separator(out);
        append_claim(out, c);
    }
    out.push_back(']');
}

namespace {

void put_reported(std::string& out, std::string_view name, const reported_claim& r) {
    append_key(out, name);
    out += "{\"claim\":";
    append_claim(out, r.what);
    put_servers(out, "reporters", r.reporters);
    out.push_back('}');
}

void append_accusation(std::string& out, const accusation& a) {
    out.push_back('{');
    put_server(out, "commander", a.commander);
    put_number(out, "position", a.position);
    put_bool(out, "for_good", a.for_good);
    put_reported(out, "first", a.first);
    put_reported(out, "second", a.second);
    put_proof(out, a.proof);
    out.push_back('}');
}

void append_opening(std::string& out, const opening_report& found) {
    out.push_back('{');
    put_number(out, "position", found.position);
    put_bool(out, "opened", found.opened);
    put_servers(out, "bad_shares", found.bad_shares);
    out.push_back('}');
}

template <class Batch, class Append>
void put_batch(std::string& out, std::string_view name, const Batch& batch, Append append) {
    append_key(out, name);
    if (!batch) {
        out += "null";
        return;
    }
    out.push_back('[');
    for (const auto& item : *batch) {
        append_separator(out);
        append(out, item);
    }
    out.push_back(']');
}

void append_path(std::string& out, const relay_path& path) {
    out.push_back('[');
    append_server(out, path.commander);
    for (const auto id : path.lieutenants) {
        append_separator(out);
        append_server(out, id);
    }
    out.push_back(']');
}

/// What a message holds beyond kind, round and level.
class content_writer {
public:
    content_writer(std::string& out, traced_payloads payloads, const std::vector<relay_path>& paths)
        : out_(out), payloads_(payloads), paths_(paths) {}

    void operator()(const round_request& m) {
        put_number(out_, "level", m.level);
        put_batch(out_, "records", m.records, append_bytes);
        put_servers(out_, "convicted", m.convicted);
        put_proofs(out_, m.proofs);
    }
    void operator()(const distribution& m) {
        put_number(out_, "level", m.level);
        append_key(out_, "claims");
        append_claims(out_, m.claims);
        put_payloads(m.payloads);
        put_seal(out_, m.seal);
    }
    void operator()(const relay& m) {
        put_number(out_, "level", m.level);
        put_number(out_, "phase", m.phase);
        append_key(out_, "items");
        out_.push_back('[');
        for (std::size_t i = 0; i < m.items.size(); ++i) {
            append_separator(out_);
            out_.push_back('{');
            if (i < paths_.size()) {
                append_key(out_, "path");
                append_path(out_, paths_[i]);
            }
            append_key(out_, "claims");
            append_claims(out_, m.items[i]);
            out_.push_back('}');
        }
        out_.push_back(']');
    }
    void operator()(const vote& m) {
        put_number(out_, "level", m.level);
        put_batch(out_, "verdicts", m.verdicts, append_verdict);
        put_batch(out_, "accusations", &m.accusations, append_accusation);
        put_seal(out_, m.seal);
    }
    void operator()(const payload_request& m) {
        put_number(out_, "level", m.level);
        put_batch(out_, "positions", &m.positions, append_number);
    }
    void operator()(const payload_reply& m) {
        put_number(out_, "level", m.level);
        put_batch(out_, "positions", &m.positions, append_number);
        put_payloads(m.payloads);
        put_grounds(out_, m);
    }
    void operator()(const delivery& m) {
        put_number(out_, "sequence", m.sequence);
        put_batch(out_, "records", m.records, [this](std::string& out, const released_record& r) {
            out.push_back('{');
            put_text(out, "id", r.id);
            put_text(out, "version", r.version);
            put_text(out, "digest", to_hex(r.payload_digest));
            put_number(out, "bytes", r.payload.size());
            if (payloads_ == traced_payloads::with_text) {
                put_text(out, "payload", r.payload);
            }
            put_servers(out, "voters", r.voters);
            put_certificate(out, r.certificate);
            out.push_back('}');
        });
    }
    void operator()(const delivery_receipt& m) {
        put_number(out_, "sequence", m.sequence);
        put_openings(out_, m.openings);
    }
    void operator()(const round_end&) {}
    void operator()(const signed_relay& m) {
        put_number(out_, "level", m.level);
        put_number(out_, "phase", m.phase);
        put_passed_on(out_, m);
    }

private:
    void put_payloads(const payload_batch& payloads) {
        put_batch(out_, "payload_bytes", payloads,
                  [](std::string& out, const std::string& payload) {
                      append_number(out, payload.size());
                  });
        if (payloads_ == traced_payloads::with_text) {
            put_batch(out_, "payloads", payloads, append_bytes);
        }
    }

    std::string& out_;
    traced_payloads payloads_;
    const std::vector<relay_path>& paths_;
};

} // namespace

void put_openings(std::string& out, const std::vector<opening_report>& openings) {
    if (!openings.empty()) {
        put_batch(out, "openings", &openings, append_opening);
    }
}

void append_content(std::string& out, const message& what, traced_payloads payloads,
                    const std::vector<relay_path>& paths) {
    std::visit(content_writer{out, payloads, paths}, what);
}

} // namespace byzgate::json_text
