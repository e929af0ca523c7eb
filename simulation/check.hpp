/// The exhaustive check: every strategy of the adversary, for every set of Byzantine servers.
///
/// Counts are exact: each strategy of protocol.md, section 6, is played once against loyal
/// lieutenants and loyal commanders, 64 strategies to a machine word. One record, one round,
/// synchronous, no update between reads. With `recursion` R the strategy also fixes the choices of
/// R sub-rounds, and the number of strategies is the product over all levels, whether or not a
/// sub-round opens (it opens iff there is no release quorum and fl+1 loyal lieutenants vote
/// unresolved; Byzantine lieutenants vote as harms most in every level, never unresolved).
/// A strategy disagrees, frames or violates IC1 or IC2 iff it does so in a level that is played.
///
/// With signed messages, strategies that differ only in what can't matter (check_signed.hpp) are
/// played once and counted as often as there are: 2^doublings times.
///
/// A space of more than `budget` strategies to play is sampled with the seed, and the result says
/// so. Same settings, same result, whatever the number of jobs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/cluster.hpp"
#include "simulation/check_counterexample.hpp"
#include "simulation/strategy.hpp"

namespace byzgate {

struct check_settings {
    cluster_parameters cluster;
    /// All sets of up to `faults` commanders and lieutenants, the empty one too …
    std::uint32_t faults = 1;
    /// … or this one set only.
    std::optional<std::vector<server_id>> byzantine;
    int values = 3;                                ///< 2: public, confidential; 3: with silence
    std::uint32_t recursion = 0;                   ///< sub-rounds whose choices are in the space
    std::uint64_t budget = std::uint64_t{1} << 32; ///< strategies of a case; beyond: a sample
    std::uint64_t sample_max = std::uint64_t{1} << 24; ///< a sample is min(budget, this)
    std::uint64_t seed = 1;                            ///< of samples
    std::uint32_t jobs = 1;                            ///< threads
    std::function<void(double)> progress;              ///< 0…1, from one thread at a time
};

/// How many of the explored strategies do what.
struct check_counts {
    std::uint64_t leaks = 0;         ///< a confidential record gets q release votes
    std::uint64_t denials = 0;       ///< a public record does not
    std::uint64_t disagreements = 0; ///< of two loyal lieutenants one votes release, one doesn't
    std::uint64_t framings = 0;      ///< a loyal lieutenant convicts a loyal commander
    std::uint64_t agreement_violations = 0; ///< IC1: two loyal lieutenants differ in some F_X
    std::uint64_t validity_violations = 0;  ///< IC2: some F_X of a loyal X is not what X sent
    /// IC1 violated for a Byzantine X (for a loyal one that is a violation of IC2 too).
    std::uint64_t agreement_violations_byzantine = 0;
    /// Denials although every loyal lieutenant convicted every Byzantine commander, of which there
    /// is at least one, and no other.
    std::uint64_t denials_convicted = 0;

    bool operator==(const check_counts&) const = default;
};

/// One set of Byzantine servers with one true flag.
struct check_case {
    std::vector<server_id> byzantine; ///< ascending
    flag truth = flag::confidential;
    bool within_budget = false; ///< section 4 promises *no leak* here
    strategy_count strategies;
    std::uint64_t explored = 0; ///< times 2^doublings is what is told to people
    bool sampled = false;
    check_counts counts;             ///< likewise of 2^doublings each
    std::uint64_t leaks_stopped = 0; ///< of `counts.leaks`, by a gate that lacks the signed claims
    std::uint32_t doublings = 0;
    std::vector<broken_property> broken_promises; ///< promised here, and failed; gravest first
    /// The strategy with the fewest deviations from loyal behaviour that breaks the gravest
    /// property (a promised one first). Exact minimum unless `sampled`; then the smallest one
    /// found by a bounded search in order of deviations, or a sampled one, shrunk.
    std::optional<counterexample> example;

    /// `explored`, or one of the counts, in full: of the strategies of the whole space.
    [[nodiscard]] std::string in_full(std::uint64_t count) const {
        return decimal_of(count, doublings);
    }
};

struct check_result {
    std::vector<check_case> cases; ///< fewer servers first, then by id; confidential first
    bool promises_held = true;     ///< no case has a broken promise
};

/// Throws std::invalid_argument if the settings make no sense (`values`, a depth that is not less
/// than the lieutenants, a server that is no commander or lieutenant of the cluster, one strategy
/// with too many messages).
[[nodiscard]] check_result check(const check_settings& settings);

} // namespace byzgate
