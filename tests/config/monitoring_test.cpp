#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "protocol/words.hpp"
#include "tests/temporary_directory.hpp"
#include "written.hpp"

namespace byzgate {

namespace {

const std::string cluster = "[cluster]\ncommanders = 2\nlieutenants = 3\n";
const std::string made = "[database]\nurl = \"memory:\"\ngenerate = { records = 5 }\n";
const std::string mapping = "table = \"t\"\nid = \"i\"\nflag = \"f\"\npublic = [\"o\"]\n";

std::string complaint(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
        static_cast<void>(parse_scenario(text, "f.toml", overrides));
    } catch (const config_error& wrong) {
        return wrong.what();
    }
    return "";
}

} // namespace

TEST_CASE("a PostgreSQL url arrives with its mapping") {
    const auto s = parse_scenario(
        cluster + "[database]\nurl = \"postgresql://me@db.example:5433/records\"\n" + mapping,
        "f.toml", {});
    CHECK(s.database.kind == database_kind::postgresql);
    CHECK(s.database.url == "postgresql://me@db.example:5433/records");
    CHECK(s.database.table == "t");
    CHECK(s.database.public_values == std::vector<std::string>{"o"});
    for (const auto& one : warnings(s)) {
        CHECK_THAT(one, !Catch::Contains("password"));
    }
}

TEST_CASE("a password in the configuration is warned of and never shown") {
    const std::string url = GENERATE(as<std::string>{}, "postgresql://me:s3cret@db/records",
                                     "postgresql://db/records?user=me&password=s3cret");
    const auto s =
        parse_scenario(cluster + "[database]\nurl = \"" + url + "\"\n" + mapping, "f.toml", {});
    const auto told = warnings(s);
    REQUIRE_FALSE(told.empty());
    CHECK_THAT(told.back(), Catch::Contains("database.url holds a password"));
    for (const auto& one : told) {
        CHECK_THAT(one, !Catch::Contains("s3cret"));
    }
}

TEST_CASE("no message about a wrong configuration shows a password") {
    const std::vector<std::string> all{
        complaint(cluster + "[database]\nurl = \"postgresq://me:s3cret@db/records\"\n" + mapping),
        complaint(cluster + "[database]\nurl = \"postgresql//me:s3cret@db/records\"\n" + mapping),
        complaint(cluster + "[database]\nurl = \"postgresql://me:s3cret@db/records\"\n"),
        complaint(cluster + "database = \"postgresql://me:s3cret@db/records\"\n"),
        complaint(cluster + made, {"database.url=postgresql:me:s3cret@db/records"}),
        complaint(cluster + made, {"database.ulr=postgresql://me:s3cret@db/records"}),
        complaint(cluster + made, {"database=postgresql://me:s3cret@db/records"}),
        complaint(cluster + made, {"postgresql://me:s3cret@db/records"})};
    for (const auto& one : all) {
        INFO(one);
        CHECK_FALSE(one.empty());
        CHECK_THAT(one, !Catch::Contains("s3cret"));
    }
}

TEST_CASE("a text without a password is shown whole") {
    CHECK(without_password("sqlite:records.db") == "sqlite:records.db");
    CHECK(without_password("postgresql://host/db") == "postgresql://host/db");
    CHECK(without_password("postgresql://me:x@host/db") == "postgresql://…");
    CHECK(holds_password("postgresql://me:x@host/db"));
    CHECK_FALSE(holds_password("postgresql://me@host:5432/db"));
    CHECK_FALSE(holds_password("postgresql://[::1]:5432/db"));
    CHECK_FALSE(holds_password("sqlite:a:b@c"));
}

TEST_CASE("log and metrics arrive in the scenario") {
    const auto none = parse_scenario(cluster + made, "f.toml", {});
    CHECK_FALSE(none.log);
    CHECK_FALSE(none.metrics_listen);
    const auto s =
        parse_scenario(cluster + made
                           + "[log]\nlevel = \"debug\"\nformat = \"json\"\nfile = \"/x/log\"\n"
                             "[metrics]\nlisten = \"127.0.0.1:9464\"\n",
                       "f.toml", {});
    REQUIRE(s.log);
    CHECK(s.log->level == "debug");
    CHECK(s.log->format == log_format::json);
    CHECK(s.log->file == std::filesystem::path{"/x/log"});
    CHECK(s.metrics_listen == "127.0.0.1:9464");
    const auto plain = parse_scenario(cluster + made + "[log]\n", "f.toml", {});
    REQUIRE(plain.log);
    CHECK(plain.log->level == "info");
    CHECK(plain.log->format == log_format::text);
    CHECK_FALSE(plain.log->file);
}

TEST_CASE("what log and metrics can't mean is refused") {
    CHECK_THAT(complaint(cluster + made + "[log]\nlevel = \"loud\"\n"),
               Catch::Contains("log.level") && Catch::Contains("\"debug\""));
    CHECK_THAT(complaint(cluster + made + "[log]\nformat = \"xml\"\n"),
               Catch::Contains("log.format"));
    CHECK_THAT(complaint(cluster + made + "[log]\nlevle = \"info\"\n"),
               Catch::Contains("did you mean"));
    const std::string listen = GENERATE("9464", ":9464", "localhost:", "localhost:70000", "a:b:1",
                                        "http://localhost:1", "localhost:1,localhost:2");
    CHECK_THAT(complaint(cluster + made + "[metrics]\nlisten = \"" + listen + "\"\n"),
               Catch::Contains("metrics.listen: is no address"));
}

} // namespace byzgate
