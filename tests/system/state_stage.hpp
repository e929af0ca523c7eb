/// What the tests of `[state] dir` stand on: a signed cluster with a state directory of its own.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/system/process.hpp"

namespace byzgate::test {

/// Twenty generated records, loyal servers that sign.
inline const std::string signed_toml = R"(name = "signed"
seed = 7

[cluster]
commanders = 2
lieutenants = 3
protocol = "signed"
phase_timeout_ms = 20000

[database]
url = "memory:"
generate = { records = 20, public = 0.5, payload_bytes = 40 }

[rounds]
batch = 5

[external_party]
output = "released.jsonl"

[state]
dir = "kept"
)";

/// Commander-1 lies, and is convicted for it.
inline const std::string liar = R"(
[[byzantine]]
server = "commander-1"
behavior = "equivocating"
)";

/// A configuration with a state, and what is in it after a run.
struct state_stage {
    temporary_directory dir;
    std::string config = dir.write("signed.toml", signed_toml);
    std::string released = dir.file("released.jsonl");
    std::string state = dir.file("kept");
    std::string ledger = dir.file("kept/ledger.db");
    std::string keys = dir.file("kept/keys");

    [[nodiscard]] nlohmann::json run(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"run", config, "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto done = byzgate_with(arguments);
        INFO(done.err);
        REQUIRE(done.code == 0);
        CHECK(done.out.find("seed ") == std::string::npos);
        return nlohmann::json::parse(done.out);
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::istringstream text{content_of(released)};
        std::vector<std::string> all;
        for (std::string line; std::getline(text, line);) {
            all.push_back(line);
        }
        return all;
    }
    /// Verifies these with the keys of the state.
    [[nodiscard]] finished verify(const std::string& file) const {
        return byzgate_with({"verify", file, "--keys", keys});
    }
    /// Everything that may be checked, and its files.
    [[nodiscard]] std::vector<std::string> evidence() const {
        std::vector<std::string> files;
        for (const auto& entry : std::filesystem::directory_iterator(dir.file("kept/evidence"))) {
            files.push_back(entry.path().string());
        }
        return files;
    }
};

} // namespace byzgate::test
