#include <numeric>
#include <utility>

#include "simulation/check_engine.hpp"

namespace byzgate {

namespace {

/// All digit vectors in the order of their number of nonzero digits.
class by_deviations {
public:
    by_deviations(std::uint32_t choices, std::uint32_t values)
        : choices_(choices), values_(values) {}

    [[nodiscard]] const std::vector<std::uint32_t>& places() const noexcept { return places_; }
    [[nodiscard]] const std::vector<std::uint8_t>& digits() const noexcept { return digits_; }

    /// False after the last one.
    bool next() {
        for (auto& digit : digits_) {
            digit = static_cast<std::uint8_t>(digit + 1U);
            if (digit < values_) {
                return true;
            }
            digit = 1;
        }
        const auto size = static_cast<std::uint32_t>(places_.size());
        for (auto i = size; i-- > 0;) {
            if (places_[i] + (size - i) < choices_) {
                std::iota(places_.begin() + i, places_.end(), places_[i] + 1);
                return true;
            }
        }
        if (size == choices_) {
            return false;
        }
        places_.resize(size + 1);
        std::iota(places_.begin(), places_.end(), 0U);
        digits_.assign(size + 1, 1);
        return true;
    }

private:
    std::uint32_t choices_;
    std::uint32_t values_;
    std::vector<std::uint32_t> places_;
    std::vector<std::uint8_t> digits_; ///< of the places, each at least 1
};

} // namespace

watch_result check_engine::search(std::uint64_t limit) const {
    watch_result result;
    std::vector<slice> slots(slots_);
    std::vector<std::vector<input>> by_choice(choices_);
    for (const auto& in : inputs_) {
        by_choice[in.choice].push_back(in);
    }
    by_deviations all(choices_, values_);
    for (std::uint64_t done = 0; done < limit;) {
        for (const auto& in : inputs_) {
            slots[in.slot] = {};
        }
        std::vector<std::uint32_t> deviations;
        slice valid;
        bool more = true;
        while (more && deviations.size() < lanes_max) {
            const auto lane = static_cast<std::uint32_t>(deviations.size());
            for (std::size_t i = 0; i < all.places().size(); ++i) {
                for (const auto& in : by_choice[all.places()[i]]) {
                    if (in.digit == all.digits()[i]) {
                        slots[in.slot].set(lane);
                    }
                }
            }
            valid.set(lane);
            deviations.push_back(static_cast<std::uint32_t>(all.places().size()));
            more = all.next();
        }
        run(slots, choices_ - lane_choices_);
        bool is_done = true;
        for (std::size_t w = 0; w < watched_max; ++w) {
            const auto hits = read(slots, outputs_[w]) & valid;
            if (!result.witnesses[w] && hits.any()) {
                const auto lane = hits.first();
                result.offer(w, {deviations[lane], done + lane, digits_of_lane(slots, lane)});
            }
            const bool can_be = outputs_[w].slot != 0 || outputs_[w].complement;
            is_done = is_done && (result.witnesses[w] || !can_be);
        }
        done += deviations.size();
        if (is_done || !more) {
            break;
        }
    }
    return result;
}

} // namespace byzgate
