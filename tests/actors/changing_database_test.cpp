/// Somebody else works on the database while the gate decides about its records.
#include <catch2/catch.hpp>

#include <atomic>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "tests/actors/played.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

constexpr int records = 60;

/// A file with r0…r59, every second one public, and a stranger who keeps changing it by plain SQL
/// for as long as the object lives.
class busy_database {
public:
    busy_database() {
        std::string csv = "id,class,text\n";
        for (int i = 0; i < records; ++i) {
            csv += fmt::format("r{},{},text\n", i, i % 2 == 0 ? "Open" : "Shut");
        }
        import_csv(simple_import(dir_.write("t.csv", csv), file()));
        stranger_ = std::thread{[this] { work(); }};
    }
    ~busy_database() {
        over_ = true;
        stranger_.join();
    }
    busy_database(const busy_database&) = delete;
    busy_database& operator=(const busy_database&) = delete;

    [[nodiscard]] std::string file() const { return dir_.file("t.db"); }
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

private:
    void work() {
        plain_sql sql{file()};
        sql.run("PRAGMA busy_timeout=5000; PRAGMA synchronous=OFF");
        std::mt19937_64 random{1};
        while (!over_) {
            const auto id = fmt::format("r{}", random() % records);
            const auto flag = random() % 2 == 0 ? "public" : "confidential";
            const auto text = fmt::format("text {}", random() % 1'000);
            switch (random() % 4) {
                case 0:
                    sql.run(
                        fmt::format("UPDATE records SET flag = '{}' WHERE id = '{}'", flag, id));
                    break;
                case 1:
                    sql.run(
                        fmt::format("UPDATE records SET payload = '{}' WHERE id = '{}'", text, id));
                    break;
                case 2:
                    sql.run(fmt::format("DELETE FROM records WHERE id = '{}'", id));
                    break;
                default:
                    sql.run(fmt::format("INSERT OR REPLACE INTO records (id, flag, payload) "
                                        "VALUES ('{}', '{}', '{}')",
                                        id, flag, text));
            }
            ++changes_;
        }
    }

    temporary_directory dir_;
    std::atomic<bool> over_{false};
    std::atomic<std::uint64_t> changes_{0};
    std::thread stranger_;
};

scenario on_file(const std::string& file, std::uint32_t total) {
    auto what = loyal_scenario(2, 3, 0);
    what.cluster.tolerate = {1, 1, total};
    what.database.kind = database_kind::sqlite;
    what.database.url = "sqlite:" + file;
    std::vector<record_id> listed; // Ids that are gone for a while are asked for all the same.
    for (int i = 0; i < records; ++i) {
        listed.push_back(fmt::format("r{}", i));
    }
    what.rounds.records = listed;
    what.rounds.batch = 3;
    return what;
}

/// Versions that left, with flag and payload digest as the history has them.
void check_history(const std::string& file, const collecting_sink& sink) {
    const auto database = open_file(file);
    for (const auto& [id, version] : sink.kept) {
        const auto known = database->versions_of(id);
        const auto found =
            std::find_if(known.begin(), known.end(),
                         [&, wanted = version](const auto& one) { return one.version == wanted; });
        INFO(id << " version " << version);
        REQUIRE(found != known.end());
        CHECK(found->confidentiality == flag::public_);
    }
}

} // namespace

TEST_CASE("records that change under loyal servers frame nobody and leak nothing", "[threads]") {
    const auto total = GENERATE(1U, 2U);
    const busy_database database;
    auto settings = settings_for(on_file(database.file(), total));
    settings.rounds = 3'000;
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    CHECK(result.failures.empty());
    CHECK(result.totals.records == 9'000);
    CHECK(result.totals.framed == 0);
    CHECK(result.totals.convicted.empty());
    CHECK(result.totals.leaked == 0);
    CHECK(result.totals.corrupted == 0);
    CHECK_FALSE(result.promise_broken);
    CHECK(result.totals.released > 0);
    CHECK(sink->kept.size() == result.totals.released);
    CHECK(database.changes() > 100);
    check_history(database.file(), *sink);
    // The race did happen: some record changed between the commanders' reads.
    CHECK(result.totals.sub_rounds > 0);
}

TEST_CASE("a liar makes no use of records that change", "[threads]") {
    struct lying {
        server_id server;
        const char* behavior;
    };
    const auto lie = GENERATE(values<lying>({{commander_id(0), "consistent_lie"},
                                             {commander_id(1), "equivocating"},
                                             {commander_id(0), "tampering"},
                                             {lieutenant_id(0), "flipping"},
                                             {lieutenant_id(2), "forging"}}));
    const busy_database database;
    auto what = on_file(database.file(), 1);
    what.byzantine.push_back({lie.server, lie.behavior, {}, {}, 0});
    auto settings = settings_for(what);
    settings.rounds = 500;
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    INFO(lie.behavior << " at " << to_string(lie.server));
    CHECK(result.failures.empty());
    CHECK(result.totals.records == 1'500);
    CHECK(result.totals.framed == 0);
    CHECK(result.totals.leaked == 0);
    CHECK(result.totals.corrupted == 0);
    check_history(database.file(), *sink);
}
