/// docs/atlas.md, docs/atlas.html and docs/atlas/*.json are what the command makes today, and every
/// counterexample there does on actors what it says.
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <string>

#include "tests/system/process.hpp"

using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

const fs::path docs = fs::path{BYZGATE_SOURCE_DIR} / "docs";

std::string text_of(const fs::path& path) {
    INFO(path.string());
    REQUIRE(fs::is_regular_file(path));
    return content_of(path.string());
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder}) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

/// What stands between each `before` and the next `after`.
std::set<std::string> links_in(const std::string& text, const std::string& before, char after) {
    std::set<std::string> links;
    for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
        at += before.size();
        links.insert(text.substr(at, text.find(after, at) - at));
    }
    return links;
}

} // namespace

TEST_CASE("the committed atlas is what the command makes", "[atlas]") {
    const temporary_directory dir;
    const fs::path made = dir.file("made");
    process command({"check", "--atlas", "--out", made.string()});
    const auto done = command.wait(std::chrono::minutes{5});
    INFO(done.err);
    REQUIRE(done.code == 0);
    CHECK_THAT(done.out, Contains("every promise of section 4 held"));
    INFO("if this is meant to change: byzgate check --atlas --out docs");
    CHECK(text_of(made / "atlas.md") == text_of(docs / "atlas.md"));
    CHECK(text_of(made / "atlas.html") == text_of(docs / "atlas.html"));
    const auto names = names_in(made / "atlas");
    CHECK(names == names_in(docs / "atlas"));
    for (const auto& name : names) {
        CHECK(text_of(made / "atlas" / name) == text_of(docs / "atlas" / name));
    }
}

TEST_CASE("the atlas links to every counterexample, and to nothing that isn't there", "[atlas]") {
    const auto names = names_in(docs / "atlas");
    CHECK(names.size() > 20);
    CHECK(links_in(text_of(docs / "atlas.md"), "](atlas/", ')') == names);
    const auto page = text_of(docs / "atlas.html");
    CHECK(links_in(page, "href=\"atlas/", '"') == names);
    const auto places = links_in(page, "href=\"#", '"');
    CHECK(places.size() > 20);
    for (const auto& id : places) {
        CHECK_THAT(page, Contains(" id=\"" + id + "\""));
    }
    for (const auto* outside : {"http:", "https:", "src=", "@import", "url(", "<script"}) {
        CHECK_THAT(page, !Contains(outside));
    }
}

TEST_CASE("every counterexample of the atlas does the same on actors", "[atlas][threads]") {
    for (const auto& name : names_in(docs / "atlas")) {
        const auto done = byzgate_with({"replay", (docs / "atlas" / name).string()});
        INFO(name << "\n" << done.out << done.err);
        CHECK(done.code == 0);
        CHECK_THAT(done.out, Contains("the same outcome"));
    }
}

TEST_CASE("the atlas takes no configuration, and a check needs one or the other", "[atlas]") {
    const std::vector<std::vector<std::string>> all{
        {"my.toml"}, {"--faults", "1"}, {"--behaviors", "10"}, {"--set", "name=x"}};
    for (const auto& with : all) {
        std::vector<std::string> arguments{"check", "--atlas"};
        arguments.insert(arguments.end(), with.begin(), with.end());
        const auto done = byzgate_with(arguments);
        INFO(with.front());
        CHECK(done.code == 2);
        CHECK_THAT(done.err, Contains("--atlas"));
    }
    const auto neither = byzgate_with({"check"});
    CHECK(neither.code == 2);
    CHECK_THAT(neither.err, Contains("--atlas"));
}

TEST_CASE("the atlas without a folder is a table, or one JSON object", "[atlas]") {
    const auto done = byzgate_with({"check", "--atlas", "--json"});
    REQUIRE(done.code == 0);
    CHECK(done.out.front() == '{');
    CHECK(done.out.find('\n') == done.out.size() - 1);
    CHECK_THAT(done.out, Contains("\"name\":\"dual-3-total-1\""));
    const auto table = byzgate_with({"check", "--atlas"}).out;
    CHECK_THAT(table, Contains("Two commanders, three lieutenants, one fault tolerated in all"));
    CHECK_THAT(table, Contains("66 of 729"));
    CHECK_THAT(table, Contains("Two commanders, three lieutenants, signed"));
    CHECK_THAT(table, Contains("0 of 1,099,511,627,776"));
    CHECK_THAT(table, !Contains("atlas.md"));
}
