// Every choice by the seed: what a liar without a plan does, and what samples all others.
#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"
#include "behaviors/seeded.hpp"

namespace byzgate {

namespace {

class random_liar final : public liar {
public:
    random_liar(const seat& at, const option_reader& how) : liar(at, {vote_choice::harm, {}}) {
        for (const auto& name : how.some_of("choices", told_names())) {
            choices_.push_back(*parse_told(name));
        }
        if (choices_.empty()) {
            for (std::uint32_t i = 0; i < ways_of_telling; ++i) {
                choices_.push_back(static_cast<told>(i));
            }
        }
        if (is_commander(at.self) && how.has("votes")) {
            how.reject("votes", "is for lieutenants: a commander doesn't vote");
        }
        for (const auto& name : how.some_of("votes", vote_choice_names())) {
            votes_.push_back(*parse_vote_choice(name));
        }
        if (votes_.empty()) {
            for (std::uint32_t i = 0; i < vote_choices; ++i) {
                votes_.push_back(static_cast<vote_choice>(i));
            }
        }
    }

private:
    std::optional<told> tells(const occasion&) override { return std::nullopt; }

    told tells_about(const occasion& o, std::uint32_t position, const record_id&) override {
        return choices_[below(static_cast<std::uint32_t>(choices_.size()),
                              drawn(at(), o, position))];
    }

    vote_choice votes(round_id round, level_number level, std::uint32_t position) override {
        return drawn_vote({round, level, at().self, nullptr, supervisor_id}, position);
    }

    bool edit_vote(vote& cast) override {
        // Silence is about the whole vote: as likely as any one choice about a record.
        const occasion whole{cast.round, cast.level, at().self, nullptr, external_party_id};
        return drawn_vote(whole, 0) != vote_choice::silent && liar::edit_vote(cast);
    }

    vote_choice drawn_vote(const occasion& o, std::uint32_t position) const {
        return votes_[below(static_cast<std::uint32_t>(votes_.size()), drawn(at(), o, position))];
    }

    std::vector<told> choices_;
    std::vector<vote_choice> votes_;
};

} // namespace

behavior_info describe_random() {
    return {"random",
            "Chooses by its seed what to tell whom about each record, and how to vote.",
            true,
            true,
            {"choices", "votes"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<random_liar>(at, how);
            }};
}

} // namespace byzgate
