/// A strategy of the adversary that breaks something, small enough to look at, and its file.
///
/// The table is complete: it says what every Byzantine server tells every loyal lieutenant in every
/// message that it owes (protocol.md, section 6), so that another driver can play it. What a
/// Byzantine server tells another one does not matter; a player keeps that loyal.
///
/// With signed messages it lists the relays on paths of Byzantine servers alone. The others, which
/// a loyal server on the path restricts, change no outcome (check_signed.hpp): a player keeps them
/// loyal too. `deviations` counts the listed lines. `loyal` is what the path can show if Byzantine
/// servers tell each other the truth, even where a loyal server has relayed that before and would
/// not repeat it.
///
/// A file may have been truncated or edited: `parse_counterexample` takes nothing on trust.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "behaviors/scripted.hpp"
#include "behaviors/told.hpp"
#include "protocol/cluster.hpp"
#include "protocol/messages.hpp"
#include "simulation/strategy.hpp"

namespace byzgate {

/// The first two members of a file; a reader takes no other version.
inline constexpr std::string_view counterexample_format = "byzgate-counterexample";
inline constexpr std::uint64_t counterexample_version = 1;

/// What a strategy can break, gravest first.
enum class broken_property : std::uint8_t {
    leak,         ///< a confidential record got q release votes
    framing,      ///< a loyal lieutenant convicted a loyal commander
    denial,       ///< a public record did not get q release votes
    disagreement, ///< of two loyal lieutenants one voted release and one did not
    agreement,    ///< two loyal lieutenants have different F_X (IC1)
    validity      ///< a loyal lieutenant's F_X is not what the loyal X sent (IC2)
};
[[nodiscard]] std::string_view to_string(broken_property p) noexcept;

/// One line of the table: `what` is a message that a Byzantine server owes a loyal lieutenant.
struct told_line {
    choice what;
    told says = told::silence;
    told loyal = told::silence; ///< what a loyal server in its place would have said

    bool operator==(const told_line&) const = default;
};

/// What the strategy comes to: the same in every driver that plays it.
struct check_outcome {
    bool leaked = false;
    bool denied = false;
    bool disagreed = false;
    bool framed = false;
    /// Decision of each loyal lieutenant, one map for each level that was played.
    std::vector<std::map<server_id, decision>> votes;

    bool operator==(const check_outcome&) const = default;
};

struct counterexample {
    cluster_parameters cluster;       ///< `max_recursion` is the number of sub-rounds checked
    std::vector<server_id> byzantine; ///< ascending
    flag truth = flag::confidential;  ///< of the one record that is decided
    int values = 3;                   ///< 2 or 3 (with silence)
    broken_property breaks = broken_property::leak;
    bool promised = false;        ///< section 4 promises that this does not happen
    std::uint32_t deviations = 0; ///< lines of the table where `says` is not `loyal`
    std::vector<told_line> table; ///< in the order of the strategy space
    /// What every Byzantine lieutenant votes in every level: release when the record is
    /// confidential (for its true version and digest), withhold when it is public.
    decision byzantine_vote = decision::withhold;
    check_outcome outcome;
};

/// The gate of a signed cluster takes besides a quorum the public claims of fc commanders and one
/// more, less those that evidence convicts (docs/decisions/0007). Where no more than fc commanders
/// lie there are none about a confidential record: every leak that the check counts in such a
/// case, a quorum of votes, is one that the gate stops.
[[nodiscard]] bool votes_lack_grounds(const cluster_parameters& cluster,
                                      const std::vector<server_id>& byzantine, flag truth);
/// Whether the record goes out.
[[nodiscard]] bool gate_opens(const counterexample& c);

/// The file cannot be used: truncated, of another version, or nonsense. `what()` says where and
/// what was expected. An operator's mistake: exit code 2.
class counterexample_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What each Byzantine server plays with the behaviour `scripted`.
[[nodiscard]] std::map<server_id, script> scripts_of(const counterexample& c);

/// JSON text, indented, with a trailing newline.
[[nodiscard]] std::string format_counterexample(const counterexample& c);

/// The inverse. Throws counterexample_error on anything but a complete and consistent file.
[[nodiscard]] counterexample parse_counterexample(std::string_view text);

} // namespace byzgate
