#include "simulation/check_engine.hpp"

#include <algorithm>
#include <utility>

#include "protocol/assert.hpp"

namespace byzgate {

void watch_result::offer(std::size_t watched, witness found) {
    auto& best = witnesses[watched];
    if (!best || found.better_than(*best)) {
        best = std::move(found);
    }
}

void watch_result::add(const watch_result& other) {
    for (std::size_t w = 0; w < watched_max; ++w) {
        counts[w] += other.counts[w];
        if (other.witnesses[w]) {
            offer(w, *other.witnesses[w]);
        }
    }
}

namespace {

constexpr slice all_lanes{{~0ULL, ~0ULL, ~0ULL, ~0ULL}};

/// Steele, Lea, Flood 2014: small, fast, and the same on every compiler.
class splitmix {
public:
    explicit splitmix(std::uint64_t seed) : state_(seed) {}

    std::uint64_t operator()() noexcept {
        auto z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

/// A uniform digit for each lane: where it is 1, and where it is 2.
std::pair<slice, slice> draw_digits(std::uint32_t values, splitmix& random) {
    slice one;
    slice two;
    for (std::size_t i = 0; i < one.word.size(); ++i) {
        if (values == 2) {
            one.word[i] = random();
            continue;
        }
        // Two random bits a lane; where both are set the lane is drawn again.
        for (auto open = ~std::uint64_t{0}; open != 0;) {
            const auto a = random();
            const auto b = random();
            one.word[i] |= open & a & ~b;
            two.word[i] |= open & ~a & b;
            open &= a & b;
        }
    }
    return {one, two};
}

std::uint32_t count_deviations(const std::vector<std::uint8_t>& digits) {
    return static_cast<std::uint32_t>(
        std::count_if(digits.begin(), digits.end(), [](std::uint8_t d) { return d != 0; }));
}

} // namespace

/// The digits of the outer choices while slices are enumerated.
class check_engine::odometer {
public:
    odometer(const check_engine& engine, std::uint64_t number)
        : engine_(engine), number_(number), digits_(engine.choices_ - engine.lane_choices_),
          first_input_(digits_.size() + 1) {
        for (auto& digit : digits_) {
            digit = static_cast<std::uint8_t>(number % engine.values_);
            number /= engine.values_;
        }
        deviations_ = count_deviations(digits_);
        const auto& inputs = engine.inputs_;
        for (std::uint32_t i = 0; i < first_input_.size(); ++i) {
            const auto at = std::find_if(inputs.begin(), inputs.end(), [&](const input& in) {
                return in.choice >= engine.lane_choices_ + i;
            });
            first_input_[i] = static_cast<std::size_t>(at - inputs.begin());
        }
    }

    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::uint32_t deviations() const noexcept { return deviations_; }
    [[nodiscard]] const std::vector<std::uint8_t>& digits() const noexcept { return digits_; }

    void fill(std::vector<slice>& slots) const {
        for (std::uint32_t i = 0; i < digits_.size(); ++i) {
            fill(slots, i);
        }
    }

    /// To the next slice; the last outer choice that changed.
    std::uint32_t advance(std::vector<slice>& slots) {
        ++number_;
        for (std::uint32_t i = 0;; ++i) {
            BYZGATE_ASSERT(i < digits_.size());
            auto& digit = digits_[i];
            digit = static_cast<std::uint8_t>(digit + 1U);
            deviations_ += digit == 1 ? 1 : 0;
            if (digit < engine_.values_) {
                fill(slots, i);
                return i;
            }
            digit = 0;
            --deviations_;
            fill(slots, i);
        }
    }

private:
    void fill(std::vector<slice>& slots, std::uint32_t i) const {
        for (auto at = first_input_[i]; at < first_input_[i + 1]; ++at) {
            const auto& in = engine_.inputs_[at];
            slots[in.slot] = in.digit == digits_[i] ? all_lanes : slice{};
        }
    }

    const check_engine& engine_;
    std::uint64_t number_;
    std::uint32_t deviations_ = 0;
    std::vector<std::uint8_t> digits_;
    std::vector<std::size_t> first_input_; ///< by outer choice, and one past the end
};

check_engine::check_engine(const circuit& gates, const watched_literals& watched,
                           std::uint32_t values, std::uint32_t choices)
    : values_(values), choices_(choices) {
    BYZGATE_ASSERT(values == 2 || values == 3);
    while (lane_choices_ < choices && lanes_ * values <= lanes_max) {
        ++lane_choices_;
        lanes_ *= values;
    }
    lanes_with_.resize(lane_choices_ + 1);
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
        std::uint32_t deviations = 0;
        for (auto rest = lane; rest > 0; rest /= values) {
            deviations += rest % values != 0 ? 1 : 0;
        }
        valid_.set(lane);
        lanes_with_[deviations].set(lane);
    }
    compile(gates, watched);
}

std::uint64_t check_engine::slices() const noexcept {
    std::uint64_t slices = 1;
    for (auto i = lane_choices_; i < choices_; ++i) {
        slices *= values_;
    }
    return slices;
}

void check_engine::compile(const circuit& gates, const watched_literals& watched) {
    const auto& all = gates.gates();
    const auto is_input = [&](std::size_t i) { return all[i].kind == gate_kind::input; };
    std::vector<bool> needed(all.size(), false);
    for (const auto w : watched) {
        needed[gate_of(w)] = true;
    }
    for (auto i = all.size() - 1; i > 0; --i) {
        if (needed[i] && !is_input(i)) {
            needed[all[i].a] = true;
            needed[all[i].b] = true;
        }
    }
    const auto outer = choices_ - lane_choices_;
    std::vector<std::uint32_t> group(all.size(), outer);
    std::vector<std::uint32_t> slot(all.size(), 0);
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 1; i < all.size(); ++i) {
        if (!needed[i]) {
            continue;
        }
        if (is_input(i)) {
            group[i] = all[i].a >= lane_choices_ ? all[i].a - lane_choices_ : outer;
            slot[i] = slots_++;
            inputs_.push_back({all[i].a, all[i].b, slot[i]});
        } else {
            group[i] = std::min(group[all[i].a], group[all[i].b]);
            order.push_back(i);
        }
    }
    std::sort(inputs_.begin(), inputs_.end(), [](const input& a, const input& b) {
        return std::pair{a.choice, a.digit} < std::pair{b.choice, b.digit};
    });
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return group[a] > group[b]; });
    begin_.assign(outer + 1, order.size());
    for (const auto i : order) {
        for (auto g = group[i]; g <= outer && begin_[g] == order.size(); ++g) {
            begin_[g] = program_.size();
        }
        slot[i] = slots_++;
        program_.push_back({all[i].kind, slot[i], slot[all[i].a], slot[all[i].b]});
    }
    for (std::size_t w = 0; w < watched_max; ++w) {
        const auto from = gate_of(watched[w]);
        outputs_[w] = {slot[from], is_complement(watched[w]), group[from]};
    }
}

void check_engine::fill_lanes(std::vector<slice>& slots) const {
    for (const auto& in : inputs_) {
        if (in.choice >= lane_choices_) {
            break;
        }
        std::uint32_t place = 1;
        for (std::uint32_t i = 0; i < in.choice; ++i) {
            place *= values_;
        }
        for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
            if (lane / place % values_ == in.digit) {
                slots[in.slot].set(lane);
            }
        }
    }
}

void check_engine::run(std::vector<slice>& slots, std::uint32_t group) const {
    run_instructions(program_.data() + begin_[group], program_.data() + program_.size(),
                     slots.data());
}

slice check_engine::read(const std::vector<slice>& slots, const output& of) const {
    return of.complement ? ~slots[of.slot] : slots[of.slot];
}

void check_engine::offer_lanes(watch_result& result, std::size_t watched, const slice& hits,
                               const odometer& at) const {
    const auto& best = result.witnesses[watched];
    // Slices come in ascending order, so that only fewer deviations are better.
    for (std::uint32_t inner = 0; inner <= lane_choices_; ++inner) {
        const auto deviations = at.deviations() + inner;
        if (best && deviations >= best->deviations) {
            return;
        }
        const auto found = hits & lanes_with_[inner];
        if (found.any()) {
            const auto lane = found.first();
            witness w{deviations, at.number() * lanes_ + lane, {}};
            for (std::uint32_t i = 0, rest = lane; i < lane_choices_; ++i, rest /= values_) {
                w.digits.push_back(static_cast<std::uint8_t>(rest % values_));
            }
            w.digits.insert(w.digits.end(), at.digits().begin(), at.digits().end());
            result.offer(watched, std::move(w));
            return;
        }
    }
}

watch_result check_engine::enumerate(std::uint64_t first, std::uint64_t last) const {
    watch_result result;
    std::vector<slice> slots(slots_);
    fill_lanes(slots);
    odometer at(*this, first);
    at.fill(slots);
    std::array<slice, watched_max> hits{};
    std::array<std::uint32_t, watched_max> counts{};
    auto changed = choices_ - lane_choices_;
    while (first < last) {
        run(slots, changed);
        for (std::size_t w = 0; w < watched_max; ++w) {
            if (outputs_[w].group <= changed) {
                hits[w] = read(slots, outputs_[w]) & valid_;
                counts[w] = hits[w].any() ? count_lanes(hits[w]) : 0;
            }
            if (counts[w] > 0) {
                result.counts[w] += counts[w];
                offer_lanes(result, w, hits[w], at);
            }
        }
        if (++first < last) {
            changed = at.advance(slots);
        }
    }
    return result;
}

std::vector<std::uint8_t> check_engine::digits_of_lane(const std::vector<slice>& slots,
                                                       std::uint32_t lane) const {
    std::vector<std::uint8_t> digits(choices_, 0);
    for (const auto& in : inputs_) {
        if (slots[in.slot].lane(lane)) {
            digits[in.choice] = static_cast<std::uint8_t>(in.digit);
        }
    }
    return digits;
}

watch_result check_engine::sample(std::uint64_t count, std::uint64_t seed,
                                  std::uint64_t first_number) const {
    watch_result result;
    std::vector<slice> slots(slots_);
    splitmix random(seed);
    for (std::uint64_t done = 0; done < count; done += lanes_max) {
        std::optional<std::uint32_t> choice;
        std::pair<slice, slice> drawn;
        for (const auto& in : inputs_) {
            if (choice != in.choice) {
                choice = in.choice;
                drawn = draw_digits(values_, random);
            }
            slots[in.slot] = in.digit == 1 ? drawn.first : drawn.second;
        }
        run(slots, choices_ - lane_choices_);
        slice valid = all_lanes;
        if (count - done < lanes_max) {
            valid = {};
            for (std::uint32_t lane = 0; lane < count - done; ++lane) {
                valid.set(lane);
            }
        }
        for (std::size_t w = 0; w < watched_max; ++w) {
            const auto hits = read(slots, outputs_[w]) & valid;
            result.counts[w] += count_lanes(hits);
            if (!result.witnesses[w] && hits.any()) {
                const auto lane = hits.first();
                auto digits = digits_of_lane(slots, lane);
                const auto deviations = count_deviations(digits);
                result.offer(w, {deviations, first_number + done + lane, std::move(digits)});
            }
        }
    }
    return result;
}

} // namespace byzgate
