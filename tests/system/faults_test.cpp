// Whole clusters of processes that are killed and stopped while records flow, with and without
// liars among them: an outside judge looks at what arrived.
#include <catch2/catch.hpp>

#include <random>
#include <thread>

#include "tests/system/cluster_stage.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;

TEST_CASE("servers are killed at random, and every public record arrives once") {
    dice chance;
    INFO("BYZGATE_TEST_SEED=" << chance.seed());
    const stage of{{600}};
    processes all{of};
    std::vector<std::unique_ptr<process>> asking;
    constexpr int portion = 30;
    constexpr int kills = 16;
    for (int i = 0; i < kills; ++i) {
        asking.push_back(all.ask(of.ids(i * portion, (i + 1) * portion), 60));
        std::this_thread::sleep_for(chance.ms(20, 150));
        const auto& first = chance.server();
        const auto& second = chance.server();
        all.kill(first);
        // Two at a time, now and then.
        if (i % 3 == 0 && second != first) {
            all.kill_and_restart(second, chance.ms(0, 200));
        }
        std::this_thread::sleep_for(chance.ms(0, 300));
        all.start(first);
    }
    for (const auto& one : asking) {
        CHECK(released_by(*one) == 2 * portion / 3);
    }
    finish(of, all, all.all_work(kills * portion));
}

TEST_CASE(
    "servers stand still for longer than any heartbeat, and every public record arrives once") {
    const stage of{{220}};
    processes all{of};
    int next = 0;
    for (const std::string name : {"lieutenant-2", "commander-1", "supervisor", "external-party"}) {
        INFO(name);
        const auto before = of.arrived().size();
        all.stand_still(name);
        const auto asking = all.ask(of.ids(next, next + 30), 45);
        std::this_thread::sleep_for(4s);
        if (name != "lieutenant-2") {
            // Neither half of the commanders, nor a gate or a recipient that stands still, will do.
            CHECK(asking->is_running());
            CHECK(of.arrived().size() == before);
        }
        all.go_on(name);
        CHECK(released_by(*asking) == 20);
        next += 30;
    }
    finish(of, all, all.all_work(next));
}

TEST_CASE("SIGTERM in the midst of it ends every process at once and loses nothing") {
    const stage of{{3'000}};
    processes all{of};
    const auto asking = all.ask(of.ids(0, 3'000), 60);
    std::this_thread::sleep_for(700ms);
    REQUIRE(asking->is_running());
    for (const auto& name : server_names) {
        all.at(name).send_signal(SIGTERM);
    }
    for (const auto& name : server_names) {
        const auto ended = all.at(name).wait(10s);
        INFO(name << ": " << ended.err);
        CHECK_FALSE(ended.late);
        CHECK(ended.code == 0);
    }
    for (const auto& name : server_names) {
        all.start(name);
    }
    CHECK(released_by(*asking) == 2'000);
    finish(of, all, 3'000);
}

TEST_CASE("with a lying commander and a lying lieutenant as processes nothing confidential leaves, "
          "whatever else fails") {
    dice chance;
    INFO("BYZGATE_TEST_SEED=" << chance.seed());
    const std::string commander = GENERATE(as<std::string>{}, "equivocating", "consistent_lie");
    stage_settings how{10'000, 40};
    how.more = R"(
[service]
retry_ms_max = 100
[cluster.tolerate]
commanders = 1
lieutenants = 1
total = 2
[[byzantine]]
server = "commander-1"
behavior = ")" + commander
               + R"("
[[byzantine]]
server = "lieutenant-1"
behavior = "flipping"
)";
    const stage of{how};
    processes all{of};
    process asking{{"release", of.config(), "--all", "--deadline", "25", "--json"}};
    while (asking.is_running()) {
        std::this_thread::sleep_for(chance.ms(200, 900));
        const auto& name = chance.server();
        if (chance.below(2) == 0) {
            all.kill_and_restart(name, chance.ms(0, 300));
        } else {
            all.stand_still(name);
            std::this_thread::sleep_for(chance.ms(100, 1'000));
            all.go_on(name);
        }
    }
    const auto asked = asking.wait();
    INFO(asked.err);
    CHECK((asked.code == 0 || asked.code == 1));
    all.end();
    of.judge_safety();
    const auto arrived = of.arrived().size();
    // A liar that contradicts itself is convicted; from then on all public records leave.
    CHECK((commander != "equivocating" || arrived > 0));
    CHECK((commander != "consistent_lie" || arrived == 0));
}
