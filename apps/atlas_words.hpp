/// The atlas in words and numbers, shared by the Markdown file, the page and the terminal: plain
/// text without markup. Every sentence with a number takes it from the rows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/atlas.hpp"

namespace byzgate {

/// `byzgate check --atlas --out docs`, the command that makes the committed files.
inline constexpr std::string_view atlas_command = "byzgate check --atlas --out docs";

/// The failures that a row links to, gravest first.
inline constexpr std::array atlas_failures{broken_property::leak, broken_property::framing,
                                           broken_property::denial};

/// `nobody`, `1 commander + 1 lieutenant`.
[[nodiscard]] std::string words_for(present_faults liars);

struct verdict_words {
    std::string_view text; ///< `survives`, `denies only`, `FRAMES`, `LEAKS`, `BREAKS A PROMISE`
    std::string_view sign; ///< tells them apart without colour
    std::string_view name; ///< for style sheets and scripts
};
[[nodiscard]] verdict_words words_for(atlas_verdict verdict) noexcept;

/// What section 4 promises here: `no leak, no framing, availability`, or `nothing`.
[[nodiscard]] std::string promised_words(const promises& promise);

/// `1,073,741,824`
[[nodiscard]] std::string grouped(std::string digits);
[[nodiscard]] std::string grouped(std::uint64_t number);

/// `66 of 729`; `0 of a sample of 16,777,216` where not all strategies were played.
[[nodiscard]] std::string hits_of(std::uint64_t hits, const check_case& of);
/// `9.1 %`; `under 0.1 %` rather than nothing; empty for none and for all.
[[nodiscard]] std::string share_of(std::uint64_t hits, std::uint64_t all);
/// Of the confidential record and of the public one: `113 + 308`, or `0`.
[[nodiscard]] std::string both(const atlas_row& row, std::uint64_t check_counts::*count);

/// What the cluster tolerates, its quorum and the values that liars choose from.
[[nodiscard]] std::string describe(const atlas_architecture& what);
/// Which rows of the section were sampled, and how; empty if none was.
[[nodiscard]] std::string sampling_note(const atlas_section& section, std::uint64_t seed);

/// `dual-3-total-1_commander-1+lieutenant-1_public.json`
[[nodiscard]] std::string file_name(const atlas_architecture& what, const counterexample& example);

/// How to read the table, a paragraph each.
[[nodiscard]] std::vector<std::string> atlas_reading();
/// What the rows teach; of the architectures of atlas_architectures().
[[nodiscard]] std::vector<std::string> atlas_lessons(const atlas& all);

} // namespace byzgate
