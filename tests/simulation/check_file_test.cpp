/// The file of a counterexample: what is written is read, and nothing else is.
#include <catch2/catch.hpp>

#include <algorithm>

#include "simulation/check.hpp"

using namespace byzgate;

namespace {

counterexample collusion() {
    check_settings settings;
    settings.cluster.commanders = 2;
    settings.cluster.tolerate = {1, 1, 1};
    settings.byzantine = {commander_id(0), lieutenant_id(0)};
    const auto example = check(settings).cases.at(0).example;
    REQUIRE(example);
    return *example;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

std::string refusal_of(const std::string& text) {
    try {
        (void)parse_counterexample(text);
    } catch (const counterexample_error& e) {
        return e.what();
    }
    return "";
}

} // namespace

TEST_CASE("a counterexample is read as it was written") {
    const auto example = collusion();
    const auto again = parse_counterexample(format_counterexample(example));
    CHECK(format_counterexample(again) == format_counterexample(example));
    CHECK(again.byzantine == example.byzantine);
    CHECK(again.truth == flag::confidential);
    CHECK(again.breaks == broken_property::leak);
    CHECK(again.cluster.commanders == 2);
    CHECK(again.cluster.max_recursion == 0);
    CHECK((again.cluster.tolerate == fault_budget{1, 1, 1}));
    CHECK((again.table == example.table));
    CHECK((again.outcome == example.outcome));
    CHECK(again.deviations == example.deviations);
    CHECK(again.byzantine_vote == decision::release);
}

TEST_CASE("the table of a counterexample has a line for every message that a liar owes") {
    const auto example = collusion();
    // Commander-1 to two loyal lieutenants; lieutenant-1 to them about two commanders.
    CHECK(example.table.size() == 6);
    const auto scripts = scripts_of(example);
    REQUIRE(scripts.size() == 2);
    CHECK(scripts.at(commander_id(0)).lines.size() == 2);
    CHECK(scripts.at(lieutenant_id(0)).lines.size() == 4);
    CHECK(scripts.at(lieutenant_id(0)).vote == vote_choice::release);
}

TEST_CASE("a truncated counterexample is refused wherever it ends") {
    const auto text = format_counterexample(collusion());
    for (std::size_t size = 0; size + 2 < text.size(); ++size) {
        CHECK_FALSE(refusal_of(text.substr(0, size)).empty());
    }
}

TEST_CASE("a counterexample of another version is refused by its version") {
    const auto text =
        replaced(format_counterexample(collusion()), "\"version\": 1", "\"version\": 2");
    CHECK_THAT(refusal_of(text), Catch::Contains("version 1 only"));
    CHECK_THAT(refusal_of("{}"), Catch::Contains("format"));
    CHECK_THAT(refusal_of("[]"), Catch::Contains("format"));
    CHECK_THAT(refusal_of("\xff\xfe"), Catch::Contains("not JSON"));
}

TEST_CASE("a counterexample that was edited into nonsense is refused with the place") {
    const auto text = format_counterexample(collusion());
    const auto edit = [&](const std::string& what, const std::string& with) {
        return refusal_of(replaced(text, what, with));
    };
    using Catch::Contains;
    CHECK_THAT(edit("\"flag\": \"confidential\"", "\"flag\": \"secret\""),
               Contains("flag: \"secret\" is none of confidential, public"));
    CHECK_THAT(edit("\"commanders\":2", "\"commanders\":-2"), Contains("cluster.commanders"));
    CHECK_THAT(edit("\"commanders\":2", "\"commanders\":1e99"), Contains("cluster.commanders"));
    CHECK_THAT(edit("\"lieutenants\":3", "\"lieutenants\":1"), Contains("cluster.depth"));
    CHECK_THAT(edit("\"lieutenants\":3", "\"lieutenants\":4"), Contains("outcome.votes[0]"));
    CHECK_THAT(edit("\"depth\":1", "\"depth\":2"), Contains("tells: expected"));
    CHECK_THAT(edit("\"gate\": \"opens\"", "\"gate\": \"stays shut\""),
               Contains("gate: with these"));
    CHECK_THAT(edit("\"protocol\":\"oral\"", "\"protocol\":\"sealed\""), Contains("protocol"));
    CHECK_THAT(edit("\"protocol\":\"oral\"", "\"protocol\":\"signed\""),
               Contains("tells: expected 4 messages"));
    CHECK_THAT(edit("\"depth\":1", "\"depht\":1"), Contains("cluster: \"depth\" is missing"));
    CHECK_THAT(edit("\"values\": 3", "\"values\": 3, \"valeus\": 2"),
               Contains("unknown key \"valeus\""));
    CHECK_THAT(edit("\"values\": 3", "\"values\": 7"), Contains("values"));
    CHECK_THAT(edit("[\"commander-1\",\"lieutenant-1\"]", "[\"lieutenant-1\",\"commander-1\"]"),
               Contains("must ascend"));
    CHECK_THAT(edit("[\"commander-1\",\"lieutenant-1\"]", "[\"commander-1\",\"supervisor\"]"),
               Contains("byzantine[1]"));
    CHECK_THAT(edit("[\"commander-1\",\"lieutenant-1\"]", "[\"commander-1\"]"),
               Contains("outcome.votes"));
    CHECK_THAT(edit("\"to\":\"lieutenant-2\"", "\"to\":\"lieutenant-1\""),
               Contains("tells[0]: expected the message"));
    CHECK_THAT(edit("\"says\":\"", "\"says\":\"not "), Contains("tells[0].says"));
    CHECK_THAT(edit("\"leaked\":true", "\"leaked\":1"), Contains("outcome.leaked"));
    CHECK_THAT(edit("\"leaked\":true,\"denied\":false", "\"leaked\":true,\"denied\":true"),
               Contains("outcome.denied"));
    CHECK_THAT(edit("\"votes\":[{", "\"votes\":[{\"lieutenant-9\":\"release\","),
               Contains("lieutenant-9"));
    CHECK_THAT(edit("\"deviations\": ", "\"deviations\": 1"), Contains("deviations"));
    CHECK_THAT(edit("\"promised\": false", "\"promised\": null"), Contains("promised"));
}

TEST_CASE("a counterexample whose loyal column is wrong is refused") {
    const auto text = format_counterexample(collusion());
    const auto wrong = text.find("\"loyal\":\"confidential\"") != std::string::npos
                           ? replaced(text, "\"loyal\":\"confidential\"", "\"loyal\":\"silent\"")
                           : replaced(text, "\"loyal\":\"public\"", "\"loyal\":\"silent\"");
    CHECK_THAT(refusal_of(wrong), Catch::Contains("a loyal server would say"));
}
