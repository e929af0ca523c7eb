#include "behaviors/votes.hpp"

namespace byzgate {

std::string_view to_string(vote_choice c) noexcept {
    switch (c) {
        case vote_choice::loyal:
            return "loyal";
        case vote_choice::release:
            return "release";
        case vote_choice::withhold:
            return "withhold";
        case vote_choice::unresolved:
            return "unresolved";
        case vote_choice::harm:
            return "harm";
        case vote_choice::silent:
            return "silent";
    }
    return "?";
}

std::optional<vote_choice> parse_vote_choice(std::string_view text) {
    for (std::uint32_t i = 0; i < vote_choices; ++i) {
        if (to_string(static_cast<vote_choice>(i)) == text) {
            return static_cast<vote_choice>(i);
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> vote_choice_names() {
    std::vector<std::string_view> names;
    for (std::uint32_t i = 0; i < vote_choices; ++i) {
        names.push_back(to_string(static_cast<vote_choice>(i)));
    }
    return names;
}

vote_plan read_vote_plan(const option_reader& read, vote_choice otherwise) {
    vote_plan plan;
    plan.choice = otherwise;
    if (read.has("vote")) {
        plan.choice = *parse_vote_choice(read.one_of("vote", vote_choice_names()));
    }
    plan.accuse = read.commanders("accuse");
    return plan;
}

} // namespace byzgate
