/// Where a table keeps what byzgate needs, checked against the database's own schema.
#pragma once

#include "storage/sqlite_connection.hpp"

namespace byzgate {

struct table_mapping {
    bool ours = false; ///< made by `byzgate import`: ids are unique and history is kept
    std::string table;
    std::string id;
    std::string flag;
    std::optional<std::string> version;
    std::optional<std::string> payload;
    std::vector<std::string> columns; ///< all of them, in the table's order
    std::vector<std::string> public_values;

    [[nodiscard]] bool is_public(std::string_view text) const;
    /// id, flag, version (or NULL), then the payload column or all columns, as a SELECT lists them.
    [[nodiscard]] std::string selected() const;
    [[nodiscard]] std::string quoted_table() const { return quote_identifier(table); }
    [[nodiscard]] std::string quoted_id() const { return quote_identifier(id); }
};

/// Throws `mapping_error` with the nearest names for what the database does not have.
[[nodiscard]] table_mapping resolve_mapping(const sqlite_connection& db,
                                            const database_settings& settings);

} // namespace byzgate
