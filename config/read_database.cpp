// [database].
#include "config/readers.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "protocol/words.hpp"

namespace byzgate {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";
constexpr std::string_view memory_url = "memory:";
constexpr std::array<std::string_view, 2> server_schemes{"postgresql://", "postgres://"};
constexpr auto known_urls = "\"sqlite:FILE\" (a file made by `byzgate import`, or your own with a "
                            "mapping), \"postgresql://USER@HOST/DATABASE\" (with a mapping) or "
                            "\"memory:\"";

bool read_sqlite_url(table_reader& table, const std::string& url, scenario& into) {
    auto path = url.substr(sqlite_scheme.size());
    // SQLite would take these for a database that nobody filled.
    if (path.empty() || path == ":memory:") {
        table.reject("url", "names no file; write \"sqlite:FILE\", or \"memory:\" for generated "
                            "records");
        return false;
    }
    const auto file = resolved(path, *table.find("url"), into.file);
    into.database.kind = database_kind::sqlite;
    into.database.url = std::string{sqlite_scheme} + file.string();
    return true;
}

/// True if the url is one whose further keys make sense to look at.
bool read_url(table_reader& table, scenario& into) {
    const auto url = table.text("url");
    if (!url) {
        if (!table.has("url")) {
            table.reject("url", fmt::format("is missing; write {}", known_urls));
        }
        return false;
    }
    if (url->starts_with(sqlite_scheme)) {
        return read_sqlite_url(table, *url, into);
    }
    if (*url == memory_url) {
        into.database.kind = database_kind::memory;
        into.database.url = *url;
        return true;
    }
    if (std::any_of(server_schemes.begin(), server_schemes.end(),
                    [&](std::string_view scheme) { return url->starts_with(scheme); })) {
        into.database.kind = database_kind::postgresql;
        into.database.url = *url;
        return true;
    }
    table.reject("url", fmt::format("\"{}\" is no known kind of database; write {}",
                                    without_password(*url), known_urls));
    return false;
}

/// The keys of a mapping that were written.
std::vector<std::string> mapping_keys(table_reader& table) {
    std::vector<std::string> present;
    for (const auto* key : {"table", "id", "flag", "public", "version", "payload"}) {
        if (table.has(key)) {
            present.emplace_back(key);
        }
    }
    return present;
}

void read_mapping(table_reader& table, database_config& into) {
    const auto present = mapping_keys(table);
    const auto own_needed = into.kind == database_kind::postgresql;
    if (present.empty() && !own_needed) {
        return;
    }
    into.table = table.name("table").value_or("");
    into.id = table.name("id").value_or("");
    into.flag = table.name("flag").value_or("");
    into.version = table.name("version");
    into.payload = table.name("payload");
    if (auto values = table.texts("public")) {
        into.public_values = std::move(*values);
        if (into.public_values.empty()) {
            table.reject("public", "is empty, so nothing could ever be public; write the values "
                                   "that mean public, such as [\"Open\"]");
        }
    }
    const std::string why =
        own_needed ? "PostgreSQL needs table, id, flag and public, since nothing was imported into "
                     "it"
                   : fmt::format("a database of your own ({} is set) needs table, id, flag and "
                                 "public; leave all of them out for a file made by `byzgate "
                                 "import`",
                                 present.front());
    for (const auto* key : {"table", "id", "flag", "public"}) {
        if (!table.has(key)) {
            table.reject(key, fmt::format("is missing: {}", why));
        }
    }
}

void refuse_mapping(table_reader& table) {
    for (const auto& key : mapping_keys(table)) {
        table.reject(key, "goes with a database of your own only; leave it out for \"memory:\"");
    }
}

void read_generate(table_reader& database, const limits& limit, generate_config& into) {
    if (!database.has("generate")) {
        database.reject("generate", "is missing: \"memory:\" needs it; write generate = { records "
                                    "= 1000, public = 0.5, payload_bytes = 100 }");
        return;
    }
    auto table = database.below("generate");
    if (database.find("generate")->is_table()) {
        if (const auto records = table.whole("records", 1, whole_max)) {
            into.records = *records;
        } else if (!table.has("records")) {
            table.reject("records", "is missing; write how many records to make up");
        }
        into.public_share = table.share("public").value_or(into.public_share);
        table.whole_into(into.payload_bytes, "payload_bytes", 0, limit.payload_bytes_max);
        table.finish();
    }
}

} // namespace

void read_database(table_reader& root, scenario& into) {
    const auto missing = !root.has("database");
    auto table = root.below("database");
    if (missing) {
        // Asked for all the same, so that they are known keys.
        static_cast<void>(mapping_keys(table));
        static_cast<void>(table.find("url"));
        static_cast<void>(table.find("generate"));
        root.reject("database",
                    fmt::format("is missing; write [database] with url = {}", known_urls));
        return;
    }
    const auto found = root.find("database");
    if (!found->is_table()) {
        return;
    }
    const auto usable = read_url(table, into);
    static_cast<void>(mapping_keys(table));
    if (!usable) {
        static_cast<void>(table.find("generate"));
    } else if (into.database.kind == database_kind::memory) {
        refuse_mapping(table);
        read_generate(table, into.cluster.limit, into.database.generate);
    } else {
        read_mapping(table, into.database);
        if (table.has("generate")) {
            table.reject("generate", "goes with url = \"memory:\" only; leave it out");
        }
    }
    table.finish();
}

} // namespace byzgate
