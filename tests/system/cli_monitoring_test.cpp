/// PostgreSQL, figures and the log as somebody sees them who runs the command.
#include <csignal>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/loopback_http.hpp"
#include "tests/postgres_server.hpp"
#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

struct stage {
    temporary_directory dir;
    std::string config = dir.write("loyal.toml", loyal_toml);
};

std::string on_table(const std::string& url) {
    return "name = \"on-table\"\nseed = 7\n\n[cluster]\ncommanders = 2\nlieutenants = 3\n"
           "phase_timeout_ms = 20000\n\n[database]\nurl = \""
           + url + "\"\ntable = \"datasets\"\nid = \"id\"\nflag = \"class\"\npublic = [\"Open\"]\n";
}

} // namespace

TEST_CASE_METHOD(stage, "stress serves figures and health while it lasts") {
    process running({"stress", config, "--duration", "600", "--metrics", "127.0.0.1:0"});
    const int port = figures_of(running);
    REQUIRE(port > 0);
    std::string page;
    for (int i = 0; i < 600 && page.find("byzgate_rounds_total 0\n") == page.npos; ++i) {
        page = got(port, "/metrics");
        if (page.find("\nbyzgate_rounds_total ") != page.npos
            && page.find("\nbyzgate_rounds_total 0\n") == page.npos) {
            break;
        }
    }
    CHECK_THAT(page, StartsWith("HTTP/1.1 200") && Contains("\nbyzgate_rounds_total "));
    CHECK_THAT(page, !Contains("\nbyzgate_rounds_total 0\n"));
    CHECK_THAT(got(port, "/healthz"), StartsWith("HTTP/1.1 200"));
    running.send_signal(SIGINT);
    CHECK(running.wait().code == 0);
    CHECK(got(port, "/healthz").empty());
}

TEST_CASE_METHOD(stage, "an address that is taken is told, with exit code 1") {
    process first({"stress", config, "--duration", "600", "--metrics", "127.0.0.1:0"});
    const int port = figures_of(first);
    REQUIRE(port > 0);
    const auto second =
        byzgate_with({"run", config, "--metrics", "127.0.0.1:" + std::to_string(port)});
    CHECK(second.code == 1);
    CHECK_THAT(second.err, Contains("name a free port"));
    first.send_signal(SIGINT);
    CHECK(first.wait().code == 0);
}

TEST_CASE_METHOD(stage, "the log goes where the configuration says, and stdout stays JSON") {
    const auto done = byzgate_with({"run", config, "--json", "--set", "log.format=json", "--set",
                                    "log.file=" + dir.file("log")});
    CHECK(done.code == 0);
    CHECK(nlohmann::json::parse(done.out)["rounds"] == 4);
    std::istringstream log(content_of(dir.file("log")));
    int closed = 0;
    for (std::string line; std::getline(log, line);) {
        closed += nlohmann::json::parse(line)["event"] == "round_closed" ? 1 : 0;
    }
    CHECK(closed == 4);
    const auto on_stderr = byzgate_with({"run", config, "--set", "log.level=info"});
    CHECK(on_stderr.code == 0);
    CHECK_THAT(on_stderr.err, Contains(" info round_closed round=1 records=5"));
    const auto nowhere = byzgate_with({"run", config, "--set", "log.file=" + dir.file("")});
    CHECK(nowhere.code == 1);
    CHECK_THAT(nowhere.err, Contains("[log]"));
}

TEST_CASE_METHOD(stage, "an import says that it fills SQLite files only, and shows no password") {
    const auto done =
        byzgate_with({"import", dir.write("t.csv", small_csv), "--db", "postgresql://me:s3cret@x/y",
                      "--id", "id", "--flag", "class", "--public", "Open"});
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains("SQLite files only") && !Contains("s3cret"));
}

TEST_CASE_METHOD(stage, "a run on PostgreSQL takes the password, and shows it nowhere",
                 "[postgres]") {
    auto* server = postgres_server::shared();
    if (server == nullptr) {
        return;
    }
    const auto name = server->make_database();
    server->run(name, "CREATE TABLE datasets (id text PRIMARY KEY, class text, note text); INSERT "
                      "INTO datasets SELECT 'r' || i, CASE WHEN i % 3 = 0 THEN 'Open' ELSE 'Shut' "
                      "END, 'note ' || i FROM generate_series(1, 60) AS i");
    const auto without = dir.write("without.toml", on_table(server->url(name, "reader")));
    const auto pgpass = dir.write("pgpass", "*:*:*:reader:r3ader-password\n");
    std::filesystem::permissions(pgpass, std::filesystem::perms{0600});
    const auto trace = dir.file("trace.jsonl");
    const auto log = dir.file("log");
    process_settings given;
    given.environment["PGPASSFILE"] = pgpass;
    const auto done = byzgate_with({"run", without, "--json", "--trace", trace, "--set",
                                    "log.level=debug", "--set", "log.file=" + log, "--set",
                                    "external_party.output=" + dir.file("out")},
                                   given);
    INFO(done.err);
    CHECK(done.code == 0);
    const auto json = nlohmann::json::parse(done.out);
    CHECK(json["records"] == 60);
    CHECK(json["released"] == 20);
    CHECK(json["leaked"] == 0);
    // What the server chats about while it reads may quote a row.
    server->run(name, "CREATE FUNCTION chatty(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
                      "RAISE WARNING 'said %', t; RETURN t; END $$; CREATE VIEW talk AS SELECT id, "
                      "class, chatty(note) AS note FROM datasets");
    const auto talked = byzgate_with({"run", without, "--set", "database.table=talk"}, given);
    CHECK(talked.code == 0);
    CHECK_THAT(talked.err, !Contains("said"));
    // The same with the password in the url: it is warned of, and nobody repeats it.
    const auto inside = dir.write("inside.toml", on_table(server->url(name)));
    process_settings none;
    none.environment["PGPASSFILE"] = "/nonexistent";
    const auto with = byzgate_with({"run", inside, "--json"}, none);
    CHECK(with.code == 0);
    CHECK_THAT(with.err, Contains("database.url holds a password"));
    for (const auto& text : {done.out, done.err, with.out, with.err, content_of(trace),
                             content_of(log), content_of(dir.file("out"))}) {
        CHECK_THAT(text, !Contains("r3ader-password"));
    }
}

TEST_CASE_METHOD(stage, "a process without the password can't open the database", "[postgres]") {
    auto* server = postgres_server::shared();
    if (server == nullptr) {
        return;
    }
    const auto name = server->make_database();
    server->run(name, "CREATE TABLE datasets (id text PRIMARY KEY, class text); INSERT INTO "
                      "datasets VALUES ('a', 'Open')");
    const auto config = dir.write("t.toml", on_table(server->url(name, "reader")));
    process_settings none;
    none.environment["PGPASSFILE"] = "/nonexistent";
    none.environment["HOME"] = dir.file("");
    const auto done = byzgate_with({"run", config}, none);
    CHECK(done.code == 1);
    CHECK_THAT(done.err, Contains("no password supplied") && Contains("PGPASSFILE"));
}
