// What a liar can make of a relay in a signed cluster. It can leave out what it was shown, and it
// can pass on another claim than it was shown; but a claim that the commander didn't sign is
// refused by every loyal server. Only where the commander is in on it, and has given away its key,
// does a lie carry a good signature.
#include <algorithm>

#include "behaviors/liar.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

namespace {

std::vector<std::uint32_t> lieutenants_on(const passed_claims& item) {
    std::vector<std::uint32_t> path;
    for (const auto& link : item.links) {
        path.push_back(index_of(link->lieutenant));
    }
    return path;
}

} // namespace

seal_ptr liar::seal_for(server_id commander, const occasion& o, const claim_batch& claims,
                        const std::vector<record_id>& records, const seal_ptr& stale) const {
    const auto key = at_.accomplices.find(commander);
    if (key == at_.accomplices.end() || claims->size() != records.size()) {
        return stale;
    }
    const signing_keys theirs{key->second, at_.keys.all, at_.keys.cluster};
    return seal_claims(theirs, *at_.digests, commander, o.round, o.level, records, *claims);
}

std::shared_ptr<const relay_link> liar::link_for(const signed_relay& in, server_id lieutenant,
                                                 std::uint32_t phase,
                                                 std::vector<named_root> roots) const {
    const auto key = at_.accomplices.find(lieutenant);
    const auto& own = lieutenant == at_.self ? at_.keys.own : key->second;
    const signing_keys theirs{own, at_.keys.all, at_.keys.cluster};
    relay_link link{lieutenant, phase, std::move(roots), {}};
    link.by = sign(statement_of(link, in.round, in.level, *at_.digests), theirs);
    return std::make_shared<const relay_link>(std::move(link));
}

void liar::show_made_up(const signed_relay& in, server_id to, const level_memory& level,
                        const std::vector<std::vector<std::uint32_t>>& shown, server_id commander,
                        std::vector<passed_claims>& items) {
    for (const auto& path : paths(index_of(to), in.phase)) {
        const auto in_on_it = [&](std::uint32_t lieutenant) {
            return at_.accomplices.contains(lieutenant_id(lieutenant));
        };
        if (std::find(shown.begin(), shown.end(), path) != shown.end()
            || !std::all_of(path.begin(), path.end(), in_on_it)) {
            continue;
        }
        const occasion o{in.round, in.level, commander, &path, to};
        auto lie = retell(o, nullptr, &level);
        if (!lie) {
            continue;
        }
        passed_claims item{
            commander, lie, seal_for(commander, o, lie, *level.records, nullptr), {}};
        const auto tree = tree_over(*level.records, *lie, item.seal->salt, *at_.digests);
        for (std::uint32_t i = 0; i < path.size(); ++i) {
            item.links.push_back(
                link_for(in, lieutenant_id(path[i]), i + 1, {{commander, tree.root()}}));
        }
        items.push_back(std::move(item));
    }
}

bool liar::edit_signed_relay(server_id to, signed_relay& passed_on) {
    const auto* level = memory_.find(passed_on.round, passed_on.level);
    const auto depth = at_.cluster.depth_at(passed_on.level);
    if (level == nullptr || !level->records || !passed_on.own || passed_on.phase == 0
        || passed_on.phase > depth) {
        return true;
    }
    std::vector<passed_claims> items;
    for (const auto commander : level->asked) {
        std::vector<std::vector<std::uint32_t>> shown;
        for (const auto& item : passed_on.items) {
            if (item.commander != commander) {
                continue;
            }
            shown.push_back(lieutenants_on(item));
            const occasion o{passed_on.round, passed_on.level, commander, &shown.back(), to};
            const auto lie = retell(o, item.claims, level);
            if (lie == item.claims) {
                items.push_back(item);
            } else if (lie) {
                items.push_back({commander, lie,
                                 seal_for(commander, o, lie, *level->records, item.seal),
                                 item.links});
            }
        }
        if (at_.accomplices.contains(commander)) {
            show_made_up(passed_on, to, *level, shown, commander, items);
        }
    }
    std::vector<named_root> roots;
    for (const auto& item : items) {
        const auto tree = tree_over(*level->records, *item.claims, item.seal->salt, *at_.digests);
        roots.push_back({item.commander, tree.root()});
    }
    passed_on.items = std::move(items);
    passed_on.own = link_for(passed_on, at_.self, passed_on.phase, std::move(roots));
    return true;
}

std::shared_ptr<const release_grounds> liar::made_up_grounds(const payload_request& asked,
                                                             const level_memory& level) const {
    if (!at_.cluster.is_signed() || !level.cast || !level.records
        || level.cast->size() != level.records->size()) {
        return nullptr;
    }
    std::vector<claim> said;
    for (const auto& v : *level.cast) {
        said.push_back(v.what == decision::release
                           ? make_claim(flag::public_, v.version, v.payload_digest)
                           : no_value());
    }
    const auto claims = make_claim_batch(std::move(said));
    release_grounds grounds;
    for (const auto& [commander, key] : at_.accomplices) {
        if (is_commander(commander)) {
            const signing_keys theirs{key, at_.keys.all, at_.keys.cluster};
            grounds.batches.push_back({commander, claims,
                                       seal_claims(theirs, *at_.digests, commander, asked.round,
                                                   asked.level, *level.records, *claims)});
        }
    }
    return std::make_shared<const release_grounds>(std::move(grounds));
}

} // namespace byzgate
