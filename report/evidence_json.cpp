#include "report/evidence_json.hpp"

#include <set>
#include <vector>

#include "report/protocol_json.hpp"
#include "report/run_analysis.hpp"
#include "report/signed_json.hpp"

namespace byzgate {

namespace {

using namespace json_text;

constexpr std::string_view format_name = "byzgate evidence 2";

/// A record id or version as part of a sentence: its bytes in hexadecimal digits where they are no
/// text, and not all of them.
std::string named(std::string_view bytes) {
    constexpr std::size_t shown_max = 80;
    if (!is_utf8(bytes)) {
        bytes = bytes.substr(0, shown_max / 2);
        return "0x" + hex_of(bytes);
    }
    if (bytes.size() <= shown_max) {
        return std::string{bytes};
    }
    auto cut = shown_max;
    while (cut > 0 && !is_utf8(bytes.substr(0, cut))) {
        --cut;
    }
    return std::string{bytes.substr(0, cut)} + "…";
}

std::string words_of(const claim& c) {
    return c.is_present() ? std::string{to_string(c.says)} + " (version " + named(c.version) + ")"
                          : describe(c);
}

void break_line(std::string& out, std::size_t depth) {
    out.push_back('\n');
    out.append(2 * depth, ' ');
}

/// Line breaks and indentation for JSON that has none.
std::string indented(std::string_view json) {
    std::string out;
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            out.push_back(c);
            if (c == '\\') {
                out.push_back(json[++i]);
            } else if (c == '"') {
                in_string = false;
            }
            continue;
        }
        if (c == '}' || c == ']') {
            --depth;
            // An empty list stays as it is.
            if (json[i - 1] != '[') {
                break_line(out, depth);
            }
        }
        out.push_back(c);
        if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
            if (json[i + 1] != ']') {
                break_line(out, depth);
            }
        } else if (c == ':') {
            out.push_back(' ');
        } else if (c == ',') {
            break_line(out, depth);
        }
    }
    out.push_back('\n');
    return out;
}

/// Two fields of one name would say different things to different readers.
nlohmann::json parse_once(const std::string& text) {
    std::vector<std::set<std::string>> open;
    bool twice = false;
    const auto see = [&](int, nlohmann::json::parse_event_t what, nlohmann::json& value) {
        if (what == nlohmann::json::parse_event_t::object_start) {
            open.emplace_back();
        } else if (what == nlohmann::json::parse_event_t::object_end && !open.empty()) {
            open.pop_back();
        } else if (what == nlohmann::json::parse_event_t::key && !open.empty()) {
            twice = !open.back().insert(value.get<std::string>()).second || twice;
        }
        return true;
    };
    auto value = parse_json(text, 0, see);
    if (twice) {
        throw evidence_error("a field stands there twice");
    }
    return value;
}

evidence_file read_fields(const nlohmann::json& value) {
    json_fields fields{value, 0};
    if (fields.text("format") != format_name) {
        fields.fail("format", "must be \"" + std::string{format_name} + "\"");
    }
    evidence_file file;
    file.says = fields.text("says");
    file.cluster = fields.digest_at("cluster");
    file.found.first = read_shown_claim(fields.at("first"), 0);
    file.found.second = read_shown_claim(fields.at("second"), 0);
    fields.done();
    return file;
}

} // namespace

std::string describe(const evidence& found) {
    const auto& a = found.first;
    const auto& b = found.second;
    const auto who = to_string(found.commander());
    if (a.round == b.round && a.level == b.level) {
        const auto place = "round " + std::to_string(number_of(a.round))
                           + (a.level > 0 ? ", sub-round " + std::to_string(a.level) : "");
        if (a.record == b.record && a.what != b.what) {
            auto one = words_of(a.what);
            auto other = words_of(b.what);
            // Which of them its finder had first says nothing; public first reads best.
            if (one < other) {
                std::swap(one, other);
            }
            return who + " signed both " + one + " and " + other + " about record "
                   + named(a.record) + " in " + place + ".";
        }
        return who + " signed two different batches in " + place + ".";
    }
    return who + " signed " + words_of(a.what) + " about record " + named(a.record) + " in round "
           + std::to_string(number_of(a.round)) + ", level " + std::to_string(a.level) + ", and "
           + words_of(b.what) + " about record " + named(b.record) + " in round "
           + std::to_string(number_of(b.round)) + ", level " + std::to_string(b.level) + ".";
}

std::string_view describe(unproven lack) noexcept {
    switch (lack) {
        case unproven::two_commanders:
            return "the two claims are not of one commander";
        case unproven::no_conflict:
            return "a loyal commander may well sign both claims";
        case unproven::bad_proof:
            return "a claim is not in the batch that it is said to be in";
        case unproven::bad_signature:
            break;
    }
    return "a signature is not that commander's in that cluster";
}

std::string write_evidence(const evidence& found, const digest& cluster) {
    std::string out = "{";
    put_text(out, "format", format_name);
    put_text(out, "says", describe(found));
    put_hex(out, "cluster", cluster);
    append_key(out, "first");
    append_shown_claim(out, found.first);
    append_key(out, "second");
    append_shown_claim(out, found.second);
    out.push_back('}');
    return indented(out);
}

evidence_file read_evidence_file(const std::string& text) {
    if (text.size() > evidence_bytes_max) {
        throw evidence_error("larger than any evidence");
    }
    try {
        return read_fields(parse_once(text));
    } catch (const trace_error& e) {
        throw evidence_error(e.what());
    }
}

} // namespace byzgate
