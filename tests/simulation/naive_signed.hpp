/// The exhaustive check of signed messages once more, as plainly as it can be written: every
/// strategy as a table from message to what is said, SM(m) of Lamport, Shostak and Pease played
/// message by message, straight from docs/protocol.md. It shares no code with the checker that it
/// is there to judge, and it leaves no choice out because it could not matter.
#pragma once

#include "naive_check.hpp"

namespace naive {

/// What a restricted relay says: whatever its path can show. 's' for nothing, as elsewhere.
inline constexpr word whatever_it_can = 'r';

[[nodiscard]] outcome play_signed(const setting& s, const strategy& said);
/// Messages that a Byzantine server owes a loyal lieutenant on a path with somebody loyal.
[[nodiscard]] std::vector<message> restricted_of(const setting& s);
[[nodiscard]] int deviations_signed(const setting& s, const strategy& said);
[[nodiscard]] tally enumerate_signed(const setting& s);

} // namespace naive
