#include <cstdlib>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/storage/postgres_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
using stage = postgres_stage;

TEST_CASE_METHOD(stage, "who has no password, a wrong one or no right to read is told what to do",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    ::unsetenv("PGPASSWORD");
    const auto told = [&](const std::string& url) {
        database_settings s = settings();
        s.url = url;
        return message_of<database_error>([&] { static_cast<void>(open_database(s)); });
    };
    for (const std::string who : {"reader", "reader:wr0ng-w0rd", "reader:"}) {
        const auto message = told(server->url(name, who));
        INFO(message);
        CHECK_THAT(message, Contains("PGPASSFILE"));
        CHECK_THAT(message, Contains("postgresql://reader@127.0.0.1"));
        CHECK_THAT(message, !Contains("wr0ng-w0rd"));
    }
    CHECK_THAT(told(server->url(name, "stranger:stranger-password")), Contains("GRANT SELECT"));
    CHECK_THAT(told(server->url("nowhere")), Contains("create it, or correct database.url"));
    CHECK_THAT(told("postgresql://reader:r3ader-password@127.0.0.1:1/x"),
               Contains("check that the server runs") && !Contains("r3ader-password"));
}

TEST_CASE("a url that libpq can't read is a mistake, and its password stays out of the message",
          "[postgres]") {
    const std::string url = GENERATE(
        as<std::string>{}, "postgresql://me:s3cret@host:1/x=/?y", "postgresql://me:s3cret@[::1/x",
        "postgresql://me:s3cret@host/x?no_such=1", "postgresql://me:s3cret%zz@host/x");
    database_settings s;
    s.url = url;
    const auto message = message_of<mapping_error>([&] { static_cast<void>(open_database(s)); });
    INFO(message);
    CHECK_THAT(message, Contains("postgresql://USER@HOST"));
    CHECK_THAT(message, !Contains("s3cret"));
}

TEST_CASE_METHOD(stage, "a password in a file that the url names opens the database",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    const temporary_directory dir;
    const auto file = dir.write("pgpass", "*:*:*:reader:r3ader-password\n");
    std::filesystem::permissions(file, std::filesystem::perms{0600});
    database_settings s = settings();
    s.url = server->url(name, "reader") + "?passfile=" + file;
    CHECK(open_database(s)->count() == 2);
}

TEST_CASE_METHOD(stage, "a database in another encoding is refused", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    name = server->make_database("ENCODING 'LATIN1' TEMPLATE template0");
    run(two_rows);
    const auto error = mistake(settings());
    CHECK(error.key() == "url");
    CHECK_THAT(error.what(), Contains("LATIN1"));
}

TEST_CASE_METHOD(stage, "a session that the server ended is opened again by the next read",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open(two_rows);
    CHECK(read_one(*db, "a"));
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        "'byzgate'");
    CHECK(read_one(*db, "a"));
    server->stop();
    CHECK_THAT(message_of<database_error>([&] { static_cast<void>(read_one(*db, "a")); }),
               Contains("check that the server runs"));
    CHECK_THROWS_AS(read_one(*db, "a"), database_error);
    server->start();
    CHECK(read_one(*db, "a"));
    CHECK(db->count() == 2);
}

TEST_CASE_METHOD(stage, "a column that goes away while PostgreSQL is open is an error",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open(two_rows);
    CHECK(read_one(*db, "a"));
    run("ALTER TABLE datasets DROP COLUMN note");
    CHECK_THAT(message_of<database_error>([&] { static_cast<void>(read_one(*db, "a")); }),
               Contains("the table has changed"));
    run("DROP TABLE datasets");
    CHECK_THROWS_AS(read_one(*db, "a"), database_error);
    CHECK_THROWS_AS(db->count(), database_error);
}

TEST_CASE_METHOD(stage, "a lock that somebody holds is waited for within bounds", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open(two_rows);
    pqxx::connection other{server->url(name, "owner:0wner-password")};
    {
        pqxx::work held{other};
        held.exec("LOCK TABLE datasets IN ACCESS EXCLUSIVE MODE");
        CHECK_THAT(message_of<database_error>([&] { static_cast<void>(read_one(*db, "a")); }),
                   Contains("holds a lock"));
    }
    CHECK(read_one(*db, "a"));
}

TEST_CASE_METHOD(stage, "nobody writes through an open database, whatever the role may do",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    // A view with a function that writes is the nearest that a mapping comes to writing.
    run("CREATE FUNCTION spoil() RETURNS text LANGUAGE plpgsql AS $$ BEGIN DELETE FROM datasets; "
        "RETURN 'x'; END $$; CREATE VIEW bad AS SELECT spoil() AS id, 'Open' AS class");
    database_settings s = settings("bad");
    s.url = server->url(name, "owner:0wner-password");
    const auto db = open_database(s);
    CHECK_THAT(message_of<database_error>([&] { static_cast<void>(db->count()); }),
               Contains("read-only"));
    CHECK(open_database(settings())->count() == 2);
}

TEST_CASE_METHOD(stage, "an error over a row shows nothing of the row", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    run("CREATE VIEW bad AS SELECT id, class, note::int AS n FROM datasets; CREATE FUNCTION "
        "shout(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', t; END $$;"
        "CREATE VIEW worse AS SELECT id, class, shout(note) AS n FROM datasets");
    for (const auto* view : {"bad", "worse"}) {
        const auto db = open_database(settings(view));
        const auto message =
            message_of<database_error>([&] { static_cast<void>(read_one(*db, "a")); });
        CHECK_THAT(message,
                   Contains("fails on some row") && !Contains("\"one\"") && !Contains("no one"));
    }
}

TEST_CASE_METHOD(stage, "a batch that is read while others write is one snapshot", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open("CREATE TABLE datasets (id text PRIMARY KEY, class text, note int); "
                         "INSERT INTO datasets SELECT 'r' || i, 'Open', 0 FROM "
                         "generate_series(0, 99) AS i");
    std::vector<record_id> ids;
    for (int i = 0; i < 100; ++i) {
        ids.push_back(std::string{"r"} + std::to_string(i));
    }
    pqxx::connection other{server->url(name, "owner:0wner-password")};
    std::set<std::string> seen;
    for (int round = 1; round <= 50; ++round) {
        pqxx::work writing{other};
        writing.exec(std::string{"UPDATE datasets SET note = "} + std::to_string(round));
        const auto before = db->read(ids);
        writing.commit();
        const auto after = db->read(ids);
        for (const auto* batch : {&before, &after}) {
            std::set<std::string> notes;
            for (const auto& one : *batch) {
                notes.insert(nlohmann::json::parse(one->payload)["note"].dump());
            }
            CHECK(notes.size() == 1);
            seen.insert(notes.begin(), notes.end());
        }
    }
    CHECK(seen.size() == 51);
}
