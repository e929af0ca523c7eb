/// A Boolean circuit over the choices of a strategy: what becomes of a round as a function of what
/// the adversary chooses. Equal gates are kept once and constants are folded away, so a circuit
/// holds only what does depend on the adversary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace byzgate {

/// A gate's output or its complement: twice the gate's index, plus one for the complement.
enum class literal : std::uint32_t {};
inline constexpr literal never{0};
inline constexpr literal always{1};
[[nodiscard]] constexpr literal operator!(literal a) noexcept {
    return literal{static_cast<std::uint32_t>(a) ^ 1U};
}
[[nodiscard]] constexpr std::uint32_t gate_of(literal a) noexcept {
    return static_cast<std::uint32_t>(a) >> 1;
}
[[nodiscard]] constexpr bool is_complement(literal a) noexcept {
    return (static_cast<std::uint32_t>(a) & 1U) != 0;
}

enum class gate_kind : std::uint8_t {
    constant, ///< false; gate 0 only
    input,    ///< `a` is the choice, `b` the digit (1 or 2) that makes it true
    both,     ///< a and b
    only,     ///< a and not b
    neither,  ///< not a and not b
    differ    ///< a xor b
};

struct gate {
    gate_kind kind = gate_kind::constant;
    std::uint32_t a = 0;
    std::uint32_t b = 0;

    bool operator==(const gate&) const = default;
};

class circuit {
public:
    circuit();

    /// True iff the digit of that choice is `digit` (at least 1).
    [[nodiscard]] literal chosen(std::uint32_t choice, std::uint32_t digit);
    [[nodiscard]] literal and_(literal a, literal b);
    [[nodiscard]] literal or_(literal a, literal b) { return !and_(!a, !b); }
    [[nodiscard]] literal xor_(literal a, literal b);
    /// At least `threshold` of the inputs are true; always if the threshold is not positive.
    [[nodiscard]] literal at_least(const std::vector<literal>& inputs, std::int64_t threshold);

    /// Operands come before the gates that use them.
    [[nodiscard]] const std::vector<gate>& gates() const noexcept { return gates_; }

    /// The value of every gate for one strategy (one digit for each choice).
    [[nodiscard]] std::vector<bool> values(const std::vector<std::uint8_t>& digits) const;
    [[nodiscard]] static bool value(const std::vector<bool>& values, literal of) {
        return values[gate_of(of)] != is_complement(of);
    }

private:
    struct gate_hash {
        std::size_t operator()(const gate& g) const noexcept;
    };

    [[nodiscard]] literal add(gate g);
    /// The number of true inputs in binary, lowest bit first.
    [[nodiscard]] std::vector<literal> sum(const std::vector<literal>& inputs);

    std::vector<gate> gates_;
    std::unordered_map<gate, std::uint32_t, gate_hash> known_;
};

} // namespace byzgate
