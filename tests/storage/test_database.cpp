#include <catch2/catch.hpp>

#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

std::string open_message(const std::string& url) {
    database_settings settings;
    settings.url = url;
    return message_of<mapping_error>([&] { static_cast<void>(open_database(settings)); });
}

std::string sample(const temporary_directory& dir, int records = 3) {
    std::string csv = "id,class,text\n";
    for (int i = 0; i < records; ++i) {
        csv += "id-" + std::to_string(i) + "," + (i % 2 == 0 ? "Open" : "Internal") + ","
               + std::string(200, static_cast<char>('a' + i % 26)) + "\n";
    }
    import_csv(simple_import(dir.write("t.csv", csv), dir.file("t.db")));
    return dir.file("t.db");
}

} // namespace

TEST_CASE("an unknown kind of url is a mistake that names the known ones") {
    const std::string url =
        GENERATE("", "sqlite:", "t.db", "mysql://me:pw@x", "memory", "memory:x");
    const auto message = open_message(url);
    CHECK(message.find("\"sqlite:PATH\", \"postgresql://USER@HOST/DATABASE\" or \"memory:\"")
          != std::string::npos);
    CHECK(message.find("pw") == std::string::npos);
}

TEST_CASE("a missing database is an error and is not created") {
    const temporary_directory dir;
    const auto message = message_of<database_error>([&] { open_file(dir.file("no.db")); });
    CHECK(message.find("no.db: no such file") != std::string::npos);
    CHECK(dir.files().empty());
}

TEST_CASE("a directory is no database") {
    const temporary_directory dir;
    CHECK(message_of<database_error>([&] { open_file(dir.file("")); }).find("is a directory")
          != std::string::npos);
}

TEST_CASE("a path that SQLite would take for an option is a path") {
    database_settings settings;
    settings.url = "sqlite:" + std::string(GENERATE(":memory:", "file:x?mode=memory"));
    CHECK_THROWS_AS(open_database(settings), database_error);
}

TEST_CASE("random bytes are no database") {
    const temporary_directory dir;
    std::string bytes;
    std::uint32_t state = 5;
    for (int i = 0; i < 10'000; ++i) {
        state = state * 1'664'525U + 1'013'904'223U;
        bytes += static_cast<char>(state >> 24);
    }
    const auto message = message_of<database_error>([&] { open_file(dir.write("t.db", bytes)); });
    CHECK(message.find("is not an SQLite database") != std::string::npos);
}

TEST_CASE("an empty file is a database without records") {
    const temporary_directory dir;
    const auto message = message_of<database_error>([&] { open_file(dir.write("t.db", "")); });
    CHECK(message.find("is empty; fill it with `byzgate import`") != std::string::npos);
}

TEST_CASE("a truncated database is reported as damaged") {
    const temporary_directory dir;
    const std::string file = sample(dir, 500);
    const auto size = std::filesystem::file_size(file);
    const auto kept = GENERATE_COPY(size / 2, size - 4'096, std::uintmax_t{4'096});
    std::filesystem::resize_file(file, kept);
    const auto message = message_of<database_error>([&] {
        const auto db = open_file(file);
        db->for_each([](const record&) { return true; });
    });
    INFO(message);
    CHECK(message.find("damaged") != std::string::npos);
}

TEST_CASE("a database with a page of garbage is reported as damaged") {
    const temporary_directory dir;
    const std::string file = sample(dir, 2'000);
    {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        const auto pages = std::filesystem::file_size(file) / 4'096;
        for (std::uintmax_t page = pages / 2; page < pages; ++page) {
            out.seekp(static_cast<std::streamoff>(page * 4'096));
            out << std::string(4'096, '\xee');
        }
    }
    const auto message = message_of<database_error>([&] {
        const auto db = open_file(file);
        db->for_each([](const record&) { return true; });
    });
    CHECK(message.find("damaged") != std::string::npos);
}

TEST_CASE("a database that another process locked is an error after the timeout") {
    const temporary_directory dir;
    const std::string file = sample(dir);
    plain_sql other(file);
    other.run("PRAGMA journal_mode = DELETE");
    const auto db = open_file(file);
    CHECK(read_one(*db, "id-0"));
    other.run("BEGIN EXCLUSIVE");
    const auto locked = [](const std::string& message) {
        return message.find("locked by another process") != std::string::npos;
    };
    CHECK(locked(message_of<database_error>([&] { open_file(file); })));
    CHECK(locked(message_of<database_error>([&] { read_one(*db, "id-0"); })));
    CHECK(locked(message_of<database_error>([&] { static_cast<void>(db->count()); })));
    CHECK(locked(message_of<database_error>([&] { ids_of(*db); })));
    CHECK(locked(message_of<database_error>([&] { static_cast<void>(db->versions_of("id-0")); })));
    other.run("COMMIT");
    CHECK(read_one(*db, "id-0"));
}

TEST_CASE("a writer does not keep readers of our own files out") {
    const temporary_directory dir;
    const std::string file = sample(dir);
    plain_sql other(file);
    other.run("BEGIN EXCLUSIVE; UPDATE records SET flag = 'confidential'");
    const auto db = open_file(file);
    CHECK(read_one(*db, "id-0")->confidentiality == flag::public_);
    other.run("COMMIT");
    CHECK(read_one(*db, "id-0")->confidentiality == flag::confidential);
}

TEST_CASE("a read keeps the order asked and has nothing where nothing is") {
    const temporary_directory dir;
    const auto db = open_file(sample(dir));
    const auto records =
        db->read({"id-2", "no", "id-0", "id-2", "", std::string("id-0\0", 5), "\xff"});
    REQUIRE(records.size() == 7);
    CHECK(records[0]->id == "id-2");
    CHECK_FALSE(records[1]);
    CHECK(records[2]->id == "id-0");
    CHECK(records[3] == records[0]);
    CHECK_FALSE(records[4]);
    CHECK_FALSE(records[5]);
    CHECK_FALSE(records[6]);
    CHECK(db->read({}).empty());
}

TEST_CASE("a read sees what another process has changed since the last one") {
    const temporary_directory dir;
    const std::string file = sample(dir);
    const auto db = open_file(file);
    plain_sql other(file);
    CHECK(read_one(*db, "id-0")->version == "1");
    other.run("UPDATE records SET payload = 'new' WHERE id = 'id-0'");
    CHECK(read_one(*db, "id-0")->payload == "new");
    other.run("DELETE FROM records WHERE id = 'id-0'");
    CHECK_FALSE(read_one(*db, "id-0"));
    other.run("INSERT INTO records (id, flag) VALUES ('id-9', 'public')");
    CHECK(read_one(*db, "id-9")->confidentiality == flag::public_);
    CHECK(db->count() == 3);
}

TEST_CASE("others may change the database while ids are being visited") {
    const temporary_directory dir;
    const std::string file = sample(dir, 3'000);
    plain_sql other(file);
    other.run("PRAGMA journal_mode = DELETE");
    const auto db = open_file(file);
    std::size_t visited = 0;
    db->for_each_id([&](const record_id& id) {
        if (visited++ == 10) {
            other.run("DELETE FROM records WHERE id <> '" + id + "'");
            CHECK(db->count() == 1);
        }
        return true;
    });
    CHECK(visited == 3'000);
}

TEST_CASE("records deleted during a visit are left out") {
    const temporary_directory dir;
    const std::string file = sample(dir, 3'000);
    plain_sql other(file);
    const auto db = open_file(file);
    std::size_t visited = 0;
    db->for_each([&](const record&) {
        if (visited++ == 0) {
            other.run("DELETE FROM records");
        }
        return true;
    });
    CHECK(visited == 1'000);
}

TEST_CASE("a visitor's exception leaves the database usable") {
    const temporary_directory dir;
    const std::string file = sample(dir);
    const auto db = open_file(file);
    CHECK_THROWS_AS(db->for_each_id([](const record_id&) -> bool { throw 1; }), int);
    CHECK(ids_of(*db).size() == 3);
}

TEST_CASE("an id that no lieutenant would accept is no record") {
    const temporary_directory dir;
    const std::string file = sample(dir);
    plain_sql other(file);
    other.run("INSERT INTO records (id, flag) VALUES (CAST(x'ff' AS TEXT), 'public')");
    other.run("INSERT INTO records (id, flag) VALUES (CAST(x'610062' AS TEXT), 'public')");
    CHECK_FALSE(other.try_to("INSERT INTO records (id) VALUES ('')").empty());
    CHECK_FALSE(other.try_to("INSERT INTO records (id) VALUES (NULL)").empty());
    CHECK_FALSE(other.try_to("INSERT INTO records (id) VALUES (x'61')").empty());
    const auto db = open_file(file);
    CHECK(db->count() == 3);
    CHECK(ids_of(*db).size() == 3);
    CHECK_FALSE(read_one(*db, "\xff"));
    REQUIRE(db->warnings().size() == 1);
    CHECK(db->warnings()[0].find("2 rows are left out") != std::string::npos);
}
