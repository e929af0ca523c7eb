#include <catch2/catch.hpp>

#include "crypto/blake2b.hpp"
#include "storage/content_version.hpp"
#include "tests/storage/postgres_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
using stage = postgres_stage;

TEST_CASE_METHOD(stage, "a PostgreSQL table is read with the row as JSON and a hash as version",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open(two_rows);
    CHECK(db->count() == 2);
    CHECK(ids_of(*db) == std::vector<record_id>{"a", "b"});
    const auto a = read_one(*db, "a");
    REQUIRE(a);
    CHECK(a->payload == R"({"id":"a","class":"Open","rev":3,"note":"one"})");
    CHECK(a->confidentiality == flag::public_);
    CHECK(a->version == content_version(flag::public_, a->payload));
    CHECK(read_one(*db, "b")->confidentiality == flag::confidential);
    CHECK(db->versions_of("a")
          == std::vector<known_version>{
              {a->version, flag::public_, blake2b_digester().digest_of(a->payload)}});
    CHECK(db->warnings().empty());
    CHECK(db->read({"b", "no", "a", "b"}).at(1) == std::nullopt);
    CHECK(db->read({"b", "no", "a", "b"}).at(3)->id == "b");
}

TEST_CASE_METHOD(stage, "version and payload come from PostgreSQL columns that the mapping names",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    database_settings s = settings();
    s.version = "rev";
    s.payload = "note";
    CHECK(read_one(*open_database(s), "a") == record{"a", "3", flag::public_, "one"});
    run("UPDATE datasets SET rev = NULL, note = NULL");
    CHECK(read_one(*open_database(s), "a")
          == record{"a", content_version(flag::public_, ""), flag::public_, ""});
}

TEST_CASE_METHOD(stage, "a PostgreSQL flag that is not exactly a public value is confidential",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open("CREATE TABLE datasets (id text, class text); INSERT INTO datasets VALUES "
                         "('a', NULL), ('b', ''), ('c', 'open'), ('d', ' Open'), ('e', 'Open '), "
                         "('f', 'OPEN'), ('g', 'Opened'), ('h', 'Open')");
    for (const auto& found : db->read({"a", "b", "c", "d", "e", "f", "g"})) {
        CHECK(found->confidentiality == flag::confidential);
    }
    CHECK(read_one(*db, "h")->confidentiality == flag::public_);
}

TEST_CASE_METHOD(stage, "enumerations, padded and true flags can be public, numbers and bytes not",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run("CREATE TYPE level AS ENUM ('Open', 'Shut'); CREATE DOMAIN word AS text; "
        "CREATE TABLE datasets (id text, e level, c char(9), v varchar(9), w word, t boolean, "
        "n int, y bytea); INSERT INTO datasets VALUES ('a', 'Open', 'Open', 'Open', 'Open', true, "
        "1, 'Open')");
    database_settings s = settings();
    s.public_values = {"Open", "true", "1", "\\x4f70656e"};
    for (const std::string column : {"e", "c", "v", "w", "t"}) {
        s.flag = column;
        INFO(column);
        CHECK(read_one(*open_database(s), "a")->confidentiality == flag::public_);
    }
    for (const std::string column : {"n", "y"}) {
        s.flag = column;
        INFO(column);
        CHECK(read_one(*open_database(s), "a")->confidentiality == flag::confidential);
    }
}

TEST_CASE_METHOD(stage, "every PostgreSQL type has its JSON, whatever the role's settings are",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run("CREATE TABLE datasets (id text, class text, i bigint, r float8, f real, x float8, t text, "
        "n text, b bytea, yes boolean, d numeric, at timestamptz, day date, span interval, j jsonb,"
        " \"odd \"\" name\" char(3)); INSERT INTO datasets VALUES ('a', 'Open', "
        "-9007199254740993, 0.1, 0.1, '-Infinity', E'ü\"\\n', NULL, '\\x00ff', true, 12.50, "
        "'2020-02-03 04:05:06+00', '2020-02-03', '1 day', '{\"k\": 1}', 'z')");
    const std::string wanted =
        R"({"id":"a","class":"Open","i":-9007199254740993,"r":0.1,"f":0.1,"x":"-Infinity",)"
        R"("t":"ü\"\n","n":null,"b":{"hex":"00ff"},"yes":true,"d":"12.50",)"
        R"("at":"2020-02-03 04:05:06+00","day":"2020-02-03","span":"P1D","j":"{\"k\": 1}",)"
        R"("odd \" name":"z"})";
    CHECK(read_one(*open_database(settings()), "a")->payload == wanted);
    run("ALTER ROLE reader SET datestyle = 'German'; ALTER ROLE reader SET timezone = 'Asia/Tokyo';"
        "ALTER ROLE reader SET bytea_output = 'escape'; ALTER ROLE reader SET extra_float_digits = "
        "-5; ALTER ROLE reader SET intervalstyle = 'postgres_verbose'");
    CHECK(read_one(*open_database(settings()), "a")->payload == wanted);
    run("ALTER ROLE reader RESET ALL");
}

TEST_CASE_METHOD(stage, "an id in several PostgreSQL rows is one confidential record",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const auto db = open("CREATE TABLE datasets (id text, class text, note text); INSERT INTO "
                         "datasets VALUES ('a', 'Open', 'one'), ('a', 'Open', 'one'), ('b', 'Open',"
                         " 'two'), (NULL, 'Open', ''), ('', 'Open', ''), (repeat('i', 1025), "
                         "'Open', ''), (repeat('k', 1024), 'Open', '')");
    CHECK(db->count() == 3);
    CHECK(ids_of(*db).size() == 3);
    const auto found = read_one(*db, "a");
    CHECK(found == record{"a", content_version(flag::confidential, ""), flag::confidential, ""});
    CHECK(db->read({"a", "b", "a"}).at(2) == found);
    CHECK(read_one(*db, "b")->confidentiality == flag::public_);
    const auto told = db->warnings();
    REQUIRE(told.size() == 3);
    CHECK_THAT(told[0], Contains("3 rows are left out"));
    CHECK_THAT(told[1], Contains("1 ids stand in several rows"));
    CHECK_THAT(told[2], Contains("no index serves column \"id\""));
}

TEST_CASE_METHOD(stage, "PostgreSQL ids of many types are found by their own text only",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const std::string type = GENERATE("int PRIMARY KEY", "bigint", "smallint", "numeric", "text",
                                      "varchar(9)", "char(9)");
    const auto db = open("CREATE TABLE datasets (id " + type
                         + ", class text); INSERT INTO datasets VALUES (7, 'Open'), (10, 'Open')");
    INFO(type);
    CHECK(ids_of(*db) == std::vector<record_id>{"10", "7"});
    CHECK(db->read({"10", "7"}).at(1)->id == "7");
    for (const std::string id : {"07", " 7", "7 ", "7.0", "+7", "0x7", "7e0", "", "99999999999999",
                                 "99999999999999999999", "a'b", "{", "\"", "\\", ",", "NULL"}) {
        INFO(id);
        CHECK_FALSE(read_one(*db, id));
    }
    CHECK_FALSE(read_one(*db, std::string("7\0", 2)));
    CHECK_FALSE(read_one(*db, "\xff"));
}

TEST_CASE_METHOD(stage, "a uuid is found through its index, and bytes are no ids", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const std::string id = "0b5c1a9e-7a2f-4c7e-9d3e-0123456789ab";
    const auto db = open("CREATE TABLE datasets (id uuid PRIMARY KEY, class text); INSERT INTO "
                         "datasets VALUES ('"
                         + id + "', 'Open')");
    CHECK(read_one(*db, id));
    CHECK_FALSE(read_one(*db, "0B5C1A9E-7a2f-4c7e-9d3e-0123456789ab"));
    CHECK_FALSE(read_one(*db, "no uuid"));
    CHECK(db->warnings().empty());
    run("CREATE TABLE raw (id bytea, class text)");
    CHECK(mistake(settings("raw")).key() == "id");
}

TEST_CASE_METHOD(stage, "strange names and ids are values and names, never SQL", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run("CREATE TABLE \"select; DROP TABLE x --\" (\"a\"\"b\" text, \"order\" text, \"ver'sion\" "
        "text); INSERT INTO \"select; DROP TABLE x --\" VALUES ('a', 'Open', 'v'), "
        "('it''s {\"\\,}', 'Open', 'w')");
    database_settings s = settings("select; DROP TABLE x --");
    s.id = "a\"b";
    s.flag = "order";
    s.version = "ver'sion";
    const auto db = open_database(s);
    CHECK(read_one(*db, "a")
          == record{"a", "v", flag::public_, R"({"a\"b":"a","order":"Open","ver'sion":"v"})"});
    CHECK(read_one(*db, "it's {\"\\,}")->version == "w");
    CHECK_FALSE(read_one(*db, "a' OR '1'='1"));
}

TEST_CASE_METHOD(stage, "names are found in any schema, whatever their case", "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    run("CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO reader; CREATE VIEW other.v AS SELECT "
        "id, class, note FROM public.datasets; GRANT SELECT ON other.v TO reader");
    CHECK(read_one(*open_database(settings("DataSets")), "a"));
    CHECK(read_one(*open_database(settings("other.v")), "a")->payload
          == R"({"id":"a","class":"Open","note":"one"})");
    run("CREATE TABLE \"DATASETS\" (id text, class text)");
    CHECK_FALSE(read_one(*open_database(settings("DATASETS")), "a"));
    CHECK_THAT(mistake(settings("dAtAsEtS")).what(), Contains("did you mean"));
}

TEST_CASE_METHOD(stage, "a name that PostgreSQL does not have is a mistake with the nearest",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    run(two_rows);
    database_settings s = settings();
    std::string key;
    std::string says;
    SECTION("table") {
        s.table = "dataset";
        key = "table";
        says = "no table \"dataset\"; did you mean \"datasets\"?";
    }
    SECTION("id") {
        s.id = "idd";
        key = "id";
        says = "no column \"idd\"; did you mean \"id\"?";
    }
    SECTION("flag") {
        s.flag = "clas";
        key = "flag";
        says = "did you mean \"class\"?";
    }
    SECTION("version") {
        s.version = "xyzzy";
        key = "version";
        says = "there are \"id\", \"class\", \"rev\" and \"note\"";
    }
    SECTION("payload") {
        s.payload = "Notes";
        key = "payload";
        says = "did you mean \"note\"?";
    }
    SECTION("no table") {
        s.table = "";
        key = "table";
        says = "names no table";
    }
    SECTION("no public value") {
        s.public_values = {};
        key = "public";
        says = "no value means public";
    }
    const mapping_error error = mistake(s);
    INFO(error.what());
    CHECK(error.key() == key);
    CHECK_THAT(error.what(), Contains(says));
    CHECK_THAT(error.what(), Contains("postgresql://reader@127.0.0.1"));
    CHECK_THAT(error.what(), !Contains("r3ader"));
}

TEST_CASE_METHOD(stage, "PostgreSQL and SQLite tell the same of the same records, one by one",
                 "[postgres]") {
    if (server == nullptr) {
        return;
    }
    const temporary_directory dir;
    plain_sql lite(dir.file("own.db"));
    lite.run("CREATE TABLE datasets (id TEXT, class TEXT, rev INTEGER, size REAL, note TEXT, raw "
             "BLOB)");
    std::string rows;
    std::string lite_rows;
    std::uint32_t state = 7;
    const auto next = [&](std::uint32_t below) {
        state = state * 1'664'525U + 1'013'904'223U;
        return (state >> 8) % below;
    };
    const std::vector<std::string> classes{"'Open'", "'open'", "'Internal'",
                                           "NULL",   "''",     "'Open '"};
    const std::vector<std::string> notes{"'plain'", "NULL", "'it''s \"ü\" \\ 🙂'", "''",
                                         "'a\nb'"};
    for (int i = 0; i < 2'000; ++i) {
        // Some ids twice, some that sort differently by bytes and by language.
        const auto id = (i % 3 == 0 ? "É" : i % 3 == 1 ? "e" : "Z") + std::to_string(next(1'800));
        const std::string hex = next(2) == 0 ? "00ff10" : "";
        const auto common = "('" + id + "', " + classes[next(6)] + ", "
                            + (next(9) == 0 ? "NULL" : std::to_string(next(1'000))) + ", "
                            + std::to_string(next(100'000)) + "." + std::to_string(next(100)) + ", "
                            + notes[next(5)] + ", ";
        rows += (i > 0 ? ", " : "") + common + "'\\x" + hex + "')";
        lite_rows += (i > 0 ? ", " : "") + common + "x'" + hex + "')";
    }
    lite.run("INSERT INTO datasets VALUES " + lite_rows);
    run("CREATE TABLE datasets (id text, class text, rev int, size float8, note text, raw bytea); "
        "INSERT INTO datasets VALUES "
        + rows);
    for (const bool mapped : {false, true}) {
        database_settings theirs = settings();
        database_settings ours = settings();
        ours.url = "sqlite:" + dir.file("own.db");
        if (mapped) {
            theirs.version = ours.version = "rev";
            theirs.payload = ours.payload = "note";
        }
        const auto a = open_database(theirs);
        const auto b = open_database(ours);
        const auto ids = ids_of(*a);
        CHECK(ids == ids_of(*b));
        CHECK(ids.size() > 1'000);
        CHECK(a->count() == b->count());
        CHECK(a->warnings().size() == b->warnings().size());
        const auto from_a = a->read(ids);
        const auto from_b = b->read(ids);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            INFO(ids[i]);
            REQUIRE(from_a[i] == from_b[i]);
        }
        std::vector<record> walked_a;
        a->for_each([&](const record& one) {
            walked_a.push_back(one);
            return walked_a.size() < 1'500;
        });
        CHECK(walked_a.size() == std::min<std::size_t>(1'500, ids.size()));
    }
}
