#include "simulation/simulate.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "simulation/world.hpp"

namespace byzgate {

namespace {

constexpr tick delay_limit = 1U << 20;

void require(bool holds, const char* what) {
    if (!holds) {
        throw std::invalid_argument(what);
    }
}

bool is_probability(double p) {
    return p >= 0.0 && p <= 1.0;
}

void validate(const simulation_settings& s) {
    require(s.cluster.commanders > 0, "a simulation needs at least one commander");
    require(s.cluster.lieutenants > 0, "a simulation needs at least one lieutenant");
    require(s.cluster.phase_timeout > 0, "phase_timeout must be at least one tick");
    require(s.cluster.window > 0, "window must be at least 1");
    require(s.cluster.limit.submissions_max / 2 >= s.cluster.window,
            "window must be at most half of limits.submissions_max");
    require(is_probability(s.network.loss) && is_probability(s.network.duplication)
                && is_probability(s.database.update_probability)
                && is_probability(s.database.deletion_probability)
                && is_probability(s.database.public_share),
            "a probability is a number from 0 to 1");
    require(s.network.delay_max <= delay_limit, "delay_max must be at most 1048576 ticks");
    const auto records = s.database.list.empty() ? s.database.records : s.database.list.size();
    const auto asked = s.database.ask.empty() ? records : s.database.ask.size();
    require(asked > 0, "a simulation needs at least one record to decide");
    require(s.batch > 0 && s.batch <= asked && s.batch <= s.cluster.limit.batch_max,
            "batch must be at least 1 and at most the number of records to decide");
    for (const auto& placed : s.byzantine) {
        require((is_commander(placed.server) || is_lieutenant(placed.server))
                    && s.cluster.contains(placed.server),
                "a Byzantine server must be a commander or a lieutenant of the cluster");
    }
    require(s.crashes.empty() || s.cluster.is_signed(), "only servers that sign keep what they do");
    for (const auto& crash : s.crashes) {
        require((is_commander(crash.server) || is_lieutenant(crash.server))
                    && s.cluster.contains(crash.server)
                    && std::none_of(s.byzantine.begin(), s.byzantine.end(),
                                    [&](const placed_behavior& placed) {
                                        return placed.server == crash.server;
                                    }),
                "a server that crashes must be a loyal commander or lieutenant of the cluster");
        require(crash.at_write > 0 && crash.down > 0, "writes count from 1, and so does `down`");
    }
}

} // namespace

std::string_view to_string(judged_property p) noexcept {
    switch (p) {
        case judged_property::no_leak:
            return "no leak";
        case judged_property::no_corruption:
            return "no corruption";
        case judged_property::no_framing:
            return "no framing";
        case judged_property::validity:
            return "validity";
        case judged_property::agreement:
            return "agreement";
        case judged_property::availability:
            return "availability";
        case judged_property::delivery:
            return "delivery";
        case judged_property::quorum:
            return "quorum";
    }
    return "?";
}

std::vector<server_id> byzantine_servers(const simulation_settings& settings) {
    std::vector<server_id> servers;
    for (const auto& placed : settings.byzantine) {
        if (placed.behavior != "loyal") {
            servers.push_back(placed.server);
        }
    }
    std::sort(servers.begin(), servers.end());
    servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
    return servers;
}

promises promises_of(const simulation_settings& settings) {
    if (settings.promised) {
        return *settings.promised;
    }
    present_faults present;
    for (const auto id : byzantine_servers(settings)) {
        ++(is_commander(id) ? present.bc : present.bl);
    }
    return promised(settings.cluster, present);
}

bool timely(const simulation_settings& settings) {
    return settings.network.loss == 0.0
           && 2 * settings.network.delay_max < settings.cluster.phase_timeout;
}

simulation_result simulate(const simulation_settings& settings) {
    validate(settings);
    return world{settings}.run();
}

std::vector<simulation_result> simulate_many(const simulation_settings& settings, seed_range seeds,
                                             std::uint32_t jobs,
                                             const std::function<void(double)>& progress) {
    if (seeds.last < seeds.first) {
        throw std::invalid_argument("the last seed comes before the first");
    }
    const auto count = static_cast<std::size_t>(seeds.last - seeds.first) + 1;
    std::vector<simulation_result> results(count);
    std::atomic<std::size_t> next{0};
    std::mutex lock; // guards what follows
    std::size_t finished = 0;
    std::exception_ptr failure;

    const auto work = [&] {
        auto one = settings;
        one.hooks = {};
        for (auto i = next++; i < count; i = next++) {
            try {
                one.seed = seeds.first + i;
                results[i] = simulate(one);
            } catch (...) {
                const std::lock_guard guard{lock};
                failure = std::current_exception();
                next = count;
                return;
            }
            const std::lock_guard guard{lock};
            ++finished;
            if (progress) {
                progress(static_cast<double>(finished) / static_cast<double>(count));
            }
        }
    };
    std::vector<std::thread> threads;
    for (std::uint32_t i = 1; i < std::min<std::size_t>(jobs, count); ++i) {
        threads.emplace_back(work);
    }
    work();
    for (auto& thread : threads) {
        thread.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return results;
}

simulation_result sum_of(const std::vector<simulation_result>& results) {
    simulation_result sum;
    const auto unite = [](std::vector<server_id>& into, const std::vector<server_id>& more) {
        into.insert(into.end(), more.begin(), more.end());
        std::sort(into.begin(), into.end());
        into.erase(std::unique(into.begin(), into.end()), into.end());
    };
    constexpr std::uint64_t simulation_result::*counts[] = {
        &simulation_result::rounds,        &simulation_result::records,
        &simulation_result::released,      &simulation_result::withheld,
        &simulation_result::leaked,        &simulation_result::corrupted,
        &simulation_result::denied,        &simulation_result::unresolved,
        &simulation_result::disagreements, &simulation_result::framed,
        &simulation_result::messages,      &simulation_result::public_released,
        &simulation_result::convictions,   &simulation_result::sub_rounds,
        &simulation_result::updates,       &simulation_result::refusals,
        &simulation_result::deliveries,    &simulation_result::memory_left,
        &simulation_result::ticks,         &simulation_result::writes,
        &simulation_result::crashes};
    for (const auto& one : results) {
        for (const auto count : counts) {
            sum.*count += one.*count;
        }
        unite(sum.convicted, one.convicted);
        unite(sum.quarantined, one.quarantined);
        sum.unopened += one.unopened;
        unite(sum.bad_shares, one.bad_shares);
        sum.broken.insert(sum.broken.end(), one.broken.begin(), one.broken.end());
        sum.events_digest = scrambled(sum.events_digest ^ one.events_digest);
    }
    sum.seed = results.empty() ? 0 : results.front().seed;
    return sum;
}

} // namespace byzgate
