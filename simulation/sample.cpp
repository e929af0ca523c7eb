#include "simulation/sample.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "behaviors/seeded.hpp"
#include "simulation/fast_digest.hpp"

namespace byzgate {

namespace {

/// The behaviours that a server may play without any option being given.
std::vector<std::string> playable_by(server_id server, const cluster_parameters& cluster) {
    const fast_digester digests;
    const seat at{server, cluster, 1, &digests};
    std::vector<std::string> names;
    for (const auto& known : known_behaviors()) {
        if (known.name == "loyal") {
            continue;
        }
        try {
            validate_behavior(at, known.name, {});
            names.emplace_back(known.name);
        } catch (const behavior_error&) {
            // Not for this role, or it needs an option that only its author can choose.
        }
    }
    return names;
}

void combine(const cluster_parameters& cluster, const std::vector<server_id>& set,
             std::vector<behavior_sample>& into) {
    std::vector<behavior_sample> ways(1);
    for (const auto server : set) {
        std::vector<behavior_sample> longer;
        for (const auto& way : ways) {
            for (const auto& name : playable_by(server, cluster)) {
                longer.push_back(way);
                longer.back().plays.emplace_back(server, name);
            }
        }
        ways = std::move(longer);
    }
    into.insert(into.end(), ways.begin(), ways.end());
}

void play(const sample_settings& settings, behavior_sample& one, std::uint64_t number) {
    simulation_settings run;
    run.cluster = settings.cluster;
    run.rounds = settings.rounds;
    run.seed = seeded(settings.seed, {number}) >> 1;
    run.database.records = 16;
    run.database.payload_bytes = 16;
    run.batch = 4;
    // A babbler makes lists beyond this limit: one record more than what is far more than a batch
    // is as oversized as a list of megabytes in every run.
    run.cluster.limit.batch_max = std::min(run.cluster.limit.batch_max, 64U);
    run.stop_when_broken = false;
    for (const auto& [server, name] : one.plays) {
        run.byzantine.push_back({server, name, {}, {}});
    }
    one.result = simulate(run);
}

} // namespace

std::vector<std::vector<server_id>> sets_up_to(const cluster_parameters& cluster,
                                               std::uint32_t faults) {
    const auto servers = cluster.servers();
    std::vector<std::vector<server_id>> all;
    std::vector<std::vector<server_id>> shorter{{}};
    for (std::uint32_t size = 1; size <= faults && !shorter.empty(); ++size) {
        std::vector<std::vector<server_id>> longer;
        for (const auto& set : shorter) {
            for (const auto server : servers) {
                if (set.empty() || set.back() < server) {
                    longer.push_back(set);
                    longer.back().push_back(server);
                }
            }
        }
        all.insert(all.end(), longer.begin(), longer.end());
        shorter = std::move(longer);
    }
    return all;
}

std::vector<behavior_sample> sample_behaviors(const sample_settings& settings) {
    std::vector<behavior_sample> samples;
    for (const auto& set : settings.sets) {
        if (!set.empty()) {
            combine(settings.cluster, set, samples);
        }
    }
    std::atomic<std::size_t> next{0};
    std::mutex telling;
    std::size_t done = 0;
    std::exception_ptr failed;
    const auto work = [&] {
        try {
            for (auto i = next++; i < samples.size(); i = next++) {
                play(settings, samples[i], i);
                const std::lock_guard lock{telling};
                ++done;
                if (settings.progress) {
                    settings.progress(static_cast<double>(done)
                                      / static_cast<double>(samples.size()));
                }
            }
        } catch (...) {
            const std::lock_guard lock{telling};
            failed = std::current_exception();
            next = samples.size(); // nobody takes another one
        }
    };
    std::vector<std::thread> others;
    for (std::uint32_t i = 1; i < settings.jobs; ++i) {
        others.emplace_back(work);
    }
    work();
    for (auto& other : others) {
        other.join();
    }
    if (failed) {
        std::rethrow_exception(failed);
    }
    return samples;
}

} // namespace byzgate
