/// Whole runs with real threads: scenarios made by hand, and what came out of them.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/list_database.hpp"
#include "actors/run.hpp"
#include "behaviors/registry.hpp"

namespace byzgate::test {

/// Loyal servers on generated records. Nobody is silent, so that the long phase costs nothing and
/// no busy machine makes a loyal message late.
inline scenario loyal_scenario(std::uint32_t commanders, std::uint32_t lieutenants,
                               std::uint64_t records) {
    scenario what;
    what.name = "made";
    what.cluster.commanders = commanders;
    what.cluster.lieutenants = lieutenants;
    what.cluster.tolerate = default_budget(commanders, lieutenants);
    what.phase_timeout_ms = 20'000;
    what.cluster.phase_timeout = 20'000'000;
    what.database.generate = {records, 0.5, 40};
    what.rounds.batch = 5;
    return what;
}

inline void set_phase(scenario& what, std::uint32_t ms) {
    what.phase_timeout_ms = ms;
    what.cluster.phase_timeout = tick{ms} * 1'000;
}

/// Collects ids and versions in the order in which they left.
class collecting_sink final : public release_sink {
public:
    void keep(round_id, const released_record& record) override {
        kept.emplace_back(record.id, record.version);
    }
    [[nodiscard]] std::set<record_id> ids() const {
        std::set<record_id> all;
        for (const auto& [id, version] : kept) {
            all.insert(id);
        }
        return all;
    }
    std::vector<std::pair<record_id, version_id>> kept;
};

inline run_settings settings_for(scenario what, std::uint64_t seed = 7) {
    run_settings settings;
    settings.what = std::move(what);
    settings.seed = seed;
    settings.threads = 2;
    return settings;
}

struct generated_ids {
    std::vector<record_id> all;
    std::set<record_id> public_ones;
};
inline generated_ids ids_in(const run_settings& settings) {
    generated_ids ids;
    open_database(database_settings_of(settings.what, settings.seed))
        ->for_each([&](const record& r) {
            ids.all.push_back(r.id);
            if (r.confidentiality == flag::public_) {
                ids.public_ones.insert(r.id);
            }
            return true;
        });
    return ids;
}

/// The batches as they were decided.
inline void note_batches(run_settings& settings, std::vector<std::vector<record_id>>& into) {
    settings.on_closed = [&into](const round_report& report, const std::vector<record_truth>&) {
        into.push_back(*report.closed.records);
    };
}

} // namespace byzgate::test
