// Clusters of real processes on loopback: what comes out is what the database says, whoever is
// killed meanwhile.
#include <catch2/catch.hpp>

#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "tests/system/process.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;

namespace {

using json = nlohmann::json;

constexpr int servers = 7;

bool is_free(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    ::close(fd);
    return bound;
}

/// Below the ports that the system gives away by itself.
int free_ports() {
    for (int port = 10'000 + ::getpid() % 20'000;; port = 10'000 + (port + 97) % 20'000) {
        bool all = true;
        for (int i = 0; i < servers; ++i) {
            all = all && is_free(port + i);
        }
        if (all) {
            return port;
        }
    }
}

/// A configuration with its database, its keys and whatever its processes write.
class stage {
public:
    explicit stage(int records, const std::string& more = {}) {
        std::string rows = "id,class,text\n";
        for (int i = 0; i < records; ++i) {
            const auto id = fmt::format("r{:04}", i);
            const bool open = i % 3 != 0;
            rows += fmt::format("{},{},text of {}\n", id, open ? "Open" : "Secret", id);
            (open ? open_ : secret_).insert(id);
        }
        dir_.write("records.csv", rows);
        REQUIRE(
            byzgate_with({"import", dir_.file("records.csv"), "--db", dir_.file("records.db"),
                          "--id", "id", "--flag", "class", "--public", "Open", "--payload", "text"})
                .code
            == 0);
        config_ = dir_.write("trial.toml", fmt::format(R"(
[cluster]
commanders = 2
lieutenants = 3
protocol = "signed"
phase_timeout_ms = 150
[database]
url = "sqlite:records.db"
[rounds]
batch = 5
[placement]
base_port = {}
[state]
dir = "state"
[external_party]
output = "released.jsonl"
{})",
                                                       free_ports(), more));
    }
    [[nodiscard]] const std::string& config() const { return config_; }
    [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }
    [[nodiscard]] std::size_t records() const { return open_.size() + secret_.size(); }

    /// What the external party has is what the database calls public, each once.
    void judge() const {
        std::multiset<std::string> arrived;
        std::ifstream in{dir_.file("released.jsonl")};
        for (std::string line; std::getline(in, line);) {
            const auto record = json::parse(line);
            arrived.insert(record["id"].get<std::string>());
            CHECK(record["payload"] == "text of " + record["id"].get<std::string>());
        }
        const std::multiset<std::string> expected(open_.begin(), open_.end());
        CHECK(arrived == expected);
        const auto ledger =
            byzgate_with({"ledger", dir_.file("state/supervisor/ledger.db"), "--json"});
        CHECK(ledger.code == 0);
        const auto checked = json::parse(ledger.out);
        CHECK(checked["valid"] == true);
        CHECK(checked["rows"] == open_.size());
        CHECK(checked["certified"] == open_.size());
    }

private:
    temporary_directory dir_;
    std::string config_;
    std::set<std::string> open_;
    std::set<std::string> secret_;
};

const std::vector<std::string> names{"commander-1",  "commander-2", "lieutenant-1",  "lieutenant-2",
                                     "lieutenant-3", "supervisor",  "external-party"};

/// One process for each server, started and killed one by one.
class processes {
public:
    explicit processes(const stage& of) : of_(of) {
        REQUIRE(byzgate_with({"keygen", of.config()}).code == 0);
        for (const auto& name : names) {
            start(name);
        }
    }
    void start(const std::string& name) {
        running_[name] = std::make_unique<process>(
            std::vector<std::string>{"node", of_.config(), "--id", name, "--json"});
    }
    process& at(const std::string& name) { return *running_.at(name); }
    void kill(const std::string& name) {
        at(name).send_signal(SIGKILL);
        CHECK(at(name).wait(10s).signal == SIGKILL);
    }
    void end() {
        for (const auto& name : names) {
            at(name).send_signal(SIGTERM);
        }
        for (const auto& name : names) {
            const auto ended = at(name).wait(10s);
            INFO(name << ": " << ended.err);
            CHECK_FALSE(ended.late);
            CHECK(ended.code == 0);
        }
    }

private:
    const stage& of_;
    std::map<std::string, std::unique_ptr<process>> running_;
};

} // namespace

TEST_CASE("a cluster of processes releases what the database calls public, and nothing else") {
    const stage of{60};
    REQUIRE(byzgate_with({"keygen", of.config()}).code == 0);
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
    CHECK(byzgate_with({"release", of.config(), "r0001", "r0000", "--deadline", "20"}).code == 0);
    cluster.send_signal(SIGTERM);
    const auto ended = cluster.wait(10s);
    INFO(ended.err);
    CHECK_FALSE(ended.late);
    CHECK(ended.code == 0);
    of.judge();
}

TEST_CASE("every server is killed once, and every public record arrives once") {
    const stage of{200};
    processes all{of};
    process asking{{"release", of.config(), "--all", "--deadline", "55", "--json"}};
    for (const auto& name : names) {
        std::this_thread::sleep_for(200ms);
        all.kill(name);
        std::this_thread::sleep_for(100ms);
        all.start(name);
    }
    const auto asked = asking.wait();
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK(json::parse(asked.out)["undecided"] == 0);
    all.end();
    of.judge();
}

namespace {

const std::string basp = "[transport]\nkind = \"basp\"\ntrusted_hosts = true\n";

} // namespace

TEST_CASE("by BASP, with TLS and without, every public record arrives once whoever is killed") {
    const std::string more = GENERATE(as<std::string>{}, "", "tls = false\n");
    const stage of{200, basp + more};
    processes all{of};
    process asking{{"release", of.config(), "--all", "--deadline", "55", "--json"}};
    for (const auto& name : names) {
        std::this_thread::sleep_for(200ms);
        all.kill(name);
        std::this_thread::sleep_for(100ms);
        all.start(name);
    }
    const auto asked = asking.wait();
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK(json::parse(asked.out)["undecided"] == 0);
    all.end();
    of.judge();
}

TEST_CASE("by BASP a process that stands still holds up nothing for good") {
    const stage of{60, basp};
    processes all{of};
    REQUIRE(byzgate_with({"release", of.config(), "r0001", "--deadline", "30"}).code == 0);
    all.at("lieutenant-1").send_signal(SIGSTOP);
    const auto asked =
        byzgate_with({"release", of.config(), "--all", "--deadline", "50", "--json"});
    INFO(asked.err);
    CHECK(asked.code == 0);
    // One that others write to, and that doesn't read, keeps none of them from ending.
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
    const stage of{3, "[transport]\nkind = \"basp\"\n"};
    const auto refused = byzgate_with({"node", of.config(), "--id", "supervisor"});
    CHECK(refused.code == 2);
    CHECK(refused.err.find("trusted_hosts = true") != std::string::npos);
    const auto asked = byzgate_with({"release", of.config(), "--all"});
    CHECK(asked.code == 2);
    // Never anonymous: without certificates there is no TLS, and no falling back.
    const stage bare{3, basp};
    const auto keyless = byzgate_with({"node", bare.config(), "--id", "supervisor"});
    CHECK(keyless.code == 2);
    CHECK(keyless.err.find("byzgate keygen") != std::string::npos);
}
