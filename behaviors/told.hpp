/// The ways of telling somebody a claim: the vocabulary that liars share, in options, in scripts
/// and in the choices of the exhaustive check.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/claim.hpp"

namespace byzgate {

enum class told : std::uint8_t {
    truth,         ///< what the database holds, or what was heard
    public_,       ///< the same record, said to be public
    confidential,  ///< the same record, said to be confidential
    silence,       ///< nothing
    opposite,      ///< the other flag; what makes no claim stays as it is
    other_version, ///< the same flag and payload under a version that never was
    other_digest,  ///< the same flag and version with a digest of nothing that exists
    absent         ///< that there is no such record
};
inline constexpr std::uint32_t ways_of_telling = 8;

/// `truth`, `public`, `confidential`, `silent`, `opposite`, `other_version`, `other_digest`,
/// `absent`.
[[nodiscard]] std::string_view to_string(told how) noexcept;
[[nodiscard]] std::optional<told> parse_told(std::string_view text);
/// All the names, in that order.
[[nodiscard]] std::vector<std::string_view> told_names();

/// The record that every liar invents where it knows of none: fixed, so that liars who never spoke
/// to one another invent the same.
inline constexpr std::string_view invented_version = "invented";
inline constexpr std::string_view invented_payload = "an invented payload";

/// `heard` as a liar tells it. `content` is what a claim is to be about where `heard` makes none;
/// null leaves such a `heard` as it is.
[[nodiscard]] claim retold(told how, const claim& heard, const claim* content);

} // namespace byzgate
