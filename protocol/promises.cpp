#include "protocol/promises.hpp"

namespace byzgate {

namespace {

/// The left sides come from a configuration: sums are made in 64 bits.
using wide = std::uint64_t;

struct row_terms {
    bool oral = false;
    wide k = 0, n = 0, m = 0, generals = 0; ///< generals: N
    wide fc = 0, fl = 0, bc = 0, bl = 0;
};

row_terms terms_of(const cluster_parameters& cluster, const present_faults& present) {
    row_terms t;
    t.oral = cluster.protocol == protocol_kind::oral;
    t.k = cluster.commanders;
    t.n = cluster.lieutenants;
    t.m = cluster.depth;
    t.generals = t.n + 1;
    t.fc = cluster.tolerate.commanders;
    t.fl = cluster.tolerate.lieutenants;
    t.bc = present.bc;
    t.bl = present.bl;
    return t;
}

} // namespace

promises promised(const cluster_parameters& cluster, const present_faults& present) {
    const auto t = terms_of(cluster, present);
    const auto more_than_oral_bound = !t.oral || t.generals > 2 * t.fl + t.m;

    promises p;
    p.within_budget = t.bc <= t.fc && t.bl <= t.fl && t.bc + t.bl <= cluster.tolerate.total;
    p.no_leak = p.within_budget && t.n >= 2 * t.fl + 1 && (!t.oral || t.generals >= 2 * t.fl + t.m);

    p.no_framing_when_timely = !t.oral || (p.within_budget && more_than_oral_bound);
    const auto late_messages_cannot_frame = t.k == 1 || cluster.reporters_when_comparable() > t.fl;
    p.no_framing_always = !t.oral || (p.no_framing_when_timely && late_messages_cannot_frame);

    p.validity = !t.oral || (t.generals > 2 * t.bl + t.m && t.bl <= t.m);
    const auto traitors_of_one_commander = t.bl + (t.bc > 0 ? 1 : 0);
    p.agreement = traitors_of_one_commander <= t.m && (!t.oral || t.generals > 3 * t.m);
    p.verdict_agreement = p.agreement && t.k == 1;

    const auto loyal_quorum = t.n >= t.bl && t.n - t.bl >= cluster.quorum();
    const auto lieutenants_suffice = t.bl <= t.fl && loyal_quorum && more_than_oral_bound;
    const auto can_release = lieutenants_suffice && t.k > t.fc;
    p.availability = can_release && (t.bc == 0 || (t.k >= 2 * t.fc + 1 && t.bc <= t.fc));
    p.availability_when_convicted = can_release && t.bc <= t.fc;
    return p;
}

} // namespace byzgate
