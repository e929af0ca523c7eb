/// The record database as commanders, and a judge outside the cluster, read it. It only reads:
/// records come in by `import_csv` (import.hpp), or by whatever keeps the user's own table.
/// What it returns is the truth that releases are judged by; no server had a hand in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/record.hpp"

namespace byzgate {

/// What `memory:` generates.
struct generated_records {
    std::uint64_t records = 0;
    double public_share = 0.5; ///< 0…1
    std::uint32_t payload_bytes = 100;
};

struct database_settings {
    /// `sqlite:PATH` (absolute, or relative to the working directory), `postgresql://…` (its
    /// password, if it has one, stays out of all messages) or `memory:`.
    std::string url;

    // A mapped table of the user's own. All empty: the file is one that `byzgate import` made.
    std::string table;
    std::string id;
    std::string flag;
    std::vector<std::string> public_values; ///< any other value, NULL or type is confidential
    std::optional<std::string> version;     ///< left out: a hash of flag and payload
    std::optional<std::string> payload;     ///< left out: the row as JSON

    generated_records generate;
    std::uint64_t seed = 0;

    /// How long a read waits for another process's lock before it fails.
    std::uint32_t busy_timeout_ms = 5'000;
};

/// The environment failed: the file is missing, locked, damaged or no database; the server can't be
/// reached or refuses. The message names the file or server and says what to do. Exit code 1.
class database_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The operator's mistake: the settings don't fit the database (no such table or column, a foreign
/// file without a mapping, an unknown kind of url). Exit code 2.
class mapping_error : public std::runtime_error {
public:
    mapping_error(std::string key, const std::string& message)
        : std::runtime_error(message), key_(std::move(key)) {}

    /// The key of `[database]` that is to be changed: `url`, `table`, `id`, `flag`, `public`,
    /// `version`, `payload` or `generate`.
    [[nodiscard]] const std::string& key() const noexcept { return key_; }

private:
    std::string key_;
};

/// A version that the database holds or once held for an id.
struct known_version {
    version_id version;
    flag confidentiality = flag::confidential;
    digest payload_digest{}; ///< BLAKE2b-256

    bool operator==(const known_version&) const = default;
};

/// An open database. One object belongs to one thread at a time; any number of objects, in any
/// number of processes, may be open on the same file. Every function may throw `database_error`.
///
/// An id is a record's only if it is valid UTF-8 without NUL, not empty and at most
/// `limits::record_id_bytes_max` bytes: rows with another id are no records. An id that stands in
/// several rows of a mapped table is one record that is confidential and has an empty payload.
class database {
public:
    virtual ~database() = default;

    /// One consistent snapshot, in the order asked; nothing where there is no such record.
    [[nodiscard]] virtual std::vector<std::optional<record>>
    read(const std::vector<record_id>& ids) = 0;

    /// Visits every id once, as of the call, in ascending order, until `visit` returns false.
    /// Memory stays flat, and no lock is held while `visit` runs.
    virtual void for_each_id(const std::function<bool(const record_id&)>& visit) = 0;

    /// The number of ids that `for_each_id` visits.
    [[nodiscard]] virtual std::uint64_t count() = 0;

    /// Every version that the database knows to have held for this id, the current one first.
    /// Files made by `byzgate import` keep them all, whoever changed or deleted the record since;
    /// a mapped table and `memory:` know the current one only.
    [[nodiscard]] virtual std::vector<known_version> versions_of(const record_id& id) = 0;

    /// Visits every record in the order of `for_each_id` until `visit` returns false. Records are
    /// read in batches, each of them a snapshot; what is deleted meanwhile is left out.
    void for_each(const std::function<bool(const record&)>& visit);

    /// What an operator should know about the data, as sentences; scans the table.
    [[nodiscard]] virtual std::vector<std::string> warnings() { return {}; }
};

/// Opens for reading only; a file that does not exist is an error and is not created.
/// Throws `mapping_error` and `database_error`.
[[nodiscard]] std::unique_ptr<database> open_database(const database_settings& settings);

} // namespace byzgate
