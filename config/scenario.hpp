/// A configuration file as typed values: what to run, on which data, with which Byzantine servers,
/// and what to expect. Every value here has been validated by `parse_scenario`; one made by hand
/// (tests, tools) promises nothing until `validate_behavior` and the like have seen it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "behaviors/editor.hpp"
#include "behaviors/registry.hpp"
#include "config/expect.hpp"
#include "protocol/cluster.hpp"

namespace byzgate {

/// `generate` of `[database]`: what `memory:` makes up by the seed.
struct generate_config {
    std::uint64_t records = 0;
    double public_share = 0.5; ///< 0…1
    std::uint32_t payload_bytes = 100;
};

enum class database_kind : std::uint8_t { sqlite, postgresql, memory };

/// `[database]`: where the records are.
struct database_config {
    database_kind kind = database_kind::memory;
    /// `sqlite:PATH`, the path resolved against the configuration's folder, `postgresql://…`, or
    /// `memory:`. May hold a password: messages, logs and traces never show it.
    std::string url = "memory:";

    // A table of the user's own. All empty: the file is one that `byzgate import` made.
    std::string table;
    std::string id;
    std::string flag;
    std::vector<std::string> public_values; ///< key `public`
    std::optional<std::string> version;     ///< left out: a hash of flag and payload
    std::optional<std::string> payload;     ///< left out: the whole row as JSON

    generate_config generate; ///< for `memory:` only
};

/// `records = "all"`.
struct all_records {
    bool operator==(const all_records&) const = default;
};
/// `records = 50`: so many, drawn by the seed.
struct drawn_records {
    std::uint64_t count = 0;
    bool operator==(const drawn_records&) const = default;
};
using record_selection = std::variant<all_records, std::vector<record_id>, drawn_records>;

/// `[rounds]`. The window stands in `cluster_parameters::window`.
struct rounds_config {
    record_selection records;
    std::uint32_t batch = 1;            ///< records a round
    std::optional<std::uint64_t> count; ///< left out: as many as deciding the records once takes
};

/// One `[[byzantine]]` entry. Entries for one server never overlap in their rounds.
struct byzantine_config {
    server_id server{}; ///< a commander or a lieutenant of this cluster
    std::string behavior;
    behavior_options options; ///< whatever stands beside server, behavior and rounds
    round_range rounds;       ///< both ends included; all by default
    std::uint32_t line = 0;   ///< of the entry; 0 if an override made it
};

enum class external_party_output : std::uint8_t { none, standard_output, file };

/// `[external_party]`: where released records go.
struct external_party_config {
    external_party_output output = external_party_output::none;
    std::filesystem::path file; ///< JSON Lines, resolved; for `file` only
};

enum class log_format : std::uint8_t { text, json };

/// `[log]`: what a process writes down about itself. Never payloads, keys or record ids.
struct log_config {
    std::string level = "info"; ///< `debug`, `info`, `warning`, `error` or `off`
    log_format format = log_format::text;
    std::optional<std::filesystem::path> file; ///< resolved; left out: stderr
};

struct scenario {
    std::filesystem::path file;
    std::string name;        ///< left out: the file's name without its extension
    std::string description; ///< one or two plain sentences; may be empty
    std::string why;         ///< why the expected outcome happens; may be empty

    /// `[cluster]`, with `window` of `[rounds]`, `policy` of `[convictions]` and `[limits]`.
    /// `phase_timeout` is in microseconds, the tick of actors.
    cluster_parameters cluster;
    std::uint32_t phase_timeout_ms = 100;

    database_config database;
    rounds_config rounds;
    std::vector<byzantine_config> byzantine; ///< in the order of the file
    expect_config expect;
    external_party_config external_party;

    /// `[faults] allow_runtime_changes`: whether behaviours may be swapped while running.
    bool allow_runtime_changes = false;
    /// `[state] dir`, resolved: where runs keep what later runs go on from. Nothing: nowhere.
    std::optional<std::filesystem::path> state_dir;
    /// `[keys] dir`, resolved: key files that `byzgate keygen` wrote. Nothing: the state's, or keys
    /// from the seed.
    std::optional<std::filesystem::path> keys_dir;
    std::optional<std::uint64_t> seed; ///< none: the driver draws one and prints it

    std::optional<log_config> log; ///< nothing: no log
    /// `[metrics] listen`: `ADDRESS:PORT` where `/metrics` and `/healthz` are to be had.
    std::optional<std::string> metrics_listen;
};

/// `"10..20"`, `"10.."`, `"..20"`, `"7"`: rounds are numbered from 1. Nothing for any other text.
[[nodiscard]] std::optional<round_range> parse_round_range(std::string_view text);

/// What section 4 of docs/protocol.md does not promise for this configuration, as sentences for the
/// operator; empty if all of it is promised. Seeing it fail is a fine reason to run it all the
/// same.
[[nodiscard]] std::vector<std::string> warnings(const scenario& s);

} // namespace byzgate
