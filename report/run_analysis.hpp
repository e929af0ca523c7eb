/// What a trace shows once it is thought through: who heard what, what each lieutenant's values and
/// verdict had to be, and which messages no loyal server would have sent. Computed with the
/// protocol's own functions from what was sent and not refused.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/oral.hpp"
#include "protocol/release_rule.hpp"
#include "report/trace.hpp"

namespace byzgate {

/// One thing in a message that a loyal server would have said otherwise.
struct deviation {
    std::size_t item = 0;     ///< of a relay, else 0
    std::size_t position = 0; ///< of the record in the request of that level
    std::string instead;      ///< why it is one: `the database says confidential`
};

/// One arrow of a round's picture: a message, or the lack of one that was owed.
struct round_step {
    const trace_event* event = nullptr; ///< null for silence
    const sent_event* sent = nullptr;   ///< null for silence
    server_id from{};
    server_id to{};
    std::string_view kind;
    level_number level = 0;
    std::uint32_t phase = 0; ///< of a relay, signed or not
    bool faulty = false;     ///< the configuration has `from` lie in this round
    std::vector<deviation> deviations;
    std::optional<refusal> refused;
    std::size_t refusals = 0; ///< of a signed relay: of it or its items
    /// Of a signed relay of which only these were refused: the others were heard.
    std::vector<std::size_t> refused_items;

    /// Nothing of it was heard.
    [[nodiscard]] bool refused_whole() const noexcept {
        return refused && *refused != refusal::bad_digest && refused_items.empty();
    }

    /// A lie by a server that was told to lie. A deviation of any other server is a late or lost
    /// message, or an update between two reads.
    [[nodiscard]] bool is_lie() const noexcept {
        return faulty && (!deviations.empty() || refused || sent == nullptr);
    }
};

/// A commander's signed batch, as a lieutenant took it.
struct accepted_batch {
    claim_batch claims;
    seal_ptr seal;
    std::uint32_t phase = 0; ///< the first in which it came

    /// Whether it is the same batch by its root, whoever's the signature.
    [[nodiscard]] bool same_root(const claim_batch& other, const batch_seal& beside) const {
        return seal->salt == beside.salt && same_batch(claims, other);
    }
};

struct level_analysis {
    level_number number = 0;
    const round_request* request = nullptr;
    std::vector<std::size_t> in_round; ///< position here -> position in the round
    std::vector<std::uint32_t> asked;  ///< indices of the commanders
    /// Below: by lieutenant. Empty where nothing can be computed (`computed` false).
    bool computed = false;
    std::vector<std::unique_ptr<oral_exchange>> exchanges; ///< oral messages
    /// Signed messages: what came, by commander asked, and which commanders (indices) are caught.
    std::vector<std::vector<std::vector<accepted_batch>>> accepted;
    std::vector<std::vector<std::uint32_t>> caught;
    std::vector<std::vector<claim_batch>> values; ///< F, by commander asked
    std::vector<std::vector<ruling>> rulings;     ///< what the release rule says, by position
    std::vector<const vote*> votes;               ///< as cast and accepted; null if none
};

struct round_analysis {
    round_id round{};
    std::optional<tick> opened;
    std::optional<tick> closed_at;
    const closed_event* closed = nullptr; ///< null if the run ended before the round
    record_id_batch records;
    std::vector<level_analysis> levels;
    std::vector<round_step> steps;

    /// Position of a record in the level of that number; nothing if it isn't there.
    [[nodiscard]] std::optional<std::size_t> position_in(const level_analysis& level,
                                                         std::size_t in_round) const;
};

/// What is known of a round without thinking it through.
struct round_outline {
    std::vector<std::size_t> events; ///< indices in the trace
    std::optional<tick> opened;
    std::optional<tick> closed_at;
    const closed_event* closed = nullptr;
    std::size_t refusals = 0;
    bool requested = false;
    std::vector<std::string_view> notable; ///< `leaked`, `conviction`, …: why it is worth a look
};

class run_analysis {
public:
    /// `run` outlives the analysis.
    explicit run_analysis(const trace& run);

    [[nodiscard]] const trace& run() const noexcept { return run_; }
    /// Every round that the supervisor opened, ascending.
    [[nodiscard]] const std::map<round_id, round_outline>& rounds() const noexcept {
        return rounds_;
    }
    /// Messages that name a round which was never opened.
    [[nodiscard]] std::size_t stray_messages() const noexcept { return stray_; }
    [[nodiscard]] bool is_faulty(server_id server, round_id round) const;
    /// Whether values and verdicts can be computed: not with too many paths or relays.
    [[nodiscard]] bool computable() const noexcept { return few_relays_ || !plans_.empty(); }
    [[nodiscard]] bool is_signed() const noexcept { return run_.header.cluster.is_signed(); }
    [[nodiscard]] const relay_plan& plan_of(std::uint32_t lieutenant) const {
        return *plans_[lieutenant];
    }

    /// The whole story of a round that `rounds` lists.
    [[nodiscard]] round_analysis analyse(round_id round) const;

private:
    struct span {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    struct fault_span {
        server_id server{};
        span rounds;
    };
    using established = std::tuple<std::uint64_t, server_id, server_id>; ///< seq, by, commander

    void outline();
    void outline_closed(round_outline& round) const;
    void add_steps(round_analysis& round, const round_outline& outline) const;
    void mark_refusals(round_analysis& round, const round_outline& outline) const;
    void open_levels(round_analysis& round) const;
    void collect_votes(const round_analysis& round, level_analysis& level) const;
    void hear(round_analysis& round, level_analysis& level) const;
    void hear_told(const round_analysis& round, level_analysis& level,
                   const round_step& step) const;
    void hear_relay(level_analysis& level, const round_step& step) const;
    void hear_signed(round_analysis& round, level_analysis& level) const;
    void value_signed(const round_analysis& round, level_analysis& level) const;
    void view_signed(const round_analysis& round, std::size_t level_index, std::uint32_t lieutenant,
                     record_view& view) const;
    void rule(round_analysis& round, std::size_t level_index) const;
    [[nodiscard]] record_view view_of(const round_analysis& round, std::size_t level_index,
                                      std::uint32_t lieutenant, std::size_t position) const;
    void find_deviations(round_analysis& round) const;
    void compare_told(const round_analysis& round, const level_analysis& level,
                      round_step& step) const;
    void compare_relay(const level_analysis& level, round_step& step) const;
    void compare_signed_relay(const level_analysis& level, round_step& step) const;
    void compare_vote(const level_analysis& level, round_step& step) const;
    void add_silences(round_analysis& round) const;
    [[nodiscard]] std::string reproach_of(const round_analysis& round, const level_analysis& level,
                                          const round_step& step, std::size_t position) const;

    /// Relay phases at that level, whatever the trace calls it.
    [[nodiscard]] std::uint32_t depth_of(const level_analysis& level) const {
        const auto& cluster = run_.header.cluster;
        return cluster.depth_at(std::min(level.number, cluster.max_recursion));
    }

    const trace& run_;
    std::map<round_id, round_outline> rounds_;
    std::size_t stray_ = 0;
    std::vector<fault_span> faults_;
    std::vector<std::unique_ptr<relay_plan>> plans_; ///< oral messages
    bool few_relays_ = false;                        ///< signed messages, and not too many
    std::vector<established> established_;
    std::map<record_id, const traced_record*> database_;
};

/// `public (version 3)`, `confidential (version 3)`, `no such record`, `no value`.
[[nodiscard]] std::string describe(const claim& c);

} // namespace byzgate
