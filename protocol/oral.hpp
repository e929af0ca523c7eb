/// OM(m), the oral-message algorithm of Lamport, Shostak and Pease (1982, section 3), as one
/// lieutenant runs it for several commanders side by side and a batch of records at once.
///
/// A lieutenant keeps what it heard along every path and, when all phases are closed, takes at each
/// path the strict majority of what it heard there and of what the other lieutenants' relays of it
/// come to. Without a strict majority, and where nothing was heard, there is no value.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/claim.hpp"
#include "protocol/paths.hpp"

namespace byzgate {

/// What one lieutenant sends and expects in each phase; the same in every round.
class relay_plan {
public:
    relay_plan(std::uint32_t lieutenants, std::uint32_t depth, std::uint32_t self);

    [[nodiscard]] const path_table& paths() const noexcept { return paths_; }
    [[nodiscard]] std::uint32_t self() const noexcept { return self_; }
    /// Paths that this lieutenant owes `other` in `phase` (1…m).
    [[nodiscard]] const std::vector<path_index>& to(std::uint32_t other,
                                                    std::uint32_t phase) const {
        return to_[phase - 1][other];
    }
    /// Where what `other` relays in `phase` is filed, in the order in which it comes.
    [[nodiscard]] const std::vector<path_index>& from(std::uint32_t other,
                                                      std::uint32_t phase) const {
        return from_[phase - 1][other];
    }

private:
    path_table paths_;
    std::uint32_t self_;
    std::vector<std::vector<std::vector<path_index>>> to_;
    std::vector<std::vector<std::vector<path_index>>> from_;
};

/// One lieutenant's memory of one exchange. Whoever calls has checked membership and shape.
class oral_exchange {
public:
    /// `commanders` is how many are asked; they are numbered from 0 here. `plan` outlives this.
    oral_exchange(const relay_plan& plan, std::uint32_t commanders, std::size_t records);
    /// Forgets everything and begins another exchange in the same memory.
    void restart(std::uint32_t commanders, std::size_t records);
    /// Lets go of what was heard; only `restart` may follow.
    void forget() { heard_.clear(); }

    /// Files a commander's claims; false if it has spoken already.
    [[nodiscard]] bool hear(std::uint32_t commander, claim_batch claims);
    /// Files a relay of `items` in the order owed, commander-major; false if a duplicate.
    [[nodiscard]] bool hear(std::uint32_t lieutenant, std::uint32_t phase,
                            const std::vector<claim_batch>& items);

    /// Whether all that is owed in `phase` (0…m) has come.
    [[nodiscard]] bool complete(std::uint32_t phase) const;
    /// What this lieutenant owes `recipient` in `phase`: no value where it heard nothing.
    [[nodiscard]] std::vector<claim_batch> owed_to(std::uint32_t recipient,
                                                   std::uint32_t phase) const;
    /// Items that a relay of `phase` must have.
    [[nodiscard]] std::size_t items_from(std::uint32_t lieutenant, std::uint32_t phase) const;

    /// F_X of every record: never null. Meaningful once all phases are closed.
    [[nodiscard]] claim_batch value_of(std::uint32_t commander) const;
    /// What `lieutenant` says that the commander told it; null where it said nothing.
    [[nodiscard]] const claim_batch& report_of(std::uint32_t commander,
                                               std::uint32_t lieutenant) const;

private:
    [[nodiscard]] const claim_batch& heard(std::uint32_t commander, path_index path) const {
        return heard_[commander * plan_.paths().size() + path];
    }
    /// No value about any record: made when it is first needed, which is rarely.
    [[nodiscard]] const claim_batch& nothing() const;
    [[nodiscard]] const claim_batch& heard_or_nothing(std::uint32_t commander,
                                                      path_index path) const {
        const auto& what = heard(commander, path);
        return what ? what : nothing();
    }
    /// Whether every path that continues `path` brought the very same batch.
    [[nodiscard]] bool unanimous(std::uint32_t commander, path_index path) const;
    [[nodiscard]] claim_batch resolve(std::uint32_t commander, path_index path) const;

    const relay_plan& plan_;
    std::uint32_t commanders_ = 0;
    std::size_t records_ = 0;
    mutable claim_batch nothing_;
    std::vector<claim_batch> heard_;     ///< commander-major, by path
    std::vector<char> has_relayed_;      ///< phase-major, by lieutenant
    std::vector<std::uint32_t> missing_; ///< by phase: senders that have not spoken
};

/// Per record the claim that more than half of `batches` have; no value where there is none. Absent
/// counts as no value. None of the batches is null; all have the same size.
[[nodiscard]] claim_batch strict_majority(const std::vector<claim_batch>& batches);

} // namespace byzgate
