/// `[state] dir`, `byzgate verify` and `byzgate ledger`: what outlives a run, and what can be
/// checked about it by somebody who has the public keys only.
#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "crypto/base64.hpp"
#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

/// Twenty generated records, loyal servers that sign.
const std::string signed_toml = R"(name = "signed"
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

const std::string liar = R"(
[[byzantine]]
server = "commander-1"
behavior = "equivocating"
)";

struct stage {
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

mode_t rights_of(const std::string& path) {
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777;
}

} // namespace

TEST_CASE_METHOD(stage, "over two runs every released version reaches the recipient once") {
    const auto first = run();
    const auto after_first = lines();
    REQUIRE(after_first.size() > 2);
    CHECK(after_first.size() == first["released"]);
    const auto second = run();
    CHECK(second["released"] == first["released"]);
    CHECK(lines() == after_first);
    std::set<std::string> ids;
    for (const auto& line : after_first) {
        CHECK(ids.insert(nlohmann::json::parse(line)["id"]).second);
    }
    const auto shown = nlohmann::json::parse(byzgate_with({"ledger", ledger, "--json"}).out);
    CHECK(shown["rows"] == after_first.size());
    CHECK(shown["certified"] == after_first.size());
    CHECK(shown["pending"] == 0);
}

TEST_CASE_METHOD(stage, "rounds are numbered on from the run before") {
    static_cast<void>(run({"--set", "rounds.records=[\"r00000001\"]"}));
    static_cast<void>(run({"--trace", dir.file("second.jsonl")}));
    std::set<std::uint64_t> rounds;
    std::istringstream trace{content_of(dir.file("second.jsonl"))};
    for (std::string line; std::getline(trace, line);) {
        const auto event = nlohmann::json::parse(line);
        if (event.contains("round")) {
            rounds.insert(event["round"].get<std::uint64_t>());
        }
    }
    CHECK(rounds == std::set<std::uint64_t>{2, 3, 4, 5});
}

TEST_CASE_METHOD(stage, "a line that was cut off by the end of a run is written again") {
    static_cast<void>(run({"--set", "rounds.records=[\"r00000001\", \"r00000002\"]"}));
    // As a run leaves it that died after the ledger had all, and before the recipient did.
    plain_sql{ledger}.run("DROP TRIGGER receipts_only_grow; DELETE FROM receipts; "
                          "CREATE TRIGGER receipts_only_grow BEFORE DELETE ON receipts "
                          "BEGIN SELECT raise(ABORT, 'receipts only grow'); END;");
    const auto whole = content_of(released);
    SECTION("in the middle of the last line") {
        dir.write("released.jsonl", whole.substr(0, whole.size() - 10));
    }
    SECTION("when all was written") {}
    SECTION("before anything was") {
        dir.write("released.jsonl", "");
    }
    const auto again = run();
    CHECK(lines().size() == again["released"]);
    CHECK(verify(released).code == 0);
    const auto shown = nlohmann::json::parse(byzgate_with({"ledger", ledger, "--json"}).out);
    CHECK(shown["pending"] == 0);
}

TEST_CASE_METHOD(stage, "a run that is killed leaves nothing that comes twice or never") {
    const std::vector<std::string> large{"--set", "database.generate.records=2000"};
    for (int turn = 0; turn < 2; ++turn) {
        process killed{{"run", config, large[0], large[1]}};
        const auto before = turn == 0 ? 0 : content_of(released).size();
        for (int tries = 0; tries < 6'000 && content_of(released).size() <= before; ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        killed.send_signal(SIGKILL);
        CHECK(killed.wait().signal == SIGKILL);
    }
    const auto last = run(large);
    const auto all = lines();
    CHECK(all.size() == last["released"]);
    CHECK(std::set<std::string>{all.begin(), all.end()}.size() == all.size());
    CHECK(last["framed"] == 0);
    CHECK(verify(released).code == 0);
    CHECK(byzgate_with({"ledger", ledger}).code == 0);
}

TEST_CASE_METHOD(stage, "a commander convicted in one run is left out in the next") {
    const auto loyal_config = config;
    config = dir.write("liar.toml", signed_toml + liar);
    const auto first = run();
    CHECK(first["convicted"] == nlohmann::json{"commander-1"});
    const auto files = evidence();
    REQUIRE_FALSE(files.empty());
    for (const auto& file : files) {
        const auto checked = byzgate_with({"verify", file});
        INFO(checked.out << checked.err);
        CHECK(checked.code == 0);
        CHECK_THAT(checked.out, Contains("valid") && Contains("commander-1 signed"));
    }
    // It would be loyal from now on, and is not asked all the same.
    config = loyal_config;
    const auto second = run();
    CHECK(second["quarantined"] == nlohmann::json{"commander-1"});
    CHECK(second["framed"] == 0);
    CHECK(second["released"].get<std::uint64_t>() > 0);
    CHECK(evidence() == files);
    const auto halting = run({"--set", "convictions.policy=halt"});
    CHECK(halting["halted"] == true);
}

TEST_CASE_METHOD(stage, "evidence that was changed is told with its file, and nothing is run") {
    config = dir.write("liar.toml", signed_toml + liar);
    static_cast<void>(run());
    const auto file = evidence().front();
    auto text = content_of(file);
    const auto at = text.find("\"signature\": \"") + 20;
    text[at] = text[at] == '0' ? '1' : '0';
    std::ofstream(file, std::ios::binary) << text;
    const auto done = byzgate_with({"run", config});
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains(file) && Contains("proves nothing"));
    const auto checked = byzgate_with({"verify", file});
    CHECK(checked.code == 3);
    CHECK_THAT(checked.out, Contains("INVALID") && Contains("signature"));
}

TEST_CASE_METHOD(stage,
                 "evidence goes to a folder with the keys that check it, and no state is kept") {
    config = dir.write("stateless.toml", signed_toml.substr(0, signed_toml.find("[state]")) + liar);
    const auto folder = dir.file("proofs");
    static_cast<void>(run({"--evidence", folder}));
    CHECK_FALSE(std::filesystem::exists(state));
    std::vector<std::string> arguments{"verify", "--json"};
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") {
            arguments.push_back(entry.path().string());
        }
    }
    REQUIRE(arguments.size() > 2);
    const auto checked = byzgate_with(arguments);
    CHECK(checked.code == 0);
    const auto json = nlohmann::json::parse(checked.out);
    CHECK(json["invalid"] == 0);
    CHECK(json["files"][0]["kind"] == "evidence");
    CHECK(json["files"][0]["valid"] == true);
}

TEST_CASE_METHOD(stage, "released lines verify, and one changed byte of them doesn't") {
    static_cast<void>(run());
    const auto good = verify(released);
    INFO(good.out << good.err);
    CHECK(good.code == 0);
    const auto all = lines();
    const auto line = nlohmann::ordered_json::parse(all.at(1));
    auto changed = line;
    std::string says;
    SECTION("the payload") {
        changed["payload"] = line["payload"].get<std::string>() + " ";
        says = "payload";
    }
    SECTION("the id") {
        changed["id"] = "r99999999";
        says = "another record";
    }
    SECTION("the version") {
        changed["version"] = "2";
        says = "another record";
    }
    SECTION("the voters") {
        changed["voters"] = {"lieutenant-1"};
        says = "voters";
    }
    SECTION("no certificate") {
        changed.erase("certificate");
        says = "no certificate";
    }
    SECTION("a field more") {
        changed["flag"] = "public";
        says = "no certificate covers";
    }
    SECTION("another record's certificate") {
        changed["certificate"] = nlohmann::json::parse(all.at(0))["certificate"];
        says = "another record";
    }
    SECTION("a bit of a signature") {
        auto bytes = from_base64(line["certificate"].get<std::string>()).value();
        // The last four bytes count convictions; a claim's signature stands before them.
        bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
        changed["certificate"] = to_base64(bytes);
        says = "signature";
    }
    const auto bad = dir.write("bad.jsonl", all.at(0) + "\n" + changed.dump() + "\n");
    const auto done = verify(bad);
    INFO(done.out << done.err);
    CHECK(done.code == 3);
    CHECK_THAT(done.out, Contains("bad.jsonl:2: INVALID") && Contains(says));
    CHECK_THAT(done.out, Contains("1 of 2"));
}

TEST_CASE_METHOD(stage, "a certificate verifies alone, and with no bit of it changed") {
    static_cast<void>(run({"--set", "rounds.batch=1"}));
    const auto text = nlohmann::json::parse(lines().at(0))["certificate"].get<std::string>();
    const auto bytes = from_base64(text).value();
    CHECK(verify(dir.write("one.txt", text + "\n")).code == 0);
    const auto binary = verify(dir.write("one.bin", bytes));
    CHECK(binary.code == 0);
    CHECK_THAT(binary.out, Contains("r0000"));
    std::vector<std::string> arguments{"verify", "--keys", keys, "--json"};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto other = bytes;
        other[i] = static_cast<char>(other[i] ^ (1 << (i % 8)));
        arguments.push_back(dir.write("bit" + std::to_string(i), other));
    }
    const auto done = byzgate_with(arguments);
    CHECK(done.code == 3);
    const auto json = nlohmann::json::parse(done.out);
    CHECK(json["invalid"] == bytes.size());
    CHECK(json["unreadable"] == 0);
}

TEST_CASE_METHOD(stage, "what can't be checked is told by its exit code") {
    static_cast<void>(run());
    CHECK(verify(dir.file("none.jsonl")).code == 1);
    CHECK(verify(dir.file("kept")).code == 1);
    CHECK(verify(dir.write("prose.txt", "I swear that it may leave.\n")).code == 3);
    CHECK(byzgate_with({"verify"}).code == 2);
    const auto no_keys = byzgate_with({"verify", released, "--keys", dir.file("none.keys")});
    CHECK(no_keys.code == 2);
    CHECK_THAT(no_keys.err, Contains("none.keys"));
    // Beside it there are none either.
    const auto nowhere = byzgate_with({"verify", released});
    CHECK(nowhere.code == 2);
    CHECK_THAT(nowhere.err, Contains("--keys"));
    CHECK(byzgate_with({"ledger", dir.file("none.db")}).code == 1);
    // Keys of another cluster: nothing verifies.
    const auto other = dir.write("other.toml", signed_toml);
    REQUIRE(byzgate_with({"run", other, "--set", "state.dir=" + dir.file("other"), "--set",
                          "external_party.output=none"})
                .code
            == 0);
    CHECK(byzgate_with({"verify", released, "--keys", dir.file("other/keys")}).code == 3);
    CHECK(byzgate_with({"ledger", ledger, "--keys", dir.file("other/keys")}).code == 3);
}

TEST_CASE_METHOD(stage, "a ledger is shown row by row, and a changed row is named") {
    static_cast<void>(run());
    const auto good = byzgate_with({"ledger", ledger});
    INFO(good.out << good.err);
    CHECK(good.code == 0);
    CHECK_THAT(good.out, Contains("head: row") && Contains("valid"));
    plain_sql other{ledger};
    std::string says;
    SECTION("a version") {
        other.run("DROP TRIGGER releases_not_changed; UPDATE releases SET version = '9' "
                  "WHERE sequence = 3; CREATE TRIGGER releases_not_changed BEFORE UPDATE ON "
                  "releases BEGIN SELECT 1; END;");
        says = "row 3: INVALID: was changed";
    }
    SECTION("a trigger") {
        other.run("DROP TRIGGER releases_not_changed");
        says = "dropped";
    }
    const auto bad = byzgate_with({"ledger", ledger});
    CHECK(bad.code == 3);
    CHECK_THAT(bad.out, Contains(says));
    const auto json = byzgate_with({"ledger", ledger, "--json"});
    CHECK(json.code == 3);
    CHECK(nlohmann::json::parse(json.out)["valid"] == false);
}

TEST_CASE_METHOD(stage, "a state directory is one cluster's, one database's, one run's") {
    static_cast<void>(run());
    const auto refused = [&](const std::string& how, const std::string& says) {
        const auto done = byzgate_with({"run", config, "--set", how});
        INFO(done.err);
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains(says));
    };
    refused("cluster.tolerate.lieutenants=0", "[state] dir");
    refused("cluster.lieutenants=4", "lieutenant-4");
    refused("seed=8", "[state] dir");
    refused("state.dir=", "state.dir");
    const process long_one{
        {"stress", config, "--duration", "60", "--set", "database.generate.records=100000"}};
    // It has the directory open once it writes there.
    REQUIRE(comes_to_hold_something(ledger + "-wal"));
    const auto second = byzgate_with({"run", config});
    CHECK(second.code == 1);
    CHECK_THAT(second.err, Contains("another run"));
}

TEST_CASE_METHOD(stage, "private keys are nobody else's, and are never said") {
    const auto done =
        byzgate_with({"run", config, "--trace", dir.file("t.jsonl"), "--trace-payloads"});
    REQUIRE(done.code == 0);
    CHECK(rights_of(keys) == 0700);
    std::string secrets;
    for (const auto& entry : std::filesystem::directory_iterator(keys)) {
        if (entry.path().extension() != ".key") {
            continue;
        }
        CHECK(rights_of(entry.path().string()) == 0600);
        const auto text = content_of(entry.path().string());
        const auto seed = text.substr(text.find("seed ") + 5, 64);
        REQUIRE(seed.size() == 64);
        for (const auto& said : {done.out, done.err, content_of(dir.file("t.jsonl")),
                                 content_of(ledger), content_of(released)}) {
            CHECK(said.find(seed) == std::string::npos);
        }
    }
    REQUIRE(::chmod((keys + "/commander-1.key").c_str(), 0644) == 0);
    const auto open = byzgate_with({"run", config});
    CHECK(open.code == 2);
    CHECK_THAT(open.err, Contains("chmod 600"));
}

TEST_CASE_METHOD(stage, "an oral cluster keeps its ledger without certificates") {
    static_cast<void>(run({"--set", "cluster.protocol=oral"}));
    const auto after_first = lines();
    static_cast<void>(run({"--set", "cluster.protocol=oral"}));
    CHECK(lines() == after_first);
    const auto shown = byzgate_with({"ledger", ledger});
    CHECK(shown.code == 0);
    CHECK_THAT(shown.out, Contains("not checked"));
    const auto refused = byzgate_with(
        {"run", config, "--set", "cluster.protocol=oral", "--evidence", dir.file("proofs")});
    CHECK(refused.code == 2);
}
