/// The rounds that a server has open, by number, each with what the server keeps about it. Few are
/// open at a time and they come and go all day, so a closed round's memory is kept for the next.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "protocol/ids.hpp"

namespace byzgate {

/// `State` is default-constructible; its `clear()` lets go of what it holds.
template <class State>
class open_rounds {
public:
    struct entry {
        round_id id{};
        std::unique_ptr<State> state;
    };

    [[nodiscard]] State* find(round_id id) {
        const auto at = place_of(id);
        return at != open_.end() && at->id == id ? at->state.get() : nullptr;
    }
    [[nodiscard]] const State* find(round_id id) const {
        return const_cast<open_rounds*>(this)->find(id);
    }
    [[nodiscard]] bool contains(round_id id) const { return find(id) != nullptr; }

    /// What is kept about that round; opens it if need be.
    State& at(round_id id) {
        const auto place = place_of(id);
        if (place != open_.end() && place->id == id) {
            return *place->state;
        }
        auto state = spare_ ? std::move(spare_) : std::make_unique<State>();
        return *open_.insert(place, entry{id, std::move(state)})->state;
    }
    void close(round_id id) {
        const auto place = place_of(id);
        if (place != open_.end() && place->id == id) {
            spare_ = std::move(place->state);
            spare_->clear();
            open_.erase(place);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return open_.size(); }
    /// Ascending. Opening or closing a round ends the iteration.
    [[nodiscard]] auto begin() const noexcept { return open_.begin(); }
    [[nodiscard]] auto end() const noexcept { return open_.end(); }

private:
    [[nodiscard]] auto place_of(round_id id) {
        return std::lower_bound(open_.begin(), open_.end(), id,
                                [](const entry& e, round_id wanted) { return e.id < wanted; });
    }

    std::vector<entry> open_;      ///< ascending
    std::unique_ptr<State> spare_; ///< cleared
};

} // namespace byzgate
