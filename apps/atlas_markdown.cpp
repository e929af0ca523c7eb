#include "apps/atlas.hpp"

#include <fmt/format.h>

#include "apps/atlas_words.hpp"

namespace byzgate {

namespace {

std::string verdict_cell(const atlas_row& row) {
    const auto words = words_for(row.verdict());
    const bool grave = row.verdict() >= atlas_verdict::frames;
    return fmt::format("{} {}{}{}{}", words.sign, grave ? "**" : "", words.text, grave ? "**" : "",
                       row.sampled() ? " (sampled)" : "");
}

std::string links_of(const atlas_architecture& what, const atlas_row& row) {
    std::string links;
    for (const auto failure : atlas_failures) {
        if (const auto* example = row.example(failure)) {
            links += fmt::format("{}[{}](atlas/{})", links.empty() ? "" : ", ", to_string(failure),
                                 file_name(what, *example));
        }
    }
    return links;
}

std::string section_table(const atlas_section& section) {
    std::string text =
        "| liars | sets | promised | verdict | leaks | denials | disagreements | framings | "
        "counterexamples |\n|---|--:|---|---|--:|--:|--:|--:|---|\n";
    for (const auto& row : section.rows) {
        const auto& hidden = row.confidential;
        const auto& open = row.public_;
        text += fmt::format(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", words_for(row.liars), row.sets,
            promised_words(row.promise), verdict_cell(row), hits_of(hidden.counts.leaks, hidden),
            hits_of(open.counts.denials, open), both(row, &check_counts::disagreements),
            both(row, &check_counts::framings), links_of(section.architecture, row));
    }
    return text;
}

} // namespace

std::string render_atlas_markdown(const atlas& all, std::uint64_t seed) {
    std::string text = fmt::format(
        "# Atlas of lies\n\nWhich architecture survives which liars, every strategy counted. Made "
        "by `{}`, and the same as a page: [atlas.html](atlas.html). The rules are in "
        "[protocol.md](protocol.md).\n\n## How to read it\n\n",
        atlas_command);
    for (const auto& paragraph : atlas_reading()) {
        text += paragraph + "\n\n";
    }
    text += "To play a counterexample on actors: `byzgate replay docs/atlas/FILE`.\n\n"
            "## What the rows teach\n\n";
    for (const auto& lesson : atlas_lessons(all)) {
        text += "- " + lesson + "\n";
    }
    for (const auto& section : all.sections) {
        text += fmt::format("\n## {}\n\n{}\n\n{}", section.architecture.title,
                            describe(section.architecture), section_table(section));
        if (const auto note = sampling_note(section, seed); !note.empty()) {
            text += "\n" + note + "\n";
        }
    }
    return text;
}

} // namespace byzgate
