/// `[keys] dir` and keys from the environment: what a run signs with when it isn't its own.
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct keys_stage : state_stage {
    std::string made = dir.file("made");
    std::vector<std::string> with_keys{"run", config, "--set", "keys.dir=" + made};
    std::string no_state =
        dir.write("stateless.toml",
                  signed_toml.substr(0, signed_toml.find("[state]")) + "[keys]\ndir = \"made\"\n");

    keys_stage() { REQUIRE(byzgate_with({"keygen", config, "--out", made}).code == 0); }
};

} // namespace

TEST_CASE_METHOD(keys_stage, "what a run signed with keygen's keys verifies with its directory") {
    const auto done = byzgate_with({"run", no_state});
    INFO(done.err);
    REQUIRE(done.code == 0);
    CHECK_FALSE(std::filesystem::exists(state));
    const auto checked = byzgate_with({"verify", released, "--keys", made});
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
    CHECK(lines().size() > 2);
}

TEST_CASE_METHOD(keys_stage, "a key in the environment is used where its file is missing") {
    const auto file = made + "/lieutenant-2.key";
    const auto text = content_of(file);
    std::filesystem::remove(file);
    const auto without = byzgate_with({"run", no_state});
    CHECK(without.code == 2);
    CHECK_THAT(without.err, Contains(file) && Contains("BYZGATE_KEY_LIEUTENANT_2"));
    process_settings given;
    given.environment["BYZGATE_KEY_LIEUTENANT_2"] = text;
    const auto with = byzgate_with({"run", no_state, "--trace", dir.file("t.jsonl")}, given);
    INFO(with.err);
    CHECK(with.code == 0);
    CHECK(byzgate_with({"verify", released, "--keys", made}).code == 0);
    const auto seed = text.substr(text.find("seed ") + 5, 64);
    for (const auto& said : {with.out, with.err, content_of(dir.file("t.jsonl"))}) {
        CHECK(said.find(seed) == std::string::npos);
    }
    given.environment["BYZGATE_KEY_LIEUTENANT_2"] = content_of(made + "/lieutenant-1.key");
    const auto wrong = byzgate_with({"run", no_state}, given);
    CHECK(wrong.code == 2);
    CHECK_THAT(wrong.err, Contains("BYZGATE_KEY_LIEUTENANT_2") && Contains("lieutenant-1"));
}

TEST_CASE_METHOD(keys_stage, "a key that goes with no public keys stops a run") {
    process_settings given;
    given.environment["BYZGATE_KEY_COMMANDER_1"] = content_of(made + "/commander-1.key");
    const auto lost =
        dir.write("seed-only.toml", signed_toml.substr(0, signed_toml.find("[state]")));
    for (const auto& one : {lost, config}) {
        const auto done = byzgate_with({"run", one}, given);
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains("BYZGATE_KEY_COMMANDER_1") && Contains("[keys] dir"));
    }
}

TEST_CASE_METHOD(keys_stage, "a state begun with given keys holds no private key, and needs them") {
    REQUIRE(byzgate_with(with_keys).code == 0);
    for (const auto& entry : std::filesystem::directory_iterator(keys)) {
        CHECK(entry.path().extension() != ".key");
    }
    CHECK(verify(released).code == 0);
    CHECK(byzgate_with(with_keys).code == 0);
    const auto forgotten = byzgate_with({"run", config});
    CHECK(forgotten.code == 2);
    CHECK_THAT(forgotten.err, Contains("[keys] dir"));
}

TEST_CASE_METHOD(keys_stage, "a state and given keys that differ are an error that names both") {
    REQUIRE(byzgate_with({"run", config}).code == 0);
    const auto done = byzgate_with(with_keys);
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains(made) && Contains("kept/keys/cluster.keys"));
    const auto other = byzgate_with({"run", no_state, "--set", "cluster.max_recursion=1"});
    CHECK(other.code == 2);
    CHECK_THAT(other.err, Contains("made/cluster.toml"));
    const auto none = byzgate_with({"run", no_state, "--set", "keys.dir=" + dir.file("no")});
    CHECK(none.code == 2);
    CHECK_THAT(none.err, Contains("keygen"));
}

TEST_CASE_METHOD(keys_stage,
                 "what left under earlier keys verifies beside what left under later ones") {
    static_cast<void>(run()); // With keys of its state.
    const auto first = content_of(released);
    std::filesystem::remove(released);
    REQUIRE(byzgate_with({"run", no_state}).code == 0);
    const auto both = dir.write("both.jsonl", first + content_of(released));
    const auto verified = [&](std::vector<std::string> with) {
        std::vector<std::string> arguments{"verify", both};
        for (auto& one : with) {
            arguments.emplace_back("--keys");
            arguments.push_back(std::move(one));
        }
        return byzgate_with(arguments);
    };
    const auto by_one = verified({made});
    CHECK(by_one.code == 3);
    CHECK_THAT(by_one.out,
               Contains(std::to_string(std::count(first.begin(), first.end(), '\n')) + " of "));
    CHECK(verified({keys}).code == 3);
    CHECK(verified({made, keys}).code == 0);
    CHECK(verified({keys, made}).code == 0);
    CHECK(byzgate_with({"ledger", ledger, "--keys", made}).code == 3);
    const auto of_both = byzgate_with({"ledger", ledger, "--keys", made, "--keys", keys});
    INFO(of_both.out);
    CHECK(of_both.code == 0);
    // No key makes a changed line good.
    auto text = content_of(both);
    text[text.find("\"payload\":\"") + 11] ^= 1;
    dir.write("both.jsonl", text);
    CHECK(verified({made, keys}).code == 3);
}
