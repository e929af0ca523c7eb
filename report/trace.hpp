/// A run as it was seen from outside: who said what to whom and when, what was refused, what each
/// round came to. JSON Lines, one event a line, in a stable order of fields (docs/trace.md).
///
/// What a server said is written down as it was said, lies and nonsense included. A trace that is
/// read back is a stranger's file: `trace_reader` takes nothing in it for granted.
#pragma once

#include <cstdint>
#include <deque>
#include <iosfwd>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"
#include "protocol/paths.hpp"

namespace byzgate {

/// The version of the format that is written, and the only one that is read.
inline constexpr std::uint64_t trace_version = 1;
/// Longest line in bytes. A message that would exceed it is written by its size alone.
inline constexpr std::size_t trace_line_bytes_max = 128U << 20;
/// Largest numbers of commanders and of lieutenants, and deepest exchange, that are read.
inline constexpr std::uint32_t traced_servers_max = 1'024;
inline constexpr std::uint32_t traced_depth_max = 16;
/// Most events of a trace that is read as a whole.
inline constexpr std::size_t trace_events_max = 20'000'000;

// -- what a trace holds --------------------------------------------------------------------------

/// A server that plays a Byzantine behaviour in this run, as the configuration put it there.
struct traced_fault {
    server_id server{};
    std::string behavior;
    std::string rounds;              ///< `10..20`; empty: all
    std::string options_json = "{}"; ///< a JSON object

    bool operator==(const traced_fault&) const = default;
};

/// A record as the database held it when the run began: what a replay needs.
struct traced_record {
    record_id id;
    version_id version;
    flag confidentiality = flag::confidential;
    std::optional<std::string> payload; ///< left out unless payloads were asked for

    bool operator==(const traced_record&) const = default;
};

struct trace_header {
    std::string scenario;
    std::string driver = "actors"; ///< `actors` or `simulation`
    cluster_parameters cluster;    ///< its limits are not part of the trace
    std::string tick_unit = "us";  ///< of every moment and span: `us` or `step`
    std::uint32_t batch = 1;       ///< records a round
    std::uint64_t seed = 0;
    round_id last_round{};                 ///< of the runs before this one
    std::vector<evidence_ptr> convictions; ///< that this run began with: the proofs, none null
    std::vector<traced_fault> byzantine;
    std::vector<traced_record> records; ///< may be empty
    std::string config; ///< the configuration's text, so that it can run again; may be empty
};

/// A commander and the lieutenants through which its claim came, the one who says so last.
struct relay_path {
    server_id commander{};
    std::vector<server_id> lieutenants;

    bool operator==(const relay_path&) const = default;
};

struct sent_event {
    server_id from{};
    server_id to{};
    message what;
    /// For a relay: the path of each item. Shorter than the items where the sender sent more than
    /// it owed; empty for other messages.
    std::vector<relay_path> paths;
    /// For a distribution, payload reply or delivery: bytes of each payload, known even where the
    /// texts were left out (`payloads` is null then, a delivery's payloads are empty).
    std::vector<std::uint64_t> payload_bytes;
    bool lost = false;           ///< the driver dropped it on its way
    std::uint64_t too_large = 0; ///< bytes of a message that was too large to be written; or 0
};

/// Something was refused at a server's trust boundary.
struct refused_event {
    server_id by{};
    server_id from{};
    refusal why{};
    std::string kind; ///< of the message, as `kind_of`; empty where it is not known
    round_id round{};
    level_number level = 0;
    std::uint32_t phase = 0; ///< of a relay, signed or not
};

/// What an outside judge says about a record that was decided.
enum class judgement : std::uint8_t {
    right,     ///< public and released, or confidential and withheld
    leaked,    ///< confidential, and released
    corrupted, ///< released with a payload, id or version that is not the database's
    denied     ///< public, and withheld
};
[[nodiscard]] std::string_view to_string(judgement j) noexcept;

/// The truth about one record of a closed round: the flag in the database (none where the database
/// has no such record) and what the judge makes of the outcome.
struct record_truth {
    std::optional<flag> confidentiality;
    judgement outcome = judgement::right;

    bool operator==(const record_truth&) const = default;
};

struct closed_event {
    round_closed round;
    std::vector<record_truth> truths; ///< one per record, or none where nobody judged
};

struct trace_event {
    std::uint64_t sequence = 0; ///< from 1, without a gap
    tick at = 0;
    std::variant<sent_event, refused_event, closed_event> what;
};

/// The run in numbers, as `run --json` has them.
struct trace_summary {
    std::uint64_t rounds = 0;
    std::uint64_t records = 0;
    std::uint64_t released = 0;
    std::uint64_t withheld = 0;
    std::uint64_t leaked = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t denied = 0;
    std::uint64_t unresolved = 0;
    std::uint64_t disagreements = 0;
    std::uint64_t framed = 0;
    std::uint64_t messages = 0; ///< claims and relays, as protocol.md section 5 counts them
    std::vector<server_id> convicted;
    std::vector<server_id> quarantined;
    std::string outcome = "secure"; ///< `secure` or `exposed`

    bool operator==(const trace_summary&) const = default;
};

struct trace {
    trace_header header;
    std::vector<trace_event> events;
    trace_summary summary;
};

// -- writing -------------------------------------------------------------------------------------

enum class traced_payloads : std::uint8_t { sizes_only, with_text };

/// Writes a trace, an event at a time. Not for several threads at once: the caller locks. The
/// stream outlives the writer, and its failure is the caller's to check (`stream.good()`).
/// Without `finish` the trace reads as cut off.
class trace_writer {
public:
    /// Writes the header. `options_json` of every fault must be a JSON object.
    trace_writer(std::ostream& out, const trace_header& header,
                 traced_payloads payloads = traced_payloads::sizes_only);

    /// A message left `from` for `to`. Call it before the recipient can answer, so that causes
    /// stand before their effects.
    void sent(tick at, server_id from, server_id to, const message& what, bool lost = false);
    /// `by` refused something; `about` is the message, where it is known.
    void refused(tick at, server_id by, const refused& what, const message* about = nullptr);
    /// A round is over; `truths` is empty or has an entry per record.
    void closed(tick at, const round_closed& what, const std::vector<record_truth>& truths = {});
    /// The last line; nothing may follow.
    void finish(const trace_summary& summary);

    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    /// errno of the first line that the stream didn't take; 0 if it took all.
    [[nodiscard]] int error() const noexcept { return error_; }

private:
    using level_of_round = std::pair<round_id, level_number>;

    [[nodiscard]] std::vector<relay_path> paths_of(server_id from, server_id to,
                                                   const relay& what) const;
    void remember(const round_request& request);
    void begin_event(std::string& line, std::string_view name, tick at);
    void write(std::string& line);

    std::ostream& out_;
    cluster_parameters cluster_;
    std::optional<path_table> paths_; ///< none where nothing is relayed
    traced_payloads payloads_;
    std::uint64_t events_ = 0;
    int error_ = 0;
    /// The commanders that each request asked: relays are in their order. The oldest are forgotten.
    std::map<level_of_round, std::vector<server_id>> asked_;
    std::deque<level_of_round> asked_order_;
};

// -- reading -------------------------------------------------------------------------------------

/// A file that is no trace, or no longer one: cut off, of another version, edited into nonsense.
class trace_error : public std::runtime_error {
public:
    trace_error(std::size_t line, const std::string& what)
        : std::runtime_error((line > 0 ? "line " + std::to_string(line) + ": " : "") + what),
          line_(line) {}
    /// Counted from 1; 0 for a text in which lines mean nothing.
    [[nodiscard]] std::size_t line() const noexcept { return line_; }

private:
    std::size_t line_;
};

/// Reads a trace an event at a time; strict, and bounded whatever the file holds. Every function
/// throws trace_error.
class trace_reader {
public:
    /// Reads the header.
    explicit trace_reader(std::istream& in);

    [[nodiscard]] const trace_header& header() const noexcept { return header_; }
    /// The next event; nothing after the last, and then `summary` is known.
    [[nodiscard]] std::optional<trace_event> next();
    [[nodiscard]] const trace_summary& summary() const noexcept { return summary_; }

private:
    [[nodiscard]] std::string read_line();

    std::istream& in_;
    trace_header header_;
    trace_summary summary_;
    std::size_t line_ = 0;
    std::uint64_t events_ = 0;
    bool finished_ = false;
};

/// The whole trace; throws trace_error.
[[nodiscard]] trace read_trace(std::istream& in);

} // namespace byzgate
