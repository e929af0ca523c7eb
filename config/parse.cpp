#include "config/parse.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "config/overrides.hpp"
#include "config/readers.hpp"

namespace byzgate {

namespace {

/// Nobody writes a larger configuration; a data file passed by mistake is larger.
constexpr std::size_t text_bytes_max = 16U << 20;

std::string listed(const std::filesystem::path& file, const std::vector<config_problem>& problems) {
    std::string all;
    for (const auto& problem : problems) {
        all += all.empty() ? "" : "\n";
        all += file.string();
        all += problem.line > 0 ? fmt::format(":{}", problem.line) : "";
        all += ": " + problem.message;
    }
    return all;
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::uint32_t line,
                         std::string message) {
    throw config_error(file, {{line, std::move(message)}});
}

toml::table parse_toml(std::string_view text, const std::filesystem::path& file) {
    if (text.size() > text_bytes_max) {
        refuse(file, 0,
               fmt::format("{} bytes are too many for a configuration; is this another "
                           "kind of file?",
                           text.size()));
    }
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        refuse(file, static_cast<std::uint32_t>(error.source().begin.line),
               fmt::format("not TOML (column {}): {}", error.source().begin.column,
                           error.description()));
    }
}

void read_head(table_reader& root, scenario& into) {
    const auto stem = into.file.stem().string();
    into.name = root.name("name").value_or(stem.empty() ? "unnamed" : stem);
    into.description = root.text("description").value_or("");
    into.why = root.text("why").value_or("");
    into.seed = root.whole("seed", 0, whole_max);
}

void read_external_party(table_reader& root, scenario& into) {
    auto table = root.below("external_party");
    if (const auto output = table.name("output")) {
        auto& party = into.external_party;
        if (*output == "stdout") {
            party.output = external_party_output::standard_output;
        } else if (*output != "none") {
            party.output = external_party_output::file;
            party.file = resolved(*output, *table.find("output"), into.file);
        }
    }
    table.finish();
}

void read_state(table_reader& root, scenario& into) {
    auto table = root.below("state");
    if (const auto dir = table.name("dir")) {
        into.state_dir = resolved(*dir, *table.find("dir"), into.file);
    }
    table.finish();
}

void read_keys(table_reader& root, scenario& into) {
    auto table = root.below("keys");
    if (const auto dir = table.name("dir")) {
        into.keys_dir = resolved(*dir, *table.find("dir"), into.file);
    }
    table.finish();
}

void read_faults(table_reader& root, scenario& into) {
    auto table = root.below("faults");
    into.allow_runtime_changes = table.yes_or_no("allow_runtime_changes").value_or(false);
    table.finish();
}

} // namespace

config_error::config_error(std::filesystem::path file, std::vector<config_problem> problems)
    : std::runtime_error(listed(file, problems)), file_(std::move(file)),
      problems_(std::move(problems)) {}

scenario parse_scenario(std::string_view text, const std::filesystem::path& file,
                        const std::vector<std::string>& overrides) {
    auto document = parse_toml(text, file);
    problem_log log;
    for (const auto& one : overrides) {
        apply_override(document, one, log);
    }

    scenario result;
    result.file = file;
    table_reader root{document, "", "", log};
    read_head(root, result);
    const auto cluster_is_valid = read_cluster(root, result);
    read_database(root, result);
    read_rounds(root, result);
    if (cluster_is_valid) {
        read_byzantine(root, result);
    } else { // no servers to measure the entries against
        static_cast<void>(root.find("byzantine"));
    }
    read_expect(root, result, cluster_is_valid);
    read_external_party(root, result);
    read_state(root, result);
    read_keys(root, result);
    read_faults(root, result);
    read_monitoring(root, result);
    root.finish();

    if (auto problems = log.finish(); !problems.empty()) {
        throw config_error(file, std::move(problems));
    }
    return result;
}

namespace {

std::string text_of(const std::filesystem::path& file) {
    std::error_code status;
    if (std::filesystem::is_directory(file, status)) {
        refuse(file, 0, "is a directory; name a configuration file (*.toml)");
    }
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        refuse(file, 0,
               fmt::format("can't be read: {}; name a configuration file (*.toml)",
                           std::strerror(errno)));
    }
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (in.bad()) {
        refuse(file, 0, fmt::format("reading failed: {}", std::strerror(errno)));
    }
    return text;
}

} // namespace

scenario load_scenario(const std::filesystem::path& file,
                       const std::vector<std::string>& overrides) {
    return parse_scenario(text_of(file), file, overrides);
}

cluster_parameters load_cluster(const std::filesystem::path& file) {
    const auto document = parse_toml(text_of(file), file);
    problem_log log;
    scenario result;
    result.file = file;
    table_reader root{document, "", "", log};
    read_cluster(root, result);
    root.finish();
    if (auto problems = log.finish(); !problems.empty()) {
        throw config_error(file, std::move(problems));
    }
    return result.cluster;
}

std::string format_cluster(const cluster_parameters& cluster) {
    return fmt::format("[cluster]\ncommanders = {}\nlieutenants = {}\nprotocol = \"{}\"\n"
                       "depth = {}\nmax_recursion = {}\n"
                       "tolerate = {{ commanders = {}, lieutenants = {}, total = {} }}\n",
                       cluster.commanders, cluster.lieutenants, to_string(cluster.protocol),
                       cluster.depth, cluster.max_recursion, cluster.tolerate.commanders,
                       cluster.tolerate.lieutenants, cluster.tolerate.total);
}

} // namespace byzgate
