#include <catch2/catch.hpp>

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "storage/import.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

import_result import_text(const temporary_directory& dir, const std::string& text) {
    return import_csv(simple_import(dir.write("t.csv", text), dir.file("t.db")));
}

std::string import_message(const temporary_directory& dir, const std::string& text) {
    return message_of<import_error>([&] { import_text(dir, text); });
}

} // namespace

TEST_CASE("an import counts records and public ones") {
    const temporary_directory dir;
    const import_result result =
        import_text(dir, "id,class,text\na,Open,one\nb,Internal,two\nc,,three\nd,Open,\n");
    CHECK(result.records == 4);
    CHECK(result.public_records == 2);
    CHECK(result.inserted == 4);
    CHECK(result.created);
    const auto db = open_file(dir.file("t.db"));
    CHECK(db->count() == 4);
    CHECK(ids_of(*db) == std::vector<record_id>{"a", "b", "c", "d"});
    CHECK(read_one(*db, "a") == record{"a", "1", flag::public_, "one"});
    CHECK(read_one(*db, "c") == record{"c", "1", flag::confidential, "three"});
    CHECK(db->warnings().empty());
}

TEST_CASE("what is not exactly a public value is confidential") {
    const temporary_directory dir;
    const std::string value = GENERATE("", "open", "OPEN", " Open", "Open ", "Opened", "public",
                                       "\"Open\n\"", "Ope", "\"Open,Internal\"", "0", "NULL");
    import_text(dir, "id,class,text\na," + value + ",x\n");
    CHECK(read_one(*open_file(dir.file("t.db")), "a")->confidentiality == flag::confidential);
}

TEST_CASE("each of several public values is public") {
    const temporary_directory dir;
    import_settings settings = simple_import(
        dir.write("t.csv", "id,class,text\na,Open,1\nb,Free to all,2\nc,Free,3\n"), dir.file("db"));
    settings.public_values = {"Open", "Free to all"};
    CHECK(import_csv(settings).public_records == 2);
}

TEST_CASE("without a payload column the row is the payload, in the order of the columns") {
    const temporary_directory dir;
    import_settings settings = simple_import(
        dir.write("t.csv", "zeta,id,class,text\n\"say \"\"hi\"\"\",a,Open,\"l1\nl2\"\n"),
        dir.file("t.db"));
    settings.payload_column.reset();
    import_csv(settings);
    const auto payload = read_one(*open_file(dir.file("t.db")), "a")->payload;
    CHECK(payload == R"({"zeta":"say \"hi\"","id":"a","class":"Open","text":"l1\nl2"})");
    CHECK(nlohmann::json::parse(payload).at("text") == "l1\nl2");
}

TEST_CASE("importing the same again changes nothing") {
    const temporary_directory dir;
    const std::string text = "id,class,text\na,Open,one\nb,Internal,two\n";
    import_text(dir, text);
    const import_result again = import_text(dir, text);
    CHECK(again.unchanged == 2);
    CHECK(again.inserted + again.updated + again.not_in_csv == 0);
    CHECK_FALSE(again.created);
    const auto db = open_file(dir.file("t.db"));
    CHECK(read_one(*db, "a")->version == "1");
    CHECK(db->versions_of("a").size() == 1);
}

TEST_CASE("importing again updates by id, and only what changed gets a new version") {
    const temporary_directory dir;
    import_text(dir, "id,class,text\na,Open,one\nb,Open,two\nc,Open,three\nd,Open,four\n");
    const import_result again =
        import_text(dir, "id,class,text\ne,Open,five\nc,Internal,three\nb,Open,2\na,Open,one\n");
    CHECK(again.records == 4);
    CHECK(again.inserted == 1);
    CHECK(again.updated == 2);
    CHECK(again.unchanged == 1);
    CHECK(again.not_in_csv == 1);
    const auto db = open_file(dir.file("t.db"));
    CHECK(read_one(*db, "a") == record{"a", "1", flag::public_, "one"});
    CHECK(read_one(*db, "b") == record{"b", "2", flag::public_, "2"});
    CHECK(read_one(*db, "c") == record{"c", "2", flag::confidential, "three"});
    CHECK(read_one(*db, "d") == record{"d", "1", flag::public_, "four"});
    CHECK(read_one(*db, "e") == record{"e", "1", flag::public_, "five"});
}

TEST_CASE("an import leaves only digests of what it replaced") {
    const temporary_directory dir;
    import_text(dir, "id,class,text\na,Internal,secret\n");
    import_text(dir, "id,class,text\na,Internal,other\n");
    const auto before = open_file(dir.file("t.db"))->versions_of("a");
    REQUIRE(before.size() == 2);
    plain_sql other(dir.file("t.db"));
    CHECK(other.value("SELECT count(*) FROM record_history WHERE payload IS NOT NULL") == "0");
    CHECK(other.value("SELECT count(*) FROM record_history") == "1");
    import_text(dir, "id,class,text\na,Internal,third\n");
    CHECK(open_file(dir.file("t.db"))->versions_of("a").back() == before.back());
}

TEST_CASE("a bad CSV is an error with place and cure, and no file remains") {
    struct example {
        std::string text;
        std::string place;
        std::string says;
    };
    const auto e = GENERATE(values<example>({
        {"id,class,text\na,Open,1\nb,Open\n", "t.csv:3: ", "2 fields"},
        {"id,class,text\na,Open,1\nb,Open,2\na,Internal,3\n", "t.csv:4: ", "in line 2 already"},
        {"id,class,text\na,Open,1\n,Open,2\n", "t.csv:3: ", "every record needs an id"},
        {"id,class,text\na,Open,\xff\n", "t.csv:2: ", "UTF-8"},
        {"id,class,text\na,Open,\"x\n", "t.csv:2: ", "never ends"},
        {"id,class,text\na,Open,x\"y\n", "t.csv:2: ", "quote"},
        {"ID,class,text\na,Open,x\n", "t.csv:1: ", "did you mean \"ID\""},
        {"id,klass,text\na,Open,x\n", "t.csv:1: ", "did you mean \"klass\""},
        {"id,class,zzz,www\na,Open,x,y\n", "t.csv:1: ", "\"zzz\" and \"www\""},
        {"id,id,class,text\na,b,Open,x\n", "t.csv:1: ", "both named"},
        {"id,class,text\n" + std::string(1'025, 'i') + ",Open,x\n", "t.csv:2: ", "1025 bytes"},
        {"", "t.csv: ", "empty"},
    }));
    const temporary_directory dir;
    const std::string message = import_message(dir, e.text);
    INFO(message);
    CHECK(message.find(e.place) != std::string::npos);
    CHECK(message.find(e.says) != std::string::npos);
    CHECK(dir.files() == std::vector<std::string>{"t.csv"});
}

TEST_CASE("a bad CSV leaves an existing database as it was") {
    const temporary_directory dir;
    import_text(dir, "id,class,text\na,Internal,one\nb,Open,two\n");
    const std::string tail = GENERATE("c,Open\n", "a,Open,x\n", "\xff,Open,x\n", "c,Open,\"x\n");
    CHECK(import_message(dir, "id,class,text\na,Open,changed\nnew,Open,n\n" + tail) != "");
    const auto db = open_file(dir.file("t.db"));
    CHECK(ids_of(*db) == std::vector<record_id>{"a", "b"});
    CHECK(read_one(*db, "a") == record{"a", "1", flag::confidential, "one"});
    CHECK(db->versions_of("a").size() == 1);
}

TEST_CASE("a CSV with a header only is an import of nothing") {
    const temporary_directory dir;
    CHECK(import_text(dir, "id,class,text\n").records == 0);
    CHECK(open_file(dir.file("t.db"))->count() == 0);
}

TEST_CASE("usage mistakes of an import say what to write") {
    const temporary_directory dir;
    const std::string csv = dir.write("t.csv", "id,class,text\na,Open,x\n");
    import_settings settings = simple_import(csv, dir.file("t.db"));
    SECTION("no public value") {
        settings.public_values = {};
        CHECK_THROWS_AS(import_csv(settings), import_error);
    }
    SECTION("an empty public value") {
        settings.public_values = {"Open", ""};
        CHECK_THROWS_AS(import_csv(settings), import_error);
    }
    SECTION("no database") {
        settings.db_path = "";
        CHECK_THROWS_AS(import_csv(settings), import_error);
    }
    SECTION("a CSV that is not there") {
        settings.csv_path = dir.file("missing.csv");
        const auto message = message_of<import_error>([&] { import_csv(settings); });
        CHECK(message.find("missing.csv: can't be read (No such file") != std::string::npos);
    }
    SECTION("a directory as CSV") {
        settings.csv_path = dir.file("");
        CHECK_THROWS_AS(import_csv(settings), import_error);
    }
    SECTION("another program's database") {
        plain_sql(dir.file("other.db")).run("CREATE TABLE t (x)");
        settings.db_path = dir.file("other.db");
        const auto message = message_of<import_error>([&] { import_csv(settings); });
        CHECK(message.find("something else") != std::string::npos);
        CHECK(plain_sql(dir.file("other.db")).value("SELECT count(*) FROM sqlite_schema") == "1");
    }
    CHECK_FALSE(std::filesystem::exists(dir.file("t.db")));
}

TEST_CASE("an import into a place that fails is an error of the environment") {
    const temporary_directory dir;
    const std::string csv = dir.write("t.csv", "id,class,text\na,Open,x\n");
    SECTION("a directory that is not there") {
        const auto message = message_of<database_error>(
            [&] { import_csv(simple_import(csv, dir.file("no/t.db"))); });
        CHECK(message.find("there is no directory") != std::string::npos);
    }
    SECTION("a directory in place of the file") {
        std::filesystem::create_directory(dir.file("d"));
        CHECK_THROWS_AS(import_csv(simple_import(csv, dir.file("d"))), database_error);
    }
    SECTION("no database at all") {
        const std::string text = "this is text, and it is long enough to be looked at as a header "
                                 "of a database, which it is not, whoever looks";
        const std::string file = dir.write("t.db", text);
        const auto message =
            message_of<database_error>([&] { import_csv(simple_import(csv, file)); });
        CHECK(message.find("not an SQLite database") != std::string::npos);
        CHECK(content_of(file) == text);
    }
    SECTION("a database that another process writes to") {
        import_csv(simple_import(csv, dir.file("t.db")));
        plain_sql other(dir.file("t.db"));
        other.run("BEGIN IMMEDIATE");
        const auto message =
            message_of<database_error>([&] { import_csv(simple_import(csv, dir.file("t.db"))); });
        CHECK(message.find("locked by another process") != std::string::npos);
    }
}

TEST_CASE("an import into an empty file fills it") {
    const temporary_directory dir;
    dir.write("t.db", "");
    CHECK(import_text(dir, "id,class,text\na,Open,x\n").inserted == 1);
    CHECK(open_file(dir.file("t.db"))->count() == 1);
}

TEST_CASE("a reader sees the old records until an import has ended, then the new ones") {
    const temporary_directory dir;
    import_text(dir, "id,class,text\na,Open,one\n");
    const auto db = open_file(dir.file("t.db"));
    CHECK(read_one(*db, "a")->payload == "one");
    import_text(dir, "id,class,text\na,Internal,one\n");
    CHECK(read_one(*db, "a")->confidentiality == flag::confidential);
    CHECK(read_one(*db, "a")->version == "2");
}

TEST_CASE("a city's inventory of 2018 has 1640 records, 708 of them public") {
    const char* inventory = std::getenv("BYZGATE_INVENTORY");
    if (inventory == nullptr || *inventory == '\0') {
        WARN("skipped: BYZGATE_INVENTORY does not name the inventory");
        return;
    }
    const temporary_directory dir;
    import_settings settings;
    settings.csv_path = inventory;
    settings.db_path = dir.file("inventory.db");
    settings.id_column = "RECORD_ID";
    settings.flag_column = "DATASET_CLASSIFICATION_NAME";
    settings.public_values = {"Open"};
    const import_result result = import_csv(settings);
    CHECK(result.records == 1640);
    CHECK(result.public_records == 708);
    CHECK(import_csv(settings).unchanged == 1640);
    const auto db = open_file(settings.db_path);
    CHECK(db->count() == 1640);
    std::size_t opened = 0;
    std::size_t wrong = 0;
    db->for_each([&](const record& r) {
        const auto row = nlohmann::json::parse(r.payload);
        const bool open = row.at("DATASET_CLASSIFICATION_NAME") == "Open";
        opened += open ? 1 : 0;
        wrong += open != (r.confidentiality == flag::public_) ? 1 : 0;
        wrong += row.at("RECORD_ID") != r.id ? 1 : 0;
        return true;
    });
    CHECK(opened == 708);
    CHECK(wrong == 0);
}

TEST_CASE("the shipped sample has public and confidential records, odd flags included") {
    const temporary_directory dir;
    import_settings settings;
    settings.csv_path = BYZGATE_SOURCE_DIR "/config/sample/inventory.csv";
    settings.db_path = dir.file("sample.db");
    settings.id_column = "id";
    settings.flag_column = "classification";
    settings.public_values = {"Open"};
    const import_result result = import_csv(settings);
    CHECK(result.records >= 190);
    CHECK(result.public_records * 100 >= result.records * 40);
    CHECK(result.public_records * 100 <= result.records * 50);
}
