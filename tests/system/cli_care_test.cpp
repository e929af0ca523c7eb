/// Small mistakes of operators that must not pass in silence, or be told as something else.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct desk {
    temporary_directory dir;
    std::string config = dir.write("loyal.toml", loyal_toml);
    std::string keys = dir.file("loyal-keys");

    [[nodiscard]] static finished with(std::vector<std::string> arguments) {
        return byzgate_with(std::move(arguments));
    }
};

} // namespace

TEST_CASE_METHOD(desk, "the ledger of an oral sealed cluster is in order without certificates") {
    const auto state = dir.file("state");
    REQUIRE(with({"run", config, "--seed", "1", "--set", "cluster.sealed=true", "--set",
                  "cluster.protocol=oral", "--set", "state.dir=\"" + state + "\"", "--set",
                  "external_party.output=\"" + dir.file("out.jsonl") + "\""})
                .code
            == 0);
    const auto shown = with({"ledger", state + "/ledger.db"});
    INFO(shown.out);
    CHECK(shown.code == 0);
    CHECK_THAT(shown.out, Contains("the cluster is oral and signs nothing"));
    const auto told = nlohmann::json::parse(with({"ledger", state + "/ledger.db", "--json"}).out);
    CHECK(told["rows"] > 0);
    CHECK(told["certified"] == 0);
    CHECK(told["uncertified"] == 0);
}

TEST_CASE_METHOD(desk, "what is empty verifies only where nothing left") {
    REQUIRE(with({"keygen", config}).code == 0);
    const auto check = [&](const std::string& name) {
        return with({"verify", dir.write(name, ""), "--keys", keys + "/cluster.keys"});
    };
    CHECK(check("released.jsonl").code == 0);
    for (const std::string name : {"proof.json", "certificate", "released"}) {
        const auto checked = check(name);
        CHECK(checked.code == 3);
        CHECK_THAT(checked.out, Contains("it is empty"));
    }
}

TEST_CASE_METHOD(desk, "certificates are made in a new directory that only its owner reads") {
    const auto place = dir.file("new/tls");
    REQUIRE(with({"keygen", config, "--certificates", "--out", place}).code == 0);
    for (const auto& made : {dir.file("new"), place}) {
        struct stat found {};
        REQUIRE(::stat(made.c_str(), &found) == 0);
        CHECK((found.st_mode & 0777U) == 0700);
    }
}

TEST_CASE_METHOD(desk, "a certificate is renewed for a name, in its own cluster's directory") {
    REQUIRE(with({"keygen", config}).code == 0);
    const auto nobody = with({"keygen", config, "--renew", "", "--out", dir.file("other")});
    CHECK(nobody.code == 2);
    CHECK_FALSE(fs::exists(dir.file("other")));
    const auto larger = with({"keygen", config, "--renew", "lieutenant-4", "--out", keys, "--set",
                              "cluster.lieutenants=4"});
    CHECK(larger.code == 2);
    CHECK_THAT(larger.err, Contains("the cluster is another than that of"));
    CHECK_FALSE(fs::exists(keys + "/lieutenant-4.crt"));
    fs::rename(keys + "/ca.key", dir.file("away"));
    const auto lost = with({"keygen", config, "--renew", "commander-1"});
    CHECK(lost.code == 2);
    CHECK_THAT(lost.err, Contains("put back the copy"));
}

TEST_CASE_METHOD(desk, "keys of a cluster that seals nothing are told from lost ones") {
    REQUIRE(with({"keygen", config}).code == 0);
    const auto sealed = with({"run", config, "--set", "keys.dir=\"" + keys + "\"", "--set",
                              "cluster.protocol=signed", "--set", "cluster.sealed=true"});
    CHECK(sealed.code == 2);
    CHECK_THAT(sealed.err, Contains("the cluster is another than that of"));
}

TEST_CASE_METHOD(desk, "an option that would change nothing is refused, not passed over") {
    CHECK_THAT(with({"run", config, "--trace-payloads"}).err, Contains("--trace"));
    CHECK_THAT(with({"simulate", config, "--seed", "1", "--seeds", "2..3"}).err,
               Contains("--seed"));
    const auto trace = dir.file("t.jsonl");
    REQUIRE(with({"run", config, "--trace", trace}).code == 0);
    const auto page = dir.file("page.html");
    const auto rounds = with({"report", trace, "-o", page, "--round", "1"});
    CHECK(rounds.code == 2);
    CHECK_THAT(rounds.err, Contains("Mermaid"));
    const auto two = with({"report", trace, trace, "-o", dir.file("x.mmd")});
    CHECK(two.code == 2);
    CHECK_THAT(two.err, Contains("one trace"));
    CHECK_FALSE(fs::exists(page));
}

TEST_CASE_METHOD(desk, "what can't be read is told with its reason") {
    for (const std::string command : {"replay", "report"}) {
        const auto play = [&](const std::string& file) {
            std::vector<std::string> arguments{command, file};
            if (command == "report") {
                arguments.insert(arguments.end(), {"-o", dir.file("page.html")});
            }
            return with(std::move(arguments));
        };
        const auto missing = play(dir.file("none.jsonl"));
        CHECK(missing.code == 2);
        CHECK_THAT(missing.err, Contains("none.jsonl") && Contains("No such file"));
        const auto folder = play(dir.file("."));
        CHECK(folder.code == 2);
        CHECK_THAT(folder.err, Contains("directory"));
    }
}

TEST_CASE_METHOD(desk, "a trace with payloads is for nobody else") {
    const auto trace = dir.file("t.jsonl");
    REQUIRE(with({"run", config, "--trace", trace, "--trace-payloads"}).code == 0);
    struct stat found {};
    REQUIRE(::stat(trace.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600);
}

TEST_CASE_METHOD(desk, "a swap that comes too late, twice or to nothing is told") {
    const auto swapped = [&](std::vector<std::string> swaps) {
        std::vector<std::string> arguments{"run", config, "--set",
                                           "faults.allow_runtime_changes=true"};
        for (auto& one : swaps) {
            arguments.emplace_back("--swap");
            arguments.push_back(std::move(one));
        }
        return with(std::move(arguments));
    };
    const auto late = swapped({"5000:commander-1:silent"});
    CHECK(late.code == 0);
    CHECK_THAT(late.err, Contains("there was no round 5000, so commander-1 went on as before"));
    const auto twice = swapped({"1:commander-1:silent", "1:commander-1:loyal"});
    CHECK(twice.code == 2);
    CHECK_THAT(twice.err, Contains("commander-1 has another behaviour from that round on already"));
    CHECK_THAT(swapped({"1:commander-1:delaying,by_ms=1,by_ms=2"}).err,
               Contains("says by_ms twice"));
    CHECK_THAT(swapped({"1:commander-1:"}).err, Contains("names no behaviour"));
}

TEST_CASE_METHOD(desk, "a trace that loses messages is drawn, and not played as if it lost none") {
    const auto trace = dir.file("lossy.jsonl");
    REQUIRE(with({"simulate", config, "--seed", "3", "--rounds", "5", "--loss", "0.1", "--trace",
                  trace})
                .code
            == 0);
    const auto played = with({"replay", trace});
    CHECK(played.code == 2);
    CHECK_THAT(played.err, Contains("were lost on their way"));
    CHECK(with({"report", trace, "-o", dir.file("page.html")}).code == 0);
}

TEST_CASE_METHOD(desk, "a trace on a full device says that the device is full") {
    const auto done = with({"run", config, "--trace", "/dev/full"});
    CHECK(done.code == 1);
    CHECK_THAT(done.err, Contains("No space left on device"));
}

TEST_CASE_METHOD(desk, "keys that an oral run doesn't need are gone from its environment") {
    process_settings how;
    how.environment["BYZGATE_KEY_COMMANDER_1"] = "a text that nobody should find";
    process running{{"stress", config, "--duration", "20", "--set", "cluster.protocol=oral"}, how};
    const auto environment = "/proc/" + std::to_string(running.id()) + "/environ";
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    bool gone = false;
    while (!gone && std::chrono::steady_clock::now() < until) {
        const auto text = content_of(environment);
        gone = text.find("BYZGATE_KEY_COMMANDER_1") != std::string::npos
               && text.find("nobody should find") == std::string::npos;
    }
    CHECK(gone);
    running.send_signal(SIGTERM);
    CHECK_FALSE(running.wait().late);
}
