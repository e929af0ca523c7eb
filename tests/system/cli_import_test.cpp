/// `byzgate import` and databases that can't be used: what is told, and that nothing is left half
/// done.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct stage {
    temporary_directory dir;
    std::string config = dir.write("on-file.toml", on_file_toml);
    std::string db = dir.file("records.db");

    [[nodiscard]] finished import(const std::string& csv,
                                  const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"import",   dir.write("records.csv", csv),
                                           "--db",     db,
                                           "--id",     "id",
                                           "--flag",   "class",
                                           "--public", "Open"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return byzgate_with(arguments);
    }
    /// The environment failed: exit code 1 in bounded time, the file named.
    void check_unusable(const finished& done) const {
        INFO(done.err);
        CHECK(done.code == 1);
        CHECK_FALSE(done.late);
        CHECK_THAT(done.err, Contains("records.db"));
    }
};

} // namespace

TEST_CASE_METHOD(stage, "import, then run: the public records and no others leave") {
    const auto imported = import(small_csv, {"--json"});
    CHECK(imported.code == 0);
    const auto counts = nlohmann::json::parse(imported.out);
    CHECK(counts["records"] == 3);
    CHECK(counts["public"] == 2);
    CHECK(counts["confidential"] == 1);
    CHECK(counts["inserted"] == 3);
    const auto released = dir.file("released.jsonl");
    const auto ran =
        byzgate_with({"run", config, "--json", "--set", "external_party.output=" + released});
    CHECK(ran.code == 0);
    CHECK(nlohmann::json::parse(ran.out)["released"] == 2);
    const auto lines = content_of(released);
    CHECK_THAT(lines, Contains("\"id\":\"a\""));
    CHECK_THAT(lines, Contains("\"id\":\"c\""));
    CHECK(lines.find("two") == std::string::npos);
    CHECK(lines.find("\"b\"") == std::string::npos);
}

TEST_CASE_METHOD(stage, "importing again gives what changed a new version") {
    REQUIRE(import(small_csv).code == 0);
    const auto again = nlohmann::json::parse(
        import("id,class,text\na,Open,one\nb,Open,two\nd,Open,four\n", {"--json"}).out);
    CHECK(again["inserted"] == 1);
    CHECK(again["updated"] == 1);
    CHECK(again["unchanged"] == 1);
    CHECK(again["not_in_csv"] == 1);
    const auto released = dir.file("released.jsonl");
    REQUIRE(byzgate_with({"run", config, "--set", "external_party.output=" + released}).code == 0);
    CHECK_THAT(content_of(released), Contains(R"("id":"b","version":"2")"));
}

TEST_CASE_METHOD(stage, "released records go to stdout on request, the summary elsewhere") {
    REQUIRE(import(small_csv).code == 0);
    const auto ran = byzgate_with({"run", config, "--set", "external_party.output=stdout"});
    CHECK(ran.code == 0);
    std::istringstream lines{ran.out};
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        CHECK(nlohmann::json::parse(line).contains("voters"));
    }
    CHECK(count == 2);
    CHECK_THAT(ran.err, Contains("released"));
}

TEST_CASE_METHOD(stage, "a CSV with a mistake is told with its line, and nothing is imported") {
    struct bad_csv {
        const char* text;
        const char* place;
        const char* says;
    };
    const auto bad = GENERATE(
        bad_csv{"id,class,text\na,Open,one\nb,Open\n", "records.csv:3", "field"},
        bad_csv{"id,class,text\na,Open,one\nb,Open,two\na,Open,three\n", "records.csv:4", "\"a\""},
        bad_csv{"id,class,text\na,Open,\xff\xfe\n", "records.csv:2", "UTF-8"},
        bad_csv{"id,class,text\na,Open,one\nb,Open,\"two\n", "records.csv:3", "quote"});
    const auto fresh = import(bad.text);
    INFO(fresh.err);
    CHECK(fresh.code == 2);
    CHECK(fresh.out.empty());
    CHECK_THAT(fresh.err, Contains(bad.place) && Contains(bad.says));
    CHECK_FALSE(std::filesystem::exists(db));

    REQUIRE(import(small_csv).code == 0);
    CHECK(import(bad.text).code == 2);
    plain_sql look{db};
    CHECK(look.value("SELECT count(*) FROM records") == "3");
    CHECK(look.value("SELECT group_concat(id || version || payload) FROM records WHERE id = 'a'")
              .substr(0, 2)
          == "a1");
    CHECK(look.value("SELECT count(*) FROM record_history") == "0");
}

TEST_CASE_METHOD(stage, "a column that the CSV lacks is told with the nearest that it has") {
    const auto path = dir.write("records.csv", small_csv);
    const auto done = byzgate_with(
        {"import", path, "--db", db, "--id", "id", "--flag", "clas", "--public", "Open"});
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains("\"clas\"") && Contains("did you mean \"class\"?"));
    CHECK_FALSE(std::filesystem::exists(db));
}

TEST_CASE_METHOD(stage, "a missing CSV, or a folder for the database that isn't there, is told") {
    const auto no_csv = byzgate_with(
        {"import", dir.file("none.csv"), "--db", db, "--id", "id", "--flag", "c", "--public", "x"});
    CHECK((no_csv.code == 1 || no_csv.code == 2));
    CHECK_THAT(no_csv.err, Contains("none.csv"));
    db = dir.file("nowhere/records.db");
    check_unusable(import(small_csv));
}

TEST_CASE_METHOD(stage, "a missing database is told and not made") {
    for (const std::string name : {"run", "simulate", "stress"}) {
        const auto done = byzgate_with({name, config});
        check_unusable(done);
        CHECK_THAT(done.err, Contains("byzgate import"));
    }
    CHECK_FALSE(std::filesystem::exists(db));
}

TEST_CASE_METHOD(stage, "a damaged database is told") {
    REQUIRE(import(small_csv).code == 0);
    const auto whole = content_of(db);
    SECTION("not a database at all") {
        dir.write("records.db", "this is no database, " + std::string(4'000, 'x'));
    }
    SECTION("cut off") {
        dir.write("records.db", whole.substr(0, whole.size() / 2));
    }
    SECTION("overwritten behind its head") {
        auto damaged = whole;
        std::fill(damaged.begin() + 200, damaged.end(), '\xa5');
        dir.write("records.db", damaged);
    }
    const auto done = byzgate_with({"run", config});
    check_unusable(done);
    CHECK(import(small_csv).code == 1);
}

TEST_CASE_METHOD(stage, "a database that another process keeps locked is told in bounded time") {
    REQUIRE(import(small_csv).code == 0);
    plain_sql other{db};
    other.run("PRAGMA journal_mode=DELETE");
    other.run("BEGIN EXCLUSIVE");
    const auto ran = byzgate_with({"run", config});
    check_unusable(ran);
    CHECK_THAT(ran.err, Contains("lock"));
    CHECK(ran.took_s < 40);
    const auto imported = import("id,class,text\nz,Open,new\n");
    check_unusable(imported);
    other.run("COMMIT");
    CHECK(other.value("SELECT count(*) FROM records") == "3");
    CHECK(byzgate_with({"run", config}).code == 0);
}

TEST_CASE_METHOD(stage, "a mapping that doesn't fit the table is a mistake in the configuration") {
    plain_sql{db}.run("CREATE TABLE datasets (record_id TEXT, class TEXT, body TEXT);"
                      "INSERT INTO datasets VALUES ('x', 'Open', 'text'), ('y', 'Shut', 'text');");
    const auto without = byzgate_with({"run", config});
    CHECK(without.code == 2); // A stranger's file: it must be said where things are.
    CHECK_THAT(without.err, Contains("table"));
    const std::string mapping = "table = \"datasets\"\nid = \"record_id\"\npublic = [\"Open\"]\n";
    const auto wrong = byzgate_with(
        {"run", dir.write("wrong.toml", on_file_toml + mapping + "flag = \"clas\"\n")});
    CHECK(wrong.code == 2);
    CHECK_THAT(wrong.err, Contains("clas"));
    const auto right = byzgate_with(
        {"run", dir.write("right.toml", on_file_toml + mapping + "flag = \"class\"\n"), "--json"});
    CHECK(right.code == 0);
    CHECK(nlohmann::json::parse(right.out)["released"] == 1);
}

TEST_CASE_METHOD(stage, "rows that are no records, or several of one id, are told") {
    plain_sql{dir.file("own.db")}.run(
        "CREATE TABLE t (id, class); INSERT INTO t VALUES ('a', 'Open'), ('b', 'Open'), "
        "('b', 'Shut'), ('', 'Open'), (CAST(x'ff' AS TEXT), 'Open')");
    const auto own =
        dir.write("own.toml", "seed = 7\n[cluster]\ncommanders = 2\nlieutenants = 3\n[database]\n"
                              "url = \"sqlite:own.db\"\ntable = \"t\"\nid = \"id\"\n"
                              "flag = \"class\"\npublic = [\"Open\"]\n");
    const auto check_told = [](const finished& done) {
        CHECK(done.code == 0);
        CHECK_THAT(done.err, Contains("2 rows are left out"));
        CHECK_THAT(done.err, Contains("1 ids stand in several rows"));
        CHECK_THAT(done.err, Contains("no index serves column \"id\""));
    };
    const auto ran = byzgate_with({"run", own, "--json"});
    check_told(ran);
    CHECK(nlohmann::json::parse(ran.out)["records"] == 2);
    check_told(byzgate_with({"simulate", own, "--json"}));
    check_told(byzgate_with({"stress", own, "--rounds", "1"}));
    // Who asks for one record waits for no pass over the table.
    CHECK_THAT(byzgate_with({"run", own, "--set", "rounds.records=[\"a\"]"}).err,
               !Contains("left out"));
}
