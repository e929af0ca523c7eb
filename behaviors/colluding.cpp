// Several servers under one plan: the commander's lie needs a lieutenant, the lieutenant's lie
// needs a commander. They share the plan beforehand and nothing at run time.
//
//   frame  the commander calls everything public, consistently; its lieutenant relays the opposite
//          of what the other commanders said, so that they look inconsistent and get convicted;
//   back   the commander calls everything public, consistently; its lieutenant swears that it did,
//          whatever it heard, and leaves the other commanders alone.
#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class colluding final : public liar {
public:
    colluding(const seat& at, const option_reader& how)
        : liar(at, is_lieutenant(at.self) ? read_vote_plan(how, vote_choice::harm) : vote_plan{}),
          frames_(how.one_of("plan", {"frame", "back"}) == "frame"), with_(how.servers("with")) {
        auto has_commander = false;
        for (const auto id : with_) {
            has_commander = has_commander || is_commander(id);
        }
        if (is_lieutenant(at.self) && !has_commander) {
            how.reject("with", "names the commander whose lie is backed, such as 'commander-1'");
        }
        for (const auto* option : {"vote", "accuse"}) {
            if (is_commander(at.self) && how.has(option)) {
                how.reject(option, "is for lieutenants: a commander doesn't vote");
            }
        }
    }

private:
    std::optional<told> tells(const occasion& o) override {
        if (is_commander(at().self)) {
            return told::public_;
        }
        if (holds(with_, o.commander)) {
            return told::public_;
        }
        return frames_ ? told::opposite : told::truth;
    }

    bool frames_;
    std::vector<server_id> with_; ///< the others in on it
};

} // namespace

behavior_info describe_colluding() {
    return {"colluding",
            "Lies under one plan with other servers: a commander's lie backed by a lieutenant's.",
            true,
            true,
            {"plan", "with", "vote", "accuse"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<colluding>(at, how);
            }};
}

} // namespace byzgate
