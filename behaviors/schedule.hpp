/// Behaviours that change: by ranges of rounds, as a configuration lists them, or at run time. One
/// loyal machine stays underneath all of them, so that a server that plays loyal again knows what
/// every loyal server in its place would know.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "behaviors/editor.hpp"
#include "behaviors/registry.hpp"

namespace byzgate {

struct scheduled_behavior {
    round_range rounds;
    std::string name;
    behavior_options how;
};

/// Plays each behaviour in its rounds; loyal in all others. A message belongs to the round that it
/// is about, however late it is. Where ranges overlap, each behaviour edits what the one listed
/// before it left. Throws behavior_error as `make_behavior` does.
[[nodiscard]] handler make_scheduled(const seat& at,
                                     const std::vector<scheduled_behavior>& behaviors);
/// The same over a loyal machine of the caller's.
[[nodiscard]] handler
make_scheduled(const seat& at, const std::vector<scheduled_behavior>& behaviors, handler loyal);

/// The keys that other servers gave `self`: all that play `colluding` or `scripted` are under one
/// plan, and a lie that needs a fellow's signature has it. Nobody else gives a key away.
[[nodiscard]] std::map<server_id, std::shared_ptr<const signer>>
accomplices_of(server_id self, const std::vector<std::pair<server_id, std::string>>& playing,
               const std::function<signing_keys(server_id)>& keys);

/// A handler whose behaviour a control message may change while rounds run. What the old behaviour
/// had held back or remembered goes with it.
class swappable final : public edited_machine {
public:
    swappable(const seat& at, const std::vector<scheduled_behavior>& initially, handler loyal);

    /// From the next event on plays `name` in all rounds. Throws behavior_error, and then plays on
    /// as before.
    void swap(std::string_view name, const behavior_options& how);
    void swap(const std::vector<scheduled_behavior>& behaviors);

    /// `loyal`, a name, or several as they are scheduled: `silent 1..5, flipping`.
    [[nodiscard]] const std::string& playing() const noexcept { return playing_; }

private:
    seat at_;
    std::string playing_;
};

/// A swappable handler over the seat's loyal machine; loyal if nothing is listed.
[[nodiscard]] std::unique_ptr<swappable>
make_swappable(const seat& at, const std::vector<scheduled_behavior>& initially = {});

} // namespace byzgate
