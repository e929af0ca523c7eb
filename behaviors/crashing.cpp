// Stops in the middle of a round and comes back knowing nothing: no memory of open rounds, of what
// it said, or of whom it convicted.
#include <functional>

#include "behaviors/editor.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class crashing final : public editor {
public:
    crashing(const seat& at, const option_reader& how)
        : at_(at), at_round_(how.number("at_round")), back_at_round_(how.number("back_at_round")),
          messages_left_(how.number("after_messages").value_or(0)) {
        if (at_round_ && back_at_round_ && *back_at_round_ != 0 && *back_at_round_ <= *at_round_) {
            how.reject("back_at_round", "is later than at_round, or 0 for never");
        }
    }

    const event* before(const event& what, tick, handler& loyal) override {
        const auto round = round_about(what);
        if (round && state_ == state::up && number_of(*round) >= at_round_.value_or(0)) {
            at_round_ = number_of(*round);
            state_ = state::failing;
        }
        if (state_ == state::failing && messages_left_ == 0) {
            state_ = state::down;
            loyal = make_loyal(at_);
        }
        if (state_ == state::down && round && comes_back(number_of(*round))) {
            state_ = state::back;
        }
        if (state_ == state::down) {
            return nullptr;
        }
        return &what;
    }

    void edit(effects& doing, tick) override {
        if (state_ != state::failing) {
            return;
        }
        std::size_t kept = 0;
        for (; kept < doing.size(); ++kept) {
            if (std::holds_alternative<send>(doing[kept])) {
                if (messages_left_ == 0) {
                    break;
                }
                --messages_left_;
            }
        }
        doing.resize(kept);
    }

private:
    enum class state : std::uint8_t { up, failing, down, back };

    /// Time, for a server that is down, is the number of the round that it could have heard of.
    bool comes_back(std::uint64_t round) const {
        const auto back = back_at_round_.value_or(*at_round_ + 1);
        return back != 0 && round >= back;
    }

    seat at_;
    std::optional<std::uint64_t> at_round_; ///< the first that it hears of when left out
    std::optional<std::uint64_t> back_at_round_;
    std::uint64_t messages_left_;
    state state_ = state::up;
};

} // namespace

behavior_info describe_crashing() {
    return {"crashing",
            "Stops at a round and comes back at a later one with no memory.",
            true,
            true,
            {"at_round", "back_at_round", "after_messages"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<crashing>(at, how);
            }};
}

} // namespace byzgate
