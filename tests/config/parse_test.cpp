#include "config/parse.hpp"

#include <catch2/catch.hpp>

#include "tests/temporary_directory.hpp"
#include "written.hpp"

namespace byzgate {

TEST_CASE("every key of a configuration arrives in the scenario") {
    const auto s = parsed(R"(
name = "all"
description = "What it is."
why = "Because."
seed = 7

[cluster]
commanders = 3
lieutenants = 4
protocol = "oral"
depth = 2
max_recursion = 5
tolerate = { commanders = 1, lieutenants = 1, total = 1 }
phase_timeout_ms = 25

[database]
url = "sqlite:own.db"
table = "datasets"
id = "record_id"
flag = "classification"
public = ["Open", "Free"]
version = "revision"
payload = "summary"

[rounds]
records = ["a", "b"]
batch = 3
count = 100
window = 4

[[byzantine]]
server = "commander-1"
behavior = "equivocating"
public_to = ["lieutenant-1"]
rounds = "10..20"

[[byzantine]]
server = "lieutenant-4"
behavior = "silent"

[expect]
outcome = "exposed"

[external_party]
output = "out/released.jsonl"

[state]
dir = "kept"

[keys]
dir = "own-keys"

[limits]
batch_max = 10
payload_bytes_max = 11
record_id_bytes_max = 12
rounds_open_max = 13
early_messages_max = 14
submissions_max = 15

[convictions]
policy = "halt"

[faults]
allow_runtime_changes = true
)");
    CHECK(s.file == "/etc/gate/test.toml");
    CHECK(s.name == "all");
    CHECK(s.description == "What it is.");
    CHECK(s.why == "Because.");
    CHECK(s.seed == 7);
    CHECK(s.cluster.commanders == 3);
    CHECK(s.cluster.lieutenants == 4);
    CHECK(s.cluster.protocol == protocol_kind::oral);
    CHECK(s.cluster.depth == 2);
    CHECK(s.cluster.max_recursion == 5);
    CHECK(s.cluster.tolerate == fault_budget{1, 1, 1});
    CHECK(s.phase_timeout_ms == 25);
    CHECK(s.cluster.phase_timeout == 25'000);
    CHECK(s.cluster.window == 4);
    CHECK(s.cluster.on_conviction == conviction_policy::halt);
    CHECK(s.cluster.limit.batch_max == 10);
    CHECK(s.cluster.limit.payload_bytes_max == 11);
    CHECK(s.cluster.limit.record_id_bytes_max == 12);
    CHECK(s.cluster.limit.rounds_open_max == 13);
    CHECK(s.cluster.limit.early_messages_max == 14);
    CHECK(s.cluster.limit.submissions_max == 15);
    CHECK(s.database.kind == database_kind::sqlite);
    CHECK(s.database.url == "sqlite:/etc/gate/own.db");
    CHECK(s.database.table == "datasets");
    CHECK(s.database.id == "record_id");
    CHECK(s.database.flag == "classification");
    CHECK(s.database.public_values == std::vector<std::string>{"Open", "Free"});
    CHECK(s.database.version == "revision");
    CHECK(s.database.payload == "summary");
    CHECK(std::get<std::vector<record_id>>(s.rounds.records) == std::vector<record_id>{"a", "b"});
    CHECK(s.rounds.batch == 3);
    CHECK(s.rounds.count == 100);
    REQUIRE(s.byzantine.size() == 2);
    CHECK(s.byzantine[0].server == commander_id(0));
    CHECK(s.byzantine[0].behavior == "equivocating");
    CHECK(s.byzantine[0].options
          == behavior_options{{"public_to", std::vector<std::string>{"lieutenant-1"}}});
    CHECK(s.byzantine[0].rounds.first == round_id{10});
    CHECK(s.byzantine[0].rounds.last == round_id{20});
    CHECK(s.byzantine[0].line == 31);
    CHECK(s.byzantine[1].server == lieutenant_id(3));
    CHECK(s.byzantine[1].rounds.all());
    CHECK(s.expect.outcome == run_outcome::exposed);
    CHECK(s.external_party.output == external_party_output::file);
    CHECK(s.external_party.file == "/etc/gate/out/released.jsonl");
    CHECK(s.state_dir == "/etc/gate/kept");
    CHECK(s.keys_dir == "/etc/gate/own-keys");
    CHECK(s.allow_runtime_changes);
}

TEST_CASE("a database is all that a configuration needs") {
    const auto s = parsed(with_data(""));
    CHECK(s.name == "test");
    CHECK(s.cluster.commanders == 1);
    CHECK(s.cluster.lieutenants == 3);
    CHECK(s.cluster.depth == 1);
    CHECK(s.cluster.max_recursion == 2);
    CHECK(s.cluster.tolerate == default_budget(1, 3));
    CHECK(s.cluster.window == 16);
    CHECK(s.cluster.on_conviction == conviction_policy::continue_);
    CHECK(s.phase_timeout_ms == 100);
    CHECK(s.cluster.phase_timeout == 100'000);
    CHECK(s.database.url == "memory:");
    CHECK(s.database.generate.records == 10);
    CHECK(s.database.generate.public_share == 0.5);
    CHECK(s.database.generate.payload_bytes == 100);
    CHECK(std::holds_alternative<all_records>(s.rounds.records));
    CHECK(s.rounds.batch == 1);
    CHECK_FALSE(s.rounds.count);
    CHECK(s.byzantine.empty());
    CHECK(s.expect.empty());
    CHECK(s.external_party.output == external_party_output::none);
    CHECK_FALSE(s.state_dir);
    CHECK_FALSE(s.allow_runtime_changes);
    CHECK_FALSE(s.seed);
}

TEST_CASE("a cluster's numbers are read back from the file that was written of them") {
    test::temporary_directory dir;
    auto cluster = parsed(with_data("[cluster]\ncommanders = 3\nlieutenants = 5\ndepth = 2\n"
                                    "protocol = \"signed\"\nmax_recursion = 1\n"
                                    "tolerate = { commanders = 1, lieutenants = 2, total = 2 }"))
                       .cluster;
    const auto file = dir.write("cluster.toml", format_cluster(cluster));
    const auto back = load_cluster(file);
    CHECK(back.commanders == 3);
    CHECK(back.lieutenants == 5);
    CHECK(back.is_signed());
    CHECK(back.depth == 2);
    CHECK(back.max_recursion == 1);
    CHECK(back.tolerate == fault_budget{1, 2, 2});
    CHECK(format_cluster(back) == format_cluster(cluster));
    CHECK_THROWS_AS(load_cluster(dir.write("more.toml", format_cluster(cluster) + "[rounds]\n")),
                    config_error);
    CHECK_THROWS_AS(load_cluster(dir.file("none.toml")), config_error);
}

TEST_CASE("the budget that is left out follows from the servers") {
    struct row {
        std::uint32_t commanders, lieutenants;
        fault_budget budget;
    };
    const auto r = GENERATE(
        values<row>({{1, 3, {0, 1, 1}}, {2, 3, {1, 1, 2}}, {3, 4, {1, 1, 2}}, {5, 7, {2, 3, 5}}}));
    const auto s = parsed(with_data("[cluster]\ncommanders = " + std::to_string(r.commanders)
                                    + "\nlieutenants = " + std::to_string(r.lieutenants)));
    CHECK(s.cluster.tolerate == r.budget);
}

TEST_CASE("a total that is left out is the sum of what is tolerated") {
    const auto s = parsed(with_data("[cluster]\ncommanders = 2\ntolerate = { lieutenants = 0 }"));
    CHECK(s.cluster.tolerate == fault_budget{1, 0, 1});
}

TEST_CASE("one lieutenant has nobody to exchange with, so depth 0 is its default") {
    CHECK(parsed(with_data("[cluster]\nlieutenants = 1")).cluster.depth == 0);
}

TEST_CASE("records are all, a list, or a number to draw") {
    CHECK(std::holds_alternative<all_records>(
        parsed(with_data("[rounds]\nrecords = \"all\"")).rounds.records));
    CHECK(std::get<drawn_records>(parsed(with_data("[rounds]\nrecords = 50")).rounds.records).count
          == 50);
}

TEST_CASE("what is relative is relative to the configuration's folder, absolute paths stay") {
    const auto base = std::string{"[database]\nurl = \"sqlite:"};
    CHECK(parsed(base + "records.db\"").database.url == "sqlite:/etc/gate/records.db");
    CHECK(parsed(base + "../records.db\"").database.url == "sqlite:/etc/records.db");
    CHECK(parsed(base + "/srv/records.db\"").database.url == "sqlite:/srv/records.db");
    CHECK(parse_scenario(base + "records.db\"", "test.toml").database.url == "sqlite:records.db");
    CHECK(parsed(with_data("[external_party]\noutput = \"stdout\"")).external_party.output
          == external_party_output::standard_output);
    CHECK(parsed(with_data("[external_party]\noutput = \"none\"")).external_party.output
          == external_party_output::none);
}

TEST_CASE("ranges of rounds are read as they are written") {
    struct row {
        const char* written;
        std::uint64_t first, last;
    };
    constexpr auto end = std::numeric_limits<std::uint64_t>::max();
    const auto r = GENERATE(values<row>({{"\"10..20\"", 10, 20},
                                         {"\"10..\"", 10, end},
                                         {"\"..20\"", 0, 20},
                                         {"\"7\"", 7, 7},
                                         {"7", 7, 7},
                                         {"\"1..1\"", 1, 1}}));
    const auto s = parsed(with_data("[[byzantine]]\nserver = \"commander-1\"\n"
                                    "behavior = \"silent\"\nrounds = "
                                    + std::string{r.written}));
    REQUIRE(s.byzantine.size() == 1);
    CHECK(number_of(s.byzantine[0].rounds.first) == r.first);
    CHECK(number_of(s.byzantine[0].rounds.last) == r.last);
}

TEST_CASE("one server may play different behaviours one after the other") {
    const auto s = parsed(with_data(R"(
[[byzantine]]
server = "commander-1"
behavior = "silent"
rounds = "..9"
[[byzantine]]
server = "commander-1"
behavior = "consistent_lie"
rounds = "10.."
[[byzantine]]
server = "lieutenant-1"
behavior = "silent"
)"));
    CHECK(s.byzantine.size() == 3);
}

TEST_CASE("a file that can't be read is a mistake of the operator's, told with its name") {
    using Catch::Matchers::Contains;
    CHECK_THROWS_WITH(static_cast<void>(load_scenario("no/such/file.toml")),
                      Contains("no/such/file.toml: can't be read: No such file"));
    CHECK_THROWS_WITH(static_cast<void>(load_scenario(BYZGATE_SOURCE_DIR)),
                      Contains("is a directory"));
    CHECK_THROWS_AS(static_cast<void>(load_scenario("no/such/file.toml")), config_error);
}

} // namespace byzgate
