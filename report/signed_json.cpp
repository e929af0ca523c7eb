#include "report/signed_json.hpp"

#include "report/protocol_json.hpp"

namespace byzgate::json_text {

namespace {

/// An array, with whatever `append` makes of each item.
template <class List, class Append>
void put_array(std::string& out, std::string_view name, const List& list, Append append) {
    append_key(out, name);
    out.push_back('[');
    for (const auto& item : list) {
        append_separator(out);
        append(out, item);
    }
    out.push_back(']');
}

void append_link(std::string& out, const std::shared_ptr<const relay_link>& link) {
    if (!link) {
        out += "null";
        return;
    }
    out.push_back('{');
    put_server(out, "lieutenant", link->lieutenant);
    put_number(out, "phase", link->phase);
    put_array(out, "roots", link->roots, [](std::string& to, const named_root& r) {
        to.push_back('{');
        put_server(to, "commander", r.commander);
        put_hex(to, "root", r.root);
        to.push_back('}');
    });
    put_hex(out, "signature", link->by);
    out.push_back('}');
}

} // namespace

void append_shown_claim(std::string& out, const shown_claim& shown) {
    out.push_back('{');
    put_server(out, "commander", shown.commander);
    put_number(out, "round", number_of(shown.round));
    put_number(out, "level", shown.level);
    put_number(out, "count", shown.count);
    put_number(out, "position", shown.position);
    put_text(out, "record", shown.record);
    append_key(out, "claim");
    append_claim(out, shown.what);
    put_hex(out, "salt", shown.salt);
    put_array(out, "proof", shown.proof,
              [](std::string& to, const digest& d) { append_string(to, hex_of(d)); });
    put_hex(out, "signature", shown.by);
    out.push_back('}');
}

void append_evidence(std::string& out, const evidence& found) {
    out.push_back('{');
    append_key(out, "first");
    append_shown_claim(out, found.first);
    append_key(out, "second");
    append_shown_claim(out, found.second);
    out.push_back('}');
}

void append_evidence_or_null(std::string& out, const evidence_ptr& found) {
    if (found) {
        append_evidence(out, *found);
    } else {
        out += "null";
    }
}

void put_seal(std::string& out, const seal_ptr& seal) {
    if (seal) {
        append_key(out, "seal");
        out.push_back('{');
        put_hex(out, "salt", seal->salt);
        put_hex(out, "signature", seal->by);
        out.push_back('}');
    }
}

void put_proof(std::string& out, const evidence_ptr& proof) {
    if (proof) {
        append_key(out, "proof");
        append_evidence(out, *proof);
    }
}

void put_proofs(std::string& out, const std::vector<evidence_ptr>& proofs) {
    if (!proofs.empty()) {
        put_array(out, "proofs", proofs, append_evidence_or_null);
    }
}

void put_grounds(std::string& out, const payload_reply& from) {
    if (!from.grounds) {
        return;
    }
    append_key(out, "grounds");
    out.push_back('{');
    put_array(out, "batches", from.grounds->batches,
              [](std::string& to, const signed_claims& batch) {
                  to.push_back('{');
                  put_server(to, "commander", batch.commander);
                  append_key(to, "claims");
                  append_claims(to, batch.claims);
                  put_seal(to, batch.seal);
                  to.push_back('}');
              });
    put_array(out, "convictions", from.grounds->convictions, append_evidence_or_null);
    out.push_back('}');
}

void put_certificate(std::string& out, const certificate_ptr& certificate) {
    if (certificate) {
        const auto bytes = encode(*certificate);
        append_key(out, "certificate");
        append_string(out, hex_of(bytes));
    }
}

void put_passed_on(std::string& out, const signed_relay& m) {
    put_array(out, "items", m.items, [](std::string& to, const passed_claims& item) {
        to.push_back('{');
        put_server(to, "commander", item.commander);
        append_key(to, "claims");
        append_claims(to, item.claims);
        put_seal(to, item.seal);
        put_array(to, "links", item.links, append_link);
        to.push_back('}');
    });
    append_key(out, "own");
    append_link(out, m.own);
}

} // namespace byzgate::json_text

namespace byzgate {

namespace {

std::shared_ptr<const relay_link> read_link(const nlohmann::json& value, std::size_t line) {
    if (value.is_null()) {
        return nullptr;
    }
    json_fields fields{value, line};
    relay_link link;
    link.lieutenant = fields.server("lieutenant");
    link.phase = fields.number32("phase");
    for (const auto& one : fields.array("roots")) {
        json_fields root{one, line};
        link.roots.push_back({root.server("commander"), root.digest_at("root")});
        root.done();
    }
    link.by = fields.signature_at("signature");
    fields.done();
    return std::make_shared<const relay_link>(std::move(link));
}

evidence_ptr read_evidence_or_null(const nlohmann::json& value, std::size_t line) {
    return value.is_null() ? nullptr : std::make_shared<const evidence>(read_evidence(value, line));
}

} // namespace

shown_claim read_shown_claim(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    shown_claim shown;
    shown.commander = fields.server("commander");
    shown.round = round_id{fields.number("round")};
    shown.level = fields.number32("level");
    shown.count = fields.number32("count");
    shown.position = fields.number32("position");
    shown.record = fields.text("record");
    shown.what = read_claim(fields.at("claim"), line);
    shown.salt = fields.leaf_salt_at("salt");
    for (const auto& one : fields.array("proof")) {
        const auto parsed =
            one.is_string() ? parse_digest(one.get_ref<const std::string&>()) : std::nullopt;
        if (!parsed) {
            fields.fail("proof", "must hold 64 hexadecimal digits in each place");
        }
        shown.proof.push_back(*parsed);
    }
    shown.by = fields.signature_at("signature");
    fields.done();
    return shown;
}

evidence read_evidence(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    evidence found{read_shown_claim(fields.at("first"), line),
                   read_shown_claim(fields.at("second"), line)};
    fields.done();
    return found;
}

seal_ptr read_seal(json_fields& fields) {
    const auto* value = fields.maybe("seal");
    if (value == nullptr) {
        return nullptr;
    }
    json_fields inner{*value, fields.line()};
    batch_seal seal;
    seal.salt = inner.digest_at("salt");
    seal.by = inner.signature_at("signature");
    inner.done();
    return std::make_shared<const batch_seal>(seal);
}

evidence_ptr read_proof(json_fields& fields) {
    const auto* value = fields.maybe("proof");
    return value == nullptr
               ? nullptr
               : std::make_shared<const evidence>(read_evidence(*value, fields.line()));
}

std::vector<evidence_ptr> read_proofs(json_fields& fields) {
    std::vector<evidence_ptr> proofs;
    if (fields.maybe("proofs") != nullptr) {
        for (const auto& one : fields.array("proofs")) {
            proofs.push_back(read_evidence_or_null(one, fields.line()));
        }
    }
    return proofs;
}

std::shared_ptr<const release_grounds> read_grounds(json_fields& fields) {
    const auto* value = fields.maybe("grounds");
    if (value == nullptr) {
        return nullptr;
    }
    const auto line = fields.line();
    json_fields inner{*value, line};
    release_grounds grounds;
    for (const auto& one : inner.array("batches")) {
        json_fields in_batch{one, line};
        signed_claims batch;
        batch.commander = in_batch.server("commander");
        batch.claims = read_claims(in_batch.array_or_null("claims"), line);
        batch.seal = read_seal(in_batch);
        in_batch.done();
        grounds.batches.push_back(std::move(batch));
    }
    for (const auto& one : inner.array("convictions")) {
        grounds.convictions.push_back(read_evidence_or_null(one, line));
    }
    inner.done();
    return std::make_shared<const release_grounds>(std::move(grounds));
}

certificate_ptr read_certificate(json_fields& fields) {
    const auto* value = fields.maybe("certificate");
    if (value == nullptr) {
        return nullptr;
    }
    const auto bytes =
        value->is_string() ? bytes_of_hex(value->get_ref<const std::string&>()) : std::nullopt;
    auto certificate = bytes ? decode_certificate(*bytes) : std::nullopt;
    if (!certificate) {
        fields.fail("certificate", "must be the hexadecimal digits of a release certificate");
    }
    return std::make_shared<const release_certificate>(std::move(*certificate));
}

void read_passed_on(json_fields& fields, signed_relay& into) {
    const auto line = fields.line();
    for (const auto& value : fields.array("items")) {
        json_fields inner{value, line};
        passed_claims item;
        item.commander = inner.server("commander");
        item.claims = read_claims(inner.array_or_null("claims"), line);
        item.seal = read_seal(inner);
        for (const auto& one : inner.array("links")) {
            item.links.push_back(read_link(one, line));
        }
        inner.done();
        into.items.push_back(std::move(item));
    }
    into.own = read_link(fields.at("own"), line);
}

} // namespace byzgate
