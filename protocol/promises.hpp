/// The table of promises (docs/protocol.md, section 4) as arithmetic: what holds for a cluster when
/// so many of its servers are Byzantine. It says nothing about a run; judges compare runs with it.
#pragma once

#include <cstdint>

#include "protocol/cluster.hpp"

namespace byzgate {

/// The Byzantine servers that are actually there.
struct present_faults {
    std::uint32_t bc = 0; ///< commanders
    std::uint32_t bl = 0; ///< lieutenants
};

/// What section 4 promises. N = n+1, m = depth. Each row of the table is one or two members.
struct promises {
    /// bc <= fc, bl <= fl, bc+bl <= total.
    bool within_budget = false;

    /// Row "no leak": no confidential payload is released, under its own id or another's.
    /// Within budget and n >= 2fl+1; oral also N >= 2fl+m.
    bool no_leak = false;

    /// Row "no framing", as long as loyal messages come in time: no loyal commander is convicted.
    /// Signed: always. Oral: within budget and N > 2fl+m.
    bool no_framing_when_timely = false;

    /// Row "no framing", whatever is late. Signed: always. Oral: as above, and every conviction
    /// takes more than fl reporters for each claim: `reporters_when_comparable()` > fl, or k = 1,
    /// where there are no two commanders to differ.
    bool no_framing_always = false;

    /// Row "validity (IC2)": every loyal lieutenant's value of a loyal commander is what that one
    /// sent. Signed: always. Oral: N > 2bl+m and bl <= m.
    bool validity = false;

    /// Row "agreement (IC1)": all loyal lieutenants reach the same value of any one commander X.
    /// At most m traitors among X and the lieutenants, X counted as a traitor if bc > 0; oral also
    /// N > 3m.
    bool agreement = false;

    /// Row "agreement", last sentence: all loyal lieutenants reach the same verdict. With k = 1.
    bool verdict_agreement = false;

    /// Row "availability", in a synchronous run without updates between reads: every public record
    /// is released. bl <= fl, oral also N > 2fl+m, and no commander is Byzantine, or k >= 2fc+1
    /// and bc <= fc. What goes without saying in the row is asked for here: k > fc, else no number
    /// of commanders is enough, and a quorum of loyal lieutenants.
    bool availability = false;

    /// The same once all Byzantine commanders are convicted: bc <= fc takes the place of the
    /// condition on k. Implied by `availability`.
    bool availability_when_convicted = false;
};

[[nodiscard]] promises promised(const cluster_parameters& cluster, const present_faults& present);

} // namespace byzgate
