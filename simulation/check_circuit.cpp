#include "simulation/check_circuit.hpp"

#include <utility>

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

literal literal_of(std::uint32_t gate, bool complement = false) {
    return literal{gate * 2 + (complement ? 1U : 0U)};
}

} // namespace

circuit::circuit() : gates_{gate{}} {}

std::size_t circuit::gate_hash::operator()(const gate& g) const noexcept {
    auto mixed = (std::uint64_t{g.a} << 32 | g.b) * 0x9e3779b97f4a7c15ULL;
    mixed ^= mixed >> 29;
    return static_cast<std::size_t>((mixed + static_cast<std::uint64_t>(g.kind))
                                    * 0xbf58476d1ce4e5b9ULL);
}

literal circuit::add(gate g) {
    const auto [at, is_new] = known_.emplace(g, static_cast<std::uint32_t>(gates_.size()));
    if (is_new) {
        BYZGATE_ASSERT(gates_.size() < (std::uint32_t{1} << 31));
        gates_.push_back(g);
    }
    return literal_of(at->second);
}

literal circuit::chosen(std::uint32_t choice, std::uint32_t digit) {
    BYZGATE_ASSERT(digit >= 1);
    return add({gate_kind::input, choice, digit});
}

literal circuit::and_(literal a, literal b) {
    if (a == never || b == never || a == !b) {
        return never;
    }
    if (a == always || a == b) {
        return b;
    }
    if (b == always) {
        return a;
    }
    if (is_complement(a) == is_complement(b)) {
        if (gate_of(a) > gate_of(b)) {
            std::swap(a, b);
        }
        return add(
            {is_complement(a) ? gate_kind::neither : gate_kind::both, gate_of(a), gate_of(b)});
    }
    if (is_complement(a)) {
        std::swap(a, b);
    }
    return add({gate_kind::only, gate_of(a), gate_of(b)});
}

literal circuit::xor_(literal a, literal b) {
    const bool complement = is_complement(a) != is_complement(b);
    auto first = gate_of(a);
    auto second = gate_of(b);
    if (first == second) {
        return complement ? always : never;
    }
    if (first > second) {
        std::swap(first, second);
    }
    if (first == gate_of(never)) {
        return literal_of(second, complement);
    }
    const auto differ = add({gate_kind::differ, first, second});
    return complement ? !differ : differ;
}

std::vector<literal> circuit::sum(const std::vector<literal>& inputs) {
    std::vector<literal> bits;
    auto column = inputs;
    while (!column.empty()) {
        std::vector<literal> carries;
        while (column.size() > 1) {
            const auto a = column.back();
            column.pop_back();
            const auto b = column.back();
            column.pop_back();
            const auto either = xor_(a, b);
            if (column.empty()) {
                column.push_back(either);
                carries.push_back(and_(a, b));
                break;
            }
            const auto c = column.back();
            column.back() = xor_(either, c);
            carries.push_back(or_(and_(a, b), and_(either, c)));
        }
        bits.push_back(column.front());
        column = std::move(carries);
    }
    return bits;
}

literal circuit::at_least(const std::vector<literal>& inputs, std::int64_t threshold) {
    std::vector<literal> open;
    for (const auto in : inputs) {
        if (in == always) {
            --threshold;
        } else if (in != never) {
            open.push_back(in);
        }
    }
    if (threshold <= 0) {
        return always;
    }
    if (threshold > static_cast<std::int64_t>(open.size())) {
        return never;
    }
    const auto bits = sum(open);
    auto reached = always;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        reached = ((threshold >> i) & 1) != 0 ? and_(bits[i], reached) : or_(bits[i], reached);
    }
    return reached;
}

std::vector<bool> circuit::values(const std::vector<std::uint8_t>& digits) const {
    std::vector<bool> value(gates_.size(), false);
    for (std::size_t i = 1; i < gates_.size(); ++i) {
        const auto& g = gates_[i];
        switch (g.kind) {
            case gate_kind::constant:
                break;
            case gate_kind::input:
                value[i] = digits[g.a] == g.b;
                break;
            case gate_kind::both:
                value[i] = value[g.a] && value[g.b];
                break;
            case gate_kind::only:
                value[i] = value[g.a] && !value[g.b];
                break;
            case gate_kind::neither:
                value[i] = !value[g.a] && !value[g.b];
                break;
            case gate_kind::differ:
                value[i] = value[g.a] != value[g.b];
                break;
        }
    }
    return value;
}

} // namespace byzgate
