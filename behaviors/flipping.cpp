// A lieutenant that makes honest commanders look like liars, one relay at a time.
#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class flipping final : public liar {
public:
    flipping(const seat& at, const option_reader& how)
        : liar(at, read_vote_plan(how)), commanders_(how.commanders("commanders")),
          to_(how.lieutenants("to")) {}

private:
    std::optional<told> tells(const occasion& o) override {
        const auto of_these = commanders_.empty() || holds(commanders_, o.commander);
        const auto to_these = to_.empty() || holds(to_, o.to);
        return of_these && to_these ? told::opposite : told::truth;
    }

    std::vector<server_id> commanders_; ///< whose claims; all if empty
    std::vector<server_id> to_;         ///< who hears them wrong; all if empty
};

} // namespace

behavior_info describe_flipping() {
    return {"flipping",
            "Relays the opposite flag of what it heard.",
            false,
            true,
            {"commanders", "to", "vote", "accuse"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<flipping>(at, how);
            }};
}

} // namespace byzgate
