/// Lies by the book: a table of who is told what. Counterexamples of the exhaustive check are
/// played with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "behaviors/registry.hpp"
#include "behaviors/told.hpp"
#include "behaviors/votes.hpp"

namespace byzgate {

/// One line: whoever plays the script tells `to` this about what it heard by `path`: the commander
/// first, then the lieutenants that passed it on, without the speaker itself. For a commander the
/// path is the commander. As text: `commander-1,lieutenant-2>lieutenant-3=public`; a commander may
/// write `lieutenant-3=public`. `@1 ` in front: at level 1 only. A line without a level holds at
/// every level that has no line of its own.
struct script_line {
    std::optional<level_number> level;
    std::vector<server_id> path;
    server_id to{};
    told says = told::truth;

    bool operator==(const script_line&) const = default;
};

/// What isn't in the table is told as a loyal server would.
struct script {
    std::vector<script_line> lines;
    vote_choice vote = vote_choice::loyal; ///< of every level; for lieutenants

    bool operator==(const script&) const = default;

    /// The options of the behaviour `scripted` that play it.
    [[nodiscard]] behavior_options options() const;
};

[[nodiscard]] std::string to_string(const script_line& line);

/// The line as `self` would play it. Throws behavior_error, saying what is wrong, for a text that
/// is none, a server that isn't in the cluster, or a message that `self` owes nobody.
[[nodiscard]] script_line parse_script_line(const cluster_parameters& cluster, server_id self,
                                            std::string_view text);

/// The script in these options. Throws behavior_error, also for two lines about the same message.
[[nodiscard]] script parse_script(const seat& at, const behavior_options& how);

} // namespace byzgate
