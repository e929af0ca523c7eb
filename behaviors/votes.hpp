/// How a Byzantine lieutenant votes: by a plan that it shares with most other liars.
#pragma once

#include <string_view>
#include <vector>

#include "behaviors/options.hpp"

namespace byzgate {

enum class vote_choice : std::uint8_t {
    loyal,      ///< what the loyal machine concluded
    release,    ///< release all, whatever it heard
    withhold,   ///< withhold all
    unresolved, ///< keep everybody busy with sub-rounds
    harm,       ///< release what is confidential, withhold what is public
    silent      ///< no vote at all
};
inline constexpr std::uint32_t vote_choices = 6;
[[nodiscard]] std::string_view to_string(vote_choice c) noexcept;
[[nodiscard]] std::optional<vote_choice> parse_vote_choice(std::string_view text);
/// All the names, in that order.
[[nodiscard]] std::vector<std::string_view> vote_choice_names();

struct vote_plan {
    vote_choice choice = vote_choice::loyal;
    std::vector<server_id> accuse; ///< commanders accused over every record, with made-up grounds
};

/// The options `vote` (`otherwise` when left out) and `accuse`.
[[nodiscard]] vote_plan read_vote_plan(const option_reader& read,
                                       vote_choice otherwise = vote_choice::loyal);

} // namespace byzgate
