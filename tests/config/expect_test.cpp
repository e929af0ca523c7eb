#include "config/expect.hpp"

#include <catch2/catch.hpp>

#include "written.hpp"

namespace byzgate {

namespace {

expect_config expected(const std::string& lines) {
    return parsed(with_data("[cluster]\ncommanders = 2\n[expect]\n" + lines)).expect;
}

} // namespace

TEST_CASE("a count expected as a number, some or none holds for what it says") {
    struct row {
        const char* written;
        std::uint64_t seen;
        bool holds;
    };
    const auto r = GENERATE(values<row>({{"7", 7, true},
                                         {"7", 6, false},
                                         {"0", 0, true},
                                         {"\"some\"", 0, false},
                                         {"\"some\"", 1, true},
                                         {"\"some\"", 1'000'000, true},
                                         {"\"none\"", 0, true},
                                         {"\"none\"", 1, false}}));
    const std::string key = GENERATE("leaked", "corrupted", "denied", "released", "withheld",
                                     "unresolved", "framed", "disagreements", "convicted");
    const auto e = expected(key + " = " + r.written);
    observed seen;
    (key == "leaked"       ? seen.leaked
     : key == "corrupted"  ? seen.corrupted
     : key == "denied"     ? seen.denied
     : key == "released"   ? seen.released
     : key == "withheld"   ? seen.withheld
     : key == "unresolved" ? seen.unresolved
     : key == "framed"     ? seen.framed
                           : seen.disagreements) = r.seen;
    if (key == "convicted") {
        seen = observed{};
        const auto few = std::min<std::uint64_t>(r.seen, 10);
        for (std::uint32_t i = 0; i < few; ++i) {
            seen.convicted.push_back(commander_id(i));
        }
    }
    CAPTURE(key, r.written, r.seen);
    CHECK(differences(e, seen).empty() == r.holds);
}

TEST_CASE("what is not expected may be anything") {
    const auto e = expected("");
    CHECK(e.empty());
    CHECK(to_string(e).empty());
    CHECK(
        differences(e, {run_outcome::exposed, 1, 2, 3, 4, 5, 6, 7, 8, {commander_id(0)}}).empty());
}

TEST_CASE("each difference says what was expected and what was observed") {
    const auto e = expected("outcome = \"secure\"\nleaked = \"none\"\ndenied = \"some\"\n"
                            "released = 5\nconvicted = [\"commander-2\"]");
    CHECK(to_string(e)
          == "outcome secure, leaked none, released 5, denied some, convicted commander-2");
    observed seen;
    seen.outcome = run_outcome::exposed;
    seen.leaked = 3;
    seen.released = 4;
    CHECK(differences(e, seen)
          == std::vector<std::string>{
              "outcome: expected secure, observed exposed", "leaked: expected none, observed 3",
              "released: expected 5, observed 4", "denied: expected some, observed none",
              "convicted: expected commander-2, observed none"});
}

TEST_CASE("convicted servers are compared as sets") {
    const auto e = expected("convicted = [\"commander-2\", \"commander-1\", \"commander-2\"]");
    observed seen;
    seen.convicted = {commander_id(1), commander_id(0)};
    CHECK(differences(e, seen).empty());
    seen.convicted = {commander_id(1)};
    CHECK(differences(e, seen)
          == std::vector<std::string>{
              "convicted: expected commander-1 commander-2, observed commander-2"});
    CHECK(differences(expected("convicted = []"), {}).empty());
    CHECK(differences(expected("convicted = []"), seen).size() == 1);
}

TEST_CASE("an expectation that nothing could meet is refused") {
    struct row {
        const char* line;
        const char* complaint;
    };
    const auto r = GENERATE(values<row>({
        {"outcome = \"safe\"",
         "2: expect.outcome: found the text \"safe\"; write \"secure\" or \"exposed\""},
        {"leaked = -1",
         "2: expect.leaked: found the number -1; write a number, \"some\" or \"none\""},
        {"leaked = \"many\"", "found the text \"many\"; write a number"},
        {"leaked = 0.5", "found the number 0.5; write a number"},
        {"convicted = [\"commander-3\"]", "\"commander-3\" is no commander of this cluster"},
        {"convicted = [\"lieutenant-1\"]", "only commanders can be convicted"},
        {"convicted = [1]", "expect.convicted: the list holds the number 1; write a list of texts"},
        {"leeked = 1", "unknown key expect.leeked; did you mean expect.leaked?"},
    }));
    const auto text = with_data(std::string{"[expect]\n"} + r.line);
    CHECK_THAT(complaints_of(text), Catch::Contains(r.complaint));
}

} // namespace byzgate
