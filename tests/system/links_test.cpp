// Clusters whose links are slow, stand still, are cut or garbled: through bad cables on the
// loopback, and between hosts with networks of their own.
#include <catch2/catch.hpp>

#include <random>
#include <thread>

#include <fmt/format.h>

#include "tests/system/cable.hpp"
#include "tests/system/cluster_stage.hpp"
#include "tests/system/lab.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

/// A cable before the port of every process.
class cables {
public:
    cables() {
        const int first = free_ports(static_cast<int>(server_names.size()));
        for (std::size_t i = 0; i < server_names.size(); ++i) {
            const auto port = static_cast<std::uint16_t>(first + static_cast<int>(i));
            all_.emplace_back(port, i + 1);
            placement += fmt::format("[placement.{}]\naddress = \"127.0.0.1:{}\"\n"
                                     "listen = \"127.0.0.1:{}\"\nservers = [\"{}\"]\n",
                                     server_names[i], all_.back().port(), port, server_names[i]);
        }
    }
    void suffer(const cable_faults& what) {
        for (auto& one : all_) {
            one.suffer(what);
        }
    }
    [[nodiscard]] cable& to(const std::string& name) {
        const auto at = std::find(server_names.begin(), server_names.end(), name);
        return *std::next(all_.begin(), at - server_names.begin());
    }
    std::string placement;

private:
    std::list<cable> all_;
};

/// A host for each server, with an address of its own.
struct hosts {
    hosts() : network(static_cast<std::uint32_t>(server_names.size())) {
        for (std::uint32_t i = 0; i < server_names.size(); ++i) {
            placement +=
                fmt::format("[placement.{0}]\naddress = \"{1}:7101\"\nservers = [\"{0}\"]\n",
                            server_names[i], network.address_of(i));
            how[server_names[i]].network = network.name_of(i);
        }
        // Whoever asks sits at the gate's host.
        how["operator"] = how.at("supervisor");
    }
    lab network;
    std::string placement;
    std::map<std::string, process_settings> how;
};

stage_settings placed(int records, const std::string& placement) {
    stage_settings how{records};
    how.placement = placement;
    return how;
}

/// Every third record is confidential, the first one too.
std::size_t public_among(int first, int end) {
    std::size_t count = 0;
    for (int i = first; i < end; ++i) {
        count += i % 3 != 0 ? 1U : 0U;
    }
    return count;
}

cable_faults fault_named(const std::string& name) {
    cable_faults faults;
    faults.cut = name == "cut" || name == "reset";
    faults.abrupt = name == "reset";
    faults.stuck = name == "stuck";
    faults.one_way = name == "one way";
    faults.bytes_a_ms = name == "trickling" ? 20 : 0;
    faults.garbled_of_million = name == "garbled" ? 300 : 0;
    if (name == "slow") {
        faults.delay = 15ms;
        faults.jitter = 15ms;
    }
    return faults;
}

} // namespace

TEST_CASE(
    "cables that are slow, cut, stuck, deaf or garbled lose nothing and let nothing out twice") {
    cables between;
    const stage of{placed(700, between.placement)};
    processes all{of};
    int next = 0;
    for (const std::string name : {"slow", "reset", "stuck", "garbled", "trickling", "one way"}) {
        INFO(name);
        // In the midst of it, and while it lasts.
        const auto before = all.ask(of.ids(next, next + 40), 60);
        std::this_thread::sleep_for(50ms);
        between.suffer(fault_named(name));
        const auto during = all.ask(of.ids(next + 40, next + 80), 60);
        std::this_thread::sleep_for(4s);
        CHECK((during->is_running() || (name != "reset" && name != "stuck")));
        between.suffer({});
        CHECK(released_by(*before) + released_by(*during) == public_among(next, next + 80));
        next += 80;
    }
    finish(of, all, all.all_work(next));
}

TEST_CASE("a cable to one server alone may be stuck, cut or slow: the others go on") {
    cables between;
    const stage of{placed(400, between.placement)};
    processes all{of};
    int next = 0;
    for (const std::string name : {"cut", "stuck", "one way"}) {
        INFO(name);
        auto& bad = between.to("lieutenant-3");
        bad.suffer(fault_named(name));
        // Without healing: one lieutenant may fail.
        CHECK(released_by(*all.ask(of.ids(next, next + 30), 45)) == 20);
        bad.heal();
        next += 30;
    }
    for (const std::string server : {"supervisor", "external-party", "commander-2"}) {
        INFO(server);
        auto& bad = between.to(server);
        const auto asking = all.ask(of.ids(next, next + 30), 45);
        for (int i = 0; i < 6; ++i) {
            bad.suffer(fault_named(i % 2 == 0 ? "cut" : "slow"));
            std::this_thread::sleep_for(250ms);
        }
        bad.heal();
        CHECK(released_by(*asking) == 20);
        next += 30;
    }
    finish(of, all, all.all_work(next));
}

TEST_CASE("liars among servers that are killed, stopped and cut off at random let nothing "
          "confidential out") {
    constexpr std::uint32_t seed = 1;
    INFO("seed " << seed);
    std::mt19937 chance{seed};
    cables between;
    auto how = placed(10'000, between.placement);
    how.batch = 100;
    how.more = R"(
[service]
retry_ms_max = 500
[[byzantine]]
server = "commander-1"
behavior = "tampering"
keep_digest = true
rounds = "1..40"
[[byzantine]]
server = "commander-1"
behavior = "equivocating"
by = "seed"
rounds = "41..1000000"
[[byzantine]]
server = "lieutenant-1"
behavior = "forging"
vote = "harm"
)";
    const stage of{how};
    processes all{of};
    const auto asking = all.ask(of.ids(0, 10'000), 30);
    for (int i = 0; i < 24; ++i) {
        const auto& name = server_names[chance() % server_names.size()];
        const auto& other = server_names[chance() % server_names.size()];
        const auto kinds = {"cut", "reset", "stuck", "one way", "trickling", "garbled"};
        between.to(other).suffer(fault_named(*(kinds.begin() + chance() % kinds.size())));
        if (chance() % 2 == 0) {
            all.kill_and_restart(name, milliseconds{chance() % 300});
        } else {
            all.stand_still(name);
            std::this_thread::sleep_for(milliseconds{chance() % 500});
            all.go_on(name);
        }
        std::this_thread::sleep_for(milliseconds{chance() % 300});
        between.to(other).heal();
    }
    // Not all may be decided by then; that isn't what liars are judged by.
    const auto asked = asking->wait();
    INFO(asked.err);
    CHECK((asked.code == 0 || asked.code == 1));
    CHECK_FALSE(of.arrived().empty());
    all.end();
    of.judge_safety();
}

TEST_CASE("hosts with networks of their own are cut off one after the other, and nothing is lost") {
    if (const auto why = lab::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    hosts where;
    const stage of{placed(600, where.placement)};
    processes all{of, where.how};
    int next = 0;
    for (std::uint32_t i = 0; i < where.network.hosts(); ++i) {
        const auto& name = server_names[i];
        INFO(name);
        const auto before = all.ask(of.ids(next, next + 30), 60);
        std::this_thread::sleep_for(50ms);
        where.network.cut(i);
        const auto during = all.ask(of.ids(next + 30, next + 60), 60);
        // Half of them for longer than a heartbeat.
        std::this_thread::sleep_for(i % 2 == 0 ? 800ms : 3'500ms);
        if (name == "supervisor" || name.starts_with("commander")) {
            CHECK(during->is_running());
        }
        where.network.heal(i);
        CHECK(released_by(*before) + released_by(*during) == public_among(next, next + 60));
        next += 60;
    }
    finish(of, all, all.all_work(next));
}

TEST_CASE("hosts whose packets are late, lost, doubled and out of order release every public "
          "record once") {
    if (const auto why = lab::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    if (const auto why = lab::cannot_spoil()) {
        WARN("skipped: " << *why);
        return;
    }
    hosts where;
    const stage of{placed(300, where.placement)};
    processes all{of, where.how};
    for (std::uint32_t i = 0; i < where.network.hosts(); ++i) {
        where.network.spoil(i, {2, 5, 10});
    }
    CHECK(released_by(*all.ask(of.ids(0, 200), 90)) == 133);
    for (std::uint32_t i = 0; i < where.network.hosts(); ++i) {
        where.network.spare(i);
    }
    finish(of, all, all.all_work(200));
}
