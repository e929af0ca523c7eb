/// SQLite's C interface with owners instead of raw handles, and its result codes as
/// `database_error` messages that name the file and the cure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "storage/database.hpp"

namespace byzgate {

/// `"name"`, with quotes in it doubled: safe for any name, keywords included.
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// What to do about a file that can't be used: that depends on who wrote it.
struct sqlite_cures {
    const char* missing;
    const char* foreign; ///< no SQLite database
    const char* damaged;
};
/// Of databases of records, which can be imported again.
extern const sqlite_cures record_cures;

/// A prepared statement. Columns and parameters count as in SQLite: columns from 0, parameters
/// from 1. Text that is bound must outlive the next `reset`.
class sqlite_statement {
public:
    sqlite_statement() = default;
    sqlite_statement(sqlite3* db, const std::string& file, const sqlite_cures& cures,
                     std::string_view sql);

    void bind_text(int parameter, std::string_view value);
    void bind_blob(int parameter, std::string_view value);
    void bind_integer(int parameter, std::int64_t value);
    void bind_real(int parameter, double value);
    void bind_null(int parameter);

    /// True when there is a row. Throws `database_error`, also for a constraint.
    bool step();
    /// As `step`, but a violated constraint is a value: false.
    [[nodiscard]] bool insert();
    void reset() noexcept;

    [[nodiscard]] int type(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    /// The bytes of a text or blob (of a number, its text; of NULL, nothing). Valid until the next
    /// `step` or `reset`.
    [[nodiscard]] std::string_view bytes(int column) const;

private:
    struct finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    sqlite3* db_ = nullptr;
    std::string file_;
    const sqlite_cures* cures_ = &record_cures;
    std::unique_ptr<sqlite3_stmt, finalize> handle_;
};

/// Resets a statement at the end of a scope, so that it never holds a lock for longer.
class sqlite_reset {
public:
    explicit sqlite_reset(sqlite_statement& statement) : statement_(statement) {}
    ~sqlite_reset() { statement_.reset(); }
    sqlite_reset(const sqlite_reset&) = delete;
    sqlite_reset& operator=(const sqlite_reset&) = delete;

private:
    sqlite_statement& statement_;
};

enum class sqlite_access : std::uint8_t {
    read_only,  ///< never creates the file
    at_rest,    ///< read only, and nobody writes meanwhile: takes no rights but to read the file
    read_write, ///< creates the file if it is missing
    in_memory   ///< no file: `file` is but its name in messages, and it goes with the connection
};

class sqlite_connection {
public:
    /// `cures` outlives the connection.
    sqlite_connection(std::string file, sqlite_access access, std::uint32_t busy_timeout_ms,
                      const sqlite_cures& cures = record_cures);

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

    [[nodiscard]] sqlite_statement prepare(std::string_view sql) const;
    /// Runs statements that take no parameters.
    void execute(const std::string& sql) const;
    /// The first column of the first row.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view sql) const;

private:
    struct close {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };

    std::string file_;
    const sqlite_cures* cures_;
    std::unique_ptr<sqlite3, close> handle_;
};

/// A transaction that is rolled back unless `commit` was reached.
class sqlite_transaction {
public:
    enum class kind : std::uint8_t { read, write };

    sqlite_transaction(const sqlite_connection& db, kind what);
    ~sqlite_transaction();
    sqlite_transaction(const sqlite_transaction&) = delete;
    sqlite_transaction& operator=(const sqlite_transaction&) = delete;

    void commit();

private:
    const sqlite_connection& db_;
    bool open_ = true;
};

/// What an SQLite result code means for somebody who has to act on it.
[[nodiscard]] database_error sqlite_failure(sqlite3* db, const std::string& file,
                                            const sqlite_cures& cures, int code);

} // namespace byzgate
