// The gate's part of a signed cluster: signed votes, convictions by evidence, certificates
// (protocol.md, section 7).
#include <algorithm>

#include "protocol/assert.hpp"
#include "protocol/statement.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate {

batch_tree_ptr supervisor_machine::signed_tree(server_id from, const level_state& level,
                                               const vote& cast) {
    if (!cast.seal) {
        return nullptr;
    }
    auto tree = std::make_shared<const batch_tree>(
        tree_over(*level.records, *cast.verdicts, cast.seal->salt, digests_));
    const statement said{statement_kind::votes, from,        cast.round, level.number, 0,
                         tree->leaves(),        tree->root()};
    return checked_.verify(said, cast.seal->by, keys_) ? tree : nullptr;
}

void supervisor_machine::check_accusations(server_id from, round_state& round, const vote& cast,
                                           effects& out) {
    for (const auto& a : cast.accusations) {
        // One entry a commander and level, whichever record its accusers show.
        auto known = std::find_if(round.accusations.begin(), round.accusations.end(),
                                  [&](const auto& entry) {
                                      return std::get<0>(entry.first) == a.commander
                                             && std::get<1>(entry.first) == cast.level;
                                  });
        if (known != round.accusations.end()) {
            known->second.all.insert(from);
            known->second.for_good.insert(from);
            continue;
        }
        if (!a.proof || a.proof->commander() != a.commander
            || !conflict_in(*a.proof, keys_, digests_).proves) {
            out.push_back(refused{from, refusal::bad_signature});
            continue;
        }
        auto& by = round.accusations[{a.commander, cast.level, a.position}];
        by.all.insert(from);
        by.for_good.insert(from);
        by.proof = a.proof;
        convicted_for_good_.insert(a.commander);
        proofs_.emplace(a.commander, a.proof);
        halted_ = halted_ || cluster_.on_conviction == conviction_policy::halt;
    }
}

proven_grounds_ptr supervisor_machine::grounds_of(server_id from, const payload_reply& reply,
                                                  level_state& level, effects& out) {
    if (!reply.grounds) {
        out.push_back(refused{from, refusal::bad_signature});
        return nullptr;
    }
    const auto proven =
        level.grounds.prove(*reply.grounds, {reply.round, level.number, *level.records},
                            {cluster_, keys_, digests_, checked_, proofs_});
    if (const auto* why = std::get_if<refusal>(&proven)) {
        out.push_back(refused{from, *why});
        return nullptr;
    }
    return std::get<proven_grounds_ptr>(proven);
}

bool supervisor_machine::keep_grounds(const proven_grounds_ptr& grounds, std::uint32_t position,
                                      round_state& round, std::uint32_t record) const {
    if (!grounds
        || grounds->carrying(position, round.decided[record].released, cluster_.tolerate.commanders)
               .empty()) {
        return false;
    }
    round.grounds[record] = grounds;
    return true;
}

certificate_ptr supervisor_machine::certify(round_id id, const round_state& round,
                                            const level_state& level,
                                            std::uint32_t position) const {
    const auto record = level.where[position];
    const auto& voted_for = round.decided[record].released;
    release_certificate made;
    made.record = (*round.records)[record];
    made.version = voted_for.version;
    made.payload_digest = voted_for.payload_digest;
    made.round = id;
    made.level = level.number;
    made.votes.reserve(cluster_.quorum());
    for (const auto voter : voters_for(level, position, voted_for)) {
        if (made.votes.size() == cluster_.quorum()) {
            break;
        }
        const auto& sealed = level.sealed[voter];
        made.votes.push_back(show(lieutenant_id(voter), *level.votes[voter], *sealed.seal,
                                  *sealed.tree, id, level.number, made.record, position));
    }
    const auto& grounds = round.grounds[record];
    BYZGATE_ASSERT(grounds != nullptr);
    const auto carrying = grounds->carrying(position, voted_for, cluster_.tolerate.commanders);
    made.claims.reserve(carrying.size());
    for (const auto* batch : carrying) {
        made.claims.push_back(
            show(batch->what, *batch->tree, id, level.number, made.record, position));
    }
    for (const auto& found : grounds->convictions()) {
        made.convictions.push_back(*found);
    }
    return std::make_shared<const release_certificate>(std::move(made));
}

} // namespace byzgate
