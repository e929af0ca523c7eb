/// Plays many strategies at once: a circuit evaluated on slices of 256 strategies, one to a bit.
///
/// A slice holds every combination of the first few choices (the lanes: 8 choices of two values, 5
/// of three) for one combination of the others, the outer choices, which number it. From one slice
/// to the next mostly the earliest outer choices change, and only the gates that depend on those
/// are evaluated again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "simulation/check_circuit.hpp"
#include "simulation/check_slices.hpp"

namespace byzgate {

/// The literals that are watched, in the caller's order.
inline constexpr std::size_t watched_max = 8;
using watched_literals = std::array<literal, watched_max>;

/// A strategy for which a watched literal is true, and how many of its digits are not 0.
struct witness {
    std::uint32_t deviations = 0;
    std::uint64_t number = 0; ///< of the strategy, or of the sample; settles ties
    std::vector<std::uint8_t> digits;

    [[nodiscard]] bool better_than(const witness& other) const noexcept {
        return deviations != other.deviations ? deviations < other.deviations
                                              : number < other.number;
    }
};

/// For each watched literal how often it was true, and the best witness.
struct watch_result {
    std::array<std::uint64_t, watched_max> counts{};
    std::array<std::optional<witness>, watched_max> witnesses;

    void add(const watch_result& other);
    void offer(std::size_t watched, witness found);
};

class check_engine {
public:
    /// Each of `choices` has `values` values. The circuit is not needed afterwards.
    check_engine(const circuit& gates, const watched_literals& watched, std::uint32_t values,
                 std::uint32_t choices);

    /// Slices that hold all strategies, provided that these are fewer than 2^64.
    [[nodiscard]] std::uint64_t slices() const noexcept;
    /// Gates of a slice.
    [[nodiscard]] std::size_t gates() const noexcept { return program_.size(); }

    /// Every strategy of the slices [first, last). The witness has the fewest deviations.
    [[nodiscard]] watch_result enumerate(std::uint64_t first, std::uint64_t last) const;

    /// `count` strategies drawn by the seed. The witness is the first hit, numbered from
    /// `first_number`.
    [[nodiscard]] watch_result sample(std::uint64_t count, std::uint64_t seed,
                                      std::uint64_t first_number) const;

    /// All strategies with 0, 1, 2, … deviations until each watched literal has a witness or
    /// `limit` strategies were played. The counts are left at zero.
    [[nodiscard]] watch_result search(std::uint64_t limit) const;

private:
    /// Slot `slot` says where the choice has that digit.
    struct input {
        std::uint32_t choice = 0;
        std::uint32_t digit = 0;
        std::uint32_t slot = 0;
    };
    struct output {
        std::uint32_t slot = 0;
        bool complement = false;
        std::uint32_t group = 0;
    };
    class odometer;

    void compile(const circuit& gates, const watched_literals& watched);
    void fill_lanes(std::vector<slice>& slots) const;
    void run(std::vector<slice>& slots, std::uint32_t group) const;
    [[nodiscard]] slice read(const std::vector<slice>& slots, const output& of) const;
    [[nodiscard]] std::vector<std::uint8_t> digits_of_lane(const std::vector<slice>& slots,
                                                           std::uint32_t lane) const;
    void offer_lanes(watch_result& result, std::size_t watched, const slice& hits,
                     const odometer& at) const;

    std::uint32_t values_;
    std::uint32_t choices_;
    std::uint32_t lane_choices_ = 0;
    std::uint32_t lanes_ = 1;
    slice valid_;                   ///< the lanes in use when enumerating
    std::vector<slice> lanes_with_; ///< by number of deviations among the lanes' choices

    std::uint32_t slots_ = 1;   ///< slot 0 is false
    std::vector<input> inputs_; ///< ascending by choice
    std::vector<instruction> program_;
    /// A gate's group is the earliest outer choice that it depends on, or, if none, the number of
    /// outer choices. Later groups come first; `begin_[g]` is where the groups up to g begin.
    std::vector<std::size_t> begin_;
    std::array<output, watched_max> outputs_{};
};

} // namespace byzgate
