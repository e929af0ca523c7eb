/// The external party's file: what it can't take, and who else writes there.
#include <catch2/catch.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include "tests/system/lab.hpp"
#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

const std::vector<std::string> many{"--set", "database.generate.records=400"};

std::vector<std::string> run_with(const std::string& config, std::vector<std::string> more) {
    std::vector<std::string> arguments{"run", config};
    arguments.insert(arguments.end(), many.begin(), many.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

} // namespace

TEST_CASE_METHOD(state_stage, "what a full disk didn't take is delivered by the next run") {
    if (const auto why = small_disk::missing()) {
        WARN("not tried: " << *why);
        return;
    }
    const small_disk disk{dir.file("disk"), 400};
    const auto there = dir.file("disk/released.jsonl");
    const std::vector<std::string> output{"--set", "external_party.output=" + there};
    disk.fill();
    const auto full = byzgate_with(run_with(config, output));
    CHECK(full.code == 1);
    CHECK_THAT(full.err, Contains(there) && Contains("No space left"));
    const auto shown = nlohmann::json::parse(byzgate_with({"ledger", ledger, "--json"}).out);
    CHECK(shown["pending"] == shown["rows"]);
    CHECK(shown["rows"].get<int>() > 0);
    disk.free_again();
    const auto again = run({many[0], many[1], output[0], output[1]});
    std::istringstream text{content_of(there)};
    std::set<std::string> ids;
    for (std::string line; std::getline(text, line);) {
        CHECK(ids.insert(nlohmann::json::parse(line)["id"]).second);
    }
    CHECK(ids.size() == again["released"]);
    CHECK(again["delivered"] == ids.size());
}

TEST_CASE_METHOD(state_stage, "what a device or standard output refused is no receipt") {
    const auto done = byzgate_with(run_with(config, {"--set", "external_party.output=/dev/full"}));
    CHECK(done.code == 1);
    CHECK_THAT(done.err, Contains("/dev/full") && Contains("No space left"));
    CHECK(run({many[0], many[1]})["released"] == lines().size());
}

TEST_CASE_METHOD(state_stage, "a full standard output is told with its own reason") {
    const auto full =
        std::unique_ptr<std::FILE, int (*)(std::FILE*)>{std::fopen("/dev/full", "w"), &std::fclose};
    process_settings how;
    how.standard_output = ::fileno(full.get());
    const auto done =
        byzgate_with(run_with(config, {"--set", "external_party.output=stdout"}), how);
    CHECK(done.code == 1);
    CHECK_THAT(done.err, Contains("No space left") && !Contains("No such file"));
    CHECK(run({many[0], many[1]})["released"] == lines().size());
}

TEST_CASE_METHOD(state_stage, "a file takes the released records of one run at a time") {
    const process first{{"run", config, "--set", "database.generate.records=200000"}};
    REQUIRE(comes_to_hold_something(released));
    const auto before = std::filesystem::file_size(released);
    const auto second = byzgate_with({"run", config, "--set", "state.dir=" + dir.file("other")});
    CHECK(second.code == 1);
    CHECK_THAT(second.err, Contains("released.jsonl") && Contains("another run"));
    // One that keeps no state would begin the file anew.
    const auto text = signed_toml.substr(0, signed_toml.find("[state]"));
    const auto third = byzgate_with({"run", dir.write("stateless.toml", text)});
    CHECK(third.code == 1);
    CHECK(std::filesystem::file_size(released) >= before);
}

TEST_CASE_METHOD(state_stage, "a run says what it delivered, and what the recipient had already") {
    const auto first = run();
    CHECK(first["delivered"] == first["released"]);
    CHECK(first["repeats"] == 0);
    const auto second = run();
    CHECK(second["delivered"] == 0);
    CHECK(second["repeats"] == second["released"]);
    const auto told = byzgate_with({"run", config});
    CHECK_THAT(told.out, Contains("delivered     0 in this run"));
}

TEST_CASE_METHOD(state_stage,
                 "refused messages are told, and a longer phase where they were late") {
    const auto text = signed_toml
                      + "\n[[byzantine]]\nserver = \"commander-1\"\n"
                        "behavior = \"delaying\"\n";
    const auto late =
        byzgate_with({"run", dir.write("late.toml", text), "--set", "cluster.phase_timeout_ms=20"});
    CHECK_THAT(late.out, Contains("refused") && Contains(" late"));
    CHECK_THAT(late.out, Contains("hint") && Contains("cluster.phase_timeout_ms=200"));
    CHECK_THAT(byzgate_with({"run", config}).out, !Contains("hint"));
}
