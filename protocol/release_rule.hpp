/// The release rule with its detection mechanism (docs/protocol.md, "The release rule"): from what
/// a lieutenant knows about one record to its verdict. Pure functions of one lieutenant's view.
///
/// Any commander may have lied in what is here, and any other lieutenant in what it reports. Why no
/// confidential record passes all the same: a release needs fc-c+1 unconvicted commanders with the
/// same public claim, at most fc-c unconvicted ones lie, so a loyal one made that claim.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/messages.hpp"

namespace byzgate {

/// What a lieutenant says that a commander told it directly. Neither deeper relays nor majorities
/// nor silence are reports.
struct report {
    std::uint32_t lieutenant = 0; ///< index; may be the deciding lieutenant itself
    claim what;                   ///< kind present or absent
};

/// The reports on one commander about one record, one entry per level, the current level last.
using reports_by_level = std::vector<std::vector<report>>;

/// What one lieutenant knows about one record when it decides. All vectors are per commander.
struct record_view {
    std::vector<claim> values;             ///< F_X; kind none where X was not asked
    std::vector<bool> convicted;           ///< convictions that count from the start
    std::vector<reports_by_level> reports; ///< empty for commanders that were not asked
};

struct conviction {
    std::uint32_t commander = 0; ///< index
    bool for_good = false;       ///< each claim has at least fl+1 reporters
    reported_claim first;
    reported_claim second;
};

struct ruling {
    verdict what;
    std::vector<conviction> convictions; ///< the new ones, by ascending commander
};

/// Equal claims, or two that both say "not public" of which at least one is no value: no value
/// compares as confidential.
[[nodiscard]] bool compare_same(const claim& a, const claim& b) noexcept;

/// Claims about the same version, or at least one of them is no value.
[[nodiscard]] bool comparable(const claim& a, const claim& b) noexcept;

/// Whether the reports convict, at a threshold of `reporters` for each of two different claims
/// (at least 1). Across levels only claims about the same version count as different, and the
/// receipts of `self` itself need no threshold.
[[nodiscard]] std::optional<conviction> convict(const cluster_parameters& cluster,
                                                std::uint32_t self, std::uint32_t commander,
                                                const reports_by_level& reports,
                                                std::uint32_t reporters);

/// The verdict of lieutenant `self` on one record.
/// Signed messages: what the values of the commanders that are not convicted come to. Nothing but
/// evidence convicts, so reports don't count.
[[nodiscard]] verdict weigh_on(const cluster_parameters& cluster, const record_view& view);

[[nodiscard]] ruling rule_on(const cluster_parameters& cluster, std::uint32_t self,
                             const record_view& view);

} // namespace byzgate
