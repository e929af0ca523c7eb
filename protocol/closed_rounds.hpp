/// Which rounds are over, in bounded memory: a floor below which all are, and the few above it.
#pragma once

#include <algorithm>
#include <vector>

#include "protocol/ids.hpp"

namespace byzgate {

class closed_rounds {
public:
    /// Remembers at most about `spread` rounds above the floor; beyond that the floor rises, and
    /// rounds that were passed over count as closed.
    explicit closed_rounds(std::size_t spread) : spread_(spread) {}

    [[nodiscard]] bool contains(round_id id) const {
        const auto number = number_of(id);
        return number <= floor_ || std::binary_search(above_.begin(), above_.end(), number);
    }
    void insert(round_id id) {
        const auto number = number_of(id);
        if (number <= floor_) {
            return;
        }
        if (number == floor_ + 1) {
            floor_ = number;
        } else {
            const auto place = std::lower_bound(above_.begin(), above_.end(), number);
            if (place != above_.end() && *place == number) {
                return;
            }
            above_.insert(place, number);
        }
        std::size_t passed = 0;
        while (passed < above_.size()
               && (above_[passed] == floor_ + 1 || above_.size() - passed > spread_)) {
            floor_ = above_[passed++];
        }
        above_.erase(above_.begin(), above_.begin() + static_cast<std::ptrdiff_t>(passed));
    }
    /// All rounds up to this one are over.
    void raise(round_id floor) {
        floor_ = std::max(floor_, number_of(floor));
        above_.erase(above_.begin(), std::upper_bound(above_.begin(), above_.end(), floor_));
    }
    [[nodiscard]] std::uint64_t floor() const noexcept { return floor_; }

private:
    std::size_t spread_;
    std::uint64_t floor_ = 0;
    std::vector<std::uint64_t> above_; ///< ascending
};

} // namespace byzgate
