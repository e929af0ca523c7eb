#include "apps/atlas.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/atlas_words.hpp"
#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/exact_json.hpp"

namespace byzgate {

namespace {

using json = nlohmann::ordered_json;

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file << text;
    file.flush();
    if (!file) {
        throw std::runtime_error(path.string() + ": cannot be written");
    }
}

std::map<std::string, const counterexample*> examples_of(const atlas& all) {
    std::map<std::string, const counterexample*> files;
    for (const auto& section : all.sections) {
        for (const auto& row : section.rows) {
            for (const auto failure : atlas_failures) {
                if (const auto* example = row.example(failure)) {
                    files[file_name(section.architecture, *example)] = example;
                }
            }
        }
    }
    return files;
}

/// How many counterexamples there are.
std::size_t write_files(const atlas& all, std::uint64_t seed, const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder / "atlas", failed);
    if (failed) {
        throw std::runtime_error((folder / "atlas").string() + ": " + failed.message());
    }
    const auto files = examples_of(all);
    for (const auto& [name, example] : files) {
        write(folder / "atlas" / name, format_counterexample(*example));
    }
    write(folder / "atlas.md", render_atlas_markdown(all, seed));
    write(folder / "atlas.html", render_atlas_page(all, seed));
    return files.size();
}

json json_of(const atlas_architecture& what, const atlas_row& row) {
    const auto of_both = [&](std::uint64_t check_counts::*count) {
        const auto& hidden = row.confidential;
        const auto& open = row.public_;
        return json{{"confidential", exact_json(hidden.in_full(hidden.counts.*count))},
                    {"public", exact_json(open.in_full(open.counts.*count))}};
    };
    json files = json::object();
    for (const auto failure : atlas_failures) {
        if (const auto* example = row.example(failure)) {
            files[std::string{to_string(failure)}] = file_name(what, *example);
        }
    }
    json out;
    out["commanders"] = row.liars.bc;
    out["lieutenants"] = row.liars.bl;
    out["sets"] = row.sets;
    out["promised"] = {{"no_leak", row.promise.no_leak},
                       {"no_framing", row.promise.no_framing_when_timely},
                       {"availability", row.promise.availability}};
    out["verdict"] = words_for(row.verdict()).name;
    const auto& hidden = row.confidential;
    out["strategies"] = exact_json(hidden.strategies.decimal());
    out["explored"] = exact_json(hidden.in_full(hidden.explored));
    out["sampled"] = row.sampled();
    out["leaks"] = exact_json(hidden.in_full(hidden.counts.leaks));
    out["denials"] = exact_json(row.public_.in_full(row.public_.counts.denials));
    out["disagreements"] = of_both(&check_counts::disagreements);
    out["framings"] = of_both(&check_counts::framings);
    out["counterexamples"] = std::move(files);
    return out;
}

json json_of(const atlas& all, std::uint64_t seed) {
    json out;
    out["seed"] = seed;
    out["promises_held"] = all.promises_held();
    out["architectures"] = json::array();
    for (const auto& section : all.sections) {
        const auto& what = section.architecture;
        json one;
        one["name"] = what.name;
        one["protocol"] = to_string(what.cluster.protocol);
        one["depth"] = what.cluster.depth;
        one["commanders"] = what.cluster.commanders;
        one["lieutenants"] = what.cluster.lieutenants;
        one["tolerate"] = {{"commanders", what.cluster.tolerate.commanders},
                           {"lieutenants", what.cluster.tolerate.lieutenants},
                           {"total", what.cluster.tolerate.total}};
        one["values"] = what.values;
        one["rows"] = json::array();
        for (const auto& row : section.rows) {
            one["rows"].push_back(json_of(what, row));
        }
        out["architectures"].push_back(std::move(one));
    }
    return out;
}

void print_table(const atlas& all, std::uint64_t seed) {
    for (const auto& section : all.sections) {
        fmt::print("{}\n{}\n", section.architecture.title, describe(section.architecture));
        fmt::print("  {:<28}{:>5}  {:<34}{:<17}{:>30} {:>30} {:>22} {:>22}\n", "liars", "sets",
                   "promised", "verdict", "leaks", "denials", "disagreements", "framings");
        for (const auto& row : section.rows) {
            const auto& hidden = row.confidential;
            const auto& open = row.public_;
            fmt::print("  {:<28}{:>5}  {:<34}{:<17}{:>30} {:>30} {:>22} {:>22}\n",
                       words_for(row.liars), row.sets, promised_words(row.promise),
                       words_for(row.verdict()).text, hits_of(hidden.counts.leaks, hidden),
                       hits_of(open.counts.denials, open), both(row, &check_counts::disagreements),
                       both(row, &check_counts::framings));
        }
        if (const auto note = sampling_note(section, seed); !note.empty()) {
            fmt::print("  {}\n", note);
        }
        fmt::print("\n");
    }
    fmt::print("{}\n", all.promises_held() ? "every promise of section 4 held"
                                           : "A PROMISE OF SECTION 4 WAS BROKEN");
}

} // namespace

int do_atlas(const atlas_options& options) {
    atlas_settings settings;
    settings.architectures = atlas_architectures();
    settings.jobs = options.jobs;
    atlas all;
    {
        share_bar bar{"checking the atlas"};
        settings.progress = [&bar](double share) { bar.show(share); };
        all = make_atlas(settings);
    }
    std::size_t written = 0;
    if (!options.out.empty()) {
        written = write_files(all, settings.seed, options.out);
    }
    if (options.json) {
        fmt::print("{}\n", json_of(all, settings.seed).dump());
    } else {
        print_table(all, settings.seed);
        if (!options.out.empty()) {
            fmt::print("{0}/atlas.md, {0}/atlas.html, and {1} counterexamples in {0}/atlas\n",
                       options.out, written);
        }
    }
    return all.promises_held() ? exit_done : exit_broken_promise;
}

} // namespace byzgate
