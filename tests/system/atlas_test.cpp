/// docs/atlas.md, docs/atlas.html and docs/atlas/*.json are what the command makes today, and every
/// counterexample there does on actors what it says.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>

namespace {

namespace fs = std::filesystem;

const fs::path docs = fs::path{BYZGATE_SOURCE_DIR} / "docs";

class scratch_folder {
public:
    scratch_folder() {
        auto name = (fs::temp_directory_path() / "byzgate-atlas-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~scratch_folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

std::string text_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    INFO(path.string());
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder}) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

/// The exit code; what it prints goes to `log`.
int byzgate(const std::string& arguments, const fs::path& log) {
    const auto command =
        quoted(BYZGATE_BINARY) + " " + arguments + " > " + quoted(log.string()) + " 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The links to counterexamples, as file names.
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
    const scratch_folder scratch;
    const auto made = scratch.path() / "made";
    const auto log = scratch.path() / "log";
    const int code = byzgate("check --atlas --out " + quoted(made.string()), log);
    INFO(text_of(log));
    REQUIRE(code == 0);
    INFO("make it again with: byzgate check --atlas --out docs");
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
    for (const auto& id : links_in(page, "href=\"#", '"')) {
        CHECK(page.find(" id=\"" + id + "\"") != std::string::npos);
    }
    for (const auto* outside : {"http:", "https:", "src=", "@import", "url("}) {
        CHECK(page.find(outside) == std::string::npos);
    }
}

TEST_CASE("every counterexample of the atlas does the same on actors", "[atlas][threads]") {
    const scratch_folder scratch;
    const auto log = scratch.path() / "log";
    for (const auto& name : names_in(docs / "atlas")) {
        const int code = byzgate("replay " + quoted((docs / "atlas" / name).string()), log);
        INFO(name << "\n" << text_of(log));
        CHECK(code == 0);
    }
}

TEST_CASE("the atlas takes no configuration, and a check needs one", "[atlas]") {
    const scratch_folder scratch;
    const auto log = scratch.path() / "log";
    CHECK(byzgate("check --atlas --faults 1", log) == 2);
    CHECK(byzgate("check --atlas my.toml", log) == 2);
    CHECK(byzgate("check", log) == 2);
    CHECK(text_of(log).find("--atlas") != std::string::npos);
}
