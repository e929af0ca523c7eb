/// What the storage tests share: a directory that goes away, files, plain SQL from "another
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

namespace byzgate::test {

class temporary_directory {
public:
    temporary_directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "byzgate-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("no temporary directory");
        }
        path_ = pattern;
    }
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(file(name), std::ios::binary) << content;
        return file(name);
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }

private:
    std::filesystem::path path_;
};

inline std::string content_of(const std::string& path) {
    std::ifstream input(path, std::ios::binary);
    std::ostringstream content;
    content << input.rdbuf();
    return content.str();
}

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
