/// The protocol as a value that is stepped: an event goes in, effects come out. No clock, thread,
/// socket, file or random number is inside; the drivers (actors, simulator, checker) bring those.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/messages.hpp"
#include "protocol/signed_past.hpp"

namespace byzgate {

// -- events ------------------------------------------------------------------------------------

/// A message came by the link from `from`. The link vouches for `from` and for nothing else.
struct received {
    server_id from{};
    message what;
};

/// The database answered `read_records`: one entry per id asked, in order; nothing where the
/// database has no such record. An empty `records` with ids asked means that the read failed.
struct records_read {
    round_id round{};
    level_number level = 0;
    record_id_batch ids;
    std::vector<std::optional<record>> records;
};

/// Time has passed; deadlines up to `now` are due.
struct clock_tick {};

/// Somebody outside wants these records decided (to the supervisor only). `submission` comes back
/// in `round_closed`.
struct submission {
    std::uint64_t number = 0;
    record_id_batch records;
};

using event = std::variant<received, records_read, clock_tick, submission>;

// -- effects -----------------------------------------------------------------------------------

struct send {
    server_id to{};
    message what;
};

/// Read these records from the database, once (commanders only).
struct read_records {
    round_id round{};
    level_number level = 0;
    record_id_batch ids;
};

enum class record_outcome : std::uint8_t {
    open,      ///< not settled yet; never in a `round_closed`
    released,  ///< handed to the external party, receipt seen
    withheld,  ///< decided against, or no quorum
    unresolved ///< withheld: at least fl+1 lieutenants still unsure at the last level
};
[[nodiscard]] std::string_view to_string(record_outcome o) noexcept;

/// A conviction that the supervisor accepted on fl+1 matching accusations (or valid evidence).
struct accepted_conviction {
    server_id commander{};
    level_number level = 0;
    record_id record;
    bool for_good = false;
    std::vector<server_id> accusers;
    evidence_ptr proof{}; ///< signed: null in an oral cluster
};

/// What one record came to, with the last level that decided it.
struct decided_record {
    record_outcome outcome = record_outcome::open;
    level_number level = 0;
    verdict released; ///< version and digest of what was released; meaningful iff released
};

/// A round is over (supervisor only): all that an outside judge needs about it.
struct round_closed {
    round_id round{};
    std::uint64_t submission = 0;
    record_id_batch records;
    std::vector<decided_record> decided;
    std::vector<accepted_conviction> convictions;
    bool halted = false; ///< not run at all: the policy halted the cluster before
};

/// Something was refused at the trust boundary.
enum class refusal : std::uint8_t {
    unknown_server, ///< not a member, or not one whose place it is to say this
    unknown_round,  ///< a round that is closed or out of reach
    late,           ///< after its own phase or level closed
    duplicate,      ///< said already
    malformed,      ///< wrong shape or size
    oversized,      ///< over a limit
    bad_digest,     ///< a payload that does not hash to what was claimed
    bad_signature   ///< not signed by whom it names, for this cluster, round, level and place
};
inline constexpr std::size_t refusal_kinds = 8;
[[nodiscard]] std::string_view to_string(refusal r) noexcept;

struct refused {
    server_id from{};
    refusal why{};
    /// What was refused; null: the message that the machine is stepped with.
    std::shared_ptr<const message> about{};
};

/// The server has signed this: it must be durable before any effect after it in the list is
/// performed. All of one list may be made durable together.
struct keep {
    kept_statement what;
};

/// The rounds up to this one are over: what was kept of them may go, once it is durable that they
/// are over.
struct drop_kept {
    round_id up_to{};
};

/// Append only.
using effect = std::variant<send, read_records, round_closed, refused, keep, drop_kept>;
using effects = std::vector<effect>;

/// The refusals among `doing`, from place `first` on, that don't say what they are about are about
/// `what`.
void refusals_are_about(effects& doing, std::size_t first, const message& what);

// -- machines ----------------------------------------------------------------------------------

/// What a server does with an event: a loyal machine, or a Byzantine behaviour in its place.
/// Deterministic: the same events at the same ticks give the same effects.
class machine {
public:
    virtual ~machine() = default;

    /// Takes one event at `now` (ticks never go back) and appends what is to be done to `out`.
    virtual void on(const event& what, tick now, effects& out) = 0;

    /// The earliest tick at which a `clock_tick` is wanted; `tick_never` if none. It is harmless
    /// to tick earlier or later than asked.
    [[nodiscard]] virtual tick next_deadline() const { return tick_never; }
};

/// The handler of a seat in the cluster; swappable.
using handler = std::unique_ptr<machine>;

} // namespace byzgate
