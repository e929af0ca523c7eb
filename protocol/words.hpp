/// Names that look alike: what an operator may have meant by a key that is unknown. And what of an
/// operator's text may be shown again.
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

/// The text, cut off where a password may begin: anything with an `@` or `password=` behind `://`.
[[nodiscard]] std::string without_password(std::string_view text);

/// Whether a database url has a password in it.
[[nodiscard]] bool holds_password(std::string_view url);

} // namespace byzgate
