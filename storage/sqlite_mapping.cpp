#include "storage/sqlite_mapping.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/mapping_names.hpp"
#include "storage/sqlite_schema.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace {

std::vector<std::string> names(sqlite_statement statement) {
    std::vector<std::string> result;
    while (statement.step()) {
        result.emplace_back(statement.bytes(0));
    }
    return result;
}

std::vector<std::string> table_names(const sqlite_connection& db) {
    return names(db.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') "
                            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
}

std::vector<std::string> column_names(const sqlite_connection& db, const std::string& table) {
    sqlite_statement statement =
        db.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid");
    statement.bind_text(1, table);
    return names(std::move(statement));
}

table_mapping own_mapping(const sqlite_connection& db) {
    switch (inspect_schema(db)) {
        case schema_state::ours:
            break;
        case schema_state::empty:
            throw database_error(
                fmt::format("{}: the database is empty; fill it with `byzgate import`", db.file()));
        case schema_state::foreign:
            throw mapping_error(
                "url",
                fmt::format("{}: was not made by `byzgate import`; to use a table of it, say "
                            "where things are with `table`, `id`, `flag` and `public`{}",
                            db.file(), suggestion("", table_names(db))));
    }
    table_mapping mapping;
    mapping.ours = true;
    mapping.table = "records";
    mapping.id = "id";
    mapping.flag = "flag";
    mapping.version = "version";
    mapping.payload = "payload";
    mapping.columns = {"id", "version", "flag", "payload"};
    mapping.public_values = {std::string(to_string(flag::public_))};
    return mapping;
}

} // namespace

bool table_mapping::is_public(std::string_view text) const {
    return std::find(public_values.begin(), public_values.end(), text) != public_values.end();
}

std::string table_mapping::selected() const {
    std::string list = fmt::format("{}, {}, {}", quoted_id(), quote_identifier(flag),
                                   version ? quote_identifier(*version) : "NULL");
    if (payload) {
        return list + ", " + quote_identifier(*payload);
    }
    for (const std::string& column : columns) {
        list += ", " + quote_identifier(column);
    }
    return list;
}

table_mapping resolve_mapping(const sqlite_connection& db, const database_settings& settings) {
    const bool mapped = !settings.table.empty() || !settings.id.empty() || !settings.flag.empty()
                        || !settings.public_values.empty() || settings.version || settings.payload;
    if (!mapped) {
        return own_mapping(db);
    }
    table_mapping mapping;
    mapping.table = find_name("table", settings.table, table_names(db), db.file());
    mapping.columns = column_names(db, mapping.table);
    const std::string where = fmt::format("{}, table \"{}\"", db.file(), mapping.table);
    const auto column = [&](const char* key, const std::string& name) {
        return find_name(key, name, mapping.columns, where);
    };
    mapping.id = column("id", settings.id);
    mapping.flag = column("flag", settings.flag);
    if (settings.version) {
        mapping.version = column("version", *settings.version);
    }
    if (settings.payload) {
        mapping.payload = column("payload", *settings.payload);
    }
    check_public_values(settings.public_values, db.file());
    mapping.public_values = settings.public_values;
    return mapping;
}

} // namespace byzgate
