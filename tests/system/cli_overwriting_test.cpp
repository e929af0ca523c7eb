/// No output of a command replaces what it reads, or another output.
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/system/process.hpp"
#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct small_stage {
    small_stage() {
        dir.write("records.csv", "id,class\na,Open\nb,Secret\n");
        REQUIRE(byzgate_with({"import", dir.file("records.csv"), "--db", dir.file("my.db"), "--id",
                              "id", "--flag", "class", "--public", "Open"})
                    .code
                == 0);
        config = dir.write("c.toml", "[cluster]\ncommanders = 1\nlieutenants = 3\n"
                                     "protocol = \"signed\"\n"
                                     "tolerate = { commanders = 0, lieutenants = 1, total = 1 }\n"
                                     "[database]\nurl = \"sqlite:my.db\"\n");
        REQUIRE(byzgate_with({"keygen", config}).code == 0);
    }
    /// Runs, expects a refusal, and that `file` is what it was.
    void refused(std::vector<std::string> arguments, const std::string& file,
                 const std::string& what) const {
        const auto before = content_of(file);
        const auto ended = byzgate_with(std::move(arguments));
        INFO(file << ": " << ended.err);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.err, Contains(what) && Contains("would be lost; name another file"));
        CHECK(content_of(file) == before);
    }
    [[nodiscard]] static std::string output(const std::string& file) {
        return "external_party.output=\"" + file + "\"";
    }
    temporary_directory dir;
    std::string config;
};

} // namespace

TEST_CASE_METHOD(small_stage, "the recipient's file is neither configuration, database nor key") {
    const auto database = dir.file("my.db");
    const auto key = dir.file("c-keys/commander-1.key");
    for (const std::string command : {"run", "stress", "simulate"}) {
        refused({command, config, "--set", output(config)}, config, "the configuration");
        refused({command, config, "--set", output(database)}, database, "the database");
        refused({command, config, "--set", output(key)}, key, "in the directory of the keys");
    }
    fs::create_hard_link(database, dir.file("same.db"));
    refused({"run", config, "--set", output(dir.file("same.db"))}, database, "the database");
    fs::create_symlink(config, dir.file("link"));
    refused({"run", config, "--set", output(dir.file("link"))}, config, "the configuration");
}

TEST_CASE_METHOD(small_stage, "a trace is neither what is read nor the recipient's file") {
    refused({"run", config, "--trace", config}, config, "the configuration");
    refused({"simulate", config, "--trace", config}, config, "the configuration");
    refused({"run", config, "--trace", dir.file("my.db")}, dir.file("my.db"), "the database");
    const auto both = dir.file("both");
    refused({"run", config, "--trace", both, "--set", output(both)}, both,
            "written to by external_party.output");
}

TEST_CASE_METHOD(small_stage, "neither a replay's trace nor a page replaces the trace it is of") {
    const auto trace = dir.file("run.jsonl");
    REQUIRE(byzgate_with({"run", config, "--trace", trace}).code == 0);
    refused({"replay", trace, "--trace", trace}, trace, "what is replayed");
    refused({"report", trace, "-o", trace}, trace, "a trace to be drawn");
    // What is nobody's may be written over.
    CHECK(byzgate_with({"replay", trace, "--trace", dir.file("again.jsonl")}).code == 0);
    CHECK(byzgate_with({"replay", trace, "--trace", dir.file("again.jsonl")}).code == 0);
    CHECK(byzgate_with({"run", config, "--trace", "/dev/null", "--set", output("/dev/null")}).code
          == 0);
}

TEST_CASE_METHOD(state_stage, "the recipient's file is no part of the state") {
    REQUIRE(byzgate_with({"run", config}).code == 0);
    const auto before = content_of(ledger);
    const auto ended =
        byzgate_with({"run", config, "--set", "external_party.output=\"" + ledger + "\""});
    CHECK(ended.code == 2);
    CHECK_THAT(ended.err, Contains("part of the state"));
    CHECK(content_of(ledger) == before);
}
