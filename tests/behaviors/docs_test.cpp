#include "stage.hpp"

#include <fstream>
#include <sstream>

using namespace byzgate;
using Catch::Contains;

namespace {

std::string text_of(const std::string& path) {
    std::ifstream file{std::string{BYZGATE_SOURCE_DIR "/"} + path};
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("docs/behaviors.md has a row for every behaviour with every option") {
    std::istringstream lines{text_of("docs/behaviors.md")};
    std::map<std::string, std::string> rows;
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("| `", 0) == 0) {
            rows[line.substr(3, line.find('`', 3) - 3)] = line;
        }
    }
    CHECK(rows.size() == known_behaviors().size());
    for (const auto& info : known_behaviors()) {
        INFO(info.name);
        REQUIRE(rows.contains(std::string{info.name}));
        const auto& row = rows[std::string{info.name}];
        for (const auto option : info.options) {
            CHECK_THAT(row, Contains(std::string{"`"}.append(option).append("`")));
        }
        CHECK((row.find("| C") != std::string::npos) == info.for_commanders);
        CHECK((row.find("L |") != std::string::npos) == info.for_lieutenants);
    }
}

TEST_CASE("the example in docs/behaviors.md is the code in the tree") {
    CHECK_THAT(text_of("docs/behaviors.md"), Contains(text_of("behaviors/flipping.cpp")));
}
