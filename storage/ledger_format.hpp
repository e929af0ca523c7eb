/// How the release ledger lies in its SQLite file: tables, triggers, and rows read back. For
/// ledger.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/ledger.hpp"
#include "storage/sqlite_connection.hpp"

namespace byzgate {

/// All of a row but what `receipts` says, in the order that `read_ledger_row` wants; `WHERE` may
/// follow.
inline constexpr const char* ledger_columns =
    "SELECT sequence, record, version, payload_digest, recipient, round, level, certificate, "
    "previous, hash FROM releases ";

/// Into an empty database.
void make_ledger_schema(const sqlite_connection& db);
/// The outbox is younger than the rest: a ledger that was made without it gets it when it is next
/// written to.
void add_ledger_outbox(const sqlite_connection& db);

/// What is missing or foreign about a file; empty if it is a whole ledger.
[[nodiscard]] std::string ledger_schema_fault(const sqlite_connection& db);

/// False unless `bytes` has a digest's length.
[[nodiscard]] bool ledger_digest(std::string_view bytes, digest& into);

/// The row under the cursor; nothing if it is one that a ledger never writes.
[[nodiscard]] std::optional<ledger_row> read_ledger_row(const sqlite_statement& at);

} // namespace byzgate
