/// One record decided, as a circuit over the adversary's choices: what lieutenants come to know,
/// the convictions, the release rule, the gate, the sub-rounds. It follows protocol.md on its own,
/// without the machines that servers run, and a strategy is played by evaluating it.
///
/// A choice's digit says how it deviates: 0 is what a loyal server in that place would say (having
/// heard the truth from fellow Byzantine servers), 1 and 2 the next ones in the cycle public,
/// confidential, silent. For each of what came before this is a bijection, so the strategies are
/// the same and as many, and the nonzero digits count the deviations.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
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

/// Builds the circuit level by level. What the two protocols do differently is left to those that
/// derive from it: how lieutenants learn what commanders said, and what convicts.
class round_builder {
public:
    round_builder(const check_scene& scene, std::vector<choice> choices);
    round_builder(const round_builder&) = delete;
    round_builder& operator=(const round_builder&) = delete;
    virtual ~round_builder() = default;

    /// All levels.
    [[nodiscard]] check_circuit build();

protected:
    /// What one loyal lieutenant knows about one commander, over the levels played so far.
    struct knowledge {
        literal convicted = never;
        planes value;                 ///< F_X of the current level
        planes received;              ///< ever, by itself; both planes may be true
        std::vector<planes> reported; ///< ever, by reporting lieutenant (oral); both may be true
    };

    /// Brings everything that loyal lieutenants know up to the level that begins now.
    virtual void learn() = 0;
    /// Whether a lieutenant that knows this convicts the commander, which it hasn't yet.
    [[nodiscard]] virtual literal convicts(const knowledge& of, literal commanders_differ) = 0;

    [[nodiscard]] const check_scene& scene() const noexcept { return scene_; }
    [[nodiscard]] level_number level() const noexcept { return level_; }
    [[nodiscard]] const std::vector<std::uint32_t>& loyal() const noexcept { return loyal_; }
    /// Of the `i`-th loyal lieutenant, by commander.
    [[nodiscard]] std::vector<knowledge>& known(std::size_t i) { return known_[i]; }

    [[nodiscard]] circuit& gates() { return made_.gates; }
    [[nodiscard]] literal any(const std::vector<literal>& of) { return gates().at_least(of, 1); }
    [[nodiscard]] planes either(const planes& a, const planes& b);
    [[nodiscard]] static planes constant(told t);
    /// What is said in this level along the path, whose last server is Byzantine, to a loyal
    /// lieutenant, if a loyal server in its place would say `loyal`.
    [[nodiscard]] planes said(const std::vector<server_id>& along, server_id to,
                              const planes& loyal);

private:
    [[nodiscard]] literal differ(const planes& a, const planes& b);
    [[nodiscard]] planes deviate(const planes& loyal, std::uint32_t choice);
    [[nodiscard]] literal commanders_differ(const std::vector<knowledge>& of);
    [[nodiscard]] voted rule(std::vector<knowledge>& of, literal open);
    void judge_values(literal open);
    void judge_votes(const played_level& level);
    void play(level_number level);
    void finish();

    const check_scene& scene_;
    std::vector<std::uint32_t> loyal_;
    level_number level_ = 0;
    literal next_open_ = always;
    literal passed_ = never;
    std::map<std::tuple<level_number, std::vector<server_id>, server_id>, std::uint32_t> index_;
    std::vector<std::vector<knowledge>> known_; ///< by loyal lieutenant, by commander
    std::vector<literal> disagreements_;
    std::vector<literal> framings_;
    std::vector<literal> agreement_loyal_;
    std::vector<literal> agreement_byzantine_;
    std::vector<literal> validity_;
    check_circuit made_;
};

/// Of the protocol that the cluster runs.
[[nodiscard]] check_circuit make_check_circuit(const check_scene& scene);

} // namespace byzgate
