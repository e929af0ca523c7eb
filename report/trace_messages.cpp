#include "report/signed_json.hpp"

namespace byzgate {

namespace {

relay_path read_path(const nlohmann::json& value, std::size_t line) {
    if (!value.is_array() || value.empty()) {
        throw trace_error(line, "\"path\" must be an array that begins with a commander");
    }
    relay_path path;
    path.commander = read_server(value.front(), line);
    if (!is_commander(path.commander)) {
        throw trace_error(line, "\"path\" must begin with a commander");
    }
    for (std::size_t i = 1; i < value.size(); ++i) {
        path.lieutenants.push_back(read_server(value[i], line));
        if (!is_lieutenant(path.lieutenants.back())) {
            throw trace_error(line, "\"path\" must go on with lieutenants");
        }
    }
    return path;
}

relay read_relay(json_fields& fields, round_id round, level_number level,
                 std::vector<relay_path>& paths) {
    relay m{round, level, fields.number32("phase"), {}};
    for (const auto& value : fields.array("items")) {
        json_fields item{value, fields.line()};
        if (const auto* path = item.maybe("path")) {
            if (paths.size() != m.items.size()) {
                throw trace_error(fields.line(), "an item without a path stands before one with");
            }
            paths.push_back(read_path(*path, fields.line()));
        }
        m.items.push_back(read_claims(item.array_or_null("claims"), fields.line()));
        item.done();
    }
    return m;
}

reported_claim read_reported(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    reported_claim reported{read_claim(fields.at("claim"), line), fields.servers("reporters")};
    fields.done();
    return reported;
}

accusation read_accusation(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    accusation a;
    a.commander = fields.server("commander");
    a.position = fields.number32("position");
    a.for_good = fields.boolean("for_good");
    a.first = read_reported(fields.at("first"), line);
    a.second = read_reported(fields.at("second"), line);
    a.proof = read_proof(fields);
    fields.done();
    return a;
}

vote read_vote(json_fields& fields, round_id round, level_number level) {
    vote m{round, level, nullptr, {}};
    if (const auto* array = fields.array_or_null("verdicts")) {
        std::vector<verdict> verdicts;
        for (const auto& value : *array) {
            verdicts.push_back(read_verdict(value, fields.line()));
        }
        m.verdicts = std::make_shared<const std::vector<verdict>>(std::move(verdicts));
    }
    for (const auto& value : fields.array("accusations")) {
        m.accusations.push_back(read_accusation(value, fields.line()));
    }
    m.seal = read_seal(fields);
    return m;
}

/// Sizes always, texts where they were written down; they must fit each other.
payload_batch read_payloads(json_fields& fields, std::vector<std::uint64_t>& bytes) {
    const auto* sizes = fields.array_or_null("payload_bytes");
    if (sizes != nullptr) {
        for (const auto& value : *sizes) {
            bytes.push_back(read_number(value, ~std::uint64_t{0}, fields.line()));
        }
    }
    if (fields.maybe("payloads") == nullptr) {
        return nullptr;
    }
    const auto* texts = fields.array_or_null("payloads");
    if (texts == nullptr && sizes == nullptr) {
        return nullptr;
    }
    std::vector<std::string> payloads;
    for (std::size_t i = 0; texts != nullptr && i < texts->size(); ++i) {
        payloads.push_back(read_bytes((*texts)[i], fields.line()));
        if (i >= bytes.size() || payloads[i].size() != bytes[i]) {
            fields.fail("payloads", "and \"payload_bytes\" don't fit each other");
        }
    }
    if (payloads.size() != bytes.size()) {
        fields.fail("payloads", "and \"payload_bytes\" don't fit each other");
    }
    return std::make_shared<const std::vector<std::string>>(std::move(payloads));
}

std::vector<std::uint32_t> read_positions(json_fields& fields) {
    std::vector<std::uint32_t> positions;
    for (const auto& value : fields.array("positions")) {
        positions.push_back(static_cast<std::uint32_t>(
            read_number(value, std::numeric_limits<std::uint32_t>::max(), fields.line())));
    }
    return positions;
}

round_request read_request(json_fields& fields, round_id round, level_number level) {
    round_request m{round, level, nullptr, {}};
    if (const auto* array = fields.array_or_null("records")) {
        std::vector<record_id> ids;
        ids.reserve(array->size());
        for (const auto& value : *array) {
            ids.push_back(read_bytes(value, fields.line()));
        }
        m.records = std::make_shared<const std::vector<record_id>>(std::move(ids));
    }
    m.convicted = fields.servers("convicted");
    m.proofs = read_proofs(fields);
    return m;
}

delivery read_delivery(json_fields& fields, round_id round, std::vector<std::uint64_t>& bytes) {
    delivery m{round, fields.number32("sequence"), nullptr};
    const auto* array = fields.array_or_null("records");
    if (array == nullptr) {
        return m;
    }
    std::vector<released_record> records;
    for (const auto& value : *array) {
        json_fields item{value, fields.line()};
        released_record r;
        r.id = item.text("id");
        r.version = item.text("version");
        r.payload_digest = item.digest_at("digest");
        bytes.push_back(item.number("bytes"));
        if (item.maybe("payload") != nullptr) {
            r.payload = item.text("payload");
            if (r.payload.size() != bytes.back()) {
                item.fail("payload", "and \"bytes\" don't fit each other");
            }
        }
        r.voters = item.servers("voters");
        r.certificate = read_certificate(item);
        item.done();
        records.push_back(std::move(r));
    }
    m.records = std::make_shared<const std::vector<released_record>>(std::move(records));
    return m;
}

/// An empty message of that kind.
std::optional<message> make_empty(std::string_view kind, round_id round, level_number level) {
    for (const message& m :
         {message{round_request{round, level, nullptr, {}}},
          message{distribution{round, level, nullptr, nullptr}},
          message{relay{round, level, 0, {}}}, message{vote{round, level, nullptr, {}}},
          message{payload_request{round, level, {}}},
          message{payload_reply{round, level, {}, nullptr}}, message{delivery{round, 0, nullptr}},
          message{delivery_receipt{round, 0}}, message{round_end{round}},
          message{signed_relay{round, level, 0, {}, nullptr}}}) {
        if (kind_of(m) == kind) {
            return m;
        }
    }
    return std::nullopt;
}

/// Fills in what `make_empty` left empty.
struct content_reader {
    json_fields& fields;
    sent_event& into;

    void operator()(round_request& m) const { m = read_request(fields, m.round, m.level); }
    void operator()(distribution& m) const {
        m.claims = read_claims(fields.array_or_null("claims"), fields.line());
        m.payloads = read_payloads(fields, into.payload_bytes);
        m.seal = read_seal(fields);
    }
    void operator()(relay& m) const { m = read_relay(fields, m.round, m.level, into.paths); }
    void operator()(vote& m) const { m = read_vote(fields, m.round, m.level); }
    void operator()(payload_request& m) const { m.positions = read_positions(fields); }
    void operator()(payload_reply& m) const {
        m.positions = read_positions(fields);
        m.payloads = read_payloads(fields, into.payload_bytes);
        m.grounds = read_grounds(fields);
    }
    void operator()(delivery& m) const { m = read_delivery(fields, m.round, into.payload_bytes); }
    void operator()(delivery_receipt& m) const {
        m.sequence = fields.number32("sequence");
        m.openings = read_openings(fields);
    }
    void operator()(round_end&) const {}
    void operator()(signed_relay& m) const {
        m.phase = fields.number32("phase");
        read_passed_on(fields, m);
    }
};

} // namespace

std::vector<opening_report> read_openings(json_fields& fields) {
    std::vector<opening_report> openings;
    if (fields.maybe("openings") == nullptr) {
        return openings;
    }
    for (const auto& value : fields.array("openings")) {
        json_fields one{value, fields.line()};
        opening_report found;
        found.position = one.number32("position");
        found.opened = one.boolean("opened");
        found.bad_shares = one.servers("bad_shares");
        one.done();
        openings.push_back(std::move(found));
    }
    return openings;
}

claim read_claim(const nlohmann::json& value, std::size_t line) {
    if (value.is_string()) {
        const auto& name = value.get_ref<const std::string&>();
        if (name == "none") {
            return no_value();
        }
        if (name == "absent") {
            return absent_claim();
        }
        throw trace_error(line, "a claim must be \"none\", \"absent\" or an object");
    }
    json_fields fields{value, line};
    claim c;
    c.kind = claim_kind::present;
    if (fields.maybe("claim_kind") != nullptr) {
        c.kind = static_cast<claim_kind>(fields.number("claim_kind", 255));
    }
    c.says = fields.flag_at("flag");
    c.version = fields.text("version");
    c.payload_digest = fields.digest_at("digest");
    fields.done();
    return c;
}

claim_batch read_claims(const nlohmann::json* array, std::size_t line) {
    if (array == nullptr) {
        return nullptr;
    }
    std::vector<claim> claims;
    claims.reserve(array->size());
    for (const auto& value : *array) {
        claims.push_back(read_claim(value, line));
    }
    return make_claim_batch(std::move(claims));
}

verdict read_verdict(const nlohmann::json& value, std::size_t line) {
    json_fields fields{value, line};
    verdict v;
    v.what = fields.enumerator("what", decision::unresolved);
    v.why = fields.enumerator("why", last_reason);
    if (v.what == decision::release || fields.maybe("version") != nullptr) {
        v.version = fields.text("version");
        v.payload_digest = fields.digest_at("digest");
    }
    fields.done();
    return v;
}

void read_message(json_fields& fields, std::string_view kind, round_id round, sent_event& into) {
    const bool too_large = fields.maybe("too_large") != nullptr;
    const bool leveled = kind != "delivery" && kind != "delivery_receipt" && kind != "round_end";
    const auto level = leveled || too_large ? fields.number32("level") : 0;
    auto empty = make_empty(kind, round, level);
    if (!empty) {
        fields.fail("kind", "is not one of the known kinds of message");
    }
    into.what = std::move(*empty);
    if (too_large) {
        into.too_large = fields.number("too_large");
        if (into.too_large < trace_line_bytes_max) {
            fields.fail("too_large", "is smaller than what would have been written");
        }
        return;
    }
    std::visit(content_reader{fields, into}, into.what);
}

} // namespace byzgate
