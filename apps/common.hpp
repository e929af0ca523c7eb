/// What the subcommands share: the common options, seeds, progress, interruption, paths.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "actors/run.hpp"
#include "config/scenario.hpp"

namespace byzgate {

/// The operator's mistake on the command line; exit code 2.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A line on stderr.
void say_warning(const std::string& warning);

/// `CONFIG`, `--set`, `--seed`, `--json`: what every subcommand that plays a scenario takes.
struct scenario_options {
    std::string config;
    std::vector<std::string> overrides;
    std::optional<std::uint64_t> seed;
    bool json = false;

    void add_to(CLI::App& app);
    /// Loads and validates; `warn` hears what section 4 does not promise.
    [[nodiscard]] scenario load(const std::function<void(const std::string&)>& warn) const;
    /// The same, with warnings on stderr.
    [[nodiscard]] scenario load() const;
    /// The seed of the command line, else of the configuration, else a fresh one.
    [[nodiscard]] std::uint64_t seed_for(const scenario& what) const;
};

/// The content of a file that the command line names. Throws usage_error with the reason if it
/// can't be read.
[[nodiscard]] std::string text_of_named(const std::string& file);

/// 0 to 2^64-1. CLI11 by itself takes `-1` for the largest number.
[[nodiscard]] CLI::Validator whole_number();
/// Above 0 and finite. CLI11 by itself answers with the largest number there is, in full.
[[nodiscard]] CLI::Validator positive_number();

/// A seed that nobody chose; small enough to be typed and to be exact as a JSON number.
[[nodiscard]] std::uint64_t fresh_seed();

/// Set by the first SIGINT or SIGTERM; the second one ends the process at once. The handlers are
/// installed while the object lives.
class interruption {
public:
    interruption();
    ~interruption();
    interruption(const interruption&) = delete;
    interruption& operator=(const interruption&) = delete;
    [[nodiscard]] const std::atomic<bool>& flag() const noexcept;
};

/// A line on stderr that shows how far something is, once it takes more than a second and if stderr
/// is a terminal. Cleared when the object goes.
class share_bar {
public:
    explicit share_bar(std::string what);
    ~share_bar();
    share_bar(const share_bar&) = delete;
    share_bar& operator=(const share_bar&) = delete;
    /// `share` is 0…1; `detail` stands behind the bar.
    void show(double share, const std::string& detail = {});
    /// Where nobody knows how much there is.
    void show_count(const std::string& detail);

private:
    [[nodiscard]] bool due();

    std::string what_;
    bool terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_;
};

/// The same for a run on actors.
class progress_bar {
public:
    explicit progress_bar(std::string what) : bar_(std::move(what)) {}
    void show(const run_progress& now);

private:
    share_bar bar_;
};

/// Where ready-made files are: beside the sources for a build tree, else where they were installed.
/// Throws usage_error naming the places that were looked at.
[[nodiscard]] std::filesystem::path ready_made(const std::string& folder);

/// What a stranger wrote, fit for a terminal: a question mark for each control character and for
/// each byte of a text that isn't UTF-8.
[[nodiscard]] std::string printable(std::string_view text);

/// `commander-1, lieutenant-2`; `-` if there are none.
[[nodiscard]] std::string list_of(const std::vector<server_id>& servers);

} // namespace byzgate
