#include "storage/ledger_format.hpp"

#include <array>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "crypto/blake2b.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

constexpr std::int64_t application_id = 0x627a676c; // "bzgl"
constexpr std::int64_t schema_version = 1;
constexpr const char* tables_sql = R"(
CREATE TABLE releases (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    record TEXT NOT NULL,
    version TEXT NOT NULL,
    payload_digest BLOB NOT NULL,
    recipient TEXT NOT NULL,
    round INTEGER NOT NULL,
    level INTEGER NOT NULL,
    certificate BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (recipient, record, version)
);
CREATE TABLE receipts (sequence INTEGER PRIMARY KEY);
CREATE TABLE notes (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
)";

// REPLACE pushes rows out without firing triggers for DELETE, so an INSERT looks for itself.
constexpr const char* triggers_sql = R"(
CREATE TRIGGER releases_only_grow BEFORE DELETE ON releases
BEGIN
    SELECT raise(ABORT, 'releases only grow');
END;

CREATE TRIGGER releases_not_changed BEFORE UPDATE ON releases
BEGIN
    SELECT raise(ABORT, 'releases do not change');
END;

CREATE TRIGGER releases_not_replaced BEFORE INSERT ON releases
WHEN EXISTS (SELECT 1 FROM releases WHERE sequence = NEW.sequence
    OR recipient = NEW.recipient AND record = NEW.record AND version = NEW.version)
BEGIN
    SELECT raise(ABORT, 'releases has this already');
END;

CREATE TRIGGER receipts_only_grow BEFORE DELETE ON receipts
BEGIN
    SELECT raise(ABORT, 'receipts only grow');
END;

CREATE TRIGGER receipts_not_changed BEFORE UPDATE ON receipts
BEGIN
    SELECT raise(ABORT, 'receipts do not change');
END;
)";

/// Tables, indexes and triggers by name, each as it was made, those that SQLite makes itself too:
/// whoever edits the schema may give any name to anything. Two of a name show in their number.
std::multimap<std::string, std::string> objects_of(const sqlite_connection& db) {
    std::multimap<std::string, std::string> objects;
    auto at = db.prepare("SELECT name, type, tbl_name, coalesce(sql, '') FROM sqlite_schema "
                         "WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4')) "
                         "ORDER BY name, type, tbl_name, sql");
    while (at.step()) {
        objects.emplace(at.bytes(0),
                        fmt::format("{} {} {}", at.bytes(1), at.bytes(2), at.bytes(3)));
    }
    return objects;
}

/// The types of `ledger_columns`. To SQLite a text and a blob of the same bytes are two values: one
/// that was turned into the other has its hash still, but is looked for in vain.
constexpr std::array column_types{SQLITE_INTEGER, SQLITE_TEXT,    SQLITE_TEXT,    SQLITE_BLOB,
                                  SQLITE_TEXT,    SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_BLOB,
                                  SQLITE_BLOB,    SQLITE_BLOB};

} // namespace

digest hash_of(const ledger_row& row) {
    encoder bytes;
    bytes.raw("byzgate ledger row 1").u64(row.sequence).text(row.record).text(row.version);
    bytes.fixed(row.payload_digest).server(row.recipient).u64(number_of(row.round));
    bytes.u32(row.level).text(row.certificate).fixed(row.previous);
    return blake2b_digester{}.digest_of(bytes.bytes());
}

void make_ledger_schema(const sqlite_connection& db) {
    db.execute(tables_sql);
    db.execute(triggers_sql);
    db.execute(fmt::format("PRAGMA application_id = {}", application_id));
    db.execute(fmt::format("PRAGMA user_version = {}", schema_version));
}

void add_ledger_outbox(const sqlite_connection& db) {
    db.execute("CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, "
               "delivery BLOB NOT NULL)");
}

std::string ledger_schema_fault(const sqlite_connection& db) {
    if (db.integer("PRAGMA application_id") != application_id) {
        return "is no release ledger; name the ledger.db of a [state] directory";
    }
    const auto version = db.integer("PRAGMA user_version").value_or(0);
    if (version != schema_version) {
        return fmt::format("was made by another version of byzgate (schema {}, this one knows {})",
                           version, schema_version);
    }
    const sqlite_connection fresh{"a ledger as it should be", sqlite_access::in_memory, 0};
    make_ledger_schema(fresh);
    add_ledger_outbox(fresh);
    auto wanted = objects_of(fresh);
    const auto found = objects_of(db);
    if (!found.contains("outbox")) {
        wanted.erase("outbox");
        wanted.erase("sqlite_sequence"); // which counts its rows
    }
    return found == wanted ? std::string{}
                           : "a table or trigger of byzgate's was dropped or changed, or others "
                             "were added, so rows may have been changed";
}

bool ledger_digest(std::string_view bytes, digest& into) {
    if (bytes.size() != into.size()) {
        return false;
    }
    std::memcpy(into.data(), bytes.data(), into.size());
    return true;
}

std::optional<ledger_row> read_ledger_row(const sqlite_statement& at) {
    for (std::size_t i = 0; i < column_types.size(); ++i) {
        if (at.type(static_cast<int>(i)) != column_types[i]) {
            return std::nullopt;
        }
    }
    ledger_row row;
    row.sequence = static_cast<std::uint64_t>(at.integer(0));
    row.record = at.bytes(1);
    row.version = at.bytes(2);
    const auto recipient = parse_server_id(at.bytes(4));
    const auto level = at.integer(6);
    row.round = round_id{static_cast<std::uint64_t>(at.integer(5))};
    row.level = static_cast<level_number>(level);
    row.certificate = at.bytes(7);
    if (!recipient || level != row.level || !ledger_digest(at.bytes(3), row.payload_digest)
        || !ledger_digest(at.bytes(8), row.previous) || !ledger_digest(at.bytes(9), row.hash)) {
        return std::nullopt;
    }
    row.recipient = *recipient;
    return row;
}

} // namespace byzgate
