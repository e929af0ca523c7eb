/// A Byzantine behaviour as an editor over the loyal machine of its seat: it sees every event
/// first, may keep one from the loyal machine or change it, and edits what the loyal machine is
/// about to do. Several editors stack over one loyal machine, each for its own rounds, so that the
/// machine underneath stays coherent whoever plays.
///
/// An editor sees its own seat and nothing else: no other server's state, no truth but what the
/// database or the commanders told this server.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/machine.hpp"

namespace byzgate {

class editor {
public:
    virtual ~editor() = default;

    /// Looks at an event before anything is done about it: every event of the seat, also those of
    /// rounds in which this editor does not play.
    virtual void see(const event&, tick /*now*/) {}

    /// What the loyal machine hears instead of `what`: `what` itself, an event that the editor
    /// keeps until it is called again, or null for nothing. May put another machine in the place
    /// of `loyal`.
    [[nodiscard]] virtual const event* before(const event& what, tick /*now*/, handler& /*loyal*/) {
        return &what;
    }

    /// Edits what is about to be done. Called once for every event, also when that is nothing.
    virtual void edit(effects& doing, tick now) = 0;

    /// The earliest tick at which the editor wants to be called even if nothing happens.
    [[nodiscard]] virtual tick next_deadline() const { return tick_never; }
};

/// Rounds `first` to `last`, both included; all rounds by default.
struct round_range {
    round_id first{0};
    round_id last{std::numeric_limits<std::uint64_t>::max()};

    [[nodiscard]] bool contains(round_id round) const noexcept {
        return first <= round && round <= last;
    }
    [[nodiscard]] bool all() const noexcept {
        return number_of(first) == 0
               && number_of(last) == std::numeric_limits<std::uint64_t>::max();
    }
};

/// An editor and the rounds in which it plays.
struct ranged_editor {
    round_range rounds;
    std::unique_ptr<editor> plays;
};

/// The round that an event or effect is about; none for a tick, a submission, a refusal.
[[nodiscard]] std::optional<round_id> round_about(const event& what) noexcept;
[[nodiscard]] std::optional<round_id> round_about(const effect& what) noexcept;

/// The loyal machine of a seat with editors over it. They edit in the order in which they stand:
/// each gets what the one before it left. An event or effect of no round is every editor's.
class edited_machine : public machine {
public:
    edited_machine(handler loyal, std::vector<ranged_editor> editors);

    void on(const event& what, tick now, effects& out) override;
    [[nodiscard]] tick next_deadline() const override;

protected:
    /// From the next event on, these play instead. The loyal machine underneath stays.
    void replace(std::vector<ranged_editor> editors) { editors_ = std::move(editors); }

private:
    void let_edit(ranged_editor& one, tick now);

    handler loyal_;
    std::vector<ranged_editor> editors_;
    effects doing_; ///< kept for its capacity
    effects share_; ///< kept for its capacity
};

/// One editor over `loyal`, in all rounds.
[[nodiscard]] handler edited(handler loyal, std::unique_ptr<editor> plays);

} // namespace byzgate
