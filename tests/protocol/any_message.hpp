/// Messages of every kind with whatever in them that a well-formed one can carry, and whether two
/// say the same, behind their pointers too.
#pragma once

#include <cstddef>

#include "protocol/messages.hpp"
#include "tests/protocol/dice.hpp"

namespace byzgate::testing {

inline constexpr std::size_t message_kinds = std::variant_size_v<message>;

/// Some message of the kind that stands there in `message`; small.
[[nodiscard]] message any_message(std::size_t kind, dice& chance);

[[nodiscard]] bool same(const message& a, const message& b);

} // namespace byzgate::testing
