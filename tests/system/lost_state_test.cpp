// A server of a cluster that lost what only it knew doesn't start as if nothing had been.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <thread>

#include <nlohmann/json.hpp>

#include "storage/ledger.hpp"
#include "tests/system/cluster_stage.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

TEST_CASE("a gate without its ledger and a server without its signing log don't start") {
    const stage of{{12}};
    {
        processes all{of};
        CHECK(released_by(*all.ask(of.ids(0, 12), 45)) == 8);
        all.end();
    }
    const auto [who, file, danger] = GENERATE(table<std::string, std::string, std::string>(
        {{"supervisor", "ledger.db", "leave again"},
         {"commander-1", "commander-1.log", "contradict what it signed"},
         {"lieutenant-2", "lieutenant-2.log", "contradict what it signed"}}));
    INFO(who);
    const std::filesystem::path kept{of.file("state/" + who + "/" + file)};
    const auto away = of.file("away");
    REQUIRE(std::filesystem::exists(kept));
    std::filesystem::rename(kept, away);
    const auto refused = byzgate_with({"node", of.config(), "--id", who});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains(kept.string()) && Contains("is missing") && Contains(danger)
                                && Contains("docs/operations.md"));
    CHECK_FALSE(std::filesystem::exists(kept));
    // Restored, it goes on; and one that never ran begins.
    std::filesystem::rename(away, kept);
    if (who != "supervisor") {
        std::filesystem::remove_all(of.file("state/lieutenant-3"));
    }
    std::vector<std::unique_ptr<process>> all;
    for (const auto& name : server_names) {
        all.push_back(
            std::make_unique<process>(std::vector<std::string>{"node", of.config(), "--id", name}));
    }
    const auto again = byzgate_with({"release", of.config(), "--all", "--deadline", "45"});
    INFO(again.err);
    CHECK(again.code == 0);
    for (const auto& one : all) {
        one->send_signal(SIGTERM);
    }
    for (const auto& one : all) {
        CHECK(one->wait(10s).code == 0);
    }
    of.judge();
}

TEST_CASE("a gate that was killed and lost its ledger, or the ledger's journal, doesn't start") {
    const stage of{{12}};
    processes all{of};
    CHECK(released_by(*all.ask(of.ids(0, 6), 45)) == 4);
    all.kill("supervisor");
    const std::filesystem::path ledger{of.file("state/supervisor/ledger.db")};
    const std::filesystem::path journal{ledger.string() + "-wal"};
    REQUIRE(content_of(journal).size() > 0);
    const auto written = content_of(journal);
    const auto away = of.file("away");
    SECTION("the ledger without its journal") {
        std::filesystem::rename(ledger, away);
    }
    SECTION("all in it") {
        std::filesystem::copy_file(ledger, away);
        std::filesystem::resize_file(ledger, 0);
    }
    SECTION("all in it, and another one came in its place") {
        std::filesystem::rename(ledger, away);
        std::filesystem::rename(journal, of.file("journal"));
        { const byzgate::release_ledger made_anew{ledger.string()}; }
    }
    SECTION("the journal, before anything of it was in the ledger") {
        std::filesystem::copy_file(ledger, away);
        std::filesystem::rename(journal, of.file("journal"));
    }
    const auto refused = byzgate_with({"node", of.config(), "--id", "supervisor"});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains(ledger.string()) && Contains("leave again"));
    // Nothing was thrown away: restored, it goes on where it was.
    std::filesystem::rename(away, ledger);
    if (std::filesystem::exists(of.file("journal"))) {
        std::filesystem::remove(journal);
        std::filesystem::remove(ledger.string() + "-shm");
        std::filesystem::rename(of.file("journal"), journal);
    }
    CHECK(content_of(journal) == written);
    all.start("supervisor");
    finish(of, all, 0);
}

TEST_CASE("release says what it waits for, and that it was interrupted") {
    const stage of{{12}};
    of.make_keys();
    process asking{{"release", of.config(), "r00001", "r00002", "--json"}};
    std::this_thread::sleep_for(3s);
    asking.send_signal(SIGTERM);
    const auto ended = asking.wait(10s);
    CHECK(ended.code == 1);
    CHECK_THAT(ended.err, Contains("waiting:") && Contains("nothing listens there")
                              && Contains("interrupted before everything was decided"));
    const auto told = nlohmann::json::parse(ended.out);
    CHECK(told.at("undecided") == 2);
    CHECK(told.at("interrupted") == true);
}

TEST_CASE("who follows until a deadline and has heard of everything is done") {
    const stage of{{6}};
    of.make_keys();
    process cluster{{"cluster", of.config(), "--json"}};
    CHECK(byzgate_with({"release", of.config(), "--all", "--deadline", "45"}).code == 0);
    const auto followed = byzgate_with({"release", of.config(), "--follow", "--deadline", "2"});
    CHECK(followed.code == 0);
    CHECK_THAT(followed.out, Contains("4 released, 2 withheld, 0 unresolved, 0 undecided"));
    CHECK_THAT(followed.err, !Contains("deadline"));
    const auto strange = byzgate_with({"release", of.config(), "\xff\xfe"});
    CHECK(strange.code == 2);
    CHECK_THAT(strange.err, Contains("UTF-8"));
    cluster.send_signal(SIGTERM);
    const auto ended = cluster.wait(10s);
    CHECK(ended.code == 0);
}

TEST_CASE("release says why records are tried again") {
    const stage of{{6}};
    processes all{of};
    CHECK(released_by(*all.ask({"r00001"}, 45)) == 1);
    all.kill("commander-2");
    const auto asked = all.ask(of.ids(2, 6), 8)->wait(30s);
    CHECK(asked.code == 1);
    CHECK_THAT(asked.err, Contains("tried again (silence)") && Contains("phase_timeout_ms"));
    all.start("commander-2");
    finish(of, all, 0);
}
