/// `byzgate verify` and `byzgate ledger`: what can be checked by somebody who has the public keys
/// only.
#include <catch2/catch.hpp>

#include "crypto/base64.hpp"
#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

TEST_CASE_METHOD(state_stage, "released lines verify, and one changed byte of them doesn't") {
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

TEST_CASE_METHOD(state_stage, "a certificate verifies alone, and with no bit of it changed") {
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

TEST_CASE_METHOD(state_stage, "what can't be checked is told by its exit code") {
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

TEST_CASE_METHOD(state_stage, "a ledger is shown row by row, and a changed row is named") {
    static_cast<void>(run());
    const auto good = byzgate_with({"ledger", ledger});
    INFO(good.out << good.err);
    CHECK(good.code == 0);
    CHECK_THAT(good.out, Contains("head: row") && Contains("valid"));
    plain_sql other{ledger};
    std::string says;
    SECTION("a version") {
        other.run_past_triggers("UPDATE releases SET version = '9' WHERE sequence = 3");
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
