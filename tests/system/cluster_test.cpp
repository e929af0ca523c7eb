// Clusters of real processes on loopback: what comes out is what the database says, whoever is
// killed meanwhile.
#include <catch2/catch.hpp>

#include <csignal>
#include <set>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/system/cluster_stage.hpp"
#include "tests/system/lab.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using json = nlohmann::json;

TEST_CASE("a cluster of processes releases what the database calls public, and nothing else") {
    const stage of{{}};
    of.make_keys();
    process cluster{{"cluster", of.config(), "--json"}};
    const auto asked =
        byzgate_with({"release", of.config(), "--all", "--deadline", "50", "--json"});
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    const auto told = json::parse(asked.out);
    CHECK(told["released"] == 40);
    CHECK(told["withheld"] == 20);
    CHECK(told["records"].size() == of.records());
    // Released is released: nothing goes out again.
    CHECK(byzgate_with({"release", of.config(), "r00001", "r00000", "--deadline", "20"}).code == 0);
    cluster.send_signal(SIGTERM);
    const auto ended = cluster.wait(10s);
    INFO(ended.err);
    CHECK_FALSE(ended.late);
    CHECK(ended.code == 0);
    // What the configuration can't do is said once, not by each process.
    CHECK(ended.err.find("warning: a Byzantine commander") < ended.err.size());
    CHECK(ended.err.find("warning:") == ended.err.rfind("warning:"));
    of.judge();
}

TEST_CASE("every server is killed once, and every public record arrives once") {
    const stage of{{200}};
    processes all{of};
    process asking{{"release", of.config(), "--all", "--deadline", "55", "--json"}};
    for (const auto& name : server_names) {
        std::this_thread::sleep_for(200ms);
        all.kill_and_restart(name, 100ms);
    }
    const auto asked = asking.wait();
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK(json::parse(asked.out)["undecided"] == 0);
    all.end();
    of.judge();
}

TEST_CASE("a run with a cluster's keys waits for its end, and numbers its rounds on") {
    const stage of{{}};
    of.make_keys();
    const std::vector<std::string> run{
        "run",   of.config(),
        "--set", "keys.dir=" + of.file("trial-keys"),
        "--set", "state.dir=" + of.file("elsewhere"),
        "--set", "external_party.output=" + of.file("elsewhere.jsonl")};
    process cluster{{"cluster", of.config(), "--json"}};
    REQUIRE(byzgate_with({"release", of.config(), "--all", "--deadline", "50"}).code == 0);
    const auto refused = byzgate_with(run);
    CHECK(refused.code == 1);
    CHECK_THAT(refused.err, Catch::Contains("trial-keys") && Catch::Contains("cluster's gate"));
    cluster.send_signal(SIGTERM);
    CHECK(cluster.wait(10s).code == 0);
    const auto rounds_in = [](const std::string& file) {
        std::set<std::uint64_t> rounds;
        std::istringstream lines{content_of(file)};
        for (std::string line; std::getline(lines, line);) {
            rounds.insert(json::parse(line).at("round").get<std::uint64_t>());
        }
        REQUIRE_FALSE(rounds.empty());
        return rounds;
    };
    const auto before = rounds_in(of.output());
    const auto done = byzgate_with(run);
    INFO(done.err);
    REQUIRE(done.code == 0);
    CHECK(*rounds_in(of.file("elsewhere.jsonl")).begin() > *before.rbegin());
}

TEST_CASE("the processes of a cluster show their figures at a port each") {
    const int port = free_ports(static_cast<int>(server_names.size()));
    const stage of{{3, 5, "[metrics]\nlisten = \"127.0.0.1:" + std::to_string(port) + "\"\n"}};
    of.make_keys();
    process cluster{{"cluster", of.config(), "--json"}};
    CHECK(byzgate_with({"release", of.config(), "--all", "--deadline", "30"}).code == 0);
    cluster.send_signal(SIGTERM);
    const auto ended = cluster.wait(10s);
    CHECK(ended.code == 0);
    for (std::size_t i = 0; i < server_names.size(); ++i) {
        const auto at = std::to_string(port + static_cast<int>(i));
        CHECK_THAT(ended.err, Catch::Contains("figures at http://127.0.0.1:" + at + "/metrics"));
    }
}

namespace {

const std::string basp = "[transport]\nkind = \"basp\"\ntrusted_hosts = true\n";

} // namespace

TEST_CASE("by BASP, with TLS and without, every public record arrives once whoever is killed") {
    const std::string more = GENERATE(as<std::string>{}, "", "tls = false\n");
    const stage of{{200, 5, basp + more}};
    processes all{of};
    process asking{{"release", of.config(), "--all", "--deadline", "55", "--json"}};
    for (const auto& name : server_names) {
        std::this_thread::sleep_for(200ms);
        all.kill_and_restart(name, 100ms);
    }
    const auto asked = asking.wait();
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK(json::parse(asked.out)["undecided"] == 0);
    all.end();
    of.judge();
}

TEST_CASE("by BASP a process that stands still holds up nothing for good") {
    const stage of{{60, 5, basp}};
    processes all{of};
    REQUIRE(byzgate_with({"release", of.config(), "r00001", "--deadline", "30"}).code == 0);
    all.at("lieutenant-1").send_signal(SIGSTOP);
    const auto asked =
        byzgate_with({"release", of.config(), "--all", "--deadline", "50", "--json"});
    INFO(asked.err);
    CHECK(asked.code == 0);
    // One that others write to and call again, and that doesn't read, keeps none from ending.
    std::this_thread::sleep_for(5s);
    for (const auto* name : {"commander-1", "lieutenant-2"}) {
        all.at(name).send_signal(SIGTERM);
        const auto ended = all.at(name).wait(10s);
        INFO(name << ": " << ended.err);
        CHECK_FALSE(ended.late);
        CHECK(ended.code == 0);
        all.start(name);
    }
    all.at("lieutenant-1").send_signal(SIGCONT);
    REQUIRE(byzgate_with({"release", of.config(), "--all", "--deadline", "50"}).code == 0);
    all.end();
    of.judge();
}

TEST_CASE("a process of a BASP cluster says what its hosts are exposed to, or doesn't start") {
    const stage of{{3, 5, "[transport]\nkind = \"basp\"\n"}};
    const auto refused = byzgate_with({"node", of.config(), "--id", "supervisor"});
    CHECK(refused.code == 2);
    CHECK(refused.err.find("trusted_hosts = true") != std::string::npos);
    const auto asked = byzgate_with({"release", of.config(), "--all"});
    CHECK(asked.code == 2);
    // Never anonymous: without certificates there is no TLS, and no falling back.
    const stage bare{{3, 5, basp}};
    const auto keyless = byzgate_with({"node", bare.config(), "--id", "supervisor"});
    CHECK(keyless.code == 2);
    CHECK(keyless.err.find("byzgate keygen") != std::string::npos);
}

TEST_CASE("keys that can't be written beside sign for clusters with a state that lasts, only") {
    if (const auto why = small_disk::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    const temporary_directory dir;
    const small_disk disk{dir.file("protected"), 2'048};
    const auto config =
        dir.write("trial.toml",
                  "seed = 7\n[cluster]\ncommanders = 2\nlieutenants = 3\nprotocol = \"signed\"\n"
                  "phase_timeout_ms = 150\n[database]\nurl = \"memory:\"\n"
                  "generate = { records = 12, public = 0.5, payload_bytes = 20 }\n"
                  "[keys]\ndir = \"protected/keys\"\n[placement]\nbase_port = "
                      + std::to_string(free_ports(7)) + "\n");
    REQUIRE(byzgate_with({"keygen", config, "--out", dir.file("protected/keys")}).code == 0);
    disk.protect();
    const auto refused = byzgate_with({"cluster", config});
    CHECK(refused.code == 1);
    CHECK_THAT(refused.err, Catch::Contains("protected/keys") && Catch::Contains("[state] dir"));
    const auto state = "state.dir=" + dir.file("state");
    process cluster{{"cluster", config, "--json", "--set", state}};
    CHECK(byzgate_with({"release", config, "--all", "--deadline", "45"}).code == 0);
    cluster.send_signal(SIGTERM);
    const auto ended = cluster.wait(10s);
    CHECK(ended.code == 0);
    CHECK_THAT(ended.err, Catch::Contains("in [state] dir alone"));
    // With another seed its commanders would say other things about the same versions.
    const auto other =
        byzgate_with({"node", config, "--id", "commander-1", "--seed", "8", "--set", state});
    CHECK(other.code == 2);
    CHECK_THAT(other.err, Catch::Contains("commander-1/generated"));
}
