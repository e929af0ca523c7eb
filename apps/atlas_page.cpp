#include "apps/atlas.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apps/atlas_words.hpp"

namespace byzgate {

namespace {

// Roles are spelled out because narrow screens show rows as blocks, which takes the tables' own
// roles away; there each cell carries its column's name.
constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --page: #f6f6f4; --surface: #fff; --sunken: #eff0f1;
  --text: #1b1e22; --muted: #555c65; --line: #d9dce0; --accent: #1f57a8;
  --survives: #0a6650; --survives-soft: #dff3ec; --denies: #7a4a00; --denies-soft: #fbeed9;
  --frames: #5d3a9b; --frames-soft: #ede6fa; --leaks: #b3211a; --leaks-soft: #fbe6e4; }
@media (prefers-color-scheme: dark) {
  :root { --page: #131519; --surface: #1b1e23; --sunken: #24282e; --text: #e7e9ec;
    --muted: #a7afb9; --line: #343a42; --accent: #8fb8f6;
    --survives: #74d6b2; --survives-soft: #173a30; --denies: #f0b866; --denies-soft: #3d2f18;
    --frames: #c4b5f7; --frames-soft: #302a4b; --leaks: #ff938a; --leaks-soft: #45211f; } }
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
header, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 32px; }
footer { padding-bottom: 40px; color: var(--muted); font-size: .875rem; }
section { margin: 40px 0 0; }
h1 { font-size: clamp(1.5rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; margin: 0 0 10px; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 8px; }
p, li { max-width: 78ch; }
p { margin: 0 0 10px; }
li { margin: 0 0 6px; }
.muted, .share { color: var(--muted); }
.share { display: block; font-size: .8125rem; }
code { background: var(--sunken); padding: 1px 5px; border-radius: 4px; font-size: .9em;
  overflow-wrap: anywhere; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 12px; top: 12px; background: var(--surface); padding: 8px 12px; z-index: 9; }
table { width: 100%; border-collapse: collapse; background: var(--surface);
  border: 1px solid var(--line); font-variant-numeric: tabular-nums; margin: 12px 0; }
caption { text-align: left; color: var(--muted); font-size: .875rem; padding: 0 0 8px; }
th, td { text-align: left; vertical-align: top; padding: 8px 10px;
  border-bottom: 1px solid var(--line); }
thead th { background: var(--sunken); font-size: .8125rem; }
tbody th { font-weight: 600; }
@media (min-width: 1081px) {
  th.number, td.number { text-align: right; }
  .hits { min-width: 8.6rem; }
}
tr:target { outline: 3px solid var(--accent); outline-offset: -3px; }
.verdict { display: inline-block; border: 1px solid currentColor; border-radius: 6px;
  padding: 1px 8px; font-weight: 600; font-size: .875rem; white-space: nowrap; }
a.verdict { text-decoration: none; }
a.verdict:hover { text-decoration: underline; }
.survives { color: var(--survives); background: var(--survives-soft); }
.denies { color: var(--denies); background: var(--denies-soft); border-style: dashed; }
.frames { color: var(--frames); background: var(--frames-soft); border-width: 2px; }
.leaks, .breaks { color: var(--leaks); background: var(--leaks-soft); border-width: 2px; }
.legend { display: grid; grid-template-columns: max-content 1fr; gap: 8px 14px; margin: 12px 0;
  align-items: baseline; }
.legend dd { margin: 0; }
@media (max-width: 1080px) {
  table, caption, thead, tbody, tr, th, td { display: block; }
  table { border: 0; background: none; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { background: var(--surface); border: 1px solid var(--line); border-radius: 10px;
    margin: 0 0 12px; padding: 6px 0; }
  tbody th, tbody td { border: 0; padding: 4px 14px; text-align: left; }
  tbody th { font-size: 1.05rem; }
  tbody td { display: grid; min-width: 0; gap: 0 10px;
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
  tbody td::before { content: attr(data-name); color: var(--muted); font-size: .875rem; }
}
@media print { body { background: #fff; color: #000; } section { break-inside: avoid; } }
)css";

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        html += c == '&'   ? "&amp;"
                : c == '<' ? "&lt;"
                : c == '>' ? "&gt;"
                : c == '"' ? "&quot;"
                           : std::string(1, c);
    }
    return html;
}

std::string row_id(const atlas_architecture& what, present_faults liars) {
    return fmt::format("{}-c{}-l{}", what.name, liars.bc, liars.bl);
}

std::string badge(const atlas_row& row, const std::string& link) {
    const auto words = words_for(row.verdict());
    const auto* element = link.empty() ? "span" : "a";
    return fmt::format("<{0} class=\"verdict {1}\"{2}><span aria-hidden=\"true\">{3} "
                       "</span>{4}</{0}>{5}",
                       element, words.name, link.empty() ? "" : " href=\"#" + link + "\"",
                       words.sign, words.text,
                       row.sampled() ? "<span class=\"share\">in a sample</span>" : "");
}

std::string cell(std::string_view name, const std::string& html, std::string_view kind = {}) {
    return fmt::format("<td role=\"cell\" data-name=\"{}\"{}><span class=\"value\">{}</span></td>",
                       name, kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), html);
}

std::string hits_cell(std::string_view name, std::uint64_t hits, const check_case& of) {
    auto html = hits_of(hits, of);
    // Long numbers break before their "of" and nowhere else.
    html.replace(html.rfind(" of ") + 3, 1, "&nbsp;");
    if (const auto share = share_of(hits, of.explored); !share.empty()) {
        html += fmt::format("<span class=\"share\">{}</span>", share);
    }
    return cell(name, html, "number hits");
}

std::string links_cell(const atlas_architecture& what, const atlas_row& row) {
    std::string links;
    for (const auto failure : atlas_failures) {
        if (const auto* example = row.example(failure)) {
            links += fmt::format("{}<a href=\"atlas/{}\" aria-label=\"{}: counterexample for {}, "
                                 "liars: {}\">{}</a>",
                                 links.empty() ? "" : ", ", escaped(file_name(what, *example)),
                                 to_string(failure), escaped(what.title), words_for(row.liars),
                                 to_string(failure));
        }
    }
    return cell("counterexamples", links.empty() ? "none" : links);
}

std::string head(const std::vector<std::string_view>& names, std::size_t numbers_from,
                 std::size_t numbers_to) {
    std::string html = "<thead role=\"rowgroup\"><tr role=\"row\">";
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool is_number = i >= numbers_from && i < numbers_to;
        html += fmt::format("<th role=\"columnheader\" scope=\"col\"{}>{}</th>",
                            is_number ? " class=\"number\"" : "", names[i]);
    }
    return html + "</tr></thead>\n<tbody role=\"rowgroup\">\n";
}

std::string table_row(const atlas_architecture& what, const atlas_row& row) {
    const auto& hidden = row.confidential;
    const auto& open = row.public_;
    auto html =
        fmt::format("<tr role=\"row\" id=\"{}\"><th role=\"rowheader\" scope=\"row\">{}</th>",
                    row_id(what, row.liars), words_for(row.liars));
    html += cell("sets of servers", grouped(row.sets), "number");
    html += cell("promised", promised_words(row.promise));
    html += cell("verdict", badge(row, {}));
    html += hits_cell("leaks", hidden.counts.leaks, hidden);
    html += hits_cell("denials", open.counts.denials, open);
    html += cell("disagreements", both(row, &check_counts::disagreements), "number");
    html += cell("framings", both(row, &check_counts::framings), "number");
    return html + links_cell(what, row) + "</tr>\n";
}

std::string section_html(const atlas_section& section, std::uint64_t seed) {
    const auto& what = section.architecture;
    auto html = fmt::format("<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n<table "
                            "role=\"table\">\n<caption>{2}</caption>\n",
                            what.name, escaped(what.title), escaped(describe(what)));
    html += head({"liars", "sets", "promised", "verdict", "leaks", "denials", "disagree&shy;ments",
                  "framings", "counter&shy;examples"},
                 4, 8);
    for (const auto& row : section.rows) {
        html += table_row(what, row);
    }
    html += "</tbody></table>\n";
    if (const auto note = sampling_note(section, seed); !note.empty()) {
        html += "<p>" + escaped(note) + "</p>\n";
    }
    return html + "</section>\n";
}

/// One verdict for each architecture and choice of liars, each a link to its row.
std::string overview(const atlas& all) {
    std::vector<present_faults> columns;
    for (const auto& section : all.sections) {
        for (const auto& row : section.rows) {
            bool known = false;
            for (const auto& column : columns) {
                known = known || (column.bc == row.liars.bc && column.bl == row.liars.bl);
            }
            if (!known) {
                columns.push_back(row.liars);
            }
        }
    }
    // The first architecture need not have all of them: the order of rows is made again.
    std::sort(columns.begin(), columns.end(), [](present_faults a, present_faults b) {
        return std::pair{a.bc + a.bl, a.bl} < std::pair{b.bc + b.bl, b.bl};
    });
    std::vector<std::string> names;
    for (const auto liars : columns) {
        names.push_back(words_for(liars));
    }
    std::string html = "<section aria-labelledby=\"overview\">\n<h2 id=\"overview\">At a "
                       "glance</h2>\n<table role=\"table\">\n<caption>The worst that the liars of "
                       "a column can do. Each verdict leads to its numbers.</caption>\n";
    std::vector<std::string_view> titles{"architecture"};
    titles.insert(titles.end(), names.begin(), names.end());
    html += head(titles, 0, 0);
    for (const auto& section : all.sections) {
        html += fmt::format("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">{}</th>",
                            escaped(section.architecture.title));
        for (std::size_t i = 0; i < columns.size(); ++i) {
            std::string value = "<span class=\"muted\">not possible</span>";
            for (const auto& row : section.rows) {
                if (row.liars.bc == columns[i].bc && row.liars.bl == columns[i].bl) {
                    value = badge(row, row_id(section.architecture, row.liars));
                }
            }
            html += cell(names[i], value);
        }
        html += "</tr>\n";
    }
    return html + "</tbody></table>\n</section>\n";
}

std::string legend() {
    std::string html = "<dl class=\"legend\">\n";
    const auto add = [&](atlas_verdict verdict, std::string_view meaning) {
        const auto words = words_for(verdict);
        html += fmt::format("<dt><span class=\"verdict {}\"><span aria-hidden=\"true\">{} "
                            "</span>{}</span></dt><dd>{}</dd>\n",
                            words.name, words.sign, words.text, meaning);
    };
    add(atlas_verdict::survives, "no strategy leaks, denies or frames");
    add(atlas_verdict::denies, "some strategy keeps a public record back, none does worse");
    add(atlas_verdict::frames, "some strategy has a loyal commander convicted, none leaks");
    add(atlas_verdict::leaks, "some strategy lets a confidential record out");
    return html + "</dl>\n";
}

} // namespace

std::string render_atlas_page(const atlas& all, std::uint64_t seed) {
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<title>byzgate: atlas of lies</title>\n<style>";
    html += style;
    html += "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#overview\">To the table</a>\n"
            "<header>\n<h1>Atlas of lies</h1>\n<p>Which architecture survives which liars, every "
            "strategy counted.</p>\n</header>\n<main>\n";
    html += overview(all);
    html += "<section aria-labelledby=\"reading\">\n<h2 id=\"reading\">How to read it</h2>\n";
    html += legend();
    for (const auto& paragraph : atlas_reading()) {
        html += "<p>" + escaped(paragraph) + "</p>\n";
    }
    html += "<p>To play a counterexample on actors: <code>byzgate replay docs/atlas/FILE</code>."
            "</p>\n</section>\n<section aria-labelledby=\"lessons\">\n<h2 id=\"lessons\">What the "
            "rows teach</h2>\n<ul>\n";
    for (const auto& lesson : atlas_lessons(all)) {
        html += "<li>" + escaped(lesson) + "</li>\n";
    }
    html += "</ul>\n</section>\n";
    for (const auto& section : all.sections) {
        html += section_html(section, seed);
    }
    html += fmt::format("</main>\n<footer><p>Made by <code>{}</code>.</p></footer>\n</body>\n"
                        "</html>\n",
                        atlas_command);
    return html;
}

} // namespace byzgate
