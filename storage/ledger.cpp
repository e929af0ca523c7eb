#include "storage/ledger.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "crypto/blake2b.hpp"
#include "protocol/assert.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

constexpr std::int64_t application_id = 0x627a676c; // "bzgl"
constexpr std::int64_t schema_version = 1;
constexpr std::uint32_t busy_timeout_ms = 5'000;

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

constexpr std::int64_t object_count = 3 + 5;

// Younger than the rest: a ledger that was made without it gets it when it is next written to.
constexpr const char* outbox_sql =
    "CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, "
    "delivery BLOB NOT NULL)";
/// What is looked at again before rows are added: a whole ledger may take minutes to walk.
constexpr std::uint64_t rows_checked_at_open = 1'000;

constexpr sqlite_cures ledger_cures{
    "name the ledger.db of a [state] directory",
    "name the ledger.db of a [state] directory; if this was one, docs/state.md says how to go on "
    "from a backup",
    "docs/state.md says how to go on from a backup; or begin another [state] directory",
};

/// What is missing or foreign about a file; empty if it is a whole ledger.
std::string fault_of_schema(const sqlite_connection& db) {
    if (db.integer("PRAGMA application_id") != application_id) {
        return "is no release ledger; name the ledger.db of a [state] directory";
    }
    const auto version = db.integer("PRAGMA user_version").value_or(0);
    if (version != schema_version) {
        return fmt::format("was made by another version of byzgate (schema {}, this one knows {})",
                           version, schema_version);
    }
    const auto objects = db.integer(R"(
        SELECT count(*) FROM sqlite_schema WHERE
            type = 'table' AND name IN ('releases', 'receipts', 'notes')
            OR type = 'trigger' AND name IN
            ('releases_only_grow', 'releases_not_changed', 'releases_not_replaced',
             'receipts_only_grow', 'receipts_not_changed'))");
    return objects == object_count
               ? std::string{}
               : "a table or trigger of byzgate's was dropped, so rows may have been changed";
}

constexpr const char* columns =
    "SELECT sequence, record, version, payload_digest, recipient, round, level, certificate, "
    "previous, hash FROM releases ";

bool to_digest(std::string_view bytes, digest& into) {
    if (bytes.size() != into.size()) {
        return false;
    }
    std::memcpy(into.data(), bytes.data(), into.size());
    return true;
}

std::string_view view(const digest& d) {
    return {reinterpret_cast<const char*>(d.data()), d.size()};
}

/// The row under the cursor; nothing if it is one that this file's author never writes.
std::optional<ledger_row> read_row(const sqlite_statement& at) {
    ledger_row row;
    row.sequence = static_cast<std::uint64_t>(at.integer(0));
    row.record = at.bytes(1);
    row.version = at.bytes(2);
    const auto recipient = parse_server_id(at.bytes(4));
    const auto level = at.integer(6);
    row.round = round_id{static_cast<std::uint64_t>(at.integer(5))};
    row.level = static_cast<level_number>(level);
    row.certificate = at.bytes(7);
    if (!recipient || level != row.level || !to_digest(at.bytes(3), row.payload_digest)
        || !to_digest(at.bytes(8), row.previous) || !to_digest(at.bytes(9), row.hash)) {
        return std::nullopt;
    }
    row.recipient = *recipient;
    return row;
}

constexpr const char* known_sql =
    "SELECT (SELECT 1 FROM receipts WHERE receipts.sequence = releases.sequence) FROM releases "
    "WHERE recipient = ?1 AND record = ?2 AND version = ?3";

/// What the ledger says about a row; `known` is `known_sql`.
ledger_entry entry_of(sqlite_statement& known, const ledger_row& row,
                      const std::string& recipient) {
    known.bind_text(1, recipient);
    known.bind_text(2, row.record);
    known.bind_text(3, row.version);
    const sqlite_reset found{known};
    if (!known.step()) {
        return ledger_entry::appended;
    }
    return known.type(0) == SQLITE_NULL ? ledger_entry::pending : ledger_entry::received;
}

} // namespace

digest hash_of(const ledger_row& row) {
    encoder bytes;
    bytes.raw("byzgate ledger row 1").u64(row.sequence).text(row.record).text(row.version);
    bytes.fixed(row.payload_digest).server(row.recipient).u64(number_of(row.round));
    bytes.u32(row.level).text(row.certificate).fixed(row.previous);
    return blake2b_digester{}.digest_of(bytes.bytes());
}

namespace {

/// A run that came to its end leaves no journal beside its ledger, so that nothing but the file is
/// needed to read it.
sqlite_access access_to(const std::string& file, sqlite_access wanted) {
    std::error_code missing;
    const bool journal = std::filesystem::file_size(file + "-wal", missing) > 0 && !missing;
    return wanted == sqlite_access::read_only && !journal ? sqlite_access::at_rest : wanted;
}

} // namespace

release_ledger::release_ledger(const std::string& file, sqlite_access access)
    : db_(file, access_to(file, access), busy_timeout_ms, ledger_cures) {
    if (access != sqlite_access::read_write) {
        return;
    }
    db_.execute("PRAGMA journal_mode = WAL");
    db_.execute("PRAGMA synchronous = FULL");
    sqlite_transaction making{db_, sqlite_transaction::kind::write};
    if (db_.integer("SELECT count(*) FROM sqlite_schema") == 0) {
        db_.execute(tables_sql);
        db_.execute(triggers_sql);
        db_.execute(fmt::format("PRAGMA application_id = {}", application_id));
        db_.execute(fmt::format("PRAGMA user_version = {}", schema_version));
    } else if (const auto fault = fault_of_schema(db_); !fault.empty()) {
        throw database_error(fmt::format(
            "{}: {}; nothing is added to it: begin another [state] directory, or restore this one "
            "from a backup",
            file, fault));
    }
    db_.execute(outbox_sql);
    expect_whole_end();
    making.commit();
}

void release_ledger::expect_whole_end() const {
    const auto refuse = [this](std::uint64_t sequence, const std::string& what) {
        throw database_error(fmt::format(
            "{}: row {} {}; nothing is added to it: `byzgate ledger` says more, docs/state.md how "
            "to go on from a backup",
            db_.file(), sequence, what));
    };
    const auto last = head();
    const auto rows =
        static_cast<std::uint64_t>(db_.integer("SELECT count(*) FROM releases").value_or(0));
    if (rows != last.rows) {
        refuse(last.rows, fmt::format("is the last of {} rows: some are missing", rows));
    }
    ledger_head from;
    if (last.rows > rows_checked_at_open) {
        from.rows = last.rows - rows_checked_at_open;
        auto before = db_.prepare("SELECT hash FROM releases WHERE sequence = ?1");
        before.bind_integer(1, static_cast<std::int64_t>(from.rows));
        if (!before.step() || !to_digest(before.bytes(0), from.hash)) {
            refuse(from.rows, "is not a row as the ledger writes it");
        }
    }
    if (const auto fault = check_from(from, {})) {
        refuse(fault->sequence, fault->what);
    }
}

std::vector<ledger_entry> release_ledger::append(const std::vector<ledger_row>& releases,
                                                 const std::vector<ledger_row>& received) {
    sqlite_transaction writing{db_, sqlite_transaction::kind::write};
    receive(received);
    auto became = append_in_transaction(releases);
    writing.commit();
    return became;
}

std::vector<ledger_entry> release_ledger::look_up(const std::vector<ledger_row>& releases) const {
    auto known = db_.prepare(known_sql);
    std::vector<ledger_entry> became;
    became.reserve(releases.size());
    for (const auto& row : releases) {
        const auto recipient = to_string(row.recipient);
        became.push_back(entry_of(known, row, recipient));
    }
    return became;
}

std::vector<ledger_entry>
release_ledger::append_in_transaction(const std::vector<ledger_row>& releases) {
    auto last = head();
    auto known = db_.prepare(known_sql);
    auto insert = db_.prepare("INSERT INTO releases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                              "?10)");
    std::vector<ledger_entry> became;
    became.reserve(releases.size());
    for (auto row : releases) {
        const auto recipient = to_string(row.recipient);
        became.push_back(entry_of(known, row, recipient));
        if (became.back() != ledger_entry::appended) {
            continue;
        }
        row.sequence = last.rows + 1;
        row.previous = last.hash;
        row.hash = hash_of(row);
        insert.bind_integer(1, static_cast<std::int64_t>(row.sequence));
        insert.bind_text(2, row.record);
        insert.bind_text(3, row.version);
        insert.bind_blob(4, view(row.payload_digest));
        insert.bind_text(5, recipient);
        insert.bind_integer(6, static_cast<std::int64_t>(number_of(row.round)));
        insert.bind_integer(7, row.level);
        insert.bind_blob(8, row.certificate);
        insert.bind_blob(9, view(row.previous));
        insert.bind_blob(10, view(row.hash));
        insert.step();
        insert.reset();
        last = {row.sequence, row.hash};
    }
    return became;
}

void release_ledger::receive(const std::vector<ledger_row>& releases) {
    auto insert = db_.prepare("INSERT OR IGNORE INTO receipts SELECT sequence FROM releases "
                              "WHERE recipient = ?1 AND record = ?2 AND version = ?3");
    for (const auto& row : releases) {
        const auto recipient = to_string(row.recipient);
        insert.bind_text(1, recipient);
        insert.bind_text(2, row.record);
        insert.bind_text(3, row.version);
        insert.step();
        insert.reset();
    }
}

std::vector<ledger_row> release_ledger::pending() const {
    std::vector<ledger_row> rows;
    auto at =
        db_.prepare(std::string{columns}
                    + "WHERE sequence NOT IN (SELECT sequence FROM receipts) ORDER BY sequence");
    while (at.step()) {
        if (auto row = read_row(at)) {
            rows.push_back(std::move(*row));
        }
    }
    return rows;
}

void release_ledger::for_each(const std::function<bool(const ledger_row&)>& row) const {
    auto at = db_.prepare(std::string{columns} + "ORDER BY sequence");
    while (at.step()) {
        const auto found = read_row(at);
        if (found && !row(*found)) {
            return;
        }
    }
}

ledger_head release_ledger::head() const {
    auto at = db_.prepare("SELECT sequence, hash FROM releases ORDER BY sequence DESC LIMIT 1");
    ledger_head last;
    if (at.step()) {
        last.rows = static_cast<std::uint64_t>(at.integer(0));
        if (!to_digest(at.bytes(1), last.hash)) {
            throw database_error(fmt::format("{}: row {} has no hash; byzgate ledger says more",
                                             db_.file(), last.rows));
        }
    }
    return last;
}

std::optional<ledger_fault>
release_ledger::check(const std::function<bool(const ledger_row&)>& row) const {
    if (auto fault = fault_of_schema(db_); !fault.empty()) {
        return ledger_fault{0, std::move(fault)};
    }
    return check_from({}, row);
}

std::optional<ledger_fault>
release_ledger::check_from(ledger_head last,
                           const std::function<bool(const ledger_row&)>& row) const {
    auto at = db_.prepare(std::string{columns} + "WHERE sequence >= ?1 ORDER BY sequence");
    // From the start means all there are, whatever their numbers.
    at.bind_integer(1, last.rows == 0 ? std::numeric_limits<std::int64_t>::min()
                                      : static_cast<std::int64_t>(last.rows) + 1);
    while (at.step()) {
        const auto sequence = last.rows + 1;
        const auto found = read_row(at);
        if (!found) {
            return ledger_fault{sequence, "is not a row as the ledger writes it"};
        }
        if (found->sequence != sequence) {
            return ledger_fault{sequence,
                                fmt::format("is missing: {} comes next", found->sequence)};
        }
        if (found->previous != last.hash) {
            return ledger_fault{sequence, "does not follow the row before it"};
        }
        if (found->hash != hash_of(*found)) {
            return ledger_fault{sequence, "was changed: its hash is another"};
        }
        last = {sequence, found->hash};
        if (row && !row(*found)) {
            break;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> release_ledger::number(const std::string& name) const {
    auto at = db_.prepare("SELECT value FROM notes WHERE name = ?1");
    at.bind_text(1, name);
    return at.step() ? std::optional{static_cast<std::uint64_t>(at.integer(0))} : std::nullopt;
}

void release_ledger::set_number(const std::string& name, std::uint64_t value) {
    auto at = db_.prepare("INSERT OR REPLACE INTO notes VALUES (?1, ?2)");
    at.bind_text(1, name);
    at.bind_integer(2, static_cast<std::int64_t>(value));
    at.step();
}

std::optional<std::string> release_ledger::text(const std::string& name) const {
    auto at = db_.prepare("SELECT value FROM notes WHERE name = ?1");
    at.bind_text(1, name);
    return at.step() ? std::optional{std::string{at.bytes(0)}} : std::nullopt;
}

void release_ledger::set_text(const std::string& name, const std::string& value) {
    auto at = db_.prepare("INSERT OR REPLACE INTO notes VALUES (?1, ?2)");
    at.bind_text(1, name);
    at.bind_text(2, value);
    at.step();
}

} // namespace byzgate
