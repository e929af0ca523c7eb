/// What a server of a signed cluster has signed, kept so that it says the same again: a server that
/// crashed and forgot would sign something else for the same place, and two signatures of one
/// server for one place are what convicts a liar.
///
/// A machine that keeps asks its driver to make each statement durable before the statement is sent
/// (`keep`, machine.hpp), and gets all of them back when it starts again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/messages.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

/// One statement and where in the protocol it stands.
struct kept_statement {
    statement_kind kind = statement_kind::claims;
    round_id round{};
    level_number level = 0;
    std::uint32_t phase = 0; ///< of a relay, else 0
    /// The message that says it (wire.hpp); a commander's without the payloads.
    std::string bytes;

    bool operator==(const kept_statement&) const = default;
};

/// All that a server has on disk about itself.
struct signed_past {
    std::vector<kept_statement> statements;
    round_id floor{}; ///< rounds up to this one are over: nothing is signed for them any more
};

/// Makes statements durable. Its functions throw when they can't; then what they were given counts
/// as not kept and must not be sent.
class statement_keeper {
public:
    virtual ~statement_keeper() = default;
    /// Returns when all of them are durable, together.
    virtual void keep(const std::vector<kept_statement>& what) = 0;
    /// The rounds up to this one are over: what was kept of them may go, once it is durable that
    /// they are over.
    virtual void drop(round_id up_to) = 0;
};

/// The statements that a machine found kept when it started, by their place.
class past_statements {
public:
    /// What can't be read, because limits were lowered since, can't be repeated either: its round
    /// counts as over. Returns the floor.
    [[nodiscard]] round_id restore(const signed_past& past, const limits& limit);

    /// Null if nothing was kept for that place, or what was kept is no `Message`.
    template <class Message>
    [[nodiscard]] const Message* find(statement_kind kind, round_id round, level_number level,
                                      std::uint32_t phase = 0) const {
        const auto at = kept_.find({round, level, kind, phase});
        return at == kept_.end() ? nullptr : std::get_if<Message>(&at->second);
    }
    [[nodiscard]] bool contains(statement_kind kind, round_id round, level_number level,
                                std::uint32_t phase = 0) const {
        return !kept_.empty() && kept_.contains({round, level, kind, phase});
    }
    /// The round is over.
    void forget(round_id round);
    [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

private:
    using place = std::tuple<round_id, level_number, statement_kind, std::uint32_t>;
    std::map<place, message> kept_;
};

} // namespace byzgate
