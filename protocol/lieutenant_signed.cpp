// The lieutenant's part of SM(m): what it takes, what it passes on, and how two signed batches of
// one commander become evidence (protocol.md, section 2, steps 3 and 4, and section 3).
#include <algorithm>

#include "protocol/admit.hpp"
#include "protocol/lieutenant.hpp"
#include "protocol/statement.hpp"
#include "protocol/wire.hpp"

namespace byzgate {

bool lieutenant_machine::complete(const level_state& level) const {
    return cluster_.is_signed() ? level.signed_.complete(level.phase)
                                : level.exchange.complete(level.phase);
}

void lieutenant_machine::check_proofs(const round_request& request, effects& out) {
    for (const auto& proof : request.proofs) {
        if (!cluster_.is_signed() || !proof || !cluster_.contains(proof->commander())) {
            out.push_back(refused{supervisor_id, refusal::malformed});
            continue;
        }
        const auto commander = index_of(proof->commander());
        if (proofs_.contains(commander)) {
            continue;
        }
        if (!conflict_in(*proof, keys_, digests_).proves) {
            out.push_back(refused{supervisor_id, refusal::bad_signature});
            continue;
        }
        proofs_.emplace(commander, proof);
        convicted_for_good_.insert(commander);
    }
}

batch_tree_ptr lieutenant_machine::signed_tree(const level_state& level, round_id round,
                                               server_id commander,
                                               const std::vector<claim>& claims,
                                               const batch_seal& seal) {
    auto tree =
        std::make_shared<const batch_tree>(tree_over(*level.records, claims, seal.salt, digests_));
    const statement said{statement_kind::claims, commander,   round, level.number, 0,
                         tree->leaves(),         tree->root()};
    return checked_.verify(said, seal.by, keys_) ? tree : nullptr;
}

void lieutenant_machine::hear_signed(level_state& level, std::uint32_t asked, server_id from,
                                     const distribution& told, effects& out) {
    const auto refuse = [&](refusal why) { out.push_back(refused{from, why}); };
    if (!told.seal) {
        refuse(refusal::bad_signature);
        return;
    }
    const auto* known = level.signed_.find(asked, told.seal->by);
    if ((known != nullptr && known->phase == 0)
        || (known == nullptr && level.signed_.is_full(asked))) {
        refuse(refusal::duplicate);
        return;
    }
    auto tree = signed_tree(level, told.round, from, *told.claims, *told.seal);
    if (!tree) {
        refuse(refusal::bad_signature);
        return;
    }
    if (!level.told[asked].claims) {
        // A payload that isn't what was signed for is let go; the claim stands, for everybody else
        // who is shown it can see who signed it.
        level.told[asked] = {told.round, told.level, with_digests_checked(level, from, told, out),
                             told.payloads, nullptr};
    }
    level.signed_.accept(asked, {told.claims, told.seal, std::move(tree), 0, {}});
    level.signed_.heard_from_commander(asked);
}

void lieutenant_machine::hear(level_state& level, server_id from, const signed_relay& passed_on,
                              effects& out) {
    const auto refuse = [&](refusal why) { out.push_back(refused{from, why}); };
    if (passed_on.phase == 0 || passed_on.phase > level.signed_.depth()) {
        refuse(refusal::malformed);
        return;
    }
    if (level.phase > passed_on.phase || level.voted) {
        refuse(refusal::late);
        return;
    }
    if (const auto why = refusal_of_relay(passed_on, level.asked.size(), level.records->size(),
                                          from, cluster_)) {
        refuse(*why);
        return;
    }
    const auto said = statement_of(*passed_on.own, passed_on.round, passed_on.level, digests_);
    if (!checked_.verify(said, passed_on.own->by, keys_)) {
        refuse(refusal::bad_signature);
        return;
    }
    if (!level.signed_.heard_from_lieutenant(index_of(from), passed_on.phase)) {
        refuse(refusal::duplicate);
        return;
    }
    for (std::size_t i = 0; i < passed_on.items.size(); ++i) {
        if (const auto why = take(level, from, passed_on, i)) {
            refuse(*why);
        }
    }
}

std::optional<refusal> lieutenant_machine::take(level_state& level, server_id from,
                                                const signed_relay& passed_on, std::size_t item) {
    const auto& what = passed_on.items[item];
    const auto at = std::find(level.asked.begin(), level.asked.end(), index_of(what.commander));
    if (!is_commander(what.commander) || at == level.asked.end()) {
        return refusal::unknown_server;
    }
    const auto asked = static_cast<std::uint32_t>(at - level.asked.begin());
    accepted_claims accepted{what.claims, what.seal, nullptr, passed_on.phase, what.links};
    if (const auto* known = level.signed_.find(asked, what.seal->by)) {
        if (known->phase <= passed_on.phase) {
            return std::nullopt;
        }
        accepted.claims = known->claims;
        accepted.tree = known->tree;
    } else if (level.signed_.is_full(asked)) {
        return std::nullopt;
    } else {
        accepted.tree =
            signed_tree(level, passed_on.round, what.commander, *what.claims, *what.seal);
        if (!accepted.tree) {
            return refusal::bad_signature;
        }
    }
    const named_root root{what.commander, accepted.root()};
    if (passed_on.own->roots[item] != root) {
        return refusal::bad_signature;
    }
    if (const auto why = links_refused(level, from, passed_on, what, root)) {
        return why;
    }
    accepted.links.push_back(passed_on.own);
    level.signed_.accept(asked, std::move(accepted));
    return std::nullopt;
}

std::optional<refusal> lieutenant_machine::links_refused(const level_state& level, server_id from,
                                                         const signed_relay& passed_on,
                                                         const passed_claims& item,
                                                         const named_root& root) {
    std::vector<server_id> signers{from, lieutenant_id(self_)};
    for (const auto& link : item.links) {
        if (std::find(signers.begin(), signers.end(), link->lieutenant) != signers.end()) {
            return refusal::malformed;
        }
        signers.push_back(link->lieutenant);
        const auto& roots = link->roots;
        if (std::find(roots.begin(), roots.end(), root) == roots.end()
            || !checked_.verify(statement_of(*link, passed_on.round, level.number, digests_),
                                link->by, keys_)) {
            return refusal::bad_signature;
        }
    }
    return std::nullopt;
}

void lieutenant_machine::relay_signed(round_id id, const level_state& level, effects& out) const {
    if (level.asked.empty()) {
        return;
    }
    relay_link own{lieutenant_id(self_), level.phase, {}, {}};
    signed_relay passed_on{id, level.number, level.phase, {}, nullptr};
    for (const auto& news : level.signed_.first_accepted_in(level.phase - 1)) {
        const auto commander = commander_id(level.asked[news.commander]);
        own.roots.push_back({commander, news.what->root()});
        passed_on.items.push_back(
            {commander, news.what->claims, news.what->seal, news.what->links});
    }
    own.by = sign(statement_of(own, id, level.number, digests_), keys_);
    passed_on.own = std::make_shared<const relay_link>(std::move(own));
    if (keeps_) {
        out.push_back(keep{
            {statement_kind::relay, id, level.number, level.phase, encode(message{passed_on})}});
    }
    for (std::uint32_t other = 0; other < cluster_.lieutenants; ++other) {
        if (other != self_) {
            out.push_back(send{lieutenant_id(other), passed_on});
        }
    }
}

claim_batch lieutenant_machine::signed_value_of(level_state& level, std::uint32_t asked) const {
    const auto& kept = level.signed_.kept(asked);
    if (kept.size() == 1) {
        return kept.front().claims;
    }
    return make_claim_batch(std::vector<claim>(level.records->size()));
}

namespace {

shown_claim show(const accepted_claims& from, server_id commander, round_id round,
                 level_number level, const record_id& record, std::uint32_t position) {
    return byzgate::show({commander, from.claims, from.seal}, *from.tree, round, level, record,
                         position);
}

} // namespace

evidence_ptr lieutenant_machine::evidence_against(round_id id, const level_state& level,
                                                  std::uint32_t asked) const {
    const auto commander = commander_id(level.asked[asked]);
    const auto& kept = level.signed_.kept(asked);
    if (kept.size() == signed_exchange::batches_max) {
        // Where they differ is what people want to see; two batches alike but for their salts
        // prove as much.
        std::uint32_t position = 0;
        for (std::uint32_t i = 0; i < level.records->size(); ++i) {
            if ((*kept[0].claims)[i] != (*kept[1].claims)[i]) {
                position = i;
                break;
            }
        }
        const auto& record = (*level.records)[position];
        return std::make_shared<const evidence>(
            evidence{show(kept[0], commander, id, level.number, record, position),
                     show(kept[1], commander, id, level.number, record, position)});
    }
    for (const auto& before : level.earlier) {
        const auto& then = before.level->asked;
        const auto at = std::find(then.begin(), then.end(), level.asked[asked]);
        if (kept.empty() || at == then.end()) {
            continue;
        }
        const auto place = static_cast<std::uint32_t>(at - then.begin());
        const auto& older = before.level->signed_.kept(place);
        for (std::uint32_t i = 0; i < level.records->size(); ++i) {
            const auto where = before.positions[i];
            const auto& now_says = (*kept[0].claims)[i];
            if (older.empty() || where == nowhere || !now_says.is_present()) {
                continue;
            }
            const auto& then_said = (*older[0].claims)[where];
            if (then_said.is_present() && then_said.version == now_says.version
                && then_said != now_says) {
                const auto& record = (*level.records)[i];
                return std::make_shared<const evidence>(
                    evidence{show(older[0], commander, id, before.level->number, record, where),
                             show(kept[0], commander, id, level.number, record, i)});
            }
        }
    }
    return nullptr;
}

void lieutenant_machine::catch_liars(round_id id, level_state& level, vote& ballot) {
    for (std::uint32_t asked = 0; asked < level.asked.size(); ++asked) {
        const auto found = evidence_against(id, level, asked);
        if (!found) {
            continue;
        }
        const auto commander = level.asked[asked];
        level.caught.push_back(commander);
        convicted_for_good_.insert(commander);
        proofs_.emplace(commander, found);
        const auto reporters = [&](const shown_claim& shown) {
            for (const auto& one : level.signed_.kept(asked)) {
                if (one.seal->by == shown.by && !one.links.empty()) {
                    return std::vector{one.links.back()->lieutenant};
                }
            }
            return std::vector{lieutenant_id(self_)};
        };
        const auto at =
            std::find(level.records->begin(), level.records->end(), found->second.record);
        ballot.accusations.push_back(
            {commander_id(commander), static_cast<std::uint32_t>(at - level.records->begin()), true,
             reported_claim{found->first.what, reporters(found->first)},
             reported_claim{found->second.what, reporters(found->second)}, found});
    }
}

release_grounds lieutenant_machine::grounds_for(const level_state& level,
                                                const std::vector<std::uint32_t>& positions) const {
    release_grounds grounds;
    if (positions.empty()) {
        return grounds;
    }
    // Signed convictions are of commanders, not of records: the same for all positions.
    const auto convicted = convicted_at(level, positions.front());
    for (std::uint32_t x = 0; x < cluster_.commanders; ++x) {
        const auto proof = proofs_.find(x);
        if (convicted[x] && proof != proofs_.end()) {
            grounds.convictions.push_back(proof->second);
        }
    }
    const auto needed = cluster_.tolerate.commanders + 1 - grounds.convictions.size();
    const auto supports = [&](std::uint32_t asked, std::uint32_t position) {
        const auto& kept = level.signed_.kept(asked);
        if (convicted[level.asked[asked]] || kept.size() != 1) {
            return false;
        }
        const auto& c = (*kept[0].claims)[position];
        const auto& voted_for = (*level.verdicts)[position];
        return c.says_public() && c.version == voted_for.version
               && c.payload_digest == voted_for.payload_digest;
    };
    // As few batches as come up, for a batch is large.
    std::vector<char> taken(level.asked.size(), 0);
    for (const auto position : positions) {
        std::size_t supporters = 0;
        for (const bool new_ones : {false, true}) {
            for (std::uint32_t asked = 0; asked < taken.size() && supporters < needed; ++asked) {
                if ((taken[asked] != 0) != new_ones && supports(asked, position)) {
                    taken[asked] = 1;
                    ++supporters;
                }
            }
        }
    }
    for (std::uint32_t asked = 0; asked < taken.size(); ++asked) {
        if (taken[asked] != 0) {
            const auto& batch = level.signed_.kept(asked).front();
            grounds.batches.push_back({commander_id(level.asked[asked]), batch.claims, batch.seal});
        }
    }
    return grounds;
}

} // namespace byzgate
