/// The strategy space of the exhaustive check (protocol.md, section 6): everything that a set of
/// Byzantine servers can choose, one choice for each message that one of them owes a loyal
/// lieutenant. A strategy is one value for each choice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/record.hpp"

namespace byzgate {

/// What a server says about the record: a claim of its true version and digest with one of the two
/// flags, or nothing.
enum class told : std::uint8_t { public_, confidential, silent };
/// `public`, `confidential` or `silent`.
[[nodiscard]] std::string_view to_string(told t) noexcept;
[[nodiscard]] std::optional<told> parse_told(std::string_view text);
[[nodiscard]] constexpr told told_of(flag f) noexcept {
    return f == flag::public_ ? told::public_ : told::confidential;
}

/// A message that a Byzantine server owes a loyal lieutenant. `path` begins with the commander and
/// ends with the Byzantine speaker: `[commander-1]` is the commander's own claim,
/// `[commander-1, lieutenant-2]` what lieutenant-2 says that commander-1 told it.
struct choice {
    level_number level = 0;
    std::vector<server_id> path;
    server_id to{};

    bool operator==(const choice&) const = default;
};

/// `values` to the power of `choices`, exactly, however large.
struct strategy_count {
    std::uint32_t values = 1;
    std::uint32_t choices = 0;

    /// The number, unless it is 2^64 or more.
    [[nodiscard]] std::optional<std::uint64_t> as_number() const;
    /// All its decimal digits.
    [[nodiscard]] std::string decimal() const;
};

/// The choices that `byzantine` (any order) have in one round and its `recursion` sub-rounds with
/// oral messages. Order: the last level first, in it the deepest relays first and by recipient,
/// the commanders' own claims last. So the earlier a choice, the less depends on it.
[[nodiscard]] std::vector<choice> oral_choices(const cluster_parameters& cluster,
                                               const std::vector<server_id>& byzantine,
                                               std::uint32_t recursion);

} // namespace byzgate
