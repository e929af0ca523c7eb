// The lieutenant after a crash: what it signed before, it says again, and signs nothing else in
// that place (protocol.md, section 7).
#include <algorithm>

#include "protocol/assert.hpp"
#include "protocol/lieutenant.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

void lieutenant_machine::restore(const signed_past& past) {
    BYZGATE_ASSERT(cluster_.is_signed());
    keeps_ = true;
    const auto floor = past_.restore(past, cluster_.limit);
    closed_.raise(floor);
    // Else what others send before the next request comes would be too far ahead.
    highest_request_ = std::max(highest_request_, number_of(floor));
    for (const auto& kept : past.statements) {
        highest_request_ = std::max(highest_request_, number_of(kept.round));
    }
}

void lieutenant_machine::end_round(round_id round, effects& out) {
    const auto floor = closed_.floor();
    close(round);
    if (keeps_ && closed_.floor() != floor) {
        out.push_back(drop_kept{round_id{closed_.floor()}});
    }
}

bool lieutenant_machine::next_is_kept(round_id id, const level_state& level) const {
    return level.phase == cluster_.depth_at(level.number)
               ? past_.contains(statement_kind::votes, id, level.number)
               : past_.contains(statement_kind::relay, id, level.number, level.phase + 1);
}

bool lieutenant_machine::repeat_relay(round_id id, level_state& level, effects& out) {
    if (!past_.contains(statement_kind::relay, id, level.number, level.phase)) {
        return false;
    }
    const auto* kept =
        past_.find<signed_relay>(statement_kind::relay, id, level.number, level.phase);
    if (kept == nullptr) {
        return true;
    }
    take_back(id, level, *kept);
    for (std::uint32_t other = 0; other < cluster_.lieutenants; ++other) {
        if (other != self_) {
            out.push_back(send{lieutenant_id(other), *kept});
        }
    }
    return true;
}

void lieutenant_machine::take_back(round_id id, level_state& level, const signed_relay& kept) {
    for (const auto& item : kept.items) {
        const auto at = std::find(level.asked.begin(), level.asked.end(), index_of(item.commander));
        if (at == level.asked.end() || !item.claims || !item.seal
            || item.claims->size() != level.records->size()) {
            continue;
        }
        const auto asked = static_cast<std::uint32_t>(at - level.asked.begin());
        if (level.signed_.find(asked, item.seal->by) != nullptr || level.signed_.is_full(asked)) {
            continue;
        }
        if (auto tree = signed_tree(level, id, item.commander, *item.claims, *item.seal)) {
            level.signed_.accept(
                asked, {item.claims, item.seal, std::move(tree), kept.phase - 1, item.links});
        }
    }
}

bool lieutenant_machine::repeat_vote(round_id id, level_state& level, effects& out) {
    if (!past_.contains(statement_kind::votes, id, level.number)) {
        return false;
    }
    level.voted = true;
    const auto* kept = past_.find<vote>(statement_kind::votes, id, level.number);
    if (kept == nullptr || !is_vote_on(level, *kept)) {
        // It was asked about other records then: it has no more votes here, and this one says
        // nothing about these.
        level.verdicts = std::make_shared<const std::vector<verdict>>();
        return true;
    }
    level.verdicts = kept->verdicts;
    for (const auto& a : kept->accusations) {
        if (a.proof) {
            const auto commander = index_of(a.commander);
            level.caught.push_back(commander);
            convicted_for_good_.insert(commander);
            proofs_.emplace(commander, a.proof);
        }
    }
    out.push_back(send{supervisor_id, *kept});
    return true;
}

bool lieutenant_machine::is_vote_on(const level_state& level, const vote& kept) const {
    if (!kept.verdicts || !kept.seal || kept.verdicts->size() != level.records->size()) {
        return false;
    }
    const auto tree = tree_over(*level.records, *kept.verdicts, kept.seal->salt, digests_);
    return verify({statement_kind::votes, lieutenant_id(self_), kept.round, kept.level, 0,
                   tree.leaves(), tree.root()},
                  kept.seal->by, keys_);
}

} // namespace byzgate
