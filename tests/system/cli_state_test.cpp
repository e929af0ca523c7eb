/// `[state] dir`: what outlives a run, and what the next one makes of it.
#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <sys/stat.h>

#include "storage/ledger.hpp"
#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

mode_t rights_of(const std::string& path) {
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777;
}

} // namespace

TEST_CASE_METHOD(state_stage, "over two runs every released version reaches the recipient once") {
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

TEST_CASE_METHOD(state_stage, "rounds are numbered on from the run before") {
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

TEST_CASE_METHOD(state_stage, "a line that was cut off by the end of a run is written again") {
    static_cast<void>(run({"--set", "rounds.records=[\"r00000001\", \"r00000002\"]"}));
    // As a run leaves it that died after the ledger had all, and before the recipient did.
    plain_sql{ledger}.run_past_triggers("DELETE FROM receipts");
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

TEST_CASE_METHOD(state_stage, "a run that is killed leaves nothing that comes twice or never") {
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

TEST_CASE_METHOD(state_stage, "a commander convicted in one run is left out in the next") {
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

TEST_CASE_METHOD(state_stage, "the trace of a later run carries what that run began with") {
    const auto trace = dir.file("second.jsonl");
    config = dir.write("liar.toml", signed_toml + liar);
    static_cast<void>(run());
    const auto second = run({"--trace", trace});
    CHECK(second["quarantined"] == nlohmann::json{"commander-1"});
    const auto text = content_of(trace);
    const auto header = nlohmann::json::parse(text.substr(0, text.find('\n')));
    CHECK(header["last_round"] == 4);
    CHECK(header["proofs"].size() == evidence().size());
    const auto replayed = byzgate_with({"replay", trace});
    INFO(replayed.out << replayed.err);
    CHECK(replayed.code == 0);
    // Evidence that proves nothing convicts nobody in a replay either.
    auto broken = header;
    broken["proofs"][0]["second"] = broken["proofs"][0]["first"];
    const auto changed = dir.write("changed.jsonl", broken.dump() + text.substr(text.find('\n')));
    CHECK(byzgate_with({"replay", changed}).code == 2);
}

TEST_CASE_METHOD(state_stage,
                 "evidence that was changed is told with its file, and nothing is run") {
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

TEST_CASE_METHOD(state_stage,
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

TEST_CASE_METHOD(state_stage, "a state directory is one cluster's, one database's, one run's") {
    static_cast<void>(run());
    const auto refused = [&](const std::string& how, const std::string& says) {
        const auto done = byzgate_with({"run", config, "--set", how});
        INFO(done.err);
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains(says));
    };
    refused("cluster.tolerate.lieutenants=0", "[state] dir");
    refused("cluster.lieutenants=4", "the cluster is another than that of");
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

TEST_CASE_METHOD(state_stage, "private keys are nobody else's, and are never said") {
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

TEST_CASE_METHOD(state_stage, "an oral cluster keeps its ledger without certificates") {
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

TEST_CASE_METHOD(state_stage, "a state that lost its ledger runs no more") {
    static_cast<void>(run());
    SECTION("the file") {
        std::filesystem::remove(ledger);
    }
    SECTION("what was in it") {
        std::filesystem::resize_file(ledger, 0);
    }
    SECTION("it, and another one came in its place") {
        std::filesystem::remove(ledger);
        const release_ledger made_anew{ledger};
    }
    const auto done = byzgate_with({"run", config});
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains("ledger.db") && Contains("signed with the keys"));
}

TEST_CASE_METHOD(state_stage, "a ledger of long ago has no server sign for a round again") {
    static_cast<void>(run({"--set", "rounds.records=[\"r00000001\"]"}));
    std::filesystem::copy_file(ledger, dir.file("old.db"));
    static_cast<void>(run());
    const auto before = content_of(keys + "/rounds");
    CHECK(before == "5\n");
    std::filesystem::copy_file(dir.file("old.db"), ledger,
                               std::filesystem::copy_options::overwrite_existing);
    const auto again = run({"--trace", dir.file("again.jsonl")});
    const auto trace = content_of(dir.file("again.jsonl"));
    CHECK(nlohmann::json::parse(trace.substr(0, trace.find('\n')))["last_round"] == 5);
    CHECK(again["convicted"].empty());
    CHECK(content_of(keys + "/rounds") == "9\n");
    dir.write("kept/keys/rounds", "nine\n");
    const auto refused = byzgate_with({"run", config});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("keys/rounds") && Contains("no number"));
}

TEST_CASE_METHOD(state_stage, "a state is of an oral or of a signed cluster, and of its numbers") {
    const std::string first = GENERATE(as<std::string>{}, "oral", "signed");
    const std::string other = first == "oral" ? "signed" : "oral";
    static_cast<void>(run({"--set", "cluster.protocol=" + first}));
    const auto refused = [&](const std::string& how) {
        const auto done =
            byzgate_with({"run", config, "--set", "cluster.protocol=" + first, "--set", how});
        INFO(how << ": " << done.err);
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains("[state] dir"));
    };
    refused("cluster.protocol=" + other);
    refused("cluster.tolerate.lieutenants=0");
    if (first == "oral") {
        refused("cluster.lieutenants=5");
    }
    static_cast<void>(run({"--set", "cluster.protocol=" + first}));
}

TEST_CASE_METHOD(state_stage, "nothing is added to a ledger that was changed") {
    static_cast<void>(run());
    plain_sql{ledger}.run_past_triggers("UPDATE releases SET payload_digest = zeroblob(32) "
                                        "WHERE sequence = 2");
    const auto done = byzgate_with({"run", config});
    CHECK(done.code == 1);
    CHECK_THAT(done.err, Contains("row 2 was changed") && !Contains("import"));
    dir.write("kept/ledger.db", std::string(8'192, 'x'));
    const auto garbage = byzgate_with({"run", config});
    CHECK(garbage.code == 1);
    CHECK_THAT(garbage.err, Contains("backup") && !Contains("import"));
}

TEST_CASE_METHOD(state_stage, "a key file that is missing is to be restored, not made") {
    static_cast<void>(run());
    SECTION("the public one") {
        std::filesystem::remove(keys + "/cluster.keys");
        const auto done = byzgate_with({"run", config});
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains("cluster.keys: is missing") && Contains("restore"));
    }
    SECTION("a server's") {
        std::filesystem::remove(keys + "/lieutenant-2.key");
        const auto done = byzgate_with({"run", config});
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains("lieutenant-2.key") && Contains("restore"));
    }
}

TEST_CASE_METHOD(state_stage,
                 "keys that keygen made before the first run are those it signs with") {
    REQUIRE(byzgate_with({"keygen", config, "--out", keys}).code == 0);
    CHECK(rights_of(state) == 0700);
    const auto made = content_of(keys + "/cluster.keys");
    static_cast<void>(run());
    CHECK(content_of(keys + "/cluster.keys") == made);
    CHECK(verify(released).code == 0);
}

TEST_CASE_METHOD(state_stage, "what a run that died left half written goes at the next one") {
    config = dir.write("liar.toml", signed_toml + liar);
    static_cast<void>(run());
    const auto files = evidence();
    // Larger than any process number there is.
    const auto of_the_dead = dir.write("kept/evidence/x.json.new-4194999", "{");
    const auto of_a_living = dir.write("kept/evidence/x.json.new-1", "{");
    static_cast<void>(run());
    CHECK_FALSE(std::filesystem::exists(of_the_dead));
    CHECK(std::filesystem::exists(of_a_living));
    std::filesystem::remove(of_a_living);
    CHECK(evidence().size() >= files.size());
}

TEST_CASE_METHOD(state_stage, "a run with a state that was used before is replayed and drawn") {
    static_cast<void>(run());
    const auto trace = dir.file("second.jsonl");
    static_cast<void>(run({"--trace", trace}));
    const auto replayed = byzgate_with({"replay", trace});
    INFO(replayed.out << replayed.err);
    CHECK(replayed.code == 0);
    const auto drawn = byzgate_with({"report", trace, "--mermaid", "-o", "-"});
    INFO(drawn.err);
    CHECK(drawn.code == 0);
    CHECK_THAT(drawn.out, Contains("sequenceDiagram"));
}
