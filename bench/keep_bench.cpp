/// What it costs servers to have on the disk what they sign before they send it, and what commits
/// that many events share save: one signed cluster on actors with its signing logs only (no
/// ledger), with a commit for every event and with shared ones.
///
///   byzgate_keep_bench [ROUNDS [BATCH [WINDOW [SYNC_US]]]]
///
/// The logs go to a directory of their own in TMPDIR; what that is on decides what a sync costs,
/// and SYNC_US adds so many microseconds to each, as a slower disk would.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "actors/cluster.hpp"
#include "actors/server.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/keys.hpp"

using namespace byzgate;

namespace {

struct load {
    std::uint64_t rounds = 1'000;
    std::uint32_t batch = 100;
    std::uint32_t window = 16;
    std::chrono::microseconds sync{0};
};

class counting_keeper final : public statement_keeper {
public:
    counting_keeper(std::shared_ptr<statement_keeper> to, std::atomic<std::uint64_t>& commits,
                    std::chrono::microseconds sync)
        : to_(std::move(to)), commits_(commits), sync_(sync) {}
    void keep(const std::vector<kept_statement>& what) override {
        ++commits_;
        to_->keep(what);
        std::this_thread::sleep_for(sync_);
    }
    void drop(round_id up_to) override { to_->drop(up_to); }

private:
    std::shared_ptr<statement_keeper> to_;
    std::atomic<std::uint64_t>& commits_;
    std::chrono::microseconds sync_;
};

[[noreturn]] void fail(const std::string& what) {
    fmt::print(stderr, "{}\n", what);
    std::exit(1);
}

/// Gone with all that is in it when this goes.
struct log_directory {
    log_directory() {
        auto name = (std::filesystem::temp_directory_path() / "byzgate-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            fail("no directory could be made in TMPDIR");
        }
        path = name;
    }
    ~log_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    log_directory(const log_directory&) = delete;
    log_directory& operator=(const log_directory&) = delete;

    std::filesystem::path path;
};

/// `events_a_commit_max` of 0: nothing is kept.
void measure(const char* name, const load& how, std::size_t events_a_commit_max) {
    cluster_settings settings;
    settings.cluster.commanders = 2;
    settings.cluster.tolerate = default_budget(2, 3);
    settings.cluster.protocol = protocol_kind::signed_;
    settings.cluster.phase_timeout = 60'000'000;
    settings.cluster.window = how.window;
    const blake2b_digester digests;
    const auto keys =
        make_signing_keys(keys_from_run_seed("bench", settings.cluster, 1), settings.cluster);
    const log_directory logs;
    std::atomic<std::uint64_t> commits{0};
    settings.digests = &digests;
    settings.keys = [&](server_id id) { return keys.at(id); };
    settings.open_database = [&] {
        database_settings generated;
        generated.url = "memory:";
        generated.generate = {how.batch, 0.5, 100};
        return open_database(generated);
    };
    settings.on_failure = fail;
    if (events_a_commit_max > 0) {
        settings.events_a_commit_max = events_a_commit_max;
        settings.signing_log = [&](server_id id) {
            auto log = open_signing_log(logs.path, keys.at(id).cluster, id);
            log.keeper = std::make_shared<counting_keeper>(log.keeper, commits, how.sync);
            return log;
        };
    }
    std::vector<record_id> ids;
    settings.open_database()->for_each([&](const record& r) {
        ids.push_back(r.id);
        return true;
    });
    const auto batch = std::make_shared<const std::vector<record_id>>(std::move(ids));
    actor_config config{caf_compat::scheduling::stealing, 2};
    caf::actor_system system{config};
    local_cluster cluster{system, std::move(settings)};
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t round = 1; round <= how.rounds; ++round) {
        cluster.submit({round, batch});
    }
    for (std::uint64_t closed = 0; closed < how.rounds;) {
        const auto came = cluster.next(std::chrono::seconds{60});
        if (!came) {
            fail("no round ended within a minute");
        }
        closed += std::holds_alternative<round_report>(*came) ? 1 : 0;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const auto rounds = static_cast<double>(how.rounds);
    fmt::print("{:<22}{:>8.0f} rounds/s, {:>8.0f} decisions/s, {:.2f} commits a round\n", name,
               rounds / took.count(), rounds * how.batch / took.count(),
               static_cast<double>(commits) / rounds);
}

} // namespace

int main(int argc, char** argv) {
    load how;
    if (argc > 1) {
        how.rounds = std::strtoull(argv[1], nullptr, 10);
    }
    if (argc > 2) {
        how.batch = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    }
    if (argc > 3) {
        how.window = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
    }
    if (argc > 4) {
        how.sync = std::chrono::microseconds{std::strtoul(argv[4], nullptr, 10)};
    }
    if (how.rounds == 0 || how.rounds > limits{}.submissions_max || how.batch == 0
        || how.window == 0 || how.window > limits{}.rounds_open_max) {
        fmt::print(stderr, "usage: byzgate_keep_bench [ROUNDS [BATCH [WINDOW [SYNC_US]]]]\n");
        return 2;
    }
    fmt::print("{} rounds of {} records, {} in flight\n", how.rounds, how.batch, how.window);
    measure("nothing kept", how, 0);
    measure("a commit for an event", how, 1);
    measure("commits are shared", how, server_settings{}.events_a_commit_max);
}
