/// What a scenario expects of a run (`[expect]`), and how a run that was observed differs from it.
/// The expectation is the operator's; the observation is the outside judge's, never a server's.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/ids.hpp"

namespace byzgate {

enum class run_outcome : std::uint8_t {
    secure, ///< nothing leaked and nothing was corrupted
    exposed ///< something did
};
[[nodiscard]] constexpr std::string_view to_string(run_outcome o) noexcept {
    return o == run_outcome::secure ? "secure" : "exposed";
}

/// A number, `"some"` (at least one) or `"none"` (zero).
struct expected_count {
    std::uint64_t least = 0;
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

    [[nodiscard]] static expected_count exactly(std::uint64_t n) { return {n, n}; }
    [[nodiscard]] static expected_count some() { return {1}; }
    [[nodiscard]] static expected_count none() { return exactly(0); }

    [[nodiscard]] bool holds(std::uint64_t n) const noexcept { return least <= n && n <= most; }
    bool operator==(const expected_count&) const = default;
};
/// As the configuration writes it: `none`, `some`, `7`.
[[nodiscard]] std::string to_string(const expected_count& e);

/// How many commanders are convicted, or exactly which ones.
using expected_convicted = std::variant<expected_count, std::vector<server_id>>;

/// `[expect]`; what is left out may be anything.
struct expect_config {
    std::optional<run_outcome> outcome;
    std::optional<expected_count> leaked;
    std::optional<expected_count> corrupted;
    std::optional<expected_count> denied;
    std::optional<expected_count> released;
    std::optional<expected_count> withheld;
    std::optional<expected_count> unresolved;
    std::optional<expected_count> framed;
    std::optional<expected_count> disagreements;
    std::optional<expected_convicted> convicted;

    [[nodiscard]] bool empty() const noexcept;
};
/// One line for a table: `outcome secure, leaked none, convicted commander-1`.
[[nodiscard]] std::string to_string(const expect_config& e);

/// What a judge counted in a run; the counts of cli.md's JSON object.
struct observed {
    run_outcome outcome = run_outcome::secure;
    std::uint64_t leaked = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t denied = 0;
    std::uint64_t released = 0;
    std::uint64_t withheld = 0;
    std::uint64_t unresolved = 0;
    std::uint64_t framed = 0;
    std::uint64_t disagreements = 0;
    std::vector<server_id> convicted; ///< in any order, each once
};

/// One sentence for each expectation that was not met; empty if the run was as expected.
[[nodiscard]] std::vector<std::string> differences(const expect_config& expected,
                                                   const observed& seen);

} // namespace byzgate
