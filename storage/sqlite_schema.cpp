#include "storage/sqlite_schema.hpp"

#include <fmt/format.h>

#include "crypto/blake2b.hpp"

namespace byzgate {

namespace {

constexpr std::int64_t application_id = 0x627a6774; // "bzgt"
constexpr std::int64_t schema_version = 1;

// No constraint on the flag: a change to any other text, or NULL, must succeed, since it makes the
// record confidential. Version and payload are of one type, so that equal means the same bytes.
constexpr const char* tables_sql = R"(
CREATE TABLE records (
    id TEXT NOT NULL PRIMARY KEY
        CHECK (typeof(id) = 'text' AND length(CAST(id AS BLOB)) BETWEEN 1 AND 1024),
    version INTEGER NOT NULL DEFAULT 1 CHECK (typeof(version) = 'integer'),
    flag TEXT DEFAULT 'confidential',
    payload TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE record_history (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    flag TEXT,
    payload TEXT,
    payload_digest BLOB,
    PRIMARY KEY (id, version)
) WITHOUT ROWID;
)";

// A version goes into the history when it ends. REPLACE pushes rows out without firing triggers for
// DELETE, so an INSERT saves the row that it may push out, and so does an UPDATE of the id. NOT
// EXISTS instead of OR IGNORE: inside a trigger the outer statement's conflict clause would win.
// And no alias may be called old, which would hide the trigger's OLD.
constexpr const char* keeping_triggers_sql = R"(
CREATE TRIGGER records_keep_replaced BEFORE INSERT ON records
BEGIN
    INSERT INTO record_history (id, version, flag, payload)
    SELECT id, version, flag, payload FROM records AS ending WHERE id = NEW.id AND NOT EXISTS
        (SELECT 1 FROM record_history WHERE id = ending.id AND version = ending.version);
END;

CREATE TRIGGER records_keep_updated BEFORE UPDATE ON records
WHEN OLD.id IS NOT NEW.id OR OLD.flag IS NOT NEW.flag OR OLD.payload IS NOT NEW.payload
BEGIN
    INSERT INTO record_history (id, version, flag, payload)
    SELECT id, version, flag, payload FROM records AS ending WHERE id IN (OLD.id, NEW.id)
        AND NOT EXISTS
        (SELECT 1 FROM record_history WHERE id = ending.id AND version = ending.version);
END;

CREATE TRIGGER records_keep_deleted BEFORE DELETE ON records
BEGIN
    INSERT INTO record_history (id, version, flag, payload)
    SELECT OLD.id, OLD.version, OLD.flag, OLD.payload WHERE NOT EXISTS
        (SELECT 1 FROM record_history WHERE id = OLD.id AND version = OLD.version);
END;
)";

// The next version is one more than the highest in the history of the id, so none ever comes back.
constexpr const char* version_triggers_sql = R"(
CREATE TRIGGER records_version_inserted AFTER INSERT ON records
WHEN NEW.version IS NOT
    (SELECT coalesce(max(version), 0) + 1 FROM record_history WHERE id = NEW.id)
BEGIN
    UPDATE records SET version =
        (SELECT coalesce(max(version), 0) + 1 FROM record_history WHERE id = NEW.id)
    WHERE id = NEW.id;
END;

CREATE TRIGGER records_version_updated AFTER UPDATE ON records
WHEN OLD.id IS NOT NEW.id OR OLD.flag IS NOT NEW.flag OR OLD.payload IS NOT NEW.payload
BEGIN
    UPDATE records SET version =
        (SELECT coalesce(max(version), 0) + 1 FROM record_history WHERE id = NEW.id)
    WHERE id = NEW.id;
END;

CREATE TRIGGER records_version_kept AFTER UPDATE ON records
WHEN OLD.id IS NEW.id AND OLD.flag IS NEW.flag AND OLD.payload IS NEW.payload
    AND OLD.version IS NOT NEW.version AND NEW.version IS NOT
    (SELECT coalesce(max(version), 0) + 1 FROM record_history WHERE id = NEW.id)
BEGIN
    SELECT raise(ABORT, 'the version is kept by triggers: change flag or payload, not the version');
END;
)";

// What an old version was is what later judgements rest on.
constexpr const char* history_triggers_sql = R"(
CREATE TRIGGER record_history_only_grows BEFORE DELETE ON record_history
BEGIN
    SELECT raise(ABORT, 'record_history only grows');
END;

CREATE TRIGGER record_history_not_replaced BEFORE INSERT ON record_history
WHEN EXISTS (SELECT 1 FROM record_history WHERE id = NEW.id AND version = NEW.version)
BEGIN
    SELECT raise(ABORT, 'record_history has this version');
END;

CREATE TRIGGER record_history_not_changed BEFORE UPDATE ON record_history
WHEN OLD.id IS NOT NEW.id OR OLD.version IS NOT NEW.version OR OLD.flag IS NOT NEW.flag
    OR OLD.payload_digest IS NOT NULL OR NEW.payload IS NOT NULL
    OR typeof(NEW.payload_digest) <> 'blob' OR length(NEW.payload_digest) <> 32
BEGIN
    SELECT raise(ABORT, 'record_history does not change');
END;
)";

constexpr std::int64_t object_count = 2 + 3 + 3 + 3;

void digest_function(sqlite3_context* context, int, sqlite3_value** arguments) {
    const void* data = sqlite3_value_blob(arguments[0]);
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]));
    const std::string_view bytes =
        data != nullptr ? std::string_view(static_cast<const char*>(data), size) : "";
    const digest result = blake2b_digester().digest_of(bytes);
    sqlite3_result_blob(context, result.data(), static_cast<int>(result.size()), SQLITE_TRANSIENT);
}

} // namespace

schema_state inspect_schema(const sqlite_connection& db) {
    if (db.integer("SELECT count(*) FROM sqlite_schema") == 0) {
        return schema_state::empty;
    }
    if (db.integer("PRAGMA application_id") != application_id) {
        return schema_state::foreign;
    }
    const std::int64_t version = db.integer("PRAGMA user_version").value_or(0);
    if (version != schema_version) {
        throw database_error(fmt::format(
            "{}: was made by another version of byzgate (schema {}, this one knows {}); use that "
            "version, or import into a new file",
            db.file(), version, schema_version));
    }
    const auto objects = db.integer(R"(
        SELECT count(*) FROM sqlite_schema WHERE
            type = 'table' AND name IN ('records', 'record_history')
            OR type = 'trigger' AND name IN
            ('records_keep_replaced', 'records_keep_updated', 'records_keep_deleted',
             'records_version_inserted', 'records_version_updated', 'records_version_kept',
             'record_history_only_grows', 'record_history_not_replaced',
             'record_history_not_changed'))");
    if (objects != object_count) {
        throw database_error(fmt::format(
            "{}: a table or trigger of byzgate's was dropped, so versions can't be relied upon; "
            "restore it from a backup or import into a new file",
            db.file()));
    }
    return schema_state::ours;
}

void create_schema(const sqlite_connection& db) {
    db.execute(tables_sql);
    db.execute(keeping_triggers_sql);
    db.execute(version_triggers_sql);
    db.execute(history_triggers_sql);
    db.execute(fmt::format("PRAGMA application_id = {}", application_id));
    db.execute(fmt::format("PRAGMA user_version = {}", schema_version));
}

void forget_old_payloads(const sqlite_connection& db) {
    sqlite3_create_function(db.handle(), "byzgate_digest", 1,
                            SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
                            digest_function, nullptr, nullptr);
    db.execute("UPDATE record_history SET payload_digest = byzgate_digest(payload), payload = NULL "
               "WHERE payload_digest IS NULL");
}

} // namespace byzgate
