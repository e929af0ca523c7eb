// `--set KEY=VALUE`.
#include <catch2/catch.hpp>

#include "written.hpp"

namespace byzgate {

namespace {

const std::string base = with_data(R"(name = "a"
[cluster]
commanders = 2
[[byzantine]]
server = "commander-1"
behavior = "consistent_lie"
[[byzantine]]
server = "lieutenant-1"
behavior = "flipping"
)");

} // namespace

TEST_CASE("an override replaces a value, or adds one that was left out") {
    CHECK(parsed(base, {"cluster.commanders=3"}).cluster.commanders == 3);
    CHECK(parsed(base, {"cluster.depth=2"}).cluster.depth == 2);
    CHECK(parsed(base, {" rounds.batch = 7 "}).rounds.batch == 7);
    CHECK(parsed(base, {"rounds.batch=7", "rounds.batch=8"}).rounds.batch == 8);
    CHECK(parsed(base, {"cluster.tolerate.total=1"}).cluster.tolerate == fault_budget{1, 1, 1});
    CHECK(parsed(base, {"faults.allow_runtime_changes=true"}).allow_runtime_changes);
    CHECK(parsed(base, {"database.generate.records=20"}).database.generate.records == 20);
    CHECK(parsed(base, {"database.generate={records=30}"}).database.generate.records == 30);
}

TEST_CASE("what follows from a value follows from its override") {
    CHECK(parsed(base, {"cluster.lieutenants=7"}).cluster.tolerate.lieutenants == 3);
}

TEST_CASE("a bare word is a text, and anything else is TOML") {
    struct row {
        const char* value;
        const char* text;
    };
    const auto r = GENERATE(values<row>({{"word", "word"},
                                         {"two words", "two words"},
                                         {"\"quoted\"", "quoted"},
                                         {"'quoted'", "quoted"},
                                         {"a\"b\\c", "a\"b\\c"},
                                         {"tab\tin it", "tab\tin it"},
                                         {"a = b", "a = b"},
                                         {"1\nx = 2", "1\nx = 2"},
                                         {"größer", "größer"}}));
    CHECK(parsed(base, {std::string{"name="} + r.value}).name == r.text);
}

TEST_CASE("lists and entries of lists can be overridden") {
    CHECK(std::get<std::vector<record_id>>(
              parsed(base, {R"(rounds.records=["a","b"])"}).rounds.records)
          == std::vector<record_id>{"a", "b"});
    CHECK(std::get<std::vector<record_id>>(
              parsed(base, {R"(rounds.records=["a","b"])", "rounds.records.1=c"}).rounds.records)
          == std::vector<record_id>{"a", "c"});

    CHECK(parsed(base, {"byzantine=[]"}).byzantine.empty());
    const auto changed = parsed(base, {"byzantine.0.behavior=silent", "byzantine.1.rounds=2..3"});
    REQUIRE(changed.byzantine.size() == 2);
    CHECK(changed.byzantine[0].behavior == "silent");
    CHECK(changed.byzantine[1].rounds.first == round_id{2});

    const auto added =
        parsed(base, {"byzantine.2.server=lieutenant-2", "byzantine.2.behavior=silent"});
    REQUIRE(added.byzantine.size() == 3);
    CHECK(added.byzantine[2].server == lieutenant_id(1));
    CHECK(added.byzantine[2].line == 0);

    const auto first =
        parsed(with_data(""), {"byzantine.0.server=commander-1", "byzantine.0.behavior=silent"});
    REQUIRE(first.byzantine.size() == 1);
}

TEST_CASE("a path in an override is relative to the working directory") {
    CHECK(parsed("", {"database.url=sqlite:a.db"}).database.url == "sqlite:a.db");
    CHECK(parsed(base, {"external_party.output=out.jsonl"}).external_party.file == "out.jsonl");
}

TEST_CASE("a mistake in an override is told with the override") {
    struct row {
        const char* text;
        const char* complaint;
    };
    const auto r = GENERATE(values<row>({
        {"cluster.depth", "0: --set cluster.depth: write KEY=VALUE"},
        {"", "0: --set : write KEY=VALUE"},
        {"=1", "0: --set =1: write KEY=VALUE"},
        {"cluster..depth=1", "0: --set cluster..depth=1: write KEY=VALUE"},
        {"cluster.depth=9", "0: --set cluster.depth=9: cluster.depth: 9 is more than"},
        {"cluster.depth=", "0: --set cluster.depth=: cluster.depth: found the text \"\""},
        {"cluster.dpeth=1", "0: --set cluster.dpeth=1: unknown key cluster.dpeth; did you mean "
                            "cluster.depth?"},
        {"clutser.depth=1", "0: --set clutser.depth=1: unknown key clutser; did you mean cluster?"},
        {"name.x=1", "0: --set name.x=1: name is the text \"a\"; there is no x in it"},
        {"byzantine.3.server=commander-1",
         "0: --set byzantine.3.server=commander-1: byzantine is a list of 2; write an index from 0 "
         "to 2 (2 adds an entry) in place of 3"},
        {"byzantine.server=commander-1", "0: --set byzantine.server=commander-1: byzantine is a "
                                         "list of 2; write an index"},
        {"byzantine.0.behavior=lying",
         "0: --set byzantine.0.behavior=lying: byzantine.0.behavior: unknown behavior 'lying'"},
        {"rounds.records=[a, b]", "0: --set rounds.records=[a, b]: the value is not TOML: "},
        {"name=\"open", "0: --set name=\"open: the value is not TOML: "},
        {"name=\xff", "0: --set name=\xff: the value is no text: "},
    }));
    CHECK_THAT(complaints_of(base, {r.text}), Catch::StartsWith(r.complaint));
}

TEST_CASE("a number that is too large is called a number, and told with the largest") {
    CHECK_THAT(complaints_of(base, {"rounds.count=18446744073709551615"}),
               Catch::Contains("rounds.count: found the number 18446744073709551615; write a whole "
                               "number from 1 to 9223372036854775807"));
    CHECK_THAT(complaints_of(base, {"cluster.depth=99999999999999999999"}),
               Catch::Contains("cluster.depth: found the number 99999999999999999999; write a "
                               "whole number from 0 to "));
    CHECK_THAT(complaints_of(base, {"seed=-99999999999999999999"}),
               Catch::Contains("found the number -99999999999999999999"));
    CHECK(parsed(base, {"name=99999999999999999999"}).name == "99999999999999999999");
}

TEST_CASE("mistakes of the file keep their lines beside those of overrides") {
    const auto told = complaints_of(with_data("seed = true"), {"cluster.depth=9"});
    CHECK_THAT(told, Catch::Contains("0: --set cluster.depth=9: cluster.depth"));
    CHECK_THAT(told, Catch::Contains("1: seed: found true"));
}

} // namespace byzgate
