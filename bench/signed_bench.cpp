/// What signatures cost: the same cluster on actors with oral and with signed messages, one after
/// the other, and the difference a record.
///
///   byzgate_signed_bench [RECORDS [BATCH]]
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "actors/run.hpp"

using namespace byzgate;

namespace {

/// Seconds of wall time a decided record, all cores together.
double seconds_a_record(protocol_kind protocol, std::uint64_t records, std::uint32_t batch) {
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
    const auto result = run(settings);
    const auto decided = result.totals.records;
    if (decided != records || result.exposed() || result.totals.denied > 0) {
        fmt::print(stderr, "the run went wrong\n");
        std::exit(1);
    }
    fmt::print("{:<8}{:>10.0f} decisions/s, {:.1f} us a record\n", to_string(protocol),
               static_cast<double>(decided) / result.elapsed_s,
               result.elapsed_s / static_cast<double>(decided) * 1e6);
    return result.elapsed_s / static_cast<double>(decided);
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
    const auto oral = seconds_a_record(protocol_kind::oral, records, batch);
    const auto with_signatures = seconds_a_record(protocol_kind::signed_, records, batch);
    fmt::print("signatures cost {:.1f} us a record; throughput {:.2f} of the oral one\n",
               (with_signatures - oral) * 1e6, oral / with_signatures);
}
