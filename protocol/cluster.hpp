/// The numbers of a cluster: how many servers, which protocol, how many faults it is meant to
/// survive, and the limits on everything that a peer could make grow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.hpp"

namespace byzgate {

enum class protocol_kind : std::uint8_t { oral, signed_ };
[[nodiscard]] constexpr std::string_view to_string(protocol_kind p) noexcept {
    return p == protocol_kind::oral ? "oral" : "signed";
}

/// How many Byzantine servers the cluster is meant to survive: `commanders` (fc), `lieutenants`
/// (fl), `total` in all, with max(fc, fl) <= total <= fc + fl.
struct fault_budget {
    std::uint32_t commanders = 0;
    std::uint32_t lieutenants = 0;
    std::uint32_t total = 0;

    bool operator==(const fault_budget&) const = default;
};

/// fc = k-1 for k <= 2, else floor((k-1)/2); fl = floor((n-1)/2); total = fc + fl.
[[nodiscard]] fault_budget default_budget(std::uint32_t commanders, std::uint32_t lieutenants);

/// What the supervisor does once a conviction holds for good.
enum class conviction_policy : std::uint8_t {
    continue_, ///< go on without the convicted commander from the next request on
    halt       ///< start no further round
};

/// Upper bounds; what exceeds them is refused and counted, never stored.
struct limits {
    std::uint32_t batch_max = 65'536;            ///< records a round
    std::uint32_t payload_bytes_max = 16U << 20; ///< bytes of one payload
    std::uint32_t record_id_bytes_max = 1'024;   ///< bytes of a record id or a version
    std::uint32_t rounds_open_max = 4'096;       ///< rounds that a server keeps open
    std::uint32_t early_messages_max = 4'096;    ///< messages that came before their request
    std::uint32_t submissions_max = 65'536;      ///< batches waiting at the supervisor
};

struct cluster_parameters {
    std::uint32_t commanders = 1;  ///< k
    std::uint32_t lieutenants = 3; ///< n
    protocol_kind protocol = protocol_kind::oral;
    bool sealed = false;     ///< payloads travel sealed (payloads.hpp)
    std::uint32_t depth = 1; ///< m of OM(m) or SM(m)
    std::uint32_t max_recursion = 2;
    fault_budget tolerate = default_budget(1, 3);
    tick phase_timeout = 100'000; ///< Delta, in the driver's ticks
    std::uint32_t window = 16;    ///< rounds in flight
    conviction_policy on_conviction = conviction_policy::continue_;
    limits limit;

    /// Votes for the same (record, version, digest) that open the gate: max(floor(n/2)+1, fl+1).
    [[nodiscard]] std::uint32_t quorum() const noexcept;
    /// Reporters of each of two different claims that convict for good: fl+1.
    [[nodiscard]] std::uint32_t reporters_for_good() const noexcept {
        return tolerate.lieutenants + 1;
    }
    /// Reporters of each of two different claims that convict for one record when the commanders'
    /// values differ but are comparable: max(1, min(fl, total-1) + 1) (protocol.md, section 3).
    [[nodiscard]] std::uint32_t reporters_when_comparable() const noexcept;
    [[nodiscard]] bool is_signed() const noexcept { return protocol == protocol_kind::signed_; }
    /// Relay phases at that level: m; signed: one more at each sub-round, as far as there are
    /// lieutenants to sign (protocol.md, section 3, step 4).
    [[nodiscard]] std::uint32_t depth_at(level_number level) const noexcept;
    /// N = n + 1: one commander and the lieutenants.
    [[nodiscard]] std::uint32_t generals() const noexcept { return lieutenants + 1; }

    /// commander-1…k, then lieutenant-1…n.
    [[nodiscard]] std::vector<server_id> servers() const;
    [[nodiscard]] bool contains(server_id id) const noexcept;
};

/// Claims and relays of OM(m) among N generals, one commander, all loyal (or all talking):
/// T(N, m) = (N-1)(1 + T(N-1, m-1)), T(N, 0) = N-1 (Lamport, Shostak, Pease 1982, section 3).
/// Saturates at 2^64-1.
[[nodiscard]] std::uint64_t oral_message_count(std::uint32_t generals, std::uint32_t depth);

} // namespace byzgate
