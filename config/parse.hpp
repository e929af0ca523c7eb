/// From a configuration's text to a `scenario`: parse, apply overrides, validate. The text is the
/// operator's; every mistake in it is told with its place and its cure, as many at once as can be
/// told apart.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/scenario.hpp"

namespace byzgate {

/// One mistake of the operator.
struct config_problem {
    std::uint32_t line = 0; ///< in the file; 0 if it has none
    std::string message;    ///< what is wrong and what to write; begins with the override at fault

    bool operator==(const config_problem&) const = default;
};

/// A configuration that can't be used; exit code 2. `what()` lists all problems, one a line, as
/// `file:line: message`.
class config_error : public std::runtime_error {
public:
    /// At least one problem.
    config_error(std::filesystem::path file, std::vector<config_problem> problems);

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    /// Of the first problem; 0 if none.
    [[nodiscard]] std::uint32_t line() const noexcept { return problems_.front().line; }
    /// In the order of their lines.
    [[nodiscard]] const std::vector<config_problem>& problems() const noexcept { return problems_; }

private:
    std::filesystem::path file_;
    std::vector<config_problem> problems_;
};

/// `text` as a scenario, after `overrides` have been applied in order. `file` names it in errors;
/// relative paths in it are resolved against the file's folder.
///
/// An override is `KEY=VALUE`, the key dotted from the root (`cluster.depth=2`,
/// `byzantine.0.behavior=silent`; the index one past the last entry adds one), the value TOML; a
/// bare word that isn't TOML is a text. Relative paths in overrides stay relative to the working
/// directory. Throws config_error.
[[nodiscard]] scenario parse_scenario(std::string_view text, const std::filesystem::path& file,
                                      const std::vector<std::string>& overrides = {});

/// The same for a file. Throws config_error also if it can't be read.
[[nodiscard]] scenario load_scenario(const std::filesystem::path& file,
                                     const std::vector<std::string>& overrides = {});

/// A file that holds nothing but a `[cluster]` table: what the signatures of a cluster rest on
/// besides its keys. Throws config_error as above.
[[nodiscard]] cluster_parameters load_cluster(const std::filesystem::path& file);

/// The text of such a file: every number that signatures rest on, none left out.
[[nodiscard]] std::string format_cluster(const cluster_parameters& cluster);

} // namespace byzgate
