/// Reads tables of a parsed TOML document key by key, and writes down what is wrong with them
/// instead of stopping. Inside config/ only: nobody else sees toml++.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "config/parse.hpp"

namespace byzgate {

/// The largest whole number that TOML has.
inline constexpr std::uint64_t whole_max = std::numeric_limits<std::int64_t>::max();

/// Where a value stands: a line of the file, or an override (`--set KEY=VALUE`).
struct config_place {
    std::uint32_t line = 0;
    std::string override_text;
};
[[nodiscard]] config_place place_of(const toml::node& node);

/// All that is wrong with one configuration.
class problem_log {
public:
    void add(const config_place& at, std::string message);
    void add(const toml::node& at, std::string message) { add(place_of(at), std::move(message)); }

    /// A key that exists, and one that somebody used without its being known: told at the end,
    /// when all keys of all tables are known, so that the right one can be suggested.
    void know(const std::string& table, std::string_view key);
    void add_unknown(const config_place& at, const std::string& table, std::string key);

    [[nodiscard]] std::size_t size() const noexcept { return problems_.size(); }
    /// Everything in the order of the lines; empty if nothing is wrong.
    [[nodiscard]] std::vector<config_problem> finish();

private:
    struct unknown_key {
        config_place at;
        std::string table;
        std::string key;
    };
    [[nodiscard]] std::string message_for(const unknown_key& unknown) const;

    std::vector<config_problem> problems_;
    std::vector<unknown_key> unknown_;
    std::map<std::string, std::set<std::string>> known_; ///< by table; "" is the root
};

/// One table. Every key that is asked for is a known one; `finish` reports the others.
class table_reader {
public:
    /// `name` as in overrides (`cluster`, `byzantine.0`), empty for the root; `schema` the name
    /// without indexes. Keeps references.
    table_reader(const toml::table& table, std::string name, std::string schema, problem_log& log)
        : table_(table), name_(std::move(name)), schema_(std::move(schema)), log_(log) {}

    [[nodiscard]] const toml::node* find(std::string_view key);
    [[nodiscard]] bool has(std::string_view key) { return find(key) != nullptr; }

    // Each gives nothing for a key that is left out, and for one that is wrong, which it reports.
    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    /// A text that is not empty.
    [[nodiscard]] std::optional<std::string> name(std::string_view key);
    [[nodiscard]] std::optional<std::uint64_t> whole(std::string_view key, std::uint64_t least,
                                                     std::uint64_t most);
    [[nodiscard]] std::optional<double> share(std::string_view key);
    [[nodiscard]] std::optional<bool> yes_or_no(std::string_view key);
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key);
    /// A text out of `choices`.
    [[nodiscard]] std::optional<std::string> one_of(std::string_view key,
                                                    const std::vector<std::string>& choices);
    /// Stores what `whole` gives, if anything; true unless it was reported wrong.
    bool whole_into(std::uint32_t& target, std::string_view key, std::uint32_t least,
                    std::uint32_t most);
    /// A table below this one; an empty one if left out or wrong.
    [[nodiscard]] table_reader below(std::string_view key);

    /// A mistake at that key, or at this table if the key was left out.
    void reject(std::string_view key, const std::string& complaint);
    /// `KEY: found …; write …`, KEY as in overrides.
    void wrong_type(std::string_view key, const toml::node& found, const std::string& wanted);

    void finish();

    [[nodiscard]] const toml::table& table() const noexcept { return table_; }
    [[nodiscard]] problem_log& log() noexcept { return log_; }
    [[nodiscard]] config_place place() const { return place_of(table_); }
    /// The key as overrides write it: `cluster.depth`.
    [[nodiscard]] std::string full(std::string_view key) const;

private:
    const toml::table& table_;
    std::string name_;
    std::string schema_;
    problem_log& log_;
    std::set<std::string, std::less<>> known_;
};

/// `the text "two"`, `the number 1.5`, `a list`, …: what somebody wrote, for messages.
[[nodiscard]] std::string described(const toml::node& node);

/// The file's folder for what stands in the file, the working directory for overrides.
[[nodiscard]] std::filesystem::path resolved(const std::string& path, const toml::node& node,
                                             const std::filesystem::path& file);

} // namespace byzgate
