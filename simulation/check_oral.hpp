/// One record decided with oral messages, as a circuit over the adversary's choices: OM(m), the
/// reports, the convictions, the release rule, the gate, the sub-rounds. It follows protocol.md on
/// its own, without the machines that servers run, and a strategy is played by evaluating it.
///
/// A choice's digit says how it deviates: 0 is what a loyal server in that place would say (having
/// heard the truth from fellow Byzantine servers), 1 and 2 the next ones in the cycle public,
/// confidential, silent. For each of what came before this is a bijection, so the strategies are
/// the same and as many, and the nonzero digits count the deviations.
#pragma once

#include <cstdint>
#include <vector>

#include "simulation/check_circuit.hpp"
#include "simulation/strategy.hpp"

namespace byzgate {

/// A value of the protocol on two planes: it is public, it is confidential, or neither.
struct planes {
    literal is_public = never;
    literal is_confidential = never;

    bool operator==(const planes&) const = default;
};

/// What is checked: a cluster, who lies in it, and the record's true flag.
struct check_scene {
    cluster_parameters cluster;
    std::vector<server_id> byzantine; ///< ascending
    flag truth = flag::confidential;
    int values = 3;
    std::uint32_t recursion = 0;

    [[nodiscard]] bool is_byzantine(server_id id) const;
    [[nodiscard]] std::uint32_t byzantine_commanders() const;
    [[nodiscard]] std::uint32_t byzantine_lieutenants() const;
    /// Indices of the loyal lieutenants, ascending.
    [[nodiscard]] std::vector<std::uint32_t> loyal_lieutenants() const;
};

/// Decision of a loyal lieutenant in one level; neither means withhold.
struct voted {
    literal release = never;
    literal unresolved = never;
};

struct played_level {
    literal open = never;     ///< it is played at all
    std::vector<voted> votes; ///< of the loyal lieutenants, in their order
};

/// What a strategy does, as literals of `gates`.
struct check_circuit {
    circuit gates;
    std::vector<choice> choices;
    std::vector<planes> loyal; ///< by choice: what a loyal server would say
    std::vector<planes> says;  ///< by choice: what is said
    std::vector<played_level> levels;

    literal leaks = never;
    literal denials = never;
    literal disagreements = never;
    literal framings = never;
    literal agreement_violations = never;
    literal agreement_violations_byzantine = never;
    literal validity_violations = never;
    literal denials_convicted = never;
};

[[nodiscard]] check_circuit make_oral_circuit(const check_scene& scene);

} // namespace byzgate
