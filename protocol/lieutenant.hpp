/// The loyal lieutenant: hears the commanders, exchanges what it heard with the other lieutenants,
/// rules on every record and votes (protocol.md, section 2, steps 3 to 6).
///
///   request ──> phase 0 ──> phase 1 ──> … ──> phase m ──> vote ──> (sub-round request) ──> …
///               claims      relays            relays       └─> payloads on request, until the end
///
/// A phase closes as soon as all that is owed has come, and at the latest (p+1)·Delta after the
/// request. What comes after its own phase's close is no value.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "protocol/certificate.hpp"
#include "protocol/closed_rounds.hpp"
#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"
#include "protocol/open_rounds.hpp"
#include "protocol/oral.hpp"
#include "protocol/release_rule.hpp"
#include "protocol/signed_exchange.hpp"

namespace byzgate {

class lieutenant_machine final : public machine {
public:
    /// `digests` outlives the machine.
    lieutenant_machine(const cluster_parameters& cluster, server_id self, const digester& digests,
                       signing_keys keys = {});
    /// Its exchanges refer to its relay plan, so it stays where it is.
    lieutenant_machine(lieutenant_machine&&) = delete;
    lieutenant_machine& operator=(lieutenant_machine&&) = delete;

    /// A run before this one ended with round `last`: messages about rounds soon after it may
    /// outrun their request. Before anything else happens.
    void resume(round_id last) noexcept {
        highest_request_ = std::max(highest_request_, number_of(last));
    }
    /// Asks the driver from now on to keep what it signs, and repeats what it finds in `past`.
    /// Signed clusters only, before the first event.
    void restore(const signed_past& past);

    void on(const event& what, tick now, effects& out) override;
    [[nodiscard]] tick next_deadline() const override;

    /// Rounds that it still holds memory for.
    [[nodiscard]] std::size_t rounds_open() const noexcept { return rounds_.size(); }
    /// Messages kept because their request has not come yet.
    [[nodiscard]] std::size_t early_messages() const noexcept;

private:
    struct level_state;

    /// A level before this one in the same round, and where the records of this one stand in it
    /// (`nowhere` if it was not asked about them).
    struct earlier_level {
        const level_state* level = nullptr;
        std::vector<std::uint32_t> positions;
    };
    static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

    struct level_state {
        explicit level_state(const relay_plan& plan) : exchange(plan, 0, 0) {}
        void clear(); ///< lets go of what it holds; its memory serves another level

        level_number number = 0;
        record_id_batch records;
        std::vector<std::uint32_t> asked;  ///< indices of the commanders, ascending
        std::vector<bool> convicted;       ///< per commander: counts from the start
        oral_exchange exchange;            ///< oral cluster only
        signed_exchange signed_;           ///< signed cluster only
        std::vector<std::uint32_t> caught; ///< commanders that this level proves to have lied
        std::uint32_t phase = 0;
        tick opened = 0;
        bool voted = false;
        std::vector<distribution> told; ///< per commander asked; claims null until it spoke
        std::shared_ptr<const std::vector<verdict>> verdicts; ///< null until it voted
        /// Whom this lieutenant convicted here over which record; it holds for later levels too.
        std::vector<std::pair<std::uint32_t, std::uint32_t>> convictions; ///< position, commander
        std::vector<earlier_level> earlier;
    };

    struct round_state {
        std::vector<std::unique_ptr<level_state>> levels;
        void clear() { levels.clear(); }
    };
    static constexpr std::size_t spare_levels_max = 4;

    void on_message(const received& came, tick now, effects& out);
    void on_request(const round_request& request, tick now, effects& out);
    level_state& open_level(round_state& round, const round_request& request, tick now);
    void keep_early(const received& came, round_id round, level_number level, effects& out);
    std::vector<received> take_early(round_id round, level_number level);
    void on_exchange(level_state& level, const received& came, effects& out);
    void hear(level_state& level, server_id from, const distribution& told, effects& out);
    void hear(level_state& level, server_id from, const relay& passed_on, effects& out);
    void check_proofs(const round_request& request, effects& out);
    void hear(level_state& level, server_id from, const signed_relay& passed_on, effects& out);
    void hear_signed(level_state& level, std::uint32_t asked, server_id from,
                     const distribution& told, effects& out);
    [[nodiscard]] std::optional<refusal> take(level_state& level, server_id from,
                                              const signed_relay& passed_on, std::size_t item);
    [[nodiscard]] std::optional<refusal> links_refused(const level_state& level, server_id from,
                                                       const signed_relay& passed_on,
                                                       const passed_claims& item,
                                                       const named_root& root);
    [[nodiscard]] batch_tree_ptr signed_tree(const level_state& level, round_id round,
                                             server_id commander, const std::vector<claim>& claims,
                                             const batch_seal& seal);
    void relay_signed(round_id id, const level_state& level, effects& out) const;
    [[nodiscard]] bool next_is_kept(round_id id, const level_state& level) const;
    [[nodiscard]] bool repeat_relay(round_id id, level_state& level, effects& out);
    void take_back(round_id id, level_state& level, const signed_relay& kept);
    [[nodiscard]] bool repeat_vote(round_id id, level_state& level, effects& out);
    [[nodiscard]] bool is_vote_on(const level_state& level, const vote& kept) const;
    void end_round(round_id round, effects& out);
    [[nodiscard]] claim_batch signed_value_of(level_state& level, std::uint32_t asked) const;
    void catch_liars(round_id id, level_state& level, vote& ballot);
    [[nodiscard]] evidence_ptr evidence_against(round_id id, const level_state& level,
                                                std::uint32_t asked) const;
    [[nodiscard]] release_grounds grounds_for(const level_state& level,
                                              const std::vector<std::uint32_t>& positions) const;
    [[nodiscard]] std::vector<bool> convicted_at(const level_state& level,
                                                 std::uint32_t position) const;
    [[nodiscard]] bool complete(const level_state& level) const;

    void on_payload_request(const payload_request& request, effects& out) const;
    void close(round_id round);
    /// A round that waits for its deadline may be passed over by more than `closed_` remembers, and
    /// is open all the same.
    [[nodiscard]] bool is_over(round_id round) const {
        return closed_.contains(round) && !rounds_.contains(round);
    }

    void advance(round_id id, level_state& level, tick now, effects& out);
    void relay_to_all(round_id id, const level_state& level, effects& out) const;
    void cast_vote(round_id id, level_state& level, effects& out);
    [[nodiscard]] static std::vector<earlier_level> levels_before(const round_state& round,
                                                                  const round_request& request);
    [[nodiscard]] ruling rule_on_record(const level_state& level,
                                        const std::vector<claim_batch>& values,
                                        std::uint32_t position) const;
    [[nodiscard]] std::vector<report> reports_at(const level_state& level, std::uint32_t commander,
                                                 std::uint32_t position) const;
    [[nodiscard]] reports_by_level reports_on(const level_state& level, std::uint32_t commander,
                                              std::uint32_t position) const;
    [[nodiscard]] bool all_agree(const level_state& level, const std::vector<claim_batch>& values,
                                 std::size_t position) const;
    [[nodiscard]] claim_batch with_digests_checked(const level_state& level, server_id from,
                                                   const distribution& told, effects& out) const;

    cluster_parameters cluster_;
    std::uint32_t self_;
    const digester& digests_;
    signing_keys keys_;
    checked_signatures checked_;
    relay_plan plan_;
    open_rounds<round_state> rounds_;
    std::vector<std::unique_ptr<level_state>> spare_levels_; ///< cleared
    std::vector<claim_batch> values_; ///< F of the commanders asked, while a vote is made
    /// What came before its request; apart from `rounds_` so that a liar who names rounds that
    /// don't exist fills its own quota and pushes out nobody's round.
    std::map<std::pair<round_id, level_number>, std::vector<received>> early_;
    std::map<server_id, std::uint32_t> early_by_sender_;
    closed_rounds closed_;
    std::uint64_t highest_request_ = 0;
    std::set<std::uint32_t> convicted_for_good_;   ///< established by this lieutenant itself
    std::map<std::uint32_t, evidence_ptr> proofs_; ///< signed: by commander convicted for good
    bool keeps_ = false;
    past_statements past_;
};

} // namespace byzgate
