#include "storage/sqlite_database.hpp"

#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

#include "crypto/blake2b.hpp"
#include "protocol/assert.hpp"
#include "storage/content_version.hpp"
#include "storage/id_spool.hpp"
#include "storage/row_json.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace {

// Columns of `table_mapping::selected`.
constexpr int id_column = 0;
constexpr int flag_column = 1;
constexpr int version_column = 2;
constexpr int payload_column = 3;

/// SQL's view of `is_usable_id`: the id as text, or NULL.
void id_function(sqlite3_context* context, int, sqlite3_value** arguments) {
    sqlite3_value* value = arguments[0];
    const void* data = sqlite3_value_type(value) == SQLITE_BLOB
                           ? sqlite3_value_blob(value)
                           : static_cast<const void*>(sqlite3_value_text(value));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
    if (data == nullptr || !is_usable_id({static_cast<const char*>(data), size})) {
        sqlite3_result_null(context);
        return;
    }
    sqlite3_result_text64(context, static_cast<const char*>(data), size, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
}

} // namespace

sqlite_database::sqlite_database(const std::string& file, const database_settings& settings)
    : db_(file, sqlite_access::read_only, settings.busy_timeout_ms),
      mapping_(resolve_mapping(db_, settings)) {
    sqlite3_create_function(db_.handle(), "byzgate_id", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                            nullptr, id_function, nullptr, nullptr);
    // A column without a declared type may hold the id as text, number or bytes. The comparison by
    // value finds them all through the index; `find` then compares the text.
    const std::string find_sql =
        fmt::format("SELECT {} FROM {} WHERE {} {}", mapping_.selected(), mapping_.quoted_table(),
                    mapping_.quoted_id(), mapping_.ours ? "= ?1" : "IN (?1, ?2, ?3)");
    find_ = db_.prepare(find_sql);
    sqlite_statement plan = db_.prepare("EXPLAIN QUERY PLAN " + find_sql);
    while (plan.step()) {
        constexpr int detail_column = 3;
        id_indexed_ = id_indexed_ && !plan.bytes(detail_column).starts_with("SCAN");
    }
    if (mapping_.ours) {
        history_ = db_.prepare("SELECT version, flag, payload, payload_digest FROM record_history "
                               "WHERE id = ?1 ORDER BY version DESC");
    }
}

std::string sqlite_database::payload_in(const sqlite_statement& statement) const {
    if (mapping_.payload) {
        return std::string(statement.bytes(payload_column));
    }
    row_json row;
    for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
        const std::string& name = mapping_.columns[i];
        const int column = payload_column + static_cast<int>(i);
        switch (statement.type(column)) {
            case SQLITE_INTEGER:
                row.add_integer(name, statement.integer(column));
                break;
            case SQLITE_FLOAT:
                row.add_real(name, statement.real(column));
                break;
            case SQLITE_TEXT:
                row.add_text(name, statement.bytes(column));
                break;
            case SQLITE_BLOB:
                row.add_bytes(name, statement.bytes(column));
                break;
            default:
                row.add_null(name);
        }
    }
    return row.take();
}

record sqlite_database::record_in(const sqlite_statement& statement, const record_id& id) const {
    record result;
    result.id = id;
    const bool is_public = statement.type(flag_column) == SQLITE_TEXT
                           && mapping_.is_public(statement.bytes(flag_column));
    result.confidentiality = is_public ? flag::public_ : flag::confidential;
    result.payload = payload_in(statement);
    // A row without a version still needs one that identifies its content: otherwise two reads
    // around a change would make a loyal commander look like a liar.
    const std::string_view version =
        mapping_.version ? statement.bytes(version_column) : std::string_view();
    result.version = is_usable_id(version)
                         ? version_id(version)
                         : content_version(result.confidentiality, result.payload);
    return result;
}

void sqlite_database::bind_id(const record_id& id) {
    find_.bind_text(1, id);
    if (mapping_.ours) {
        return;
    }
    std::int64_t integer = 0;
    double real = 0;
    const char* end = id.data() + id.size();
    if (std::from_chars(id.data(), end, integer).ptr == end) {
        find_.bind_integer(2, integer);
    } else if (std::from_chars(id.data(), end, real).ptr == end) {
        find_.bind_real(2, real);
    } else {
        find_.bind_null(2);
    }
    find_.bind_blob(3, id);
}

std::optional<record> sqlite_database::find(const record_id& id) {
    if (!is_usable_id(id)) {
        return std::nullopt;
    }
    const sqlite_reset reset(find_);
    bind_id(id);
    std::optional<record> result;
    while (find_.step()) {
        if (find_.bytes(id_column) != id) {
            continue;
        }
        if (result) {
            return ambiguous_record(id);
        }
        result = record_in(find_, id);
    }
    return result;
}

std::vector<std::optional<record>> sqlite_database::scan(const std::vector<record_id>& ids) {
    std::unordered_map<std::string_view, std::optional<record>> found;
    for (const record_id& id : ids) {
        if (is_usable_id(id)) {
            found.emplace(id, std::nullopt);
        }
    }
    sqlite_statement rows =
        db_.prepare(fmt::format("SELECT {} FROM {}", mapping_.selected(), mapping_.quoted_table()));
    while (rows.step()) {
        const auto wanted = found.find(rows.bytes(id_column));
        if (wanted != found.end()) {
            const record_id id(wanted->first);
            wanted->second = wanted->second ? ambiguous_record(id) : record_in(rows, id);
        }
    }
    std::vector<std::optional<record>> records;
    records.reserve(ids.size());
    for (const record_id& id : ids) {
        const auto at = found.find(id);
        records.push_back(at != found.end() ? at->second : std::nullopt);
    }
    return records;
}

std::vector<std::optional<record>> sqlite_database::read(const std::vector<record_id>& ids) {
    // Without an index each id costs a pass over the table, so several share one.
    constexpr std::size_t passes_max = 2;
    sqlite_transaction snapshot(db_, sqlite_transaction::kind::read);
    std::vector<std::optional<record>> records;
    if (!id_indexed_ && ids.size() > passes_max) {
        records = scan(ids);
    } else {
        records.reserve(ids.size());
        for (const record_id& id : ids) {
            records.push_back(find(id));
        }
    }
    snapshot.commit();
    return records;
}

void sqlite_database::for_each_id(const std::function<bool(const record_id&)>& visit) {
    id_spool spool;
    {
        sqlite_statement ids = db_.prepare(
            mapping_.ours
                ? "SELECT id FROM records WHERE byzgate_id(id) IS NOT NULL ORDER BY id"
                : fmt::format("SELECT byzgate_id({}) AS usable FROM {} WHERE usable IS NOT NULL "
                              "GROUP BY usable ORDER BY usable",
                              mapping_.quoted_id(), mapping_.quoted_table()));
        while (ids.step()) {
            spool.add(ids.bytes(0));
        }
    }
    spool.visit(visit);
}

std::uint64_t sqlite_database::count() {
    const auto rows =
        db_.integer(mapping_.ours ? "SELECT count(byzgate_id(id)) FROM records"
                                  : fmt::format("SELECT count(DISTINCT byzgate_id({})) FROM {}",
                                                mapping_.quoted_id(), mapping_.quoted_table()));
    return static_cast<std::uint64_t>(rows.value_or(0));
}

std::vector<known_version> sqlite_database::versions_of(const record_id& id) {
    const blake2b_digester digester;
    std::vector<known_version> versions;
    sqlite_transaction snapshot(db_, sqlite_transaction::kind::read);
    if (const std::optional<record> current = find(id)) {
        versions.push_back(
            {current->version, current->confidentiality, digester.digest_of(current->payload)});
    }
    if (mapping_.ours && is_usable_id(id)) {
        const sqlite_reset reset(history_);
        history_.bind_text(1, id);
        while (history_.step()) {
            known_version old;
            old.version = version_id(history_.bytes(0));
            const bool is_public =
                history_.type(1) == SQLITE_TEXT && mapping_.is_public(history_.bytes(1));
            old.confidentiality = is_public ? flag::public_ : flag::confidential;
            if (history_.type(3) == SQLITE_BLOB
                && history_.bytes(3).size() == old.payload_digest.size()) {
                const std::string_view bytes = history_.bytes(3);
                std::copy(bytes.begin(), bytes.end(), old.payload_digest.begin());
            } else {
                old.payload_digest = digester.digest_of(history_.bytes(2));
            }
            // A version may be in the history while it is still current: an INSERT that was
            // ignored had it saved.
            if (versions.empty() || versions.front().version != old.version) {
                versions.push_back(std::move(old));
            }
        }
    }
    snapshot.commit();
    return versions;
}

std::vector<std::string> sqlite_database::warnings() {
    std::vector<std::string> result;
    const std::string where = fmt::format("{}, table \"{}\"", db_.file(), mapping_.table);
    const auto number = [&](const std::string& sql) { return db_.integer(sql).value_or(0); };
    const auto unusable = number(fmt::format("SELECT count(*) FROM {} WHERE byzgate_id({}) IS NULL",
                                             mapping_.quoted_table(), mapping_.quoted_id()));
    if (unusable > 0) {
        result.push_back(fmt::format("{}: {} rows are left out, since their id is missing, empty, "
                                     "too long or not valid text",
                                     where, unusable));
    }
    if (mapping_.ours) {
        return result;
    }
    const auto ambiguous = number(
        fmt::format("SELECT count(*) FROM (SELECT byzgate_id({}) AS usable FROM {} WHERE usable IS "
                    "NOT NULL GROUP BY usable HAVING count(*) > 1)",
                    mapping_.quoted_id(), mapping_.quoted_table()));
    if (ambiguous > 0) {
        result.push_back(fmt::format("{}: {} ids stand in several rows and are confidential for "
                                     "that reason; make column \"{}\" unique",
                                     where, ambiguous, mapping_.id));
    }
    if (!id_indexed_) {
        result.push_back(fmt::format("{}: no index serves column \"{}\", so every read passes over "
                                     "the whole table; create one",
                                     where, mapping_.id));
    }
    return result;
}

} // namespace byzgate
