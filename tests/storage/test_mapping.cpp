#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "crypto/blake2b.hpp"
#include "storage/content_version.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// A user's own database, made by `sql`.
struct stage {
    temporary_directory dir;
    std::string file = dir.file("own.db");
    plain_sql other{file};

    database_settings settings(const std::string& table = "datasets") const {
        database_settings s = sqlite_settings(file);
        s.table = table;
        s.id = "id";
        s.flag = "class";
        s.public_values = {"Open"};
        return s;
    }
    std::unique_ptr<database> open(const std::string& sql) {
        other.run(sql);
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

constexpr const char* two_rows =
    "CREATE TABLE datasets (id TEXT PRIMARY KEY, class TEXT, rev, note "
    "TEXT); INSERT INTO datasets VALUES ('a', 'Open', 3, 'one'), "
    "('b', 'Internal', 4, 'two')";

} // namespace

TEST_CASE_METHOD(stage, "a mapped table is read with the row as JSON and a hash as version") {
    const auto db = open(two_rows);
    CHECK(db->count() == 2);
    CHECK(ids_of(*db) == std::vector<record_id>{"a", "b"});
    const auto a = read_one(*db, "a");
    CHECK(a->payload == R"({"id":"a","class":"Open","rev":3,"note":"one"})");
    CHECK(a->confidentiality == flag::public_);
    CHECK(a->version == content_version(flag::public_, a->payload));
    CHECK(read_one(*db, "b")->confidentiality == flag::confidential);
    CHECK(db->versions_of("a")
          == std::vector<known_version>{
              {a->version, flag::public_, blake2b_digester().digest_of(a->payload)}});
    CHECK(db->warnings().empty());
}

TEST_CASE_METHOD(stage, "version and payload come from columns that the mapping names") {
    other.run(two_rows);
    database_settings s = settings();
    s.version = "rev";
    s.payload = "note";
    CHECK(read_one(*open_database(s), "a") == record{"a", "3", flag::public_, "one"});
}

TEST_CASE_METHOD(stage, "a row without a version gets the hash of its content") {
    other.run("CREATE TABLE datasets (id, class, rev); INSERT INTO datasets VALUES ('a', 'Open', "
              "NULL), ('b', 'Open', ''), ('c', 'Open', CAST(x'ff' AS TEXT))");
    database_settings s = settings();
    s.version = "rev";
    const auto db = open_database(s);
    for (const auto& found : db->read({"a", "b", "c"})) {
        CHECK(found->version == content_version(flag::public_, found->payload));
    }
}

TEST_CASE_METHOD(stage, "the hash version tells flag and payload apart") {
    CHECK(content_version(flag::public_, "x").size() == 32);
    CHECK(content_version(flag::public_, "x") == "8b9f4f0333a11010f8b36fe68d61f758");
    CHECK(content_version(flag::public_, "x") != content_version(flag::confidential, "x"));
    CHECK(content_version(flag::public_, "x") != content_version(flag::public_, "y"));
    const auto db = open(two_rows);
    const auto before = read_one(*db, "a")->version;
    other.run("UPDATE datasets SET class = 'Closed' WHERE id = 'a'");
    const auto between = read_one(*db, "a")->version;
    other.run("UPDATE datasets SET class = 'Open' WHERE id = 'a'");
    CHECK(before != between);
    CHECK(before == read_one(*db, "a")->version);
}

TEST_CASE_METHOD(stage, "a mapped flag that is not exactly a public value is confidential") {
    const std::string value = GENERATE("NULL", "''", "'open'", "'OPEN'", "' Open'", "'Open '",
                                       "x'4f70656e'", "1", "1.0", "'Open' || char(0)", "'Opened'");
    const auto db =
        open("CREATE TABLE datasets (id, class); INSERT INTO datasets VALUES ('a', " + value + ")");
    CHECK(read_one(*db, "a")->confidentiality == flag::confidential);
}

TEST_CASE_METHOD(stage, "a number is never a public value, whatever the mapping names") {
    other.run(
        "CREATE TABLE datasets (id, class); INSERT INTO datasets VALUES ('a', 1), ('b', '1')");
    database_settings s = settings();
    s.public_values = {"1"};
    const auto db = open_database(s);
    CHECK(read_one(*db, "a")->confidentiality == flag::confidential);
    CHECK(read_one(*db, "b")->confidentiality == flag::public_);
}

TEST_CASE_METHOD(stage, "a collation of the flag column makes nothing public") {
    const auto db = open("CREATE TABLE datasets (id, class TEXT COLLATE NOCASE); INSERT INTO "
                         "datasets VALUES ('a', 'oPEN')");
    CHECK(read_one(*db, "a")->confidentiality == flag::confidential);
}

TEST_CASE_METHOD(stage, "every type of value has its JSON") {
    const auto db = open(
        "CREATE TABLE datasets (id, class, i, r, t, n, b, bad, inf, \"odd \"\" name\"); INSERT "
        "INTO "
        "datasets VALUES ('a', 'Open', -9007199254740993, 0.1, 'ü\"' || char(10), NULL, x'00ff', "
        "CAST(x'41ff' AS TEXT), -9e999, 1.0)");
    const auto payload = read_one(*db, "a")->payload;
    CHECK(payload
          == R"({"id":"a","class":"Open","i":-9007199254740993,"r":0.1,"t":"ü\"\n","n":null,)"
             R"("b":{"hex":"00ff"},"bad":{"hex":"41ff"},"inf":"-Infinity","odd \" name":1.0})");
    CHECK(nlohmann::json::parse(payload).size() == 10);
}

TEST_CASE_METHOD(stage, "an id in several rows is one confidential record without a payload") {
    const std::string index = GENERATE("", "; CREATE INDEX by_id ON datasets (id)");
    const auto db = open("CREATE TABLE datasets (id, class, note); INSERT INTO datasets VALUES "
                         "('a', 'Open', 'one'), ('a', 'Open', 'one'), ('b', 'Open', 'two'), "
                         "(5, 'Open', 'three'), ('5', 'Open', 'four'), ('c', 'Open', 'five'), "
                         "(x'63', 'Open', 'six')"
                         + index);
    CHECK(db->count() == 4);
    CHECK(ids_of(*db) == std::vector<record_id>{"5", "a", "b", "c"});
    for (const std::string id : {"a", "5", "c"}) {
        const auto found = read_one(*db, id);
        CHECK(found->confidentiality == flag::confidential);
        CHECK(found->payload.empty());
        CHECK(db->read({id, "b", "no", id}).at(0) == found);
        CHECK(db->versions_of(id).at(0).confidentiality == flag::confidential);
    }
    CHECK(read_one(*db, "b")->confidentiality == flag::public_);
    CHECK(db->warnings().at(0).find("3 ids stand in several rows") != std::string::npos);
}

TEST_CASE_METHOD(stage, "ids may be numbers, and only their own text finds them") {
    const std::string type = GENERATE("INTEGER PRIMARY KEY", "INTEGER", "", "NUMERIC", "TEXT");
    const auto db = open("CREATE TABLE datasets (id " + type
                         + ", class); INSERT INTO datasets VALUES (7, 'Open'), (10, 'Open')");
    CHECK(ids_of(*db) == std::vector<record_id>{"10", "7"});
    CHECK(read_one(*db, "7")->id == "7");
    for (const std::string id : {"07", " 7", "7 ", "7.0", "+7", "0x7", "7e0", ""}) {
        CHECK_FALSE(read_one(*db, id));
        CHECK_FALSE(db->read({id, id, id}).at(2));
    }
}

TEST_CASE_METHOD(stage, "ids of any type that are listed can be read") {
    const auto db = open("CREATE TABLE datasets (id, class); CREATE INDEX i ON datasets (id); "
                         "INSERT INTO datasets VALUES (1.5, 'Open'), (x'6162', 'Open'), ('x', "
                         "'Open'), (9223372036854775807, 'Open'), ('1e3', 'Open'), (-3, 'Open')");
    const auto ids = ids_of(*db);
    CHECK(ids == std::vector<record_id>{"-3", "1.5", "1e3", "9223372036854775807", "ab", "x"});
    for (const record_id& id : ids) {
        REQUIRE(read_one(*db, id));
        CHECK(read_one(*db, id)->confidentiality == flag::public_);
    }
    CHECK(db->read(ids).at(5)->id == "x");
}

TEST_CASE_METHOD(stage, "rows without a usable id are left out, and a warning says how many") {
    const auto db =
        open("CREATE TABLE datasets (id, class); INSERT INTO datasets VALUES (NULL, "
             "'Open'), ('', 'Open'), (CAST(x'ff' AS TEXT), 'Open'), ('a', 'Open'), "
             "(printf('%.*c', 1025, 'i'), 'Open'), (printf('%.*c', 1024, 'k'), 'Open')");
    CHECK(db->count() == 2);
    CHECK(ids_of(*db).size() == 2);
    CHECK(db->warnings().at(0).find("4 rows are left out") != std::string::npos);
    CHECK(db->warnings().at(1).find("no index") != std::string::npos);
}

TEST_CASE_METHOD(stage, "an index that ignores case mixes no ids up") {
    const auto db = open("CREATE TABLE datasets (id TEXT COLLATE NOCASE, class); CREATE INDEX i ON "
                         "datasets (id); INSERT INTO datasets VALUES ('a', 'Open'), ('A', 'Shut')");
    CHECK(db->count() == 2);
    CHECK(read_one(*db, "a")->confidentiality == flag::public_);
    CHECK(read_one(*db, "A")->confidentiality == flag::confidential);
}

TEST_CASE_METHOD(stage, "a view can be mapped") {
    other.run(two_rows);
    other.run("CREATE VIEW v AS SELECT id, upper(class) AS class, note FROM datasets");
    database_settings s = settings("v");
    s.public_values = {"OPEN"};
    const auto db = open_database(s);
    CHECK(read_one(*db, "a")->payload == R"({"id":"a","class":"OPEN","note":"one"})");
}

TEST_CASE_METHOD(stage, "names are quoted, so that any name works and none does harm") {
    other.run("CREATE TABLE \"select; DROP TABLE x --\" (\"a\"\"b\", \"order\", \"ver'sion\")");
    other.run("INSERT INTO \"select; DROP TABLE x --\" VALUES ('a', 'Open', 'v')");
    database_settings s = settings("select; DROP TABLE x --");
    s.id = "a\"b";
    s.flag = "order";
    s.version = "ver'sion";
    CHECK(read_one(*open_database(s), "a")
          == record{"a", "v", flag::public_, R"({"a\"b":"a","order":"Open","ver'sion":"v"})"});
}

TEST_CASE_METHOD(stage, "ids are values, never SQL") {
    const auto db = open(two_rows);
    CHECK_FALSE(read_one(*db, "a' OR '1'='1"));
    CHECK_FALSE(read_one(*db, "%"));
}

TEST_CASE_METHOD(stage, "a name that the database does not have is a mistake with the nearest") {
    other.run(two_rows);
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
        says = "names no table; say it with `table = \"…\"`; there is \"datasets\"";
    }
    SECTION("no flag") {
        s.flag = "";
        key = "flag";
        says = "names no flag column";
    }
    SECTION("no public value") {
        s.public_values = {};
        key = "public";
        says = "no value means public";
    }
    SECTION("an empty public value") {
        s.public_values = {""};
        key = "public";
        says = "can't mean public";
    }
    SECTION("no mapping at all") {
        s = sqlite_settings(file);
        key = "url";
        says = "not made by `byzgate import`";
    }
    const mapping_error error = mistake(s);
    INFO(error.what());
    CHECK(error.key() == key);
    CHECK(std::string(error.what()).find(says) != std::string::npos);
    CHECK(std::string(error.what()).find(file) != std::string::npos);
}

TEST_CASE_METHOD(stage, "names of columns are found whatever their case") {
    other.run(two_rows);
    database_settings s = settings("DATASETS");
    s.id = "ID";
    CHECK(read_one(*open_database(s), "a")->payload.rfind(R"({"id":"a")", 0) == 0);
}

TEST_CASE_METHOD(stage, "a column that goes away while the database is open is an error") {
    const auto db = open(two_rows);
    CHECK(read_one(*db, "a"));
    other.run("ALTER TABLE datasets DROP COLUMN note");
    CHECK(message_of<database_error>([&] { read_one(*db, "a"); }).find("no such column")
          != std::string::npos);
}

TEST_CASE_METHOD(stage, "a file made by an import can be mapped like any other") {
    const temporary_directory csv;
    import_csv(simple_import(csv.write("t.csv", "id,class,text\na,Open,one\n"), csv.file("t.db")));
    database_settings s = sqlite_settings(csv.file("t.db"));
    s.table = "records";
    s.id = "id";
    s.flag = "flag";
    s.public_values = {"public"};
    s.version = "version";
    s.payload = "payload";
    CHECK(read_one(*open_database(s), "a") == record{"a", "1", flag::public_, "one"});
}

TEST_CASE_METHOD(stage, "opening a user's database changes nothing about it") {
    other.run(two_rows);
    const std::string before = content_of(file);
    const auto db = open_database(settings());
    ids_of(*db);
    static_cast<void>(db->read({"a", "b"}));
    CHECK(content_of(file) == before);
    CHECK(dir.files() == std::vector<std::string>{"own.db"});
}
