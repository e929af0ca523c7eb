#include "actors/log.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/log_tap.hpp"
#include "actors/run.hpp"
#include "crypto/keys.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
using Catch::Matchers::Matches;

namespace {

/// A log in a file, closed at the end of the test.
struct stage {
    temporary_directory dir;
    std::string file = dir.file("log");

    void open(const std::string& level, log_format format = log_format::text) const {
        open_log({level, format, file});
    }
    std::vector<std::string> lines() const {
        close_log();
        std::vector<std::string> all;
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            all.push_back(line);
        }
        return all;
    }
    ~stage() { close_log(); }
};

} // namespace

TEST_CASE_METHOD(stage, "an event is one line of text with its fields") {
    open("info");
    log_event(log_level::warning, "link_down",
              {{"peer", "lieutenant-2"},
               {"after_s", 12},
               {"why", "connection reset by peer"},
               {"up", false},
               {"share", 0.5},
               {"size", std::uint64_t{1} << 63}});
    const auto all = lines();
    REQUIRE(all.size() == 1);
    CHECK_THAT(all[0],
               Matches("[0-9-]{10}T[0-9:.]{12}Z warning link_down peer=lieutenant-2 after_s=12 "
                       "why=\"connection reset by peer\" up=false share=0.5 "
                       "size=9223372036854775808"));
}

TEST_CASE_METHOD(stage, "an event is one JSON object") {
    open("debug", log_format::json);
    log_event(log_level::debug, "sent", {{"to", "a \"b\"\n{}%v"}, {"n", -1}, {"ok", true}});
    log_event(log_level::error, "failure");
    const auto all = lines();
    REQUIRE(all.size() == 2);
    const auto json = nlohmann::json::parse(all[0]);
    CHECK(json["event"] == "sent");
    CHECK(json["level"] == "debug");
    CHECK(json["to"] == "a \"b\"\n{}%v");
    CHECK(json["n"] == -1);
    CHECK(json["ok"] == true);
    CHECK(json["time"].get<std::string>().size() == 24);
    CHECK(nlohmann::json::parse(all[1])["event"] == "failure");
}

TEST_CASE_METHOD(stage, "what a stranger wrote breaks no line and is cut") {
    const auto format = GENERATE(log_format::text, log_format::json);
    open("info", format);
    log_event(log_level::info, "hello", {{"name", "a\nb\x1b[31m\xff\x7f{}"}});
    log_event(log_level::info, "hello", {{"name", std::string(100'000, 'x')}});
    log_event(log_level::info, "hello", {{"name", std::string("a\0b", 3)}, {"empty", ""}});
    const auto all = lines();
    REQUIRE(all.size() == 3);
    for (const auto& line : all) {
        CHECK(line.size() < 1'000);
        for (const char c : line) {
            CHECK(static_cast<unsigned char>(c) >= 0x20);
        }
    }
}

TEST_CASE_METHOD(stage, "levels below the configured one are left out") {
    open("warning");
    for (const auto level :
         {log_level::debug, log_level::info, log_level::warning, log_level::error}) {
        CHECK(log_wants(level) == (level >= log_level::warning));
        log_event(level, "x");
    }
    CHECK(lines().size() == 2);
    open("off");
    log_event(log_level::error, "x");
    CHECK(lines().size() == 2);
    CHECK_FALSE(log_wants(log_level::error));
}

TEST_CASE_METHOD(stage, "a file that can't be written is told") {
    CHECK_THAT(message_of<std::runtime_error>([&] {
                   open_log({"info", log_format::text, dir.file("")});
               }),
               Contains("[log]"));
}

TEST_CASE_METHOD(stage, "refusals that repeat are written ever more rarely") {
    open("info");
    log_tap tap;
    for (int i = 0; i < 1'000; ++i) {
        tap.refused_by(0, supervisor_id, {lieutenant_id(1), refusal::malformed}, nullptr);
    }
    const auto all = lines();
    CHECK(all.size() == 10);
    CHECK_THAT(all.back(), Contains("by=supervisor from=lieutenant-2 reason=malformed")
                               && Contains("times=512"));
}

TEST_CASE_METHOD(stage, "neither payloads nor keys nor ids occur in the log of a run",
                 "[threads]") {
    std::string csv = "id,class,text\n";
    for (int i = 0; i < 50; ++i) {
        csv += "known-id-" + std::to_string(i) + (i % 2 == 0 ? ",Open," : ",Shut,")
               + "known-payload-" + std::to_string(i) + "\n";
    }
    import_csv(simple_import(dir.write("t.csv", csv), dir.file("t.db")));
    run_settings settings;
    auto& what = settings.what;
    what.name = "logged";
    what.cluster.commanders = 2;
    what.cluster.lieutenants = 3;
    what.cluster.protocol = protocol_kind::signed_;
    what.cluster.tolerate = {1, 1, 2};
    what.cluster.phase_timeout = 20'000'000;
    what.database.kind = database_kind::sqlite;
    what.database.url = "sqlite:" + dir.file("t.db");
    what.state_dir = dir.file("kept");
    what.rounds.batch = 5;
    what.byzantine.push_back({commander_id(1), "equivocating", {}, {}, 0});
    settings.evidence_dir = std::filesystem::path{dir.file("proof")};
    open("debug", GENERATE(log_format::text, log_format::json));
    const auto result = run(settings);
    close_log();
    const auto log = content_of(file);
    CHECK(result.totals.rounds == 10);
    CHECK_THAT(log, Contains("round_closed") && Contains("sent") && Contains("convicted"));
    CHECK_THAT(log, !Contains("known-payload") && !Contains("known-id"));
    // Every private key of the cluster, as its file has it.
    std::size_t keys = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir.file("kept") + "/keys")) {
        if (entry.path().extension() != ".key") {
            continue;
        }
        std::istringstream text(content_of(entry.path().string()));
        for (std::string word; text >> word;) {
            if (word.size() >= 32) {
                CHECK(log.find(word) == std::string::npos);
                ++keys;
            }
        }
    }
    CHECK(keys > 0);
}
