#include "storage/sqlite_connection.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "protocol/assert.hpp"

namespace byzgate {

const sqlite_cures record_cures{
    "make it with `byzgate import`, or correct the path",
    "correct the path, or make the file anew with `byzgate import`",
    "restore it from a backup or make it anew with `byzgate import`",
};

namespace {

void check(sqlite3* db, const std::string& file, const sqlite_cures& cures, int code) {
    if (code != SQLITE_OK) {
        throw sqlite_failure(db, file, cures, code);
    }
}

/// SQLite itself would report a missing file and a directory alike as "unable to open".
void check_openable(const std::string& file, sqlite_access access, const sqlite_cures& cures) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (status.type() == fs::file_type::not_found) {
        if (access != sqlite_access::read_write) {
            throw database_error(fmt::format("{}: no such file; {}", file, cures.missing));
        }
        return;
    }
    if (fs::is_directory(status)) {
        throw database_error(fmt::format("{}: is a directory, not a database file", file));
    }
    if (status.type() == fs::file_type::none) {
        throw database_error(fmt::format("{}: {}", file, error.message()));
    }
}

/// As a URI, in which a few characters mean something else.
std::string uri_of(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

} // namespace

std::string quote_identifier(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) {
        quoted += c;
        if (c == '"') {
            quoted += '"';
        }
    }
    return quoted += '"';
}

database_error sqlite_failure(sqlite3* db, const std::string& file, const sqlite_cures& cures,
                              int code) {
    const char* detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return database_error(fmt::format(
                "{}: the database is locked by another process; let it finish, then try again",
                file));
        case SQLITE_NOTADB:
            return database_error(
                fmt::format("{}: is not an SQLite database; {}", file, cures.foreign));
        case SQLITE_CORRUPT:
            return database_error(
                fmt::format("{}: the database is damaged ({}); {}", file, detail, cures.damaged));
        case SQLITE_CANTOPEN:
            return database_error(fmt::format(
                "{}: can't be opened ({}); check the permissions of the file and that its "
                "directory exists and may be written to, which SQLite's journal needs",
                file,
                db != nullptr && sqlite3_system_errno(db) != 0
                    ? std::strerror(sqlite3_system_errno(db))
                    : detail));
        case SQLITE_FULL:
            return database_error(fmt::format("{}: the disk is full; make room", file));
        case SQLITE_READONLY:
            return database_error(fmt::format(
                "{}: may not be written to ({}); check the permissions of the file and of its "
                "directory",
                file, detail));
        default:
            return database_error(fmt::format("{}: {}", file, detail));
    }
}

// -- statement -----------------------------------------------------------------------------------

sqlite_statement::sqlite_statement(sqlite3* db, const std::string& file, const sqlite_cures& cures,
                                   std::string_view sql)
    : db_(db), file_(file), cures_(&cures) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    handle_.reset(statement);
    check(db, file, cures, code);
}

void sqlite_statement::bind_text(int parameter, std::string_view value) {
    check(db_, file_, *cures_,
          sqlite3_bind_text64(handle_.get(), parameter, value.data() != nullptr ? value.data() : "",
                              value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void sqlite_statement::bind_blob(int parameter, std::string_view value) {
    check(db_, file_, *cures_,
          sqlite3_bind_blob64(handle_.get(), parameter, value.data() != nullptr ? value.data() : "",
                              value.size(), SQLITE_STATIC));
}

void sqlite_statement::bind_integer(int parameter, std::int64_t value) {
    check(db_, file_, *cures_, sqlite3_bind_int64(handle_.get(), parameter, value));
}

void sqlite_statement::bind_real(int parameter, double value) {
    check(db_, file_, *cures_, sqlite3_bind_double(handle_.get(), parameter, value));
}

void sqlite_statement::bind_null(int parameter) {
    check(db_, file_, *cures_, sqlite3_bind_null(handle_.get(), parameter));
}

bool sqlite_statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        throw sqlite_failure(db_, file_, *cures_, code);
    }
    return code == SQLITE_ROW;
}

bool sqlite_statement::insert() {
    const int code = sqlite3_step(handle_.get());
    if (code != SQLITE_DONE && (code & 0xff) != SQLITE_CONSTRAINT) {
        throw sqlite_failure(db_, file_, *cures_, code);
    }
    reset();
    return code == SQLITE_DONE;
}

void sqlite_statement::reset() noexcept {
    // Repeats the code of the last step, which was dealt with there.
    static_cast<void>(sqlite3_reset(handle_.get()));
}

int sqlite_statement::type(int column) const {
    return sqlite3_column_type(handle_.get(), column);
}

std::int64_t sqlite_statement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

double sqlite_statement::real(int column) const {
    return sqlite3_column_double(handle_.get(), column);
}

std::string_view sqlite_statement::bytes(int column) const {
    const void* data = type(column) == SQLITE_BLOB
                           ? sqlite3_column_blob(handle_.get(), column)
                           : static_cast<const void*>(sqlite3_column_text(handle_.get(), column));
    if (data == nullptr) {
        return {};
    }
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

// -- connection ----------------------------------------------------------------------------------

sqlite_connection::sqlite_connection(std::string file, sqlite_access access,
                                     std::uint32_t busy_timeout_ms, const sqlite_cures& cures)
    : file_(std::move(file)), cures_(&cures) {
    const bool in_memory = access == sqlite_access::in_memory;
    if (!in_memory) {
        check_openable(file_, access, cures);
    }
    const bool at_rest = access == sqlite_access::at_rest;
    const int flags = (access == sqlite_access::read_write || in_memory
                           ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                           : SQLITE_OPEN_READONLY | (at_rest ? SQLITE_OPEN_URI : 0))
                      | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    // A relative path that starts like an option of SQLite's (":memory:") stays a path.
    const std::string path = in_memory ? ":memory:" : file_.starts_with('/') ? file_ : "./" + file_;
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2((at_rest ? uri_of(path) : path).c_str(), &db, flags, nullptr);
    handle_.reset(db);
    check(db, file_, cures, code);
    sqlite3_busy_timeout(db, static_cast<int>(std::min(busy_timeout_ms, 1U << 30)));
    // A misspelt "column" must be an error, never the text 'column'.
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    // The file may come from anywhere: its views and triggers get no unsafe functions.
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

sqlite_statement sqlite_connection::prepare(std::string_view sql) const {
    return {handle_.get(), file_, *cures_, sql};
}

void sqlite_connection::execute(const std::string& sql) const {
    check(handle_.get(), file_, *cures_,
          sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

std::optional<std::int64_t> sqlite_connection::integer(std::string_view sql) const {
    sqlite_statement statement = prepare(sql);
    if (!statement.step()) {
        return std::nullopt;
    }
    return statement.integer(0);
}

// -- transaction ---------------------------------------------------------------------------------

sqlite_transaction::sqlite_transaction(const sqlite_connection& db, kind what) : db_(db) {
    db_.execute(what == kind::read ? "BEGIN" : "BEGIN IMMEDIATE");
}

sqlite_transaction::~sqlite_transaction() {
    // Some errors roll back by themselves; there is nothing to undo then.
    if (open_ && sqlite3_get_autocommit(db_.handle()) == 0) {
        sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void sqlite_transaction::commit() {
    BYZGATE_ASSERT(open_);
    db_.execute("COMMIT");
    open_ = false;
}

} // namespace byzgate
