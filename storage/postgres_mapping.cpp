#include "storage/postgres_mapping.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "storage/mapping_names.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace {

struct known_table {
    std::string shown;
    std::string quoted;
};

/// What the role could name: by itself if it is on the search path, else with its schema.
std::vector<known_table> tables_of(postgres_snapshot& snapshot) {
    const auto rows = snapshot.exec(
        "SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid) "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname !~ '^pg_' "
        "AND n.nspname <> 'information_schema' ORDER BY 3 DESC, 1, 2");
    std::vector<known_table> result;
    for (const auto& row : rows) {
        const auto schema = row[0].as<std::string>();
        const auto name = row[1].as<std::string>();
        result.push_back({row[2].as<bool>() ? name : schema + "." + name,
                          postgres_quoted(schema) + "." + postgres_quoted(name)});
    }
    return result;
}

column_kind kind_of_type(const std::string& type, const std::string& category) {
    if (type == "int2" || type == "int4" || type == "int8") {
        return column_kind::integer;
    }
    if (type == "float4" || type == "float8") {
        return column_kind::real;
    }
    if (type == "bytea") {
        return column_kind::bytes;
    }
    if (type == "bool") {
        return column_kind::truth;
    }
    return category == "S" || category == "E" ? column_kind::text : column_kind::other;
}

std::vector<postgres_column> columns_of(postgres_snapshot& snapshot, const std::string& from) {
    // The description of a result names the types that domains are made of.
    const auto shape = snapshot.exec(fmt::format("SELECT * FROM {} LIMIT 0", from));
    std::vector<postgres_column> result;
    for (pqxx::row::size_type i = 0; i < shape.columns(); ++i) {
        const auto type = snapshot.exec_params1(
            "SELECT typname, typcategory FROM pg_catalog.pg_type WHERE oid = $1",
            shape.column_type(i));
        const auto name = type[0].as<std::string>();
        result.push_back(
            {shape.column_name(i), name, kind_of_type(name, type[1].as<std::string>())});
    }
    return result;
}

/// As text where PostgreSQL itself would write something else that means the same: padding.
std::string as_written(const postgres_column& column) {
    return postgres_quoted(column.name) + (column.type == "bpchar" ? "::text" : "");
}

std::string as_text(const postgres_column& column) {
    return postgres_quoted(column.name) + "::text";
}

/// The array type under which the ids are looked up; empty if only the text can be compared.
std::string array_type(const postgres_column& id) {
    if (id.kind == column_kind::integer) {
        return "bigint[]";
    }
    if (id.type == "uuid" || id.type == "bpchar") {
        return id.type + "[]";
    }
    return id.type == "text" || id.type == "varchar" ? "text[]" : "";
}

/// Whether `text` is how the server would write some whole number: no other text is such an id.
bool is_canonical_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc{} && read.ptr == end && std::to_string(value) == text;
}

bool is_canonical_uuid(std::string_view text) {
    constexpr std::string_view shape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    return text.size() == shape.size()
           && std::equal(text.begin(), text.end(), shape.begin(), [](char c, char wanted) {
                  const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                  return wanted == '-' ? c == '-' : hex;
              });
}

} // namespace

std::string postgres_quoted(std::string_view name) {
    std::string result = "\"";
    for (const char c : name) {
        result += c;
        if (c == '"') {
            result += '"';
        }
    }
    return result + '"';
}

std::string postgres_mapping::id_text() const {
    return as_text(id) + " COLLATE \"C\"";
}

std::string postgres_mapping::find_sql() const {
    std::string list =
        fmt::format("{}, {}, {}", as_text(id), as_text(flag), version ? as_text(*version) : "NULL");
    if (payload) {
        list += ", " + as_written(*payload);
    } else {
        for (const auto& column : columns) {
            list += ", " + as_written(column);
        }
    }
    const auto type = array_type(id);
    return fmt::format("SELECT {} FROM {} WHERE {} = ANY($1::{})", list, from,
                       type.empty() ? as_text(id) : postgres_quoted(id.name),
                       type.empty() ? "text[]" : type);
}

std::string postgres_mapping::array_of(const std::vector<record_id>& ids) const {
    std::string literal = "{";
    for (const auto& one : ids) {
        const bool possible = is_usable_id(one)
                              && (id.kind != column_kind::integer || is_canonical_integer(one))
                              && (id.type != "uuid" || is_canonical_uuid(one));
        if (!possible) {
            continue;
        }
        literal += literal.size() > 1 ? ",\"" : "\"";
        for (const char c : one) {
            if (c == '"' || c == '\\') {
                literal += '\\';
            }
            literal += c;
        }
        literal += '"';
    }
    return literal + "}";
}

postgres_mapping resolve_postgres_mapping(postgres_snapshot& snapshot, const std::string& place,
                                          const database_settings& settings) {
    const auto tables = tables_of(snapshot);
    std::vector<std::string> names;
    for (const auto& table : tables) {
        names.push_back(table.shown);
    }
    postgres_mapping mapping;
    mapping.table = find_name("table", settings.table, names, place);
    mapping.from = std::find_if(tables.begin(), tables.end(), [&](const known_table& table) {
                       return table.shown == mapping.table;
                   })->quoted;
    mapping.columns = columns_of(snapshot, mapping.from);
    names.clear();
    for (const auto& column : mapping.columns) {
        names.push_back(column.name);
    }
    const std::string where = fmt::format("{}, table \"{}\"", place, mapping.table);
    const auto column = [&](const char* key, const std::string& name) {
        const auto found = find_name(key, name, names, where);
        return *std::find_if(mapping.columns.begin(), mapping.columns.end(),
                             [&](const postgres_column& one) { return one.name == found; });
    };
    mapping.id = column("id", settings.id);
    if (mapping.id.kind == column_kind::bytes) {
        throw mapping_error("id", fmt::format("{}: column \"{}\" holds bytes; an id is a text, a "
                                              "number or a uuid: map a view that makes one of it",
                                              where, mapping.id.name));
    }
    mapping.flag = column("flag", settings.flag);
    if (settings.version) {
        mapping.version = column("version", *settings.version);
    }
    if (settings.payload) {
        mapping.payload = column("payload", *settings.payload);
    }
    check_public_values(settings.public_values, place);
    mapping.public_values = settings.public_values;
    return mapping;
}

} // namespace byzgate
