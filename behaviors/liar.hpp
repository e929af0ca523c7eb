/// What most liars share: which claim is told to whom, decided claim by claim, and how a Byzantine
/// lieutenant votes. A behaviour that lies about claims derives from `liar` and answers one
/// question: `tells`.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "behaviors/editor.hpp"
#include "behaviors/registry.hpp"
#include "behaviors/round_memory.hpp"
#include "behaviors/told.hpp"
#include "behaviors/votes.hpp"
#include "protocol/paths.hpp"

namespace byzgate {

/// One telling of a commander's claims: whose, by way of whom, to whom.
struct occasion {
    round_id round{};
    level_number level = 0;
    server_id commander{};                            ///< whose claims
    const std::vector<std::uint32_t>* path = nullptr; ///< lieutenants that passed them on to me
    server_id to{};
};

/// A draw for this occasion (and record), the same whenever and in whatever order it comes up.
[[nodiscard]] std::uint64_t drawn(const seat& at, const occasion& o, std::uint64_t position = 0);

class liar : public editor {
public:
    explicit liar(const seat& at, vote_plan plan = {});

    void see(const event& what, tick now) override;
    [[nodiscard]] const event* before(const event& what, tick now, handler& loyal) override;
    void edit(effects& doing, tick now) override;

protected:
    /// What this server knows about one level of a round, from its own links only.
    struct level_memory {
        record_id_batch records;                          ///< null until the request came
        std::vector<server_id> asked;                     ///< commanders that were asked, ascending
        std::vector<claim_batch> claims;                  ///< by commander: what it told me
        std::vector<payload_batch> payloads;              ///< beside them
        std::shared_ptr<const std::vector<verdict>> cast; ///< my vote, if it is a lie

        void clear();
    };

    /// How the whole batch is told; nothing if that differs by record: then `tells_about` says.
    [[nodiscard]] virtual std::optional<told> tells(const occasion& o) = 0;
    [[nodiscard]] virtual told tells_about(const occasion&, std::uint32_t /*position*/,
                                           const record_id&) {
        return told::truth;
    }
    /// How a record is voted on.
    [[nodiscard]] virtual vote_choice votes(round_id, level_number, std::uint32_t /*position*/) {
        return plan_.choice;
    }

    /// Edit a message in place; false drops it.
    [[nodiscard]] virtual bool edit_distribution(server_id to, distribution& said);
    [[nodiscard]] virtual bool edit_relay(server_id to, relay& passed_on);
    [[nodiscard]] virtual bool edit_signed_relay(server_id to, signed_relay& passed_on);
    [[nodiscard]] virtual bool edit_vote(vote& cast);
    [[nodiscard]] virtual bool edit_reply(payload_reply&) { return true; }

    [[nodiscard]] const seat& at() const noexcept { return at_; }
    [[nodiscard]] level_memory* remembered(round_id round, level_number level) {
        return memory_.find(round, level);
    }
    /// The paths that a relay of `phase` to lieutenant `recipient` has items for, in order.
    [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& paths(std::uint32_t recipient,
                                                                       std::uint32_t phase);
    /// A claim to lie about where nothing was heard: what `commander` told me about the record,
    /// else what any other did, else an invention.
    [[nodiscard]] claim content(const level_memory& level, server_id commander,
                                std::size_t position) const;

private:
    struct retelling {
        const std::vector<claim>* heard;
        server_id commander;
        told first;             ///< how the first record is told
        std::vector<told> rest; ///< and the others; empty where there are none
        claim_batch lie;
    };

    void remember(const received& came);
    /// The commander's own seal over a lie if its key is at hand; else the one that fits no more.
    [[nodiscard]] seal_ptr seal_for(server_id commander, const occasion& o,
                                    const claim_batch& claims,
                                    const std::vector<record_id>& records,
                                    const seal_ptr& stale) const;
    [[nodiscard]] std::shared_ptr<const relay_link> link_for(const signed_relay& in,
                                                             server_id lieutenant,
                                                             std::uint32_t phase,
                                                             std::vector<named_root> roots) const;
    /// What was shown by nobody, by way of servers that are all in on it.
    void show_made_up(const signed_relay& in, server_id to, const level_memory& level,
                      const std::vector<std::vector<std::uint32_t>>& shown, server_id commander,
                      std::vector<passed_claims>& items);
    [[nodiscard]] bool edit_message(send& sent);
    [[nodiscard]] claim_batch retell(const occasion& o, const claim_batch& heard,
                                     const level_memory* level);
    [[nodiscard]] claim_batch make_lie(const occasion& o, const claim_batch& heard,
                                       const level_memory* level) const;
    [[nodiscard]] verdict verdict_for(vote_choice choice, const level_memory& level,
                                      std::size_t position) const;
    void accuse_falsely(vote& cast, const level_memory& level) const;
    void hand_over(const payload_request& asked, const level_memory& level);
    /// Claims of accomplices to go with a vote that was a lie.
    [[nodiscard]] std::shared_ptr<const release_grounds>
    made_up_grounds(const payload_request& asked, const level_memory& level) const;

    seat at_;
    vote_plan plan_;
    round_memory<level_memory> memory_;
    claim invention_;
    std::vector<told> how_;             ///< by record; one entry if the same for all
    std::vector<retelling> retellings_; ///< of this event: same lie, same batch, same pointer
    effects handing_over_;
    std::optional<path_table> table_;
    std::vector<std::vector<std::vector<std::uint32_t>>> paths_; ///< by phase and recipient
};

} // namespace byzgate
