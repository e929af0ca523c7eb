/// Reads the options of a behaviour as an operator wrote them. Every mistake is a
/// `behavior_error` that names the option and says what to write instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "behaviors/registry.hpp"

namespace byzgate {

class option_reader {
public:
    /// Keeps references: a reader lives no longer than the call that it was made for.
    option_reader(const seat& at, std::string_view behavior, const behavior_options& how)
        : at_(at), behavior_(behavior), how_(how) {}

    [[nodiscard]] const behavior_options& all() const noexcept { return how_; }
    [[nodiscard]] bool has(std::string_view option) const { return how_.contains(option); }

    [[nodiscard]] bool yes_or_no(std::string_view option, bool otherwise) const;
    /// One of `choices`; the first of them when left out.
    [[nodiscard]] std::string one_of(std::string_view option,
                                     const std::vector<std::string_view>& choices) const;
    /// A whole number of at least `least`.
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view option,
                                                      std::uint64_t least = 0) const;
    /// A number from 0 to 1.
    [[nodiscard]] std::optional<double> probability(std::string_view option) const;
    /// Any texts; one text stands for a list of one. Empty when left out.
    [[nodiscard]] std::vector<std::string> texts(std::string_view option) const;
    /// Texts out of `choices`; empty when left out.
    [[nodiscard]] std::vector<std::string>
    some_of(std::string_view option, const std::vector<std::string_view>& choices) const;
    /// Names of servers of this cluster; empty when left out.
    [[nodiscard]] std::vector<server_id> servers(std::string_view option) const;
    [[nodiscard]] std::vector<server_id> commanders(std::string_view option) const;
    [[nodiscard]] std::vector<server_id> lieutenants(std::string_view option) const;

    /// Throws behavior_error: option `option` of this behaviour `complaint`.
    [[noreturn]] void reject(std::string_view option, const std::string& complaint) const;

private:
    [[nodiscard]] std::vector<server_id> servers(std::string_view option,
                                                 std::optional<server_role> role) const;

    const seat& at_;
    std::string_view behavior_;
    const behavior_options& how_;
};

/// `a, b, c`: how errors list what is known.
[[nodiscard]] std::string listed(const std::vector<std::string_view>& names);

/// Sorted lists of servers are short: a linear search beats everything.
[[nodiscard]] bool holds(const std::vector<server_id>& some, server_id one) noexcept;

} // namespace byzgate
