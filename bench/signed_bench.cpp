/// What signatures cost, and what it costs to have them on the disk before they are sent: the same
/// cluster on actors with oral messages, with signed ones, and with signed ones and a state
/// directory, one after the other, and the differences a record.
///
///   byzgate_signed_bench [RECORDS [BATCH [WINDOW]]]
///
/// The state goes to a directory of its own in TMPDIR; what that is on decides what a sync costs.
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "actors/run.hpp"

using namespace byzgate;

namespace {

struct load {
    std::uint64_t records = 200'000;
    std::uint32_t batch = 1'000;
    std::uint32_t window = 16;
};

[[noreturn]] void fail(const char* what) {
    fmt::print(stderr, "{}\n", what);
    std::exit(1);
}

/// Gone with all that is in it when this goes.
struct state_directory {
    state_directory() {
        auto name = (std::filesystem::temp_directory_path() / "byzgate-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            fail("no directory could be made in TMPDIR");
        }
        path = name;
    }
    ~state_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    state_directory(const state_directory&) = delete;
    state_directory& operator=(const state_directory&) = delete;

    std::filesystem::path path;
};

/// Seconds of wall time a decided record, all cores together.
double seconds_a_record(const char* name, protocol_kind protocol, const load& how,
                        const std::optional<std::filesystem::path>& state) {
    run_settings settings;
    auto& what = settings.what;
    what.name = "signed-bench";
    what.cluster.commanders = 2;
    what.cluster.tolerate = default_budget(2, 3);
    what.cluster.protocol = protocol;
    what.cluster.phase_timeout = 10'000'000;
    what.cluster.window = how.window;
    what.database.url = "memory:";
    what.database.kind = database_kind::memory;
    what.database.generate = {how.records, 0.5, 100};
    what.rounds.batch = how.batch;
    what.state_dir = state;
    const auto result = run(settings);
    const auto decided = result.totals.records;
    if (decided != how.records || result.exposed() || result.totals.denied > 0) {
        fail("the run went wrong");
    }
    fmt::print("{:<16}{:>10.0f} decisions/s, {:>8.0f} rounds/s, {:.1f} us a record\n", name,
               static_cast<double>(decided) / result.elapsed_s,
               static_cast<double>(result.totals.rounds) / result.elapsed_s,
               result.elapsed_s / static_cast<double>(decided) * 1e6);
    return result.elapsed_s / static_cast<double>(decided);
}

} // namespace

int main(int argc, char** argv) {
    load how;
    if (argc > 1) {
        how.records = std::strtoull(argv[1], nullptr, 10);
    }
    if (argc > 2) {
        how.batch = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    }
    if (argc > 3) {
        how.window = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
    }
    if (how.records == 0 || how.batch == 0 || how.window == 0
        || how.window > limits{}.rounds_open_max) {
        fmt::print(stderr, "usage: byzgate_signed_bench [RECORDS [BATCH [WINDOW]]]\n");
        return 2;
    }
    fmt::print("{} records in batches of {}, {} rounds in flight\n", how.records, how.batch,
               how.window);
    const auto oral = seconds_a_record("oral", protocol_kind::oral, how, {});
    const auto with_signatures = seconds_a_record("signed", protocol_kind::signed_, how, {});
    const state_directory state;
    const auto on_disk =
        seconds_a_record("signed and kept", protocol_kind::signed_, how, state.path / "kept");
    fmt::print("signatures cost {:.1f} us a record; throughput {:.2f} of the oral one\n",
               (with_signatures - oral) * 1e6, oral / with_signatures);
    fmt::print("the state costs {:.1f} us a record; throughput {:.2f} of that without\n",
               (on_disk - with_signatures) * 1e6, with_signatures / on_disk);
}
