/// What a behaviour remembers of each level of each open round, bounded: the oldest goes first, so
/// that nobody can make a liar grow either. What was forgotten lends its allocations to what comes:
/// `Remembered` needs a `clear()` that keeps its capacity.
#pragma once

#include <vector>

#include "protocol/ids.hpp"

namespace byzgate {

template <class Remembered>
class round_memory {
public:
    explicit round_memory(std::size_t levels_max) : levels_max_(levels_max) {}

    [[nodiscard]] Remembered* find(round_id round, level_number level) {
        // The newest are asked for most.
        for (auto i = levels_.rbegin(); i != levels_.rend(); ++i) {
            if (i->round == round && i->level == level) {
                return &i->what;
            }
        }
        return nullptr;
    }

    /// What is remembered of that level; an empty memory if there was none.
    Remembered& at(round_id round, level_number level) {
        if (auto* known = find(round, level)) {
            return *known;
        }
        if (levels_.size() >= levels_max_) {
            spare_ = std::move(levels_.front().what);
            levels_.erase(levels_.begin());
        }
        levels_.push_back({round, level, std::move(spare_)});
        levels_.back().what.clear();
        spare_ = {};
        return levels_.back().what;
    }

    void forget(round_id round) {
        std::size_t kept = 0;
        for (auto& one : levels_) {
            if (one.round == round) {
                spare_ = std::move(one.what);
                spare_.clear();
            } else {
                if (&levels_[kept] != &one) {
                    levels_[kept] = std::move(one);
                }
                ++kept;
            }
        }
        levels_.resize(kept);
    }

private:
    struct entry {
        round_id round{};
        level_number level = 0;
        Remembered what;
    };
    std::size_t levels_max_;
    std::vector<entry> levels_;
    Remembered spare_{};
};

} // namespace byzgate
