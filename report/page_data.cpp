#include "report/page_data.hpp"

#include "report/page_run.hpp"
#include "report/protocol_json.hpp"

namespace byzgate {

namespace {

using namespace json_text;

/// Every `<` as an escape: no text can end the script element that holds the JSON.
std::string without_markup(const std::string& json) {
    std::string safe;
    safe.reserve(json.size());
    for (const char c : json) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe.push_back(c);
        }
    }
    return safe;
}

} // namespace

std::string page_data(const std::vector<const trace*>& runs, const page_options& how) {
    std::string out = "{";
    put_number(out, "rounds_max", how.rounds_max);
    append_key(out, "runs");
    out.push_back('[');
    for (const auto* run : runs) {
        page_run{*run, how}.write(out);
    }
    out += "]}";
    return without_markup(out);
}

} // namespace byzgate
