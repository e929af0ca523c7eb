#include <catch2/catch.hpp>

#include <sstream>

#include "storage/csv.hpp"

using namespace byzgate;

namespace {

using fields = std::vector<std::string>;

struct table {
    fields header;
    std::vector<fields> rows;
    std::vector<std::uint64_t> lines;
};

table parse(const std::string& text) {
    std::istringstream input(text);
    csv_reader reader(input, "t.csv");
    table result;
    result.header = reader.header();
    csv_row row;
    while (reader.next(row)) {
        result.rows.push_back(row.fields);
        result.lines.push_back(row.line);
    }
    return result;
}

std::string error_of(const std::string& text) {
    try {
        parse(text);
    } catch (const malformed_csv& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a plain table is read field by field") {
    const table t = parse("id,class\na,Open\nb,\n");
    CHECK(t.header == fields{"id", "class"});
    CHECK(t.rows == std::vector<fields>{{"a", "Open"}, {"b", ""}});
    CHECK(t.lines == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE("quoted fields keep commas, quotes and line breaks") {
    const table t = parse("id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,\"\"\r\n\"3\",\"\"\"\"\r\n");
    CHECK(t.rows == std::vector<fields>{{"1", "a, \"b\"\r\nc"}, {"2", ""}, {"3", "\""}});
    CHECK(t.lines == std::vector<std::uint64_t>{2, 4, 5});
}

TEST_CASE("lines end with LF, CRLF, CR or the end of the file") {
    const std::string end = GENERATE("\n", "\r\n", "\r");
    const std::string last = GENERATE("", "end");
    const table t = parse("id,x" + end + "1,a" + end + "2,b" + (last.empty() ? "" : end));
    CHECK(t.rows == std::vector<fields>{{"1", "a"}, {"2", "b"}});
    CHECK(t.lines == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE("a byte order mark is no part of the first column's name") {
    CHECK(parse("\xef\xbb\xbfid,x\n1,2\n").header == fields{"id", "x"});
    CHECK(parse("\xef\xbb\xbf\"id\",x\n1,2\n").header == fields{"id", "x"});
}

TEST_CASE("empty lines are skipped and still counted") {
    const table t = parse("\nid,x\n\n\r\n1,a\n\n");
    CHECK(t.rows == std::vector<fields>{{"1", "a"}});
    CHECK(t.lines == std::vector<std::uint64_t>{5});
}

TEST_CASE("spaces belong to the field") {
    CHECK(parse("id,class\n1, Open \n\t2,x\n").rows
          == std::vector<fields>{{"1", " Open "}, {"\t2", "x"}});
}

TEST_CASE("a field of only separators is an empty field") {
    CHECK(parse("a,b,c\n,,\n").rows == std::vector<fields>{{"", "", ""}});
}

TEST_CASE("text in other scripts passes unchanged") {
    const std::string text = "Gemüse, 日本語 and 🗝";
    CHECK(parse("id,t\n1,\"" + text + "\"\n").rows.at(0).at(1) == text);
}

TEST_CASE("rows longer than a block of the input keep their line numbers") {
    std::string text = "id,t\r\n";
    const std::string big(70'001, 'x');
    for (int i = 0; i < 20; ++i) {
        text += std::to_string(i) + ",\"" + big + "\r\n" + "ü\"\r\n";
    }
    const table t = parse(text);
    REQUIRE(t.rows.size() == 20);
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(t.lines[i] == 2 + 2 * i);
        CHECK(t.rows[i][1] == big + "\r\nü");
    }
}

TEST_CASE("a CRLF that two blocks of the input share is one line end") {
    for (std::size_t pad = 65'500; pad < 65'560; ++pad) {
        const std::string text = "id,t\r\n1," + std::string(pad - 8, 'x') + "\r\n2,b\r\n";
        const table t = parse(text);
        REQUIRE(t.rows.size() == 2);
        REQUIRE(t.lines == std::vector<std::uint64_t>{2, 3});
    }
}

TEST_CASE("what is malformed is an error with its line") {
    struct example {
        std::string text;
        std::string place;
        std::string says;
    };
    const auto e = GENERATE(values<example>({
        {"", "t.csv: ", "empty"},
        {"\n\n", "t.csv: ", "empty"},
        {"\xef\xbb\xbf", "t.csv: ", "empty"},
        {"id,x\n1,2\n3\n", "t.csv:3: ", "1 field, the header has 2"},
        {"id,x\n1,2\n3,4,5\n", "t.csv:3: ", "3 fields, the header has 2"},
        {"id,x\n\"1\n\n2\",a,b\n", "t.csv:2: ", "3 fields"},
        {"id,x\n1,\"abc\n2,d\n3,e\n", "t.csv:2: ", "never ends"},
        {"id,x\n1,\"", "t.csv:2: ", "never ends"},
        {"id,x\n1,a\"b\n", "t.csv:2: ", "inside a field without quotes"},
        {"id,x\n1,\"a\"b\n", "t.csv:2: ", "follows a closing quote"},
        {"id,x\n1,\"a\n2,\"b\"\n", "t.csv:3: ", "the field begins in line 2"},
        {"id,x\n1,\"a\" \n", "t.csv:2: ", "follows a closing quote"},
        {"id,x\n1,a\n2,\"b\nc\xff\"\n", "t.csv:4: ", "0xff is not valid UTF-8"},
        {"id,x\r\n1,\"b\r\nc\xc0\xaf\"\r\n", "t.csv:3: ", "0xc0 is not valid UTF-8"},
        {"id,x\xed\xa0\x80\n1,a\n", "t.csv:1: ", "0xed is not valid UTF-8"},
        {std::string("id,x\n1,a\0b\n", 11), "t.csv:2: ", "NUL"},
        {"id,x,id\n1,a,b\n", "t.csv:1: ", "columns 1 and 3 are both named \"id\""},
    }));
    const std::string message = error_of(e.text);
    INFO(message);
    CHECK(message.rfind(e.place, 0) == 0);
    CHECK(message.find(e.says) != std::string::npos);
}

TEST_CASE("rows before a mistake are delivered before the error") {
    std::istringstream input("id\n1\n2\n3,4\n5\n");
    csv_reader reader(input, "t.csv");
    csv_row row;
    CHECK(reader.next(row));
    CHECK(reader.next(row));
    CHECK(row.fields == fields{"2"});
    CHECK_THROWS_AS(static_cast<void>(reader.next(row)), malformed_csv);
    CHECK_THROWS_AS(static_cast<void>(reader.next(row)), malformed_csv);
}

TEST_CASE("whatever is written as RFC 4180 says is read back") {
    const std::vector<std::string> pieces = {",", "\"", "\n", "\r\n", "\r",   "a", "bc d",
                                             " ", "ü",  "𝄞",  "\t",   "\"\"", "",  ","};
    std::uint32_t state = GENERATE(1U, 2U, 3U, 4U, 5U);
    const auto draw = [&](std::size_t below) {
        state = state * 1'664'525U + 1'013'904'223U;
        return (state >> 16) % below;
    };
    for (int run = 0; run < 200; ++run) {
        const std::size_t columns = 2 + draw(4);
        std::string text = draw(2) == 0 ? "\xef\xbb\xbf" : "";
        std::vector<fields> rows;
        const std::size_t count = 1 + draw(6);
        for (std::size_t r = 0; r < count; ++r) {
            fields row;
            for (std::size_t c = 0; c < columns; ++c) {
                std::string field = r == 0 ? std::to_string(c) : "";
                for (std::size_t n = draw(5); n > 0; --n) {
                    field += pieces[draw(pieces.size())];
                }
                const bool plain = field.find_first_of(",\"\r\n") == std::string::npos;
                text += c == 0 ? "" : ",";
                if (plain && draw(2) == 0) {
                    text += field;
                } else {
                    text += '"';
                    for (const char b : field) {
                        text += b == '"' ? "\"\"" : std::string(1, b);
                    }
                    text += '"';
                }
                row.push_back(field);
            }
            rows.push_back(row);
            const std::vector<std::string> ends = {"\n", "\r\n", "\r"};
            text += r + 1 == count && draw(2) == 0 ? "" : ends[draw(3)];
        }
        const table t = parse(text);
        REQUIRE(t.header == rows.front());
        REQUIRE(t.rows == std::vector<fields>(rows.begin() + 1, rows.end()));
    }
}
