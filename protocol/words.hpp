/// Names that look alike: what an operator may have meant by a key that is unknown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace byzgate {

/// Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`, no place
/// being edited twice (Damerau 1964; the restricted, "optimal string alignment" form).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, if it is near enough that a slip of the fingers explains it; the first
/// of several that are equally near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& known);

/// `a, b and c`.
[[nodiscard]] std::string enumerated(const std::vector<std::string>& words);

} // namespace byzgate
