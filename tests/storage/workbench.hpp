/// What the storage tests share: files in a directory that goes away, plain SQL from "another
/// process" (a connection that knows nothing of byzgate).
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

#include "storage/database.hpp"
#include "storage/import.hpp"
#include "tests/temporary_directory.hpp"

namespace byzgate::test {

/// Somebody else's connection.
class plain_sql {
public:
    explicit plain_sql(const std::string& file) {
        if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) {
            throw std::runtime_error("can't open " + file);
        }
    }
    ~plain_sql() { sqlite3_close(db_); }
    plain_sql(const plain_sql&) = delete;
    plain_sql& operator=(const plain_sql&) = delete;

    void run(const std::string& sql) {
        const std::string error = try_to(sql);
        if (!error.empty()) {
            throw std::runtime_error(sql + ": " + error);
        }
    }
    /// The error message; empty if it went well.
    std::string try_to(const std::string& sql) {
        char* message = nullptr;
        sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message);
        std::string result = message != nullptr ? message : "";
        sqlite3_free(message);
        return result;
    }
    std::string value(const std::string& sql) {
        std::string result;
        const auto keep = [](void* self, int, char** values, char**) {
            *static_cast<std::string*>(self) = values[0] != nullptr ? values[0] : "NULL";
            return 0;
        };
        sqlite3_exec(db_, sql.c_str(), keep, &result, nullptr);
        return result;
    }

    /// What somebody does who knows no scruples: the triggers are as before when it is done.
    void run_past_triggers(const std::string& sql) {
        const auto triggers =
            value("SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'");
        run(value("SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema "
                  "WHERE type = 'trigger'"));
        run(sql);
        run(triggers);
    }

private:
    sqlite3* db_ = nullptr;
};

/// What `action` throws of type `Error`, as text; empty if it throws none.
template <class Error, class Action>
std::string message_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

inline database_settings sqlite_settings(const std::string& file) {
    database_settings settings;
    settings.url = "sqlite:" + file;
    settings.busy_timeout_ms = 1;
    return settings;
}

inline std::unique_ptr<database> open_file(const std::string& file) {
    return open_database(sqlite_settings(file));
}

/// Columns id, class, text; `Open` is public.
inline import_settings simple_import(const std::string& csv, const std::string& db) {
    import_settings settings;
    settings.csv_path = csv;
    settings.db_path = db;
    settings.id_column = "id";
    settings.flag_column = "class";
    settings.public_values = {"Open"};
    settings.payload_column = "text";
    settings.busy_timeout_ms = 1;
    return settings;
}

inline std::vector<record_id> ids_of(database& db) {
    std::vector<record_id> ids;
    db.for_each_id([&](const record_id& id) {
        ids.push_back(id);
        return true;
    });
    return ids;
}

inline std::optional<record> read_one(database& db, const record_id& id) {
    return db.read({id}).at(0);
}

} // namespace byzgate::test
