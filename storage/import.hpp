/// `byzgate import`: a CSV file into a record database, all of it or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace byzgate {

struct import_settings {
    std::string csv_path;
    std::string db_path; ///< made if it does not exist; its directory must exist
    std::string id_column;
    std::string flag_column;
    /// What means public, compared byte for byte. Any other value is confidential, a missing or
    /// empty one too.
    std::vector<std::string> public_values;
    std::optional<std::string> payload_column; ///< left out: the row as a JSON object
    std::uint32_t busy_timeout_ms = 5'000;
};

struct import_result {
    std::uint64_t records = 0;        ///< in the CSV
    std::uint64_t public_records = 0; ///< of those
    std::uint64_t inserted = 0;
    std::uint64_t updated = 0;    ///< changed, so with a new version
    std::uint64_t unchanged = 0;  ///< kept their version
    std::uint64_t not_in_csv = 0; ///< in the database, not in this CSV; they stay as they are
    bool created = false;         ///< the database file is new

    bool operator==(const import_result&) const = default;
};

/// The operator's mistake, with the place (`file:line`) and the cure. Exit code 2.
class import_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Adds the CSV's records to the database, or updates them by id, in one transaction: on any error
/// the database is as it was before, and a new file does not remain.
/// Throws `import_error`, and `database_error` if the environment fails.
import_result import_csv(const import_settings& settings);

} // namespace byzgate
