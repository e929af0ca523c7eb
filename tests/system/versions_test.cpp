// Records that change, operators that want the same ones, and sealed payloads, while servers are
// killed and stopped: an outside judge looks at what arrived.
#include <catch2/catch.hpp>

#include <thread>

#include <nlohmann/json.hpp>

#include "tests/system/cluster_stage.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using json = nlohmann::json;

TEST_CASE("of records that change while servers are killed each public version arrives once at "
          "most, and the last one surely") {
    dice chance;
    INFO("BYZGATE_TEST_SEED=" << chance.seed());
    constexpr int records = 120;
    stage of{{records}};
    processes all{of};
    CHECK(released_by(*all.ask(of.ids(0, records), 60)) == 80);
    process following{{"release", of.config(), "--follow", "--json"}};
    for (int i = 0; i < 10; ++i) {
        const auto first = static_cast<int>(chance.below(records - 30));
        of.change(first, first + 30, chance.below(3) != 0);
        std::this_thread::sleep_for(chance.ms(0, 300));
        const auto& name = chance.server();
        if (chance.below(3) == 0) {
            all.stand_still(name);
            std::this_thread::sleep_for(chance.ms(100, 700));
            all.go_on(name);
        } else {
            all.kill_and_restart(name, chance.ms(0, 200));
        }
    }
    of.change(0, 40, true);
    of.change(40, 60, false);
    // Whoever follows has no end; who asks for all has, and this is all there will ever be.
    process last{{"release", of.config(), "--all", "--deadline", "60", "--json"}};
    const auto asked = last.wait(90s);
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    CHECK(json::parse(asked.out).at("undecided") == 0);
    following.send_signal(SIGTERM);
    CHECK_FALSE(following.wait(10s).late);
    all.end();
    of.judge();
    // Not for nothing: of the first ones more than one version arrived.
    CHECK(of.arrived().size() > of.public_now());
}

TEST_CASE("operators that ask at once for the same records each hear of all of theirs, and none "
          "arrives twice") {
    dice chance;
    INFO("BYZGATE_TEST_SEED=" << chance.seed());
    const stage of{{260}};
    processes all{of};
    std::vector<std::pair<std::unique_ptr<process>, int>> asking;
    for (int i = 0; i < 6; ++i) {
        const auto first = static_cast<int>(chance.below(40)) * 3;
        asking.emplace_back(all.ask(of.ids(first, first + 90), 60), 60);
        const auto second = first + static_cast<int>(chance.below(20)) * 3;
        asking.emplace_back(all.ask(of.ids(second, second + 45), 60), 30);
        std::this_thread::sleep_for(chance.ms(0, 150));
        all.kill_and_restart(i % 2 == 0 ? "supervisor" : chance.server(), chance.ms(0, 150));
    }
    for (const auto& [one, public_ones] : asking) {
        CHECK(static_cast<int>(released_by(*one)) == public_ones);
    }
    CHECK(released_by(*all.ask(of.ids(0, 225), 60)) == 150); // Some were asked for by nobody.
    finish(of, all, all.all_work(225));
}

TEST_CASE("a sealed cluster whose servers are killed and stopped delivers every public payload "
          "once, opened") {
    dice chance;
    INFO("BYZGATE_TEST_SEED=" << chance.seed());
    stage_settings how{330};
    how.sealed = true;
    const stage of{how};
    processes all{of};
    std::vector<std::unique_ptr<process>> asking;
    constexpr int portion = 30;
    constexpr int faults = 9;
    for (int i = 0; i < faults; ++i) {
        asking.push_back(all.ask(of.ids(i * portion, (i + 1) * portion), 60));
        std::this_thread::sleep_for(chance.ms(20, 200));
        // Those that hold what was opened or is to be, and any other.
        const auto name = i % 3 == 0   ? std::string{"external-party"}
                          : i % 3 == 1 ? std::string{"supervisor"}
                                       : chance.server();
        if (i % 4 == 3) {
            all.stand_still(name);
            std::this_thread::sleep_for(chance.ms(100, 900));
            all.go_on(name);
        } else {
            all.kill_and_restart(name, chance.ms(0, 200));
        }
    }
    for (const auto& one : asking) {
        CHECK(released_by(*one) == 2 * portion / 3);
    }
    finish(of, all, all.all_work(faults * portion));
}
