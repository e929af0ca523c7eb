/// The supervisor, the gate itself: starts rounds, collects the votes, opens the way to the
/// external party for exactly what a quorum voted for, and keeps it shut for everything else
/// (protocol.md, section 2, steps 1 and 7).
///
/// A record's way through a round:
///
///   open ──q equal release votes──> fetching ──payload with that digest──> delivering ──receipt──>
///    │                                 └──no voter has it──> withheld                  released
///    ├──level closed, fl+1 unresolved, levels left──> open in a sub-round
///    └──level closed otherwise──> withheld or unresolved
///
/// Every wait has a deadline except the one for the external party's receipt, which is the
/// back-pressure of the whole cluster. Votes may be lies; no more than fl of them are.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "protocol/certificate.hpp"
#include "protocol/cluster.hpp"
#include "protocol/grounds.hpp"
#include "protocol/machine.hpp"
#include "protocol/open_rounds.hpp"

namespace byzgate {

class supervisor_machine final : public machine {
public:
    /// `digests` outlives the machine.
    supervisor_machine(const cluster_parameters& cluster, const digester& digests,
                       signing_keys keys = {});

    /// What a run before this one left: rounds are numbered on from `last`, so that nobody ever
    /// signs twice for one round, and what the evidence proves holds for good. The caller has
    /// checked it. Before anything else happens.
    void resume(round_id last, const std::vector<evidence_ptr>& convictions);

    void on(const event& what, tick now, effects& out) override;
    [[nodiscard]] tick next_deadline() const override;

    [[nodiscard]] std::size_t rounds_open() const noexcept { return rounds_.size(); }
    [[nodiscard]] std::size_t submissions_waiting() const noexcept { return waiting_.size(); }
    /// Commanders whose conviction holds for good.
    [[nodiscard]] const std::set<server_id>& convicted_for_good() const noexcept {
        return convicted_for_good_;
    }

private:
    using verdicts = std::shared_ptr<const std::vector<verdict>>;

    struct signed_vote {
        seal_ptr seal;
        batch_tree_ptr tree;
    };

    struct level_state {
        level_number number = 0;
        std::vector<std::uint32_t> where; ///< position in the level -> position in the round
        std::vector<verdicts> votes;      ///< per lieutenant; null until it voted
        std::vector<signed_vote> sealed;  ///< signed: beside them
        record_id_batch records;          ///< signed: what is voted on
        grounds_check grounds;            ///< signed: what voters hand over
        std::uint32_t votes_count = 0;
        tick deadline = 0;
        bool closed = false;
        std::vector<bool> quorate; ///< per position in the level
        /// Quorate, but none of the voters so far could hand over the payload: for the next vote.
        std::vector<std::uint32_t> starving;
    };

    /// A payload asked for, of one voter.
    struct fetch {
        level_number level = 0;
        std::uint32_t voter = 0;
        std::vector<std::uint32_t> positions; ///< in the level, ascending
        tick deadline = 0;
    };

    using accusation_key = std::tuple<server_id, level_number, std::uint32_t>;
    struct accusers {
        std::set<server_id> all;
        std::set<server_id> for_good;
        evidence_ptr proof; ///< signed
    };

    /// A delivery whose receipt is awaited.
    struct delivering {
        std::uint32_t sequence = 0;
        std::vector<std::uint32_t> records; ///< positions in the round
    };

    struct round_state {
        std::uint64_t submission = 0;
        record_id_batch records;
        std::vector<server_id> convicted; ///< as named in the request
        std::vector<decided_record> decided;
        std::vector<std::vector<std::uint32_t>> tried; ///< per record: voters asked in vain
        std::vector<level_state> levels;
        std::vector<fetch> fetches;
        std::vector<delivering> deliveries;
        std::uint32_t next_sequence = 0;
        std::map<accusation_key, accusers> accusations;
        std::vector<proven_grounds_ptr> grounds; ///< signed: per record, what let it out

        void clear();
    };

    void on_message(const received& came, tick now, effects& out);
    void on_vote(server_id from, const vote& cast, tick now, effects& out);
    void on_payloads(server_id from, const payload_reply& reply, tick now, effects& out);
    void on_receipt(const delivery_receipt& receipt, effects& out);
    void on_tick(tick now, effects& out);

    void start_rounds(tick now, effects& out);
    /// `level` says which records; whatever else it held is from before.
    void open_level(round_id id, round_state& round, level_state level, level_number number,
                    tick now, effects& out);
    void feed_starving(round_id id, round_state& round, level_state& level, tick now, effects& out);
    void find_quorums(round_id id, round_state& round, level_state& level, tick now, effects& out);
    void ask_for_payloads(round_id id, round_state& round, level_state& level,
                          const std::vector<std::uint32_t>& positions, tick now, effects& out);
    void deliver(round_id id, round_state& round, const level_state& level,
                 std::vector<std::pair<std::uint32_t, std::string>> good, effects& out);
    [[nodiscard]] batch_tree_ptr signed_tree(server_id from, const level_state& level,
                                             const vote& cast);
    /// Null, and the refusal told, if they are no good or missing.
    [[nodiscard]] proven_grounds_ptr grounds_of(server_id from, const payload_reply& reply,
                                                level_state& level, effects& out);
    [[nodiscard]] bool keep_grounds(const proven_grounds_ptr& grounds, std::uint32_t position,
                                    round_state& round, std::uint32_t record) const;
    void check_accusations(server_id from, round_state& round, const vote& cast, effects& out);
    [[nodiscard]] certificate_ptr certify(round_id id, const round_state& round,
                                          const level_state& level, std::uint32_t position) const;
    void count_accusations(server_id from, round_state& round, const vote& cast);
    void close_level(round_id id, round_state& round, level_number number, tick now, effects& out);
    [[nodiscard]] static std::size_t votes_for(const level_state& level, std::uint32_t position,
                                               const verdict& released);
    [[nodiscard]] static bool finished(const round_state& round);
    void close_round(round_id id, effects& out);
    void finish_if_done(round_id id, tick now, effects& out);
    [[nodiscard]] std::vector<accepted_conviction> accepted(const round_state& round) const;
    [[nodiscard]] std::vector<std::uint32_t>
    voters_for(const level_state& level, std::uint32_t position, const verdict& released) const;

    cluster_parameters cluster_;
    const digester& digests_;
    signing_keys keys_;
    checked_signatures checked_;
    std::map<server_id, evidence_ptr> proofs_; ///< signed: of convictions for good
    open_rounds<round_state> rounds_;
    std::vector<level_state> spare_levels_; ///< of closed rounds, for their memory
    std::deque<submission> waiting_;
    std::set<server_id> convicted_for_good_;
    std::uint64_t last_round_ = 0;
    bool halted_ = false;
};

} // namespace byzgate
