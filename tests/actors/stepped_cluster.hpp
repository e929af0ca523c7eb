/// A cluster on CAF's test scheduler: nothing runs and no time passes until the test says so.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/cluster.hpp"
#include "crypto/blake2b.hpp"
#include "storage/database.hpp"

namespace byzgate::test {

/// Keeps what it gets, for the test to look at.
class remembering_sink final : public release_sink {
public:
    void keep(round_id round, const released_record& record) override {
        if (fails) {
            throw std::runtime_error("the disk is full");
        }
        kept.emplace_back(round, record);
    }
    std::vector<std::pair<round_id, released_record>> kept;
    bool fails = false;
};

inline database_settings generated(std::uint64_t records, double public_share = 0.5) {
    database_settings settings;
    settings.url = "memory:";
    settings.generate = {records, public_share, 40};
    settings.seed = 7;
    return settings;
}

class stepped_cluster {
public:
    explicit stepped_cluster(const cluster_parameters& cluster,
                             std::function<handler(const seat&)> make_handler = {},
                             std::function<void(cluster_settings&)> adjust = {})
        : config_(caf_compat::scheduling::testing, 1), system_(config_),
          sink(new remembering_sink) {
        cluster_settings settings;
        settings.cluster = cluster;
        settings.digests = &digests_;
        settings.open_database = [] { return open_database(generated(20)); };
        settings.make_handler = std::move(make_handler);
        settings.sink = sink;
        settings.detach_blocking = false;
        settings.on_failure = [this](const std::string& what) { failures.push_back(what); };
        if (adjust) {
            adjust(settings);
        }
        cluster_ = std::make_unique<local_cluster>(system_, std::move(settings));
        run();
    }
    ~stepped_cluster() {
        cluster_->stop();
        cluster_.reset();
        run();
    }

    caf::scheduler::test_coordinator& scheduler() {
        return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
    }
    void run() {
        // Not run(): that would let time pass as well.
        while (scheduler().try_run_once()) {
        }
        while (auto came = cluster_ ? cluster_->next(std::chrono::milliseconds{0}) : std::nullopt) {
            if (auto* report = std::get_if<round_report>(&*came)) {
                reports.push_back(std::move(*report));
            }
        }
    }
    void pass(std::chrono::microseconds span) {
        scheduler().advance_time(span);
        run();
    }
    void decide(std::vector<record_id> ids) {
        cluster_->submit(
            {++submitted_, std::make_shared<const std::vector<record_id>>(std::move(ids))});
        run();
    }
    local_cluster& cluster() { return *cluster_; }
    caf::actor_system& system() { return system_; }

private:
    blake2b_digester digests_;
    actor_config config_;
    caf::actor_system system_;
    std::unique_ptr<local_cluster> cluster_;
    std::uint64_t submitted_ = 0;

public:
    std::shared_ptr<remembering_sink> sink;
    std::vector<round_report> reports;
    std::vector<std::string> failures;
};

/// The ids of the generated records, split by their true flag.
struct split_ids {
    std::vector<record_id> all;
    std::vector<record_id> public_ones;
    std::vector<record_id> confidential;
};
inline split_ids ids_of(const database_settings& settings) {
    split_ids ids;
    open_database(settings)->for_each([&](const record& r) {
        ids.all.push_back(r.id);
        (r.confidentiality == flag::public_ ? ids.public_ones : ids.confidential).push_back(r.id);
        return true;
    });
    return ids;
}

inline cluster_parameters small_cluster(std::uint32_t commanders, std::uint32_t lieutenants,
                                        std::uint32_t depth = 1) {
    cluster_parameters cluster;
    cluster.commanders = commanders;
    cluster.lieutenants = lieutenants;
    cluster.depth = depth;
    cluster.tolerate = default_budget(commanders, lieutenants);
    return cluster;
}

} // namespace byzgate::test
