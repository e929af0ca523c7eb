/// A database on the tests' own PostgreSQL server.
#pragma once

#include "tests/postgres_server.hpp"
#include "tests/storage/workbench.hpp"

namespace byzgate::test {

/// The tests return at once where there is no server.
struct postgres_stage {
    postgres_server* server = postgres_server::shared();
    std::string name = server != nullptr ? server->make_database() : "";

    database_settings settings(const std::string& table = "datasets") const {
        database_settings s;
        s.url = server->url(name);
        s.table = table;
        s.id = "id";
        s.flag = "class";
        s.public_values = {"Open"};
        s.busy_timeout_ms = 200;
        return s;
    }
    void run(const std::string& sql) const { server->run(name, sql); }
    std::unique_ptr<database> open(const std::string& sql) const {
        run(sql);
        return open_database(settings());
    }
    mapping_error mistake(const database_settings& s) const {
        try {
            static_cast<void>(open_database(s));
        } catch (const mapping_error& error) {
            return error;
        }
        throw std::runtime_error("no mapping_error");
    }
};

inline constexpr const char* two_rows =
    "CREATE TABLE datasets (id text PRIMARY KEY, class text, rev int, note text); "
    "INSERT INTO datasets VALUES ('a', 'Open', 3, 'one'), ('b', 'Internal', 4, 'two')";

} // namespace byzgate::test
