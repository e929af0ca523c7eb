#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <sstream>

#include "tests/actors/played.hpp"
#include "tests/storage/workbench.hpp"

// [threads]: real schedulers, which ThreadSanitizer can't see through (tests/CMakeLists.txt).

using namespace byzgate;
using namespace byzgate::test;

namespace {

void check_sums(const run_result& result) {
    const auto& t = result.totals;
    CHECK(t.released + t.withheld == t.records);
    CHECK(t.denied <= t.withheld);
    CHECK(t.unresolved <= t.withheld);
    CHECK(t.leaked <= t.released);
    CHECK(result.latency_us.count() == t.rounds);
    CHECK(result.failures.empty());
}

scenario with_liar(scenario what, server_id server, const std::string& behavior,
                   behavior_options how = {}) {
    what.byzantine.push_back({server, behavior, std::move(how), {}, 0});
    return what;
}

} // namespace

TEST_CASE("a loyal run on memory releases exactly the public records", "[threads]") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    auto settings = settings_for(loyal_scenario(commanders, 3, 203));
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    check_sums(result);
    const auto ids = ids_in(settings);
    CHECK(sink->ids() == ids.public_ones);
    CHECK(sink->kept.size() == ids.public_ones.size());
    CHECK(result.totals.records == 203);
    CHECK(result.totals.rounds == 41);
    CHECK(result.totals.released == ids.public_ones.size());
    CHECK(result.totals.denied == 0);
    CHECK(result.totals.disagreements == 0);
    CHECK_FALSE(result.exposed());
    CHECK_FALSE(result.promise_broken);
    CHECK_FALSE(result.halted);
    CHECK_FALSE(result.interrupted);
}

TEST_CASE("the messages of a run are those of its rounds, whatever the batch", "[threads]") {
    const auto [generals, depth] =
        GENERATE(table<std::uint32_t, std::uint32_t>({{4, 1}, {4, 0}, {7, 2}, {10, 3}}));
    auto what = loyal_scenario(2, generals - 1, 20);
    what.cluster.depth = depth;
    what.rounds.batch = 10;
    const auto result = run(settings_for(what));
    check_sums(result);
    CHECK(result.totals.rounds == 2);
    CHECK(result.messages == 2 * 2 * oral_message_count(generals, depth));
}

TEST_CASE("a Byzantine commander alone leaks, and the promise is broken", "[threads]") {
    const auto result =
        run(settings_for(with_liar(loyal_scenario(1, 3, 100), commander_id(0), "consistent_lie")));
    check_sums(result);
    CHECK(result.totals.leaked > 0);
    CHECK(result.totals.leaked == result.totals.released);
    CHECK(result.totals.denied == result.totals.withheld);
    CHECK(result.exposed());
    CHECK(result.promise_broken);
}

TEST_CASE("a commander that is found out is convicted, and public records still leave",
          "[threads]") {
    auto what = with_liar(loyal_scenario(2, 3, 100), commander_id(0), "equivocating");
    what.cluster.tolerate = {1, 1, 1};
    const auto result = run(settings_for(what));
    check_sums(result);
    CHECK(result.totals.convicted == std::set{commander_id(0)});
    CHECK(result.totals.denied == 0);
    CHECK(result.totals.framed == 0);
    CHECK_FALSE(result.exposed());
}

TEST_CASE("records are drawn by the seed", "[threads]") {
    auto what = loyal_scenario(2, 3, 100);
    what.rounds.records = drawn_records{23};
    const auto drawn_with = [&](std::uint64_t seed) {
        auto settings = settings_for(what, seed);
        std::vector<std::vector<record_id>> batches;
        note_batches(settings, batches);
        const auto result = run(settings);
        check_sums(result);
        CHECK(result.totals.records == 23);
        CHECK(result.seed == seed);
        std::set<record_id> ids;
        for (const auto& batch : batches) {
            ids.insert(batch.begin(), batch.end());
        }
        CHECK(ids.size() == 23);
        return ids;
    };
    CHECK(drawn_with(1) == drawn_with(1));
    CHECK(drawn_with(1) != drawn_with(2));
}

TEST_CASE("a list of ids is decided as it stands, unknown ones withheld", "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 100));
    const auto ids = ids_in(settings);
    const auto open = *ids.public_ones.begin();
    settings.what.rounds.records = std::vector<record_id>{"no such record", open, ids.all.back()};
    settings.what.rounds.batch = 2;
    std::vector<std::vector<record_id>> batches;
    note_batches(settings, batches);
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    check_sums(result);
    std::sort(batches.begin(), batches.end());
    std::vector<std::vector<record_id>> expected{{"no such record", open}, {ids.all.back()}};
    std::sort(expected.begin(), expected.end());
    CHECK(batches == expected);
    CHECK(sink->ids().contains(open));
    CHECK_FALSE(sink->ids().contains("no such record"));
    CHECK(result.totals.denied == 0);
}

TEST_CASE("more rounds than a pass has decide the records again, and each version leaves once",
          "[threads]") {
    const temporary_directory dir;
    auto what = loyal_scenario(2, 3, 20);
    what.external_party.output = external_party_output::file;
    what.external_party.file = dir.file("released.jsonl");
    auto settings = settings_for(what);
    SECTION("as configured") {
        settings.what.rounds.count = 10;
    }
    SECTION("as the caller says") {
        settings.what.rounds.count = 3;
        settings.rounds = 10;
    }
    const auto result = run(settings);
    check_sums(result);
    CHECK(result.totals.rounds == 10);
    CHECK(result.totals.records == 50);
    const auto ids = ids_in(settings);
    CHECK(result.totals.released > ids.public_ones.size());
    std::map<std::string, int> times;
    std::istringstream lines{content_of(dir.file("released.jsonl"))};
    for (std::string line; std::getline(lines, line);) {
        ++times[line.substr(0, line.find(",\"payload\""))];
    }
    CHECK(times.size() == ids.public_ones.size());
    for (const auto& [line, count] : times) {
        INFO(line);
        CHECK(count == 1);
    }
}

TEST_CASE("fewer rounds than a pass has decide the first records", "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 100));
    settings.rounds = 3;
    std::vector<std::vector<record_id>> batches;
    note_batches(settings, batches);
    const auto result = run(settings);
    CHECK(result.totals.rounds == 3);
    CHECK(result.totals.records == 15);
    std::sort(batches.begin(), batches.end());
    REQUIRE(batches.size() == 3);
    const auto all = ids_in(settings).all;
    CHECK(batches[2].back() == all[14]);
}

TEST_CASE("batches of the caller's are decided in their order", "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 100));
    const auto all = ids_in(settings).all;
    settings.batches = {std::make_shared<const std::vector<record_id>>(1, all[50]),
                        std::make_shared<const std::vector<record_id>>(1, all[2])};
    std::map<round_id, record_id> decided;
    settings.on_closed = [&](const round_report& report, const std::vector<record_truth>&) {
        decided[report.closed.round] = report.closed.records->front();
    };
    const auto result = run(settings);
    CHECK(result.totals.rounds == 2);
    CHECK(decided[round_id{1}] == all[50]);
    CHECK(decided[round_id{2}] == all[2]);
}

TEST_CASE("the policy to halt begins no round after a conviction for good", "[threads]") {
    // Claims that five lieutenants heard differently convict for good.
    auto what = with_liar(loyal_scenario(2, 5, 2'000), commander_id(0), "equivocating");
    what.cluster.tolerate = {1, 1, 2};
    what.cluster.window = 2;
    what.rounds.batch = 1;
    const auto going_on = run(settings_for(what));
    check_sums(going_on);
    REQUIRE(going_on.totals.quarantined == std::set{commander_id(0)});
    CHECK_FALSE(going_on.halted);
    CHECK(going_on.totals.records == 2'000);
    what.cluster.on_conviction = conviction_policy::halt;
    const auto halted = run(settings_for(what));
    check_sums(halted);
    CHECK(halted.halted);
    CHECK(halted.totals.quarantined == std::set{commander_id(0)});
    CHECK(halted.totals.records < 10);
    CHECK_FALSE(halted.exposed());
}

TEST_CASE("an interrupted run finishes what is open and begins nothing", "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 1'000'000));
    std::atomic<bool> interrupted{false};
    settings.interrupted = &interrupted;
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    std::uint64_t rounds = 0;
    settings.progress = [&](const run_progress& now) {
        rounds = now.rounds;
        interrupted = now.rounds >= 10;
        CHECK(now.rounds_expected == 200'000);
    };
    const auto result = run(settings);
    check_sums(result);
    CHECK(result.interrupted);
    CHECK(result.totals.rounds >= 10);
    CHECK(result.totals.rounds <= 10 + 2 * settings.what.cluster.window);
    CHECK(result.totals.rounds == rounds);
    CHECK(sink->kept.size() == result.totals.released);
    CHECK_FALSE(result.promise_broken);
}

TEST_CASE("a run that is interrupted before it begins decides nothing", "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 100));
    const std::atomic<bool> interrupted{true};
    settings.interrupted = &interrupted;
    const auto result = run(settings);
    CHECK(result.interrupted);
    CHECK(result.totals.records == 0);
    CHECK(result.messages == 0);
}

TEST_CASE("a recipient that fails ends the run with the failure", "[threads]") {
    class failing_sink final : public release_sink {
    public:
        void keep(round_id, const released_record&) override {
            if (++kept_ > 30) {
                throw std::runtime_error("the disk is full");
            }
        }

    private:
        int kept_ = 0;
    };
    auto settings = settings_for(loyal_scenario(2, 3, 100'000));
    settings.sink = std::make_shared<failing_sink>();
    const auto result = run(settings);
    REQUIRE(result.failures.size() == 1);
    CHECK(result.failures.front() == "the disk is full");
    CHECK(result.totals.records < 1'000);
    CHECK(result.totals.released + result.totals.withheld == result.totals.records);
    CHECK(result.totals.leaked == 0);
}

TEST_CASE("commanders whose database fails are silent, and the run ends with the failure",
          "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 100));
    set_phase(settings.what, 20);
    std::atomic<int> opened{0};
    settings.open_database = [&, made = database_settings_of(settings.what, 7)] {
        if (++opened > 2) { // The judge's and the feed's come before any commander's.
            throw database_error("records.db: is locked");
        }
        return open_database(made);
    };
    const auto result = run(settings);
    REQUIRE_FALSE(result.failures.empty());
    CHECK(result.failures.front() == "records.db: is locked");
    CHECK(result.totals.leaked == 0);
}

TEST_CASE("a database that can't be opened at all is an error at once", "[threads]") {
    auto what = loyal_scenario(2, 3, 0);
    what.database.kind = database_kind::sqlite;
    what.database.url = "sqlite:/nowhere/records.db";
    CHECK_THROWS_AS(run(settings_for(what)), database_error);
}

TEST_CASE("an imported file runs like its CSV says", "[threads]") {
    const temporary_directory dir;
    const auto csv = dir.write("t.csv", "id,class,text\na,Open,one\nb,Internal,two\nc,Open,three\n"
                                        "d,open,four\ne,,five\n");
    import_csv(simple_import(csv, dir.file("t.db")));
    auto what = loyal_scenario(2, 3, 0);
    what.database.kind = database_kind::sqlite;
    what.database.url = "sqlite:" + dir.file("t.db");
    auto settings = settings_for(what);
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    check_sums(result);
    CHECK(result.totals.records == 5);
    CHECK(sink->ids() == std::set<record_id>{"a", "c"});
    CHECK(result.totals.denied == 0);
}

TEST_CASE("a table of the user's own runs by its mapping", "[threads]") {
    const temporary_directory dir;
    plain_sql{dir.file("own.db")}.run(
        "CREATE TABLE datasets (key TEXT, class TEXT, body TEXT);"
        "INSERT INTO datasets VALUES ('x', 'Open', 'one'), ('y', 'Shut', 'two'), ('z', NULL, '');");
    auto what = loyal_scenario(2, 3, 0);
    auto& from = what.database;
    from.kind = database_kind::sqlite;
    from.url = "sqlite:" + dir.file("own.db");
    from.table = "datasets";
    from.id = "key";
    from.flag = "class";
    from.public_values = {"Open"};
    auto settings = settings_for(what);
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    check_sums(result);
    CHECK(result.totals.records == 3);
    CHECK(sink->ids() == std::set<record_id>{"x"});
}
