#include "report/page.hpp"

#include <string_view>

#include "protocol/assert.hpp"
#include "report/page_data.hpp"
#include "report/page_sources.hpp"

namespace byzgate {

namespace {

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            default:
                html.push_back(c);
        }
    }
    return html;
}

std::string title_of(const std::vector<const trace*>& runs) {
    const auto& first = runs.front()->header.scenario;
    const auto name = first.empty() ? std::string{"a run"} : first;
    return runs.size() == 1 ? name : name + " and " + std::to_string(runs.size() - 1) + " more";
}

} // namespace

std::string render_page(const std::vector<const trace*>& runs, const page_options& how) {
    BYZGATE_ASSERT(!runs.empty());
    const auto data = page_data(runs, how);
    const auto title = escaped(title_of(runs));
    const std::string_view source = page_sources::html;
    std::string page;
    page.reserve(source.size() + page_sources::css.size() + page_sources::js.size() + data.size());
    std::size_t at = 0;
    // Each mark is looked for in the template only, never in what has been put in.
    while (at < source.size()) {
        const auto mark = source.find("{{", at);
        const auto end = mark == std::string_view::npos ? mark : source.find("}}", mark);
        if (end == std::string_view::npos) {
            break;
        }
        page += source.substr(at, mark - at);
        const auto name = source.substr(mark + 2, end - mark - 2);
        page += name == "title"   ? std::string_view{title}
                : name == "style" ? page_sources::css
                : name == "data"  ? std::string_view{data}
                                  : page_sources::js;
        at = end + 2;
    }
    page += source.substr(at);
    return page;
}

std::string render_page(const trace& run, const page_options& how) {
    return render_page(std::vector<const trace*>{&run}, how);
}

} // namespace byzgate
