/// The tables of a file that `byzgate import` makes.
///
/// Anybody may change `records` by plain SQL, and may know nothing of byzgate. Triggers hold what
/// must be true all the same: whatever changes flag or payload gives the record a version that its
/// id never had, and every (version, flag, payload) that was ever there stays in `record_history`.
#pragma once

#include "storage/sqlite_connection.hpp"

namespace byzgate {

enum class schema_state : std::uint8_t {
    ours,   ///< made by `byzgate import`, and whole
    empty,  ///< a database without anything in it
    foreign ///< a database of something else
};

/// Throws `database_error` for a file of ours that lost a trigger or that a later version made.
[[nodiscard]] schema_state inspect_schema(const sqlite_connection& db);

/// Makes tables and triggers; to be called within a transaction.
void create_schema(const sqlite_connection& db);

/// Puts digests in the place of the payloads in `record_history`, so that what was deleted or
/// replaced does not live on; to be called within a transaction.
void forget_old_payloads(const sqlite_connection& db);

} // namespace byzgate
