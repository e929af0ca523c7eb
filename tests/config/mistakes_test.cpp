// What an operator is told about a configuration that can't be used.
#include <catch2/catch.hpp>

#include "written.hpp"

namespace byzgate {

namespace {

struct mistake {
    std::string text;
    std::string complaint; ///< the beginning of the first one, its line included
};

/// So that tables of mistakes print legibly when they fail.
void check_told(const mistake& m) {
    INFO(m.text);
    CHECK_THAT(complaints_of(m.text), Catch::StartsWith(m.complaint));
}

std::string cluster(const std::string& lines) {
    return with_data("[cluster]\n" + lines);
}

std::string byzantine(const std::string& lines) {
    return with_data("[[byzantine]]\n" + lines);
}

} // namespace

TEST_CASE("text that is not TOML is told with its line") {
    check_told(GENERATE(values<mistake>({
        {"name = \"a\"\nname = \"b\"\n", "2: not TOML (column 8): Error while"},
        {"\n\nname = \n", "3: not TOML"},
        {"[cluster\n", "1: not TOML"},
        {"name = \"a\xff\"\n", "1: not TOML"},
        {"name = \"never ends\n", "1: not TOML"},
        {"[rounds]\n[rounds]\n", "2: not TOML"},
        {std::string("name = \"a\0b\"\n", 13), "1: not TOML"},
    })));
}

TEST_CASE("a file of another kind is refused by its size") {
    CHECK_THAT(complaints_of(std::string((16U << 20) + 1, '#')), Catch::Contains("too many"));
}

TEST_CASE("unknown keys are told with the key that was meant") {
    check_told(GENERATE(values<mistake>({
        {with_data("nmae = \"a\""), "1: unknown key nmae; did you mean name?"},
        {cluster("comanders = 2"),
         "2: unknown key cluster.comanders; did you mean cluster.commanders?"},
        {cluster("tolerate = { lieutenant = 1 }"),
         "2: unknown key cluster.tolerate.lieutenant; did you mean cluster.tolerate.lieutenants?"},
        {cluster("window = 2"), "2: unknown key cluster.window; it belongs in [rounds]"},
        {cluster("seed = 2"),
         "2: unknown key cluster.seed; it belongs at the top of the file, before all tables"},
        {with_data("depth = 1"), "1: unknown key depth; it belongs in [cluster]"},
        {with_data("[round]\nbatch = 1"), "1: unknown key round; did you mean rounds?"},
        {with_data("[placement]\nx = 1"), "1: unknown key placement; the file has the keys "},
        {cluster("banana = 2"), "2: unknown key cluster.banana; [cluster] has the keys commanders, "
                                "depth, lieutenants, max_recursion, phase_timeout_ms, protocol "
                                "and tolerate"},
        {with_data("[convictions]\npolcy = \"halt\""),
         "2: unknown key convictions.polcy; did you mean convictions.policy?"},
        {with_data("[faults]\nallow = true"), "2: unknown key faults.allow; [faults] has the keys "
                                              "allow_runtime_changes"},
        {with_data("[limits]\nbatch = 1"), "2: unknown key limits.batch; it belongs in [rounds]"},
    })));
}

TEST_CASE("a wrong type or value is told with what was found and what is wanted") {
    check_told(GENERATE(values<mistake>({
        {with_data("name = 5"), "1: name: found the number 5; write a text in quotes"},
        {with_data("name = 2024-01-01"),
         "1: name: found a date or time without quotes; write a text in quotes"},
        {with_data("name = \"\""), "1: name: is empty"},
        {with_data("seed = -1"), "1: seed: found the number -1; write a whole number from 0 to "
                                 "9223372036854775807"},
        {with_data("cluster = 3"), "1: cluster: found the number 3; write a table, [cluster]"},
        {cluster("commanders = \"two\""),
         "2: cluster.commanders: found the text \"two\"; write a whole number from 1 to 65535"},
        {cluster("commanders = 0"),
         "2: cluster.commanders: found the number 0; write a whole number from 1 to 65535"},
        {cluster("commanders = 2.5"), "2: cluster.commanders: found the number 2.5; write a whole"},
        {cluster("lieutenants = 0"),
         "2: cluster.lieutenants: found the number 0; write a whole number from 1 to 65535"},
        {cluster("phase_timeout_ms = 0"),
         "2: cluster.phase_timeout_ms: found the number 0; write a whole number from 1 to 3600000"},
        {cluster("phase_timeout_ms = 3600001"), "2: cluster.phase_timeout_ms: found"},
        {cluster("max_recursion = -1"), "2: cluster.max_recursion: found the number -1"},
        {cluster("protocol = \"oarl\""),
         "2: cluster.protocol: found the text \"oarl\"; write \"oral\" or \"signed\""},
        {cluster("protocol = true"), "2: cluster.protocol: found true; write"},
        {cluster("tolerate = 1"), "2: cluster.tolerate: found the number 1; write a table"},
        {with_data("[rounds]\nwindow = 0"), "2: rounds.window: found the number 0; write a whole "
                                            "number from 1 to 4096"},
        {with_data("[rounds]\nbatch = 0"), "2: rounds.batch: found the number 0"},
        {with_data("[rounds]\ncount = 0"), "2: rounds.count: found the number 0"},
        {with_data("[faults]\nallow_runtime_changes = 1"),
         "2: faults.allow_runtime_changes: found the number 1; write true or false"},
        {with_data("[convictions]\npolicy = \"stop\""),
         "2: convictions.policy: found the text \"stop\"; write \"continue\" or \"halt\""},
        {with_data("[external_party]\noutput = []"),
         "2: external_party.output: found an empty list; write a text in quotes"},
        {with_data("[state]\ndir = \"\""), "2: state.dir: is empty"},
        {with_data("[limits]\nbatch_max = 0"), "2: limits.batch_max: found the number 0"},
    })));
}

TEST_CASE("a depth that makes no sense is refused with one that does") {
    check_told(GENERATE(values<mistake>({
        {cluster("depth = 3"), "2: cluster.depth: 3 is more than 3 lieutenants can carry: every "
                               "relay is by another one; write at most 2"},
        {cluster("lieutenants = 1\ndepth = 1"), "3: cluster.depth: 1 is more than 1 lieutenant "
                                                "can carry"},
        {cluster("lieutenants = 30\ndepth = 5"),
         "3: cluster.depth: OM(5) among 30 lieutenants takes 445301700 messages a commander and "
         "round, the most is 5000000; write depth = 3 or fewer lieutenants"},
        {cluster("lieutenants = 60000"), "1: cluster.depth: OM(1) among 60000 lieutenants takes "
                                         "3600000000 messages a commander and round, the most is "
                                         "5000000; write depth = 0 or fewer lieutenants"},
    })));
    CHECK(parsed(cluster("lieutenants = 9\ndepth = 3")).cluster.depth == 3);
    CHECK(parsed(cluster("lieutenants = 2000")).cluster.depth == 1);
}

TEST_CASE("a fault budget that contradicts itself or the cluster is refused") {
    check_told(GENERATE(values<mistake>({
        {cluster("tolerate = { commanders = 2 }"),
         "2: cluster.tolerate.commanders: found the number 2; write a whole number from 0 to 1"},
        {cluster("tolerate = { lieutenants = 4 }"),
         "2: cluster.tolerate.lieutenants: found the number 4; write a whole number from 0 to 3"},
        {cluster("commanders = 2\ntolerate = { total = 3 }"),
         "3: cluster.tolerate.total: 3 does not go with 1 commander and 1 lieutenant tolerated; "
         "write 1 to 2"},
        {cluster("commanders = 2\ntolerate = { total = 0 }"), "3: cluster.tolerate.total: 0 does"},
        {cluster("tolerate = { total = 2 }"), "2: cluster.tolerate.total: 2 does not go with 0 "
                                              "commanders and 1 lieutenant tolerated; write 1"},
    })));
}

TEST_CASE("a database that can't be meant is refused") {
    const std::string own = "[database]\nurl = \"sqlite:a.db\"\n";
    const std::string made = "[database]\nurl = \"memory:\"\n";
    check_told(GENERATE_COPY(values<mistake>({
        {"name = \"a\"", "0: database: is missing; write [database] with url = \"sqlite:FILE\""},
        {"database = \"sqlite:a.db\"",
         "1: database: found the text \"sqlite:a.db\"; write a table"},
        {"[database]\n", "1: database.url: is missing; write \"sqlite:FILE\""},
        {"[database]\nurl = 1", "2: database.url: found the number 1"},
        {"[database]\nurl = \"records.db\"",
         "2: database.url: \"records.db\" is no known kind of database; write \"sqlite:FILE\""},
        {"[database]\nurl = \"sqlite:\"", "2: database.url: names no file"},
        {"[database]\nurl = \"sqlite::memory:\"", "2: database.url: names no file"},
        {"[database]\nurl = \"postgresql://localhost/records\"",
         "1: database.table: is missing: PostgreSQL needs table, id, flag and public"},
        {"[database]\nurl = \"postgresql://localhost/records\"\ntable = \"t\"\nid = \"i\"",
         "1: database.flag: is missing: PostgreSQL needs"},
        {own + "table = \"t\"", "1: database.id: is missing: a database of your own (table is set) "
                                "needs table, id, flag and public"},
        {own + "payload = \"p\"", "1: database.table: is missing"},
        {own + "table = \"\"\nid = \"i\"\nflag = \"f\"\npublic = [\"o\"]",
         "3: database.table: is empty"},
        {own + "table = \"t\"\nid = \"i\"\nflag = \"f\"\npublic = []",
         "6: database.public: is empty, so nothing could ever be public"},
        {own + "table = \"t\"\nid = \"i\"\nflag = \"f\"\npublic = \"Open\"",
         "6: database.public: found the text \"Open\"; write a list of texts"},
        {own + "table = \"t\"\nid = \"i\"\nflag = \"f\"\npublic = [\"o\", 1]",
         "6: database.public: the list holds the number 1"},
        {own + "generate = { records = 1 }",
         "3: database.generate: goes with url = \"memory:\" only"},
        {made, "1: database.generate: is missing: \"memory:\" needs it"},
        {made + "generate = 5", "3: database.generate: found the number 5; write a table"},
        {made + "generate = {}", "3: database.generate.records: is missing"},
        {made + "generate = { records = 0 }", "3: database.generate.records: found the number 0"},
        {made + "generate = { records = 1, public = 1.5 }",
         "3: database.generate.public: found the number 1.5; write a number from 0 to 1"},
        {made + "generate = { records = 1, public = nan }", "3: database.generate.public: found"},
        {made + "generate = { records = 1, payload_bytes = 99999999 }",
         "3: database.generate.payload_bytes: found the number 99999999"},
        {made + "table = \"t\"\ngenerate = { records = 1 }",
         "3: database.table: goes with a database of your own only"},
        {own + "publik = [\"Open\"]",
         "3: unknown key database.publik; did you mean database.public?"},
    })));
}

TEST_CASE("records that can't be asked for are refused") {
    check_told(GENERATE(values<mistake>({
        {with_data("[rounds]\nrecords = []"), "2: rounds.records: is empty; write \"all\""},
        {with_data("[rounds]\nrecords = \"a\""), "2: rounds.records: found the text \"a\"; write "
                                                 "\"all\", a list of ids such as [\"a\", \"b\"], "
                                                 "or how many to draw, such as 100; one id is"},
        {with_data("[rounds]\nrecords = 0"), "2: rounds.records: found the number 0"},
        {with_data("[rounds]\nrecords = true"), "2: rounds.records: found true; write \"all\""},
        {with_data("[rounds]\nrecords = [1]"), "2: rounds.records: the list holds the number 1"},
        {with_data("[rounds]\nrecords = [\"a\", \"b\", \"a\"]"),
         "2: rounds.records: \"a\" stands there twice"},
        {with_data("[rounds]\nrecords = [\"\"]"), "2: rounds.records: the id \"\" has 0 bytes"},
        {with_data("[limits]\nrecord_id_bytes_max = 2\n[rounds]\nrecords = [\"abc\"]"),
         "4: rounds.records: the id \"abc\" has 3 bytes; an id has 1 to 2"},
        {with_data("[limits]\nbatch_max = 2\n[rounds]\nbatch = 3"),
         "4: rounds.batch: found the number 3; write a whole number from 1 to 2"},
        {with_data("[limits]\nrounds_open_max = 2\n[rounds]\nwindow = 3"),
         "4: rounds.window: found the number 3; write a whole number from 1 to 2"},
    })));
}

TEST_CASE("a Byzantine entry that can't be played is refused at its line") {
    const std::string silent = "behavior = \"silent\"\n";
    const std::string first = "server = \"commander-1\"\n";
    check_told(GENERATE_COPY(values<mistake>({
        {byzantine(silent), "1: byzantine.0.server: is missing; this cluster has commander-1 and "
                            "lieutenant-1 to lieutenant-3"},
        {byzantine(silent + "server = \"commander-2\""),
         "3: byzantine.0.server: \"commander-2\" is not in this cluster, which has commander-1 "
         "and lieutenant-1 to lieutenant-3"},
        {byzantine(silent + "server = \"comander-1\""),
         "3: byzantine.0.server: \"comander-1\" is not in this cluster, which has commander-1 and "
         "lieutenant-1 to lieutenant-3; did you mean commander-1?"},
        {byzantine(silent + "server = \"supervisor\""),
         "3: byzantine.0.server: the supervisor can't be Byzantine here"},
        {byzantine(silent + "server = 1"), "3: byzantine.0.server: found the number 1"},
        {byzantine(first), "1: byzantine.0.behavior: is missing; known are loyal, "},
        {byzantine(first + "behavior = \"lying\""),
         "3: byzantine.0.behavior: unknown behavior 'lying'; known are: loyal, "},
        {byzantine(first + "behavior = \"flipping\""),
         "3: byzantine.0.behavior: behavior 'flipping' is not one for commander-1"},
        {byzantine(first + silent + "rounds = \"20..10\""),
         "4: byzantine.0.rounds: found the text \"20..10\"; write \"10..20\""},
        {byzantine(first + silent + "rounds = \"..\""), "4: byzantine.0.rounds: found"},
        {byzantine(first + silent + "rounds = \"0..2\""), "4: byzantine.0.rounds: found"},
        {byzantine(first + silent + "rounds = \"1-2\""), "4: byzantine.0.rounds: found"},
        {byzantine(first + silent + "rounds = \"1..99999999999999999999\""),
         "4: byzantine.0.rounds: found"},
        {byzantine(first + silent + "rounds = 0"), "4: byzantine.0.rounds: found the number 0"},
        {byzantine(first + silent + "loud = true"),
         "4: byzantine.0.loud: behavior 'silent' has no option 'loud'"},
        {byzantine(first + silent + "loud = { a = 1 }"), "4: byzantine.0.loud: found a table"},
        {byzantine(first + silent + "loud = [1, \"a\"]"), "4: byzantine.0.loud: found a list"},
        {byzantine(first + "behavior = \"equivocating\"\npublic_to = [\"lieutenant-4\"]"),
         "4: byzantine.0.public_to: option 'public_to' of behavior 'equivocating' names "},
        {with_data("[byzantine]\n" + first),
         "1: byzantine: found a table; write [[byzantine]], with two brackets"},
        {with_data("byzantine = [\"commander-1\"]"),
         "1: byzantine.0: found the text \"commander-1\"; write [[byzantine]]"},
        {byzantine(first + silent + "[[byzantine]]\n" + first + silent),
         "4: byzantine.1.rounds: commander-1 plays silent in some of these rounds already (line "
         "1)"},
        {byzantine(first + silent + "rounds = \"..10\"\n[[byzantine]]\n" + first + silent
                   + "rounds = \"10..\""),
         "8: byzantine.1.rounds: commander-1 plays silent in some"},
    })));
}

TEST_CASE("a misspelt behaviour or option is told with the one that was meant") {
    const auto told = complaints_of(byzantine("server = \"commander-1\"\nbehavior = \"silnet\""));
    CHECK_THAT(told, Catch::Contains("did you mean silent?"));
    const auto option = complaints_of(
        byzantine("server = \"commander-1\"\nbehavior = \"equivocating\"\npublc_to = [\"x\"]"));
    CHECK_THAT(option, Catch::Contains("did you mean public_to?"));
}

TEST_CASE("all mistakes are told at once, in the order of their lines") {
    const auto told = problems_of("[rounds]\nbatch = 0\nwindo = 1\n[cluster]\ncommanders = 0\n"
                                  "[database]\nurl = \"memory:\"\n");
    std::vector<std::uint32_t> lines;
    for (const auto& problem : told) {
        lines.push_back(problem.line);
    }
    CHECK(lines == std::vector<std::uint32_t>{2, 3, 5, 6});
}

TEST_CASE("an error prints the file and the line of every problem") {
    try {
        static_cast<void>(parsed("nmae = \"a\"\nseed = true\n"));
        FAIL("a bad configuration was accepted");
    } catch (const config_error& error) {
        CHECK(error.line() == 0);
        CHECK(error.file() == "/etc/gate/test.toml");
        const std::string text = error.what();
        CHECK_THAT(text, Catch::Contains("/etc/gate/test.toml: database: is missing"));
        CHECK_THAT(text, Catch::Contains("\n/etc/gate/test.toml:1: unknown key nmae"));
        CHECK_THAT(text, Catch::Contains("\n/etc/gate/test.toml:2: seed: found true"));
    }
}

TEST_CASE("what an operator wrote is quoted in part if it is long") {
    const auto told = problems_of(cluster("commanders = \"" + std::string(10'000, 'x') + "\""));
    REQUIRE(told.size() == 1);
    CHECK(told.front().message.size() < 300);
}

} // namespace byzgate
