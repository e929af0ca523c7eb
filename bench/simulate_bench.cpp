// Rounds a second of the seeded simulator on one core, judges on. The first line is the one to
// compare: one commander, three lieutenants, m = 1, one `random` liar. Processor time, because a
// busy machine says nothing about the simulator.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "crypto/blake2b.hpp"
#include "simulation/simulate.hpp"

using namespace byzgate;

namespace {

simulation_settings base(std::uint32_t commanders, std::uint32_t lieutenants,
                         std::uint64_t rounds) {
    simulation_settings s;
    s.cluster.commanders = commanders;
    s.cluster.lieutenants = lieutenants;
    s.cluster.tolerate = default_budget(commanders, lieutenants);
    s.cluster.phase_timeout = 100;
    s.rounds = rounds;
    return s;
}

void measure(const char* name, const simulation_settings& s) {
    const auto begun = std::clock();
    const auto r = simulate(s);
    const auto seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
    std::printf(
        "%-52s %10.0f rounds/s %11.0f events/s%s\n", name, static_cast<double>(r.rounds) / seconds,
        static_cast<double>(r.deliveries) / seconds, r.broken.empty() ? "" : "  BROKEN PROMISE");
}

} // namespace

int main(int argc, char** argv) {
    const auto rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
    auto s = base(1, 3, rounds);
    s.byzantine = {{lieutenant_id(2), "random", {}, {}}};
    measure("1 commander, 3 lieutenants, random liar", s);

    // A window of rounds is more than the fastest cache holds; this is what the code alone takes.
    s.cluster.window = 1;
    measure("the same, one round in flight", s);
    s.cluster.window = base(1, 3, rounds).cluster.window;

    const blake2b_digester blake2b;
    s.digests = &blake2b;
    measure("the same with BLAKE2b", s);

    measure("1 commander, 3 lieutenants, all loyal", base(1, 3, rounds));

    s = base(2, 3, rounds);
    s.byzantine = {{commander_id(1), "equivocating", {}, {}}};
    measure("2 commanders, 3 lieutenants, equivocating", s);

    s = base(1, 3, rounds);
    s.byzantine = {{lieutenant_id(2), "random", {}, {}}};
    s.network = {0.0, 0.05, 30, true};
    s.database.update_probability = 0.01;
    measure("1 commander, 3 lieutenants, delays and reordering", s);

    s = base(2, 6, rounds / 20);
    s.cluster.depth = 2;
    s.byzantine = {{lieutenant_id(5), "random", {}, {}}};
    measure("2 commanders, 6 lieutenants, m = 2, random liar", s);

    s = base(1, 3, rounds / 20);
    s.batch = 100;
    s.database.records = 10'000;
    s.byzantine = {{lieutenant_id(2), "random", {}, {}}};
    measure("1 commander, 3 lieutenants, batches of 100", s);
    return 0;
}
