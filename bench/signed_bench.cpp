/// What signatures cost: the same cluster on actors with oral and with signed messages, one after
/// the other, and the difference a record. Where other work shares the processors, their time a
/// record tells more than the throughput.
///
///   byzgate_signed_bench [RECORDS [BATCH]]
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/resource.h>

#include "actors/run.hpp"

using namespace byzgate;

namespace {

/// Seconds a decided record, all cores together.
struct cost {
    double elapsed = 0;
    double processor = 0;
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

cost cost_a_record(protocol_kind protocol, std::uint64_t records, std::uint32_t batch) {
    run_settings settings;
    auto& what = settings.what;
    what.name = "signed-bench";
    what.cluster.commanders = 2;
    what.cluster.tolerate = default_budget(2, 3);
    what.cluster.protocol = protocol;
    what.cluster.phase_timeout = 10'000'000;
    what.database.url = "memory:";
    what.database.kind = database_kind::memory;
    what.database.generate = {records, 0.5, 100};
    what.rounds.batch = batch;
    const auto before = processor_seconds();
    const auto result = run(settings);
    const auto used = processor_seconds() - before;
    const auto decided = result.totals.records;
    if (decided != records || result.exposed() || result.totals.denied > 0) {
        fmt::print(stderr, "the run went wrong\n");
        std::exit(1);
    }
    const auto each = 1 / static_cast<double>(decided);
    const cost of{result.elapsed_s * each, used * each};
    fmt::print("{:<8}{:>10.0f} decisions/s, {:.1f} us a record, {:.1f} us of processor time\n",
               to_string(protocol), 1 / of.elapsed, of.elapsed * 1e6, of.processor * 1e6);
    return of;
}

} // namespace

int main(int argc, char** argv) {
    const auto records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    const auto batch =
        argc > 2 ? static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 1'000;
    if (records == 0 || batch == 0) {
        fmt::print(stderr, "usage: byzgate_signed_bench [RECORDS [BATCH]]\n");
        return 2;
    }
    fmt::print("{} records in batches of {}\n", records, batch);
    const auto oral = cost_a_record(protocol_kind::oral, records, batch);
    const auto with_signatures = cost_a_record(protocol_kind::signed_, records, batch);
    fmt::print("signatures cost {:.1f} us a record, {:.1f} us of processor time; throughput {:.2f} "
               "of the oral one, {:.2f} by processor time\n",
               (with_signatures.elapsed - oral.elapsed) * 1e6,
               (with_signatures.processor - oral.processor) * 1e6,
               oral.elapsed / with_signatures.elapsed, oral.processor / with_signatures.processor);
}
