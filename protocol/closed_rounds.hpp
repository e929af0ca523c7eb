/// Which rounds are over, in bounded memory: a floor below which all are, and the few above it.
#pragma once

#include <algorithm>
#include <set>

#include "protocol/ids.hpp"

namespace byzgate {

class closed_rounds {
public:
    /// Remembers at most about `spread` rounds above the floor; beyond that the floor rises, and
    /// rounds that were passed over count as closed.
    explicit closed_rounds(std::size_t spread) : spread_(spread) {}

    [[nodiscard]] bool contains(round_id id) const {
        return number_of(id) <= floor_ || above_.contains(number_of(id));
    }
    void insert(round_id id) {
        if (contains(id)) {
            return;
        }
        if (number_of(id) == floor_ + 1) {
            ++floor_;
        } else {
            above_.insert(number_of(id));
        }
        while (!above_.empty() && (*above_.begin() == floor_ + 1 || above_.size() > spread_)) {
            floor_ = *above_.begin();
            above_.erase(above_.begin());
        }
    }
    /// All rounds up to this one are over.
    void raise(round_id floor) {
        floor_ = std::max(floor_, number_of(floor));
        above_.erase(above_.begin(), above_.upper_bound(floor_));
    }
    [[nodiscard]] std::uint64_t floor() const noexcept { return floor_; }

private:
    std::size_t spread_;
    std::uint64_t floor_ = 0;
    std::set<std::uint64_t> above_;
};

} // namespace byzgate
