/// `byzgate run --swap`: a server that changes sides while rounds run.
#include <catch2/catch.hpp>

#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct stage {
    temporary_directory dir;
    std::string trace = dir.file("t.jsonl");
    std::string config =
        dir.write("one.toml", leaking_toml.substr(0, leaking_toml.find("[[byzantine]]"))
                                  + "[faults]\nallow_runtime_changes = true\n");

    [[nodiscard]] nlohmann::json run(const std::vector<std::string>& more) const {
        std::vector<std::string> arguments{"run", config, "--json", "--trace", trace};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto done = byzgate_with(arguments);
        INFO(done.err);
        REQUIRE((done.code == 0 || done.code == 3));
        return nlohmann::json::parse(done.out);
    }
    /// The rounds in which something leaked.
    [[nodiscard]] std::set<std::uint64_t> leaking_rounds() const {
        std::set<std::uint64_t> rounds;
        std::istringstream text{content_of(trace)};
        for (std::string line; std::getline(text, line);) {
            if (line.find("\"judgement\":\"leaked\"") != std::string::npos) {
                rounds.insert(nlohmann::json::parse(line)["round"].get<std::uint64_t>());
            }
        }
        return rounds;
    }
};

} // namespace

TEST_CASE_METHOD(stage, "a commander that is swapped lies from that round on, and until the next") {
    CHECK(run({})["leaked"] == 0);
    const auto lying = run({"--swap", "3:commander-1:consistent_lie"});
    CHECK(lying["leaked"].get<int>() > 0);
    CHECK(leaking_rounds() == std::set<std::uint64_t>{3, 4});
    CHECK(byzgate_with({"replay", trace}).code == 0);
    static_cast<void>(
        run({"--swap", "3:commander-1:loyal", "--swap", "2:commander-1:consistent_lie"}));
    CHECK(leaking_rounds() == std::set<std::uint64_t>{2});
    CHECK(byzgate_with({"replay", trace}).code == 0);
}

TEST_CASE_METHOD(stage, "a swap takes options as a configuration does") {
    const auto lying = run({"--swap", R"(1:commander-1:consistent_lie,records=["r00000001"])"});
    CHECK(lying["leaked"].get<int>() + lying["denied"].get<int>() == 1);
}

TEST_CASE_METHOD(stage, "a swap is refused where it is not allowed or makes no sense") {
    const auto refused = [&](const std::string& swap, const std::string& says,
                             const std::string& allowed = "true") {
        const auto done = byzgate_with(
            {"run", config, "--swap", swap, "--set", "faults.allow_runtime_changes=" + allowed});
        INFO(swap << ": " << done.err);
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains("--swap") && Contains(says));
    };
    refused("3:commander-1:silent", "allow_runtime_changes", "false");
    refused("commander-1:silent", "ROUND:SERVER:BEHAVIOR");
    refused("0:commander-1:silent", "from 1 on");
    refused("2..3:commander-1:silent", "from 1 on");
    refused("2:commander-2:silent", "not in this cluster");
    refused("2:supervisor:silent", "can't be Byzantine");
    refused("2:commander-1:silnt", "did you mean silent");
    refused("2:commander-1:silent,loud", "option=value");
    refused("2:commander-1:silent,loud=1", "has no option");
    refused("2:commander-1:silent,rounds=1", "no option");
}
