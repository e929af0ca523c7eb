/// What scripts rely on: the JSON objects and the exit codes of every subcommand.
#include <catch2/catch.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using nlohmann::json;

namespace {

struct stage {
    temporary_directory dir;
    std::string loyal = dir.write("loyal.toml", loyal_toml);
    std::string leaking = dir.write("leaking.toml", leaking_toml);
    std::string no_database = dir.write("no-database.toml", on_file_toml);
    std::string unwritable = loyal + "/below-a-file";
};

/// Stdout is one line, and that one JSON object.
json object_in(const finished& done) {
    INFO(done.out);
    INFO(done.err);
    REQUIRE(!done.out.empty());
    CHECK(std::count(done.out.begin(), done.out.end(), '\n') == 1);
    CHECK(done.out.back() == '\n');
    auto object = json::parse(done.out, nullptr, false);
    REQUIRE(object.is_object());
    return object;
}

void check_names(const json& object, const std::vector<std::string>& names) {
    for (const auto& name : names) {
        INFO(name);
        CHECK(object.contains(name));
    }
}

const std::vector<std::string> summary_names{
    "scenario",      "driver",       "protocol",        "depth",       "commanders",
    "lieutenants",   "seed",         "rounds",          "records",     "released",
    "withheld",      "leaked",       "corrupted",       "denied",      "unresolved",
    "disagreements", "framed",       "convicted",       "quarantined", "messages",
    "elapsed_s",     "rounds_per_s", "decisions_per_s", "latency_ms",  "outcome"};

int code_of(std::vector<std::string> arguments) {
    const auto done = byzgate_with(arguments);
    INFO(Catch::StringMaker<std::vector<std::string>>::convert(arguments));
    INFO(done.err);
    CHECK_FALSE(done.late);
    CHECK(done.signal == 0);
    return done.code;
}

} // namespace

TEST_CASE_METHOD(stage, "run, simulate and stress print the same names") {
    const auto subcommand = GENERATE(as<std::string>{}, "run", "simulate", "stress");
    const auto done = byzgate_with({subcommand, loyal, "--json"});
    CHECK(done.code == 0);
    const auto object = object_in(done);
    check_names(object, summary_names);
    check_names(object["latency_ms"], {"p50", "p95", "p99", "max"});
    CHECK(object["scenario"] == "loyal");
    CHECK(object["driver"] == (subcommand == "simulate" ? "simulation" : "actors"));
    CHECK(object["protocol"] == "oral");
    CHECK(object["commanders"] == 2);
    CHECK(object["lieutenants"] == 3);
    CHECK(object["seed"] == 7);
    CHECK(object["rounds"] == 4);
    CHECK(object["records"] == 20);
    CHECK(object["released"].get<int>() + object["withheld"].get<int>() == 20);
    CHECK(object["released"].get<int>() > 0);
    CHECK(object["denied"] == 0);
    CHECK(object["messages"] == 2 * 4 * 9);
    CHECK(object["convicted"] == json::array());
    CHECK(object["outcome"] == "secure");
}

TEST_CASE_METHOD(stage, "one seed decides the same on actors and in the simulator") {
    const auto ran = object_in(byzgate_with({"run", loyal, "--json", "--seed", "123"}));
    const auto simulated = object_in(byzgate_with({"simulate", loyal, "--json", "--seed", "123"}));
    CHECK(ran["seed"] == 123);
    CHECK(simulated["seed"] == 123);
    for (const auto* name : {"rounds", "records", "released", "withheld", "messages"}) {
        CHECK(ran[name] == simulated[name]);
    }
}

TEST_CASE_METHOD(stage, "a seed that nobody gave is printed and gives the same again") {
    const auto toml = dir.write("seedless.toml", loyal_toml.substr(loyal_toml.find("[cluster]")));
    const auto first = object_in(byzgate_with({"run", toml, "--json"}));
    const auto seed = std::to_string(first["seed"].get<std::uint64_t>());
    const auto again = object_in(byzgate_with({"run", toml, "--json", "--seed", seed}));
    CHECK(again["released"] == first["released"]);
    CHECK(again["seed"] == first["seed"]);
}

TEST_CASE_METHOD(stage, "a leak is in the JSON and in the exit code") {
    const auto subcommand = GENERATE(as<std::string>{}, "run", "simulate", "stress");
    // A broken promise of the simulator is written down where it runs.
    const auto done = byzgate_with({subcommand, leaking, "--json"}, {dir.file("."), {}, -1});
    CHECK(done.code == 3);
    const auto object = object_in(done);
    CHECK(object["leaked"].get<int>() > 0);
    CHECK(object["outcome"] == "exposed");
}

TEST_CASE_METHOD(stage, "check prints every case with every name") {
    const auto done =
        byzgate_with({"check", loyal, "--json", "--faults", "1", "--out", dir.file("lies")});
    CHECK(done.code == 0);
    const auto object = object_in(done);
    check_names(object, {"scenario", "protocol", "depth", "commanders", "lieutenants", "values",
                         "promises_held", "cases"});
    CHECK(object["promises_held"] == true);
    CHECK(object["values"] == 3);
    // Nobody and each of five servers, for both flags.
    REQUIRE(object["cases"].size() == 12);
    std::size_t files = 0;
    for (const auto& one : object["cases"]) {
        check_names(one, {"byzantine", "flag", "within_budget", "strategies", "explored", "sampled",
                          "leaks", "denials", "disagreements", "framings", "counterexample"});
        CHECK(one["within_budget"] == true);
        CHECK(one["leaks"] == 0);
        CHECK(one["explored"] == one["strategies"]);
        if (!one["counterexample"].is_null()) {
            ++files;
            CHECK(std::filesystem::exists(one["counterexample"].get<std::string>()));
        }
    }
    CHECK(files > 0);
}

TEST_CASE_METHOD(stage, "check prints numbers beyond 2^53 as text") {
    const auto object = object_in(byzgate_with(
        {"check", loyal, "--json", "--set", "cluster.lieutenants=6", "--set", "cluster.depth=2",
         "--byzantine", "lieutenant-1,lieutenant-2", "--budget", "100"}));
    const auto& strategies = object["cases"].at(0)["strategies"];
    REQUIRE(strategies.is_string());
    CHECK(strategies.get<std::string>().size() > 16);
    CHECK(object["cases"].at(0)["sampled"] == true);
    CHECK(object["cases"].at(0)["explored"].is_number());
}

TEST_CASE_METHOD(stage, "check counts signed strategies in full, played or not") {
    const std::vector<std::string> signing{"check",
                                           loyal,
                                           "--json",
                                           "--set",
                                           "cluster.protocol=\"signed\"",
                                           "--byzantine",
                                           "commander-1,lieutenant-1"};
    const auto small = object_in(byzgate_with(signing));
    CHECK(small["protocol"] == "signed");
    for (const auto& one : small["cases"]) {
        CHECK(one["strategies"] == 324);
        CHECK(one["explored"] == 324);
        CHECK(one["leaks"] == 0);
    }
    auto more = signing;
    more.insert(more.end(), {"--set", "cluster.lieutenants=7", "--set", "cluster.depth=2"});
    const auto large = object_in(byzgate_with(more));
    for (const auto& one : large["cases"]) {
        CHECK(one["strategies"] == "39213424469105111281434624");
        CHECK(one["explored"] == one["strategies"]);
        CHECK(one["sampled"] == false);
        CHECK(one["leaks"] == 0);
    }
    CHECK(large["cases"].at(1)["denials"].is_string());
}

TEST_CASE_METHOD(stage, "scenarios compares with what is expected") {
    std::filesystem::create_directory(dir.file("some"));
    dir.write("some/loyal.toml", loyal_toml + "\n[expect]\nleaked = \"none\"\n");
    const auto as_expected = byzgate_with({"scenarios", dir.file("some"), "--json"});
    CHECK(as_expected.code == 0);
    const auto object = object_in(as_expected);
    CHECK(object["total"] == 1);
    CHECK(object["as_expected"] == 1);
    dir.write("some/leaking.toml", leaking_toml + "\n[expect]\nleaked = \"none\"\n");
    const auto differs = byzgate_with({"scenarios", dir.file("some"), "--json"});
    CHECK(differs.code == 3);
    CHECK(object_in(differs)["as_expected"] == 1);
    // A leak that is expected is as expected.
    dir.write("some/leaking.toml", leaking_toml + "\n[expect]\nleaked = \"some\"\n");
    CHECK(code_of({"scenarios", dir.file("some")}) == 0);
}

TEST_CASE_METHOD(stage, "what fails in the environment is exit code 1") {
    for (const std::string name : {"run", "simulate", "stress"}) {
        CHECK(code_of({name, no_database}) == 1);
    }
    CHECK(code_of({"check", loyal, "--out", unwritable}) == 1);
    CHECK(code_of({"run", loyal, "--trace", unwritable}) == 1);
    CHECK(code_of({"run", loyal, "--trace", "/dev/full"}) == 1);
    CHECK(code_of({"simulate", loyal, "--trace", unwritable}) == 1);
    CHECK(code_of({"run", loyal, "--set", "external_party.output=" + unwritable}) == 1);
    std::filesystem::create_directory(dir.file("some"));
    dir.write("some/no-database.toml", on_file_toml);
    CHECK(code_of({"scenarios", dir.file("some")}) == 1);
}

TEST_CASE_METHOD(stage, "replay tells the same outcome from another one") {
    const auto lies = dir.file("lies");
    REQUIRE(code_of({"check", leaking, "--faults", "1", "--out", lies}) == 0);
    const auto file = lies + "/commander-1+confidential.json";
    const auto played = byzgate_with({"replay", file, "--json"});
    CHECK(played.code == 0);
    const auto object = object_in(played);
    CHECK(object["same"] == true);
    CHECK(object["leaked"] == 1);
    auto edited = json::parse(content_of(file));
    edited["outcome"]["leaked"] = false;
    const auto other = byzgate_with({"replay", dir.write("edited.json", edited.dump()), "--json"});
    CHECK((other.code == 3 || other.code == 2)); // Another outcome, or seen to contradict itself.
    CHECK(code_of({"replay", file, "--trace", unwritable}) == 1);
}

TEST_CASE_METHOD(stage, "a run is recorded, played again and drawn") {
    const auto trace = dir.file("run.jsonl");
    for (const std::string driver : {"run", "simulate"}) {
        REQUIRE(code_of({driver, loyal, "--trace", trace}) == 0);
        CHECK(code_of({"replay", trace}) == 0);
        CHECK(code_of({"report", trace, "-o", dir.file("run.html")}) == 0);
        CHECK(content_of(dir.file("run.html")).find("</html>") != std::string::npos);
        CHECK(code_of({"report", trace, "-o", unwritable}) == 1);
        CHECK(code_of({"report", trace, "-o", dir.file("x.mmd"), "--round", "99"}) == 2);
    }
    const auto whole = content_of(trace);
    const auto cut = dir.write("cut.jsonl", whole.substr(0, whole.size() / 2));
    CHECK(code_of({"replay", cut}) == 2);
    CHECK(code_of({"report", cut, "-o", dir.file("cut.html")}) == 2);
}
