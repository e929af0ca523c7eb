#include "protocol/grounds.hpp"

#include <algorithm>

#include "protocol/admit.hpp"

namespace byzgate {

std::vector<const proven_batch*> proven_grounds::carrying(std::uint32_t position,
                                                          const verdict& released,
                                                          std::uint32_t faulty_max) const {
    std::vector<const proven_batch*> found;
    if (convictions_.size() > faulty_max) {
        return found;
    }
    const auto needed = faulty_max + std::size_t{1} - convictions_.size();
    found.reserve(needed);
    for (const auto& batch : batches_) {
        const auto& c = (*batch.what.claims)[position];
        if (found.size() < needed && c.says_public() && c.version == released.version
            && c.payload_digest == released.payload_digest) {
            found.push_back(&batch);
        }
    }
    if (found.size() < needed) {
        found.clear();
    }
    return found;
}

std::variant<proven_grounds_ptr, refusal> grounds_check::prove(const release_grounds& grounds,
                                                               const place& at, const means& with) {
    if (const auto why = refusal_of_grounds(grounds, at.records.size(), with.cluster)) {
        return *why;
    }
    for (const auto& found : grounds.convictions) {
        const auto known = with.known.find(found->commander());
        const bool is_known =
            known != with.known.end() && (known->second == found || *known->second == *found);
        if (!is_known && !conflict_in(*found, with.keys, with.digests).proves) {
            return refusal::bad_signature;
        }
    }
    std::vector<proven_batch> batches;
    batches.reserve(grounds.batches.size());
    for (const auto& batch : grounds.batches) {
        auto tree = tree_of(batch, at, with);
        if (!tree) {
            return refusal::bad_signature;
        }
        batches.push_back({batch, std::move(tree)});
    }
    return std::make_shared<const proven_grounds>(std::move(batches), grounds.convictions);
}

batch_tree_ptr grounds_check::tree_of(const signed_claims& batch, const place& at,
                                      const means& with) {
    std::size_t kept = 0;
    for (const auto& good : good_) {
        if (good.what.commander != batch.commander) {
            continue;
        }
        ++kept;
        // All of it, for a seal is good for one batch only, and anybody can put it beside another.
        if (*good.what.seal == *batch.seal && same_batch(good.what.claims, batch.claims)) {
            return good.tree;
        }
    }
    auto tree = std::make_shared<const batch_tree>(
        tree_over(at.records, *batch.claims, batch.seal->salt, with.digests));
    const statement said{statement_kind::claims, batch.commander, at.round, at.level, 0,
                         tree->leaves(),         tree->root()};
    if (!with.checked.verify(said, batch.seal->by, with.keys)) {
        return nullptr;
    }
    if (kept < kept_each_max) {
        good_.push_back({batch, tree});
    }
    return tree;
}

} // namespace byzgate
