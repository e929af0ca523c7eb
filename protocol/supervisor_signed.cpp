// The gate's part of a signed cluster: signed votes, convictions by evidence, certificates
// (protocol.md, section 7).
#include <algorithm>

#include "protocol/assert.hpp"
#include "protocol/statement.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate {

std::shared_ptr<const hash_tree> supervisor_machine::signed_tree(server_id from,
                                                                 const round_state& round,
                                                                 const level_state& level,
                                                                 const vote& cast) {
    if (!cast.seal) {
        return nullptr;
    }
    std::vector<record_id> some;
    const auto* records = round.records.get();
    if (level.number > 0) {
        some.reserve(level.where.size());
        for (const auto i : level.where) {
            some.push_back((*round.records)[i]);
        }
        records = &some;
    }
    auto tree = std::make_shared<const hash_tree>(
        tree_over(*records, *cast.verdicts, cast.seal->salt, digests_));
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

bool supervisor_machine::keep_grounds(const payload_reply& reply, std::size_t place,
                                      round_state& round, std::uint32_t record) {
    if (!reply.grounds || reply.grounds->size() != reply.positions.size()) {
        return false;
    }
    const auto& grounds = (*reply.grounds)[place];
    const auto level = round.decided[record].level;
    const auto of_level = [&](const shown_claim& shown) { return shown.level == level; };
    if (!std::all_of(grounds.claims.begin(), grounds.claims.end(), of_level)
        || fault_in_grounds(grounds, (*round.records)[record], round.decided[record].released,
                            reply.round, cluster_, keys_, digests_, checked_)) {
        return false;
    }
    round.grounds.insert_or_assign(record, grounds);
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
    for (const auto voter : voters_for(level, position, voted_for)) {
        if (made.votes.size() == cluster_.quorum()) {
            break;
        }
        const auto& sealed = level.sealed[voter];
        made.votes.push_back({lieutenant_id(voter), id, level.number, sealed.tree->leaves(),
                              position, made.record, (*level.votes[voter])[position],
                              leaf_salt(sealed.seal->salt, position, digests_),
                              sealed.tree->proof_of(position), sealed.seal->by});
    }
    const auto grounds = round.grounds.find(record);
    BYZGATE_ASSERT(grounds != round.grounds.end());
    made.claims = grounds->second.claims;
    for (const auto& found : grounds->second.convictions) {
        made.convictions.push_back(*found);
    }
    return std::make_shared<const release_certificate>(std::move(made));
}

} // namespace byzgate
