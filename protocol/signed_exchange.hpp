/// SM(m), the signed-message algorithm of Lamport, Shostak and Pease (1982, section 4), as one
/// lieutenant runs it for several commanders side by side and a batch of records at once.
///
/// A value is a commander's signed batch. A lieutenant that first accepts one in phase p passes it
/// on in phase p+1 with one more signature, and keeps at most two of a commander: two different
/// batches for one level of one round prove that it lied. A batch is accepted in phase p iff p
/// lieutenants have signed for it, one in each phase before the next.
///
/// Everything here has been checked: signatures, membership, shape (signed_admission.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/claim.hpp"
#include "protocol/messages.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

/// A commander's signed batch whose signature was found to be good.
struct accepted_claims {
    claim_batch claims;
    seal_ptr seal;
    batch_tree_ptr tree;
    std::uint32_t phase = 0;                              ///< in which it was first accepted
    std::vector<std::shared_ptr<const relay_link>> links; ///< of those that passed it on

    [[nodiscard]] const digest& root() const noexcept { return tree->root(); }
};

class signed_exchange {
public:
    /// `commanders` is how many are asked; they are numbered from 0 here.
    void restart(std::uint32_t commanders, std::uint32_t lieutenants, std::uint32_t depth);
    /// Lets go of what was heard; only `restart` may follow.
    void forget();

    [[nodiscard]] std::uint32_t depth() const noexcept { return depth_; }

    /// Files a batch; false if it was kept already, or is a third.
    bool accept(std::uint32_t commander, accepted_claims what);
    /// The batch of that commander that is kept with just that signature; null if there is none.
    [[nodiscard]] const accepted_claims* find(std::uint32_t commander, const signature& by) const;
    /// Two different batches are kept; more would say nothing more.
    [[nodiscard]] bool is_full(std::uint32_t commander) const {
        return kept_[commander].size() == batches_max;
    }

    /// A commander spoke to this lieutenant itself.
    void heard_from_commander(std::uint32_t commander);
    /// A lieutenant's relay of that phase came; false if one has come before.
    [[nodiscard]] bool heard_from_lieutenant(std::uint32_t lieutenant, std::uint32_t phase);
    /// Whether all that is owed in `phase` (0…depth) has come.
    [[nodiscard]] bool complete(std::uint32_t phase) const;

    /// What this lieutenant first accepted in `phase`, by commander asked.
    struct news {
        std::uint32_t commander = 0;
        const accepted_claims* what = nullptr;
    };
    [[nodiscard]] std::vector<news> first_accepted_in(std::uint32_t phase) const;

    /// What is kept of a commander: nothing, its one batch, or two that prove its lie.
    [[nodiscard]] const std::vector<accepted_claims>& kept(std::uint32_t commander) const {
        return kept_[commander];
    }

    static constexpr std::size_t batches_max = 2;

private:
    std::uint32_t lieutenants_ = 0;
    std::uint32_t depth_ = 0;
    std::vector<std::vector<accepted_claims>> kept_; ///< by commander asked
    std::vector<char> has_spoken_;                   ///< by commander asked
    std::vector<char> has_relayed_;                  ///< phase-major, by lieutenant
    std::vector<std::uint32_t> missing_;             ///< by phase: senders that have not spoken
};

} // namespace byzgate
