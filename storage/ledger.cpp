#include "storage/ledger.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "protocol/assert.hpp"
#include "storage/ledger_format.hpp"

namespace byzgate {

namespace {

constexpr std::uint32_t busy_timeout_ms = 5'000;

/// What is looked at again before rows are added: a whole ledger may take minutes to walk.
constexpr std::uint64_t rows_checked_at_open = 1'000;

constexpr sqlite_cures ledger_cures{
    "name the ledger.db of a [state] directory",
    "name the ledger.db of a [state] directory; if this was one, docs/state.md says how to go on "
    "from a backup",
    "docs/state.md says how to go on from a backup; or begin another [state] directory",
};

constexpr const char* known_sql =
    "SELECT (SELECT 1 FROM receipts WHERE receipts.sequence = releases.sequence) FROM releases "
    "WHERE recipient = ?1 AND record = ?2 AND version = ?3";

std::string_view view(const digest& d) {
    return {reinterpret_cast<const char*>(d.data()), d.size()};
}

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
    db_.execute("PRAGMA synchronous = FULL");
    expect_usable();
    // Not before: from its first byte on the file is a ledger by itself, without its journal.
    db_.execute("PRAGMA journal_mode = WAL");
}

void release_ledger::expect_usable() const {
    sqlite_transaction making{db_, sqlite_transaction::kind::write};
    if (db_.integer("SELECT count(*) FROM sqlite_schema") == 0) {
        make_ledger_schema(db_);
    } else if (const auto fault = ledger_schema_fault(db_); !fault.empty()) {
        throw database_error(fmt::format(
            "{}: {}; nothing is added to it: begin another [state] directory, or restore this one "
            "from a backup",
            db_.file(), fault));
    }
    add_ledger_outbox(db_);
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
    if (const auto fault = receipts_fault(last)) {
        refuse(fault->sequence, fault->what);
    }
    ledger_head from;
    if (last.rows > rows_checked_at_open) {
        from.rows = last.rows - rows_checked_at_open;
        auto before = db_.prepare("SELECT hash FROM releases WHERE sequence = ?1");
        before.bind_integer(1, static_cast<std::int64_t>(from.rows));
        if (!before.step() || !ledger_digest(before.bytes(0), from.hash)) {
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
        db_.prepare(std::string{ledger_columns}
                    + "WHERE sequence NOT IN (SELECT sequence FROM receipts) ORDER BY sequence");
    while (at.step()) {
        if (auto row = read_ledger_row(at)) {
            rows.push_back(std::move(*row));
        }
    }
    return rows;
}

void release_ledger::for_each(const std::function<bool(const ledger_row&)>& row) const {
    auto at = db_.prepare(std::string{ledger_columns} + "ORDER BY sequence");
    while (at.step()) {
        const auto found = read_ledger_row(at);
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
        if (!ledger_digest(at.bytes(1), last.hash)) {
            throw database_error(fmt::format("{}: row {} has no hash; byzgate ledger says more",
                                             db_.file(), last.rows));
        }
    }
    return last;
}

std::optional<ledger_fault>
release_ledger::check(const std::function<bool(const ledger_row&)>& row) const {
    // A run or a gate may add to it meanwhile.
    const sqlite_transaction as_of_now{db_, sqlite_transaction::kind::read};
    if (auto fault = ledger_schema_fault(db_); !fault.empty()) {
        return ledger_fault{0, std::move(fault)};
    }
    ledger_head last;
    bool enough = false;
    auto fault = check_from({}, [&](const ledger_row& good) {
        last = {good.sequence, good.hash};
        enough = row && !row(good);
        return !enough;
    });
    if (!fault && !enough) {
        fault = receipts_fault(last);
    }
    if (fault || enough) {
        return fault;
    }
    // Rows are looked up by way of indexes, which may have been changed apart from them.
    auto whole = db_.prepare("PRAGMA integrity_check(1)");
    if (!whole.step() || whole.bytes(0) != "ok") {
        return ledger_fault{0, fmt::format("is damaged: {}", whole.bytes(0))};
    }
    return std::nullopt;
}

std::optional<ledger_fault> release_ledger::receipts_fault(ledger_head last) const {
    auto at = db_.prepare("SELECT sequence FROM receipts WHERE sequence < 1 OR sequence > ?1 "
                          "ORDER BY sequence LIMIT 1");
    at.bind_integer(1, static_cast<std::int64_t>(last.rows));
    if (!at.step()) {
        return std::nullopt;
    }
    return ledger_fault{static_cast<std::uint64_t>(at.integer(0)),
                        "is missing: there is a receipt for it"};
}

std::optional<ledger_fault>
release_ledger::check_from(ledger_head last,
                           const std::function<bool(const ledger_row&)>& row) const {
    auto at = db_.prepare(std::string{ledger_columns} + "WHERE sequence >= ?1 ORDER BY sequence");
    // From the start means all there are, whatever their numbers.
    at.bind_integer(1, last.rows == 0 ? std::numeric_limits<std::int64_t>::min()
                                      : static_cast<std::int64_t>(last.rows) + 1);
    while (at.step()) {
        const auto sequence = last.rows + 1;
        const auto found = read_ledger_row(at);
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
