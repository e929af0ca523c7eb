// What hosts do to the processes of a cluster: their disks run full, their clocks are wrong.
#include <catch2/catch.hpp>

#include <filesystem>
#include <thread>

#include "tests/system/cluster_stage.hpp"
#include "tests/system/lab.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// Started again wherever a full disk ended it.
void revive(processes& all) {
    for (const auto& name : server_names) {
        if (!all.at(name).is_running()) {
            all.start(name);
        }
    }
}

std::size_t ledger_rows(const stage& of) {
    std::size_t rows = 0;
    const auto shown =
        byzgate_with({"ledger", of.file("state/supervisor/ledger.db"), "--json"}).out;
    const std::string key = "\"rows\":";
    if (const auto at = shown.find(key); at != std::string::npos) {
        rows = std::stoul(shown.substr(at + key.size()));
    }
    return rows;
}

} // namespace

TEST_CASE("a full disk under the gate, a commander, a lieutenant or the recipient loses nothing "
          "and doubles nothing") {
    if (const auto why = small_disk::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    const std::string where = GENERATE(as<std::string>{}, "state/supervisor", "state/commander-1",
                                       "state/lieutenant-1", "party");
    INFO(where);
    stage_settings how{240};
    how.output = "party/released.jsonl";
    const stage of{how};
    std::filesystem::create_directories(of.file("party"));
    const small_disk disk{of.file(where), 4'096};
    processes all{of};
    CHECK(released_by(*all.ask(of.ids(0, 30), 45)) == 20);
    disk.fill();
    const auto asking = all.ask(of.ids(30, 120), 90);
    std::this_thread::sleep_for(2'500ms);
    if (where != "state/lieutenant-1") {
        // What isn't on the disk has not been said: no release without a row, a vote or a receipt.
        CHECK(asking->is_running());
        CHECK(of.arrived().size() <= ledger_rows(of));
    }
    disk.free_again();
    revive(all);
    CHECK(released_by(*asking) == 60);
    revive(all);
    finish(of, all, all.all_work(120));
}

TEST_CASE("a gate or a recipient that is killed on a full disk says what is wrong, or goes on") {
    if (const auto why = small_disk::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    const auto [who, where] = GENERATE(table<std::string, std::string>(
        {{"supervisor", "state/supervisor"}, {"external-party", "party"}}));
    INFO(who);
    stage_settings how{200};
    how.output = "party/released.jsonl";
    const stage of{how};
    std::filesystem::create_directories(of.file("party"));
    const small_disk disk{of.file(where), 8'192};
    processes all{of};
    CHECK(released_by(*all.ask(of.ids(0, 30), 45)) == 20);
    disk.fill();
    const auto asking = all.ask(of.ids(30, 90), 90);
    std::this_thread::sleep_for(500ms);
    all.kill_and_restart(who, 0ms);
    std::this_thread::sleep_for(2s);
    if (!all.at(who).is_running()) {
        const auto ended = all.at(who).wait();
        INFO(ended.err);
        CHECK(ended.code == 1);
        CHECK_THAT(ended.err, Contains("full") || Contains("No space left"));
    }
    disk.free_again();
    revive(all);
    CHECK(released_by(*asking) == 40);
    finish(of, all, all.all_work(90));
}

namespace {

/// A process whose clock is off by `how` (faketime(1)), timers apart.
process_settings with_clock(const std::string& library, const std::string& how) {
    process_settings settings;
    settings.environment = {
        {"LD_PRELOAD", library}, {"FAKETIME", how}, {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
    return settings;
}

std::string faketime_library() {
    for (const auto* directory : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}) {
        const auto library = std::string{directory} + "/faketime/libfaketimeMT.so.1";
        if (std::filesystem::exists(library)) {
            return library;
        }
    }
    return {};
}

} // namespace

TEST_CASE("clocks that are hours off change nothing") {
    const auto library = faketime_library();
    if (library.empty()) {
        WARN("skipped: faketime isn't installed");
        return;
    }
    const stage of{{120}};
    processes all{of,
                  {{"commander-1", with_clock(library, "+7h")},
                   {"lieutenant-2", with_clock(library, "-5h")},
                   {"supervisor", with_clock(library, "+30d")},
                   {"external-party", with_clock(library, "-20h")}}};
    CHECK(released_by(*all.ask(of.ids(0, 60), 45)) == 40);
    finish(of, all, all.all_work(60));
}

TEST_CASE("a clock years off is refused by name, and its server works again once it is right") {
    const auto library = faketime_library();
    if (library.empty()) {
        WARN("skipped: faketime isn't installed");
        return;
    }
    const auto [clock, word] =
        GENERATE(table<std::string, std::string>({{"+30y", "expired"}, {"-3y", "is valid from"}}));
    INFO(clock);
    const stage of{{120}};
    processes all{of, {{"lieutenant-3", with_clock(library, clock)}}};
    // One lieutenant may be missing.
    CHECK(released_by(*all.ask(of.ids(0, 30), 45)) == 20);
    all.at("lieutenant-3").send_signal(SIGTERM);
    const auto ended = all.at("lieutenant-3").wait(10s);
    INFO(ended.err);
    CHECK_THAT(ended.err, Contains(word) && Contains("clock"));
    all.set("lieutenant-3", {});
    all.start("lieutenant-3");
    finish(of, all, all.all_work(30));
}

TEST_CASE("clocks that jump by decades while records flow, and back again, stop nothing") {
    const auto library = faketime_library();
    if (library.empty()) {
        WARN("skipped: faketime isn't installed");
        return;
    }
    const stage of{{300}};
    const std::vector<std::string> jumping{"commander-2", "lieutenant-1", "supervisor"};
    const auto set_all = [&](const std::string& clock) {
        for (const auto& name : jumping) {
            std::ofstream{of.file(name + ".new")} << clock << '\n';
            std::filesystem::rename(of.file(name + ".new"), of.file(name + ".clock"));
        }
    };
    set_all("+0");
    std::map<std::string, process_settings> how;
    for (const auto& name : jumping) {
        how[name].environment = {{"LD_PRELOAD", library},
                                 {"FAKETIME_TIMESTAMP_FILE", of.file(name + ".clock")},
                                 {"FAKETIME_NO_CACHE", "1"},
                                 {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
    }
    processes all{of, how};
    int next = all.all_work(0); // Every link is up by now, and stays up.
    for (const std::string clock : {"+50y", "-20y"}) {
        INFO(clock);
        const auto asking = all.ask(of.ids(next, next + 60), 60);
        std::this_thread::sleep_for(100ms);
        set_all(clock);
        all.kill_and_restart("lieutenant-2", 0ms); // By those clocks it can't come back.
        std::this_thread::sleep_for(1s);
        set_all("+0");
        CHECK(released_by(*asking) == 40);
        next += 60;
    }
    finish(of, all, all.all_work(next));
}
