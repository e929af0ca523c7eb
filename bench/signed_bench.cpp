/// What signatures cost, and what it costs to have them on the disk before they are sent: the same
/// cluster on actors with oral messages, with signed ones, and with signed ones and a state
/// directory, one after the other, and the differences a record. Where other work shares the
/// processors, their time a record tells more than the throughput.
///
///   byzgate_signed_bench [RECORDS [BATCH [WINDOW]]]
///
/// The state goes to a directory of its own in TMPDIR; what that is on decides what a sync costs.
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/resource.h>

#include "actors/run.hpp"

using namespace byzgate;

namespace {

struct load {
    std::uint64_t records = 200'000;
    std::uint32_t batch = 1'000;
    std::uint32_t window = 16;
};

/// Seconds a decided record, all cores together.
struct cost {
    double elapsed = 0;
    double processor = 0;
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

/// Of all threads of this process, in its own code and the system's.
double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

cost cost_a_record(const char* name, protocol_kind protocol, const load& how,
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
    const auto before = processor_seconds();
    const auto result = run(settings);
    const auto used = processor_seconds() - before;
    const auto decided = result.totals.records;
    if (decided != how.records || result.exposed() || result.totals.denied > 0) {
        fail("the run went wrong");
    }
    const auto each = 1 / static_cast<double>(decided);
    const cost of{result.elapsed_s * each, used * each};
    fmt::print("{:<16}{:>10.0f} decisions/s, {:>8.0f} rounds/s, {:.1f} us a record, {:.1f} us of "
               "processor time\n",
               name, 1 / of.elapsed, static_cast<double>(result.totals.rounds) / result.elapsed_s,
               of.elapsed * 1e6, of.processor * 1e6);
    return of;
}

void compare(const char* what, const cost& without, const cost& with) {
    fmt::print("{} cost {:.1f} us a record, {:.1f} us of processor time; throughput {:.2f} of that "
               "without, {:.2f} by processor time\n",
               what, (with.elapsed - without.elapsed) * 1e6,
               (with.processor - without.processor) * 1e6, without.elapsed / with.elapsed,
               without.processor / with.processor);
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
    const auto oral = cost_a_record("oral", protocol_kind::oral, how, {});
    const auto with_signatures = cost_a_record("signed", protocol_kind::signed_, how, {});
    const state_directory state;
    const auto on_disk =
        cost_a_record("signed and kept", protocol_kind::signed_, how, state.path / "kept");
    compare("signatures", oral, with_signatures);
    compare("keeping them", with_signatures, on_disk);
}
