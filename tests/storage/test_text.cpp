#include <catch2/catch.hpp>

#include "storage/row_json.hpp"
#include "storage/text.hpp"

using namespace byzgate;

TEST_CASE("well-formed UTF-8 is told from what only looks like it") {
    constexpr auto npos = std::string_view::npos;
    CHECK(invalid_utf8_at("") == npos);
    CHECK(invalid_utf8_at("aé€𝄞\x7f") == npos);
    CHECK(invalid_utf8_at("\xf4\x8f\xbf\xbf") == npos);
    CHECK(invalid_utf8_at("ab\x80") == 2);
    CHECK(invalid_utf8_at("ab\xc3") == 2);
    CHECK(invalid_utf8_at("\xc1\xbf") == 0);
    CHECK(invalid_utf8_at("\xe0\x9f\xbf") == 0);
    CHECK(invalid_utf8_at("\xed\xa0\x80") == 0);
    CHECK(invalid_utf8_at("\xf0\x8f\xbf\xbf") == 0);
    CHECK(invalid_utf8_at("\xf4\x90\x80\x80") == 0);
    CHECK(invalid_utf8_at("\xf5\x80\x80\x80") == 0);
    CHECK(invalid_utf8_at("a\xe2\x82") == 1);
}

TEST_CASE("the nearest names come first, and none that is far") {
    const std::vector<std::string> names = {"RECORD_ID", "DATASET_NAME", "AGENCY_NAME", "NOTES"};
    CHECK(likeliest("record id", names) == std::vector<std::string>{"RECORD_ID"});
    CHECK(likeliest("DATASETNAM", names) == std::vector<std::string>{"DATASET_NAME"});
    CHECK(likeliest("name", names) == std::vector<std::string>{"AGENCY_NAME", "DATASET_NAME"});
    CHECK(likeliest("xyzzy", names).empty());
    CHECK(likeliest("", names).empty());
}

TEST_CASE("a suggestion lists what there is when nothing is near") {
    CHECK(suggestion("b", {}) == "; there is none");
    CHECK(suggestion("zzzz", {"one"}) == "; there is \"one\"");
    CHECK(suggestion("zzzz", {"one", "two", "three"})
          == "; there are \"one\", \"two\" and \"three\"");
    CHECK(suggestion("tow", {"one", "two"}) == "; did you mean \"two\"?");
    CHECK(suggestion("clas", {"class", "id"}) == "; did you mean \"class\"?");
    const std::string many = suggestion("zzzz", std::vector<std::string>(25, "column"));
    CHECK(many.find(", …") != std::string::npos);
}

TEST_CASE("a row as JSON starts over when it is taken") {
    row_json row;
    CHECK(row.take() == "{}");
    row.add_text("a", "1");
    CHECK(row.take() == R"({"a":"1"})");
    row.add_null("b");
    CHECK(row.take() == R"({"b":null})");
}

TEST_CASE("control characters and quotes are escaped in names and values") {
    row_json row;
    row.add_text("a\"\n", std::string("\0\x1f\\", 3));
    CHECK(row.take() == R"({"a\"\n":"\u0000\u001f\\"})");
}
