/// Sealed clusters by the command: keys on disk, released lines with openings, and their check.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

/// The signed stage, sealed.
struct sealed_stage : state_stage {
    sealed_stage() {
        auto text = signed_toml;
        text.replace(text.find("protocol"), 0, "sealed = true\n");
        dir.write("signed.toml", text);
    }
};

} // namespace

TEST_CASE_METHOD(sealed_stage, "what a sealed cluster released verifies by its openings") {
    const auto summary = run();
    CHECK(summary["released"].get<int>() > 0);
    CHECK(summary["unopened"] == 0);
    CHECK(summary["bad_shares"].empty());
    struct stat about {};
    REQUIRE(::stat(dir.file("kept/keys/database.secret").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);

    const auto good = verify(released);
    INFO(good.out << good.err);
    CHECK(good.code == 0);
    const auto all = lines();
    auto changed = nlohmann::ordered_json::parse(all.at(0));
    const auto other = nlohmann::ordered_json::parse(all.at(1));
    std::string says;
    SECTION("another payload") {
        changed["payload"] = other["payload"];
        says = "the opening doesn't lead";
    }
    SECTION("another record's opening") {
        changed["opening"] = other["opening"];
        says = "the opening doesn't lead";
    }
    SECTION("no opening") {
        changed.erase("opening");
        says = "no opening";
    }
    SECTION("an opening that is no base64") {
        changed["opening"] = "?";
        says = "opening is damaged";
    }
    const auto bad = verify(dir.write("bad.jsonl", changed.dump() + "\n"));
    INFO(bad.out << bad.err);
    CHECK(bad.code == 3);
    CHECK_THAT(bad.out, Contains(says));

    // Once more: the same secrets, and nothing goes out twice.
    static_cast<void>(run());
    CHECK(lines() == all);
    CHECK(byzgate_with({"ledger", ledger}).code == 0);
}

TEST_CASE_METHOD(sealed_stage, "a sealed cluster doesn't run without its secrets") {
    static_cast<void>(run());
    const auto secret = dir.file("kept/keys/database.secret");
    SECTION("the database's is missing") {
        std::filesystem::remove(secret);
    }
    SECTION("others may read it") {
        REQUIRE(::chmod(secret.c_str(), 0644) == 0);
    }
    SECTION("the external party's is missing") {
        std::filesystem::remove(dir.file("kept/keys/external-party.key"));
    }
    const auto done = byzgate_with({"run", config});
    INFO(done.err);
    CHECK(done.code == 2);
}

TEST_CASE_METHOD(sealed_stage, "keys of an unsealed cluster are not those of the sealed one") {
    static_cast<void>(run());
    const auto done = byzgate_with({"run", config, "--set", "cluster.sealed=false"});
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains("cluster.toml"));
}

TEST_CASE("keygen says whom the database's secret is for") {
    temporary_directory dir;
    const auto config = dir.write("s.toml", "[cluster]\ncommanders = 2\nsealed = true\n"
                                            "[database]\nurl = \"memory:\"\n"
                                            "generate = { records = 1 }\n");
    const auto done = byzgate_with({"keygen", config});
    INFO(done.err);
    CHECK(done.code == 0);
    CHECK_THAT(done.out, Contains("database.secret  secret: for every commander, and nobody else"));
}

TEST_CASE("too many lieutenants, or all of them liars, can't be sealed for") {
    temporary_directory dir;
    const auto config = dir.write("s.toml", "[cluster]\nlieutenants = 3\nsealed = true\n"
                                            "[database]\nurl = \"memory:\"\n"
                                            "generate = { records = 1 }\n");
    const auto all_lie = byzgate_with({"run", config, "--set", "cluster.tolerate.lieutenants=3"});
    CHECK(all_lie.code == 2);
    CHECK_THAT(all_lie.err, Contains("tolerate.lieutenants = 2"));
    const auto too_many = byzgate_with(
        {"run", config, "--set", "cluster.lieutenants=256", "--set", "cluster.depth=0"});
    CHECK(too_many.code == 2);
    CHECK_THAT(too_many.err, Contains("255"));
}
