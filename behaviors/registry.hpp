/// Behaviours by name: what a configuration, a control message or the checker may put in a
/// server's place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

/// Where a handler sits: its own id, the cluster around it, a seed of its own, the digest function.
struct seat {
    server_id self{};
    cluster_parameters cluster;
    std::uint64_t seed = 0;
    const digester* digests = nullptr; ///< outlives every handler made for this seat
    signing_keys keys{};               ///< signed clusters only
    /// Keys of other Byzantine servers under one plan with this one, who gave them away.
    std::map<server_id, std::shared_ptr<const signer>> accomplices{};
    round_id last_round{}; ///< of the runs before this one
    /// Signed clusters: what the server has signed before. Its loyal machine repeats that, and asks
    /// its driver to keep what it signs; null: it does neither.
    std::shared_ptr<const signed_past> past{};
};

/// An option of a behaviour as a configuration writes it.
using option_value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>,
                                  std::vector<std::int64_t>>;
using behavior_options = std::map<std::string, option_value, std::less<>>;

/// An unknown behaviour, an unknown option, a value that makes no sense. `what()` says which, and
/// lists what is known; `option()` names the offending option, empty if it is the name itself.
class behavior_error : public std::runtime_error {
public:
    explicit behavior_error(const std::string& what, std::string option = {})
        : std::runtime_error(what), option_(std::move(option)) {}
    [[nodiscard]] const std::string& option() const noexcept { return option_; }

private:
    std::string option_;
};

class editor;
class option_reader;

/// What a behaviour says of itself; what the registry has a line of.
struct behavior_info {
    std::string_view name;
    std::string_view summary; ///< one sentence for --help
    bool for_commanders = false;
    bool for_lieutenants = false;
    std::vector<std::string_view> options;
    /// Makes the editor that goes over the seat's loyal machine; null if nothing is to be edited.
    /// The options have been checked for unknown names only.
    std::unique_ptr<editor> (*make)(const seat& at, const option_reader& how) = nullptr;
};

/// All behaviours, in the order in which they are to be listed; `loyal` first.
[[nodiscard]] const std::vector<behavior_info>& known_behaviors();

/// The entry of that name; throws behavior_error listing the known names.
[[nodiscard]] const behavior_info& find_behavior(std::string_view name);

/// The loyal machine of a seat (commander or lieutenant).
[[nodiscard]] handler make_loyal(const seat& at);

/// The editor that plays `name` at that seat, null for `loyal`. Throws as `make_behavior` does.
[[nodiscard]] std::unique_ptr<editor> make_editor(const seat& at, std::string_view name,
                                                  const behavior_options& how);

/// The handler that plays `name` at that seat. Throws behavior_error for an unknown name or option,
/// a bad value, or a behaviour that makes no sense for the seat's role.
[[nodiscard]] handler make_behavior(const seat& at, std::string_view name,
                                    const behavior_options& how);
/// The same over a loyal machine of the caller's.
[[nodiscard]] handler make_behavior(const seat& at, std::string_view name,
                                    const behavior_options& how, handler loyal);

/// Checks name, role and options as `make_behavior` does, without keeping the handler.
void validate_behavior(const seat& at, std::string_view name, const behavior_options& how);

} // namespace byzgate
