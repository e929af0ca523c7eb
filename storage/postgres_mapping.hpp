/// Where a PostgreSQL table keeps what byzgate needs, checked against the server's catalogue, and
/// how its columns are read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/postgres_connection.hpp"

namespace byzgate {

/// What a column's text stands for; domains count as what they are made of.
enum class column_kind : std::uint8_t {
    integer,
    real,
    text, ///< enumerations too
    bytes,
    truth,
    other ///< read as PostgreSQL writes it
};

struct postgres_column {
    std::string name;
    std::string type; ///< the name of its type
    column_kind kind = column_kind::other;
};

struct postgres_mapping {
    std::string table; ///< as shown to people
    std::string from;  ///< quoted, with its schema
    postgres_column id;
    postgres_column flag;
    std::optional<postgres_column> version;
    std::optional<postgres_column> payload;
    std::vector<postgres_column> columns; ///< all of them, in the table's order
    std::vector<std::string> public_values;

    /// The id as text, `"C"` collated: the bytes decide order and sameness.
    [[nodiscard]] std::string id_text() const;
    /// A query with one parameter, the ids as an array literal: id, flag and version (or NULL) as
    /// text, then the payload column or all columns.
    [[nodiscard]] std::string find_sql() const;
    /// Those of `ids` that the id column may hold, as an array literal.
    [[nodiscard]] std::string array_of(const std::vector<record_id>& ids) const;
};

/// `"name"`, with quotes in it doubled.
[[nodiscard]] std::string postgres_quoted(std::string_view name);

/// Throws `mapping_error` with the nearest names for what the database does not have.
[[nodiscard]] postgres_mapping resolve_postgres_mapping(postgres_snapshot& snapshot,
                                                        const std::string& place,
                                                        const database_settings& settings);

} // namespace byzgate
