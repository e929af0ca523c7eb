/// The outcome of a record in plain words, and the numbers of a whole run.
#pragma once

#include <string>
#include <vector>

#include "report/run_analysis.hpp"

namespace byzgate {

/// Why that record of the round was released or withheld, in a few sentences.
[[nodiscard]] std::string explain_record(const run_analysis& run, const round_analysis& round,
                                         std::size_t in_round);

/// How records came out. Where nobody judged, `right` counts what was released and `kept` what was
/// withheld.
struct outcome_counts {
    std::uint64_t released_right = 0;
    std::uint64_t leaked = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t withheld_right = 0;
    std::uint64_t denied = 0;
    std::uint64_t unresolved = 0; ///< of the withheld ones, however judged
};
[[nodiscard]] outcome_counts count_outcomes(const run_analysis& run);

/// From a round's request to its end, over all rounds that ended.
struct latency_summary {
    struct bin {
        tick from = 0; ///< inclusive
        tick to = 0;   ///< exclusive
        std::uint64_t count = 0;
    };
    std::uint64_t rounds = 0;
    tick p50 = 0;
    tick p95 = 0;
    tick p99 = 0;
    tick max = 0;
    std::vector<bin> bins; ///< consecutive, at most 24
};
[[nodiscard]] latency_summary summarize_latency(const run_analysis& run);

} // namespace byzgate
