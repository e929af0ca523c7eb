#include "protocol/signed_exchange.hpp"

#include <algorithm>

#include "protocol/assert.hpp"

namespace byzgate {

void signed_exchange::restart(std::uint32_t commanders, std::uint32_t lieutenants,
                              std::uint32_t depth) {
    lieutenants_ = lieutenants;
    depth_ = depth;
    kept_.assign(commanders, {});
    has_spoken_.assign(commanders, 0);
    has_relayed_.assign(std::size_t{depth} * lieutenants, 0);
    missing_.assign(depth + 1, lieutenants - 1);
    missing_[0] = commanders;
}

void signed_exchange::forget() {
    kept_.clear();
}

bool signed_exchange::accept(std::uint32_t commander, accepted_claims what) {
    auto& kept = kept_[commander];
    const auto known = std::find_if(kept.begin(), kept.end(), [&](const accepted_claims& one) {
        return one.root == what.root;
    });
    if (known != kept.end()) {
        // A shorter chain may come after a longer one that ran ahead of it.
        if (what.phase < known->phase) {
            *known = std::move(what);
        }
        return false;
    }
    if (kept.size() == batches_max) {
        return false;
    }
    kept.push_back(std::move(what));
    return true;
}

const accepted_claims* signed_exchange::find(std::uint32_t commander, const signature& by) const {
    for (const auto& one : kept_[commander]) {
        if (one.seal->by == by) {
            return &one;
        }
    }
    return nullptr;
}

void signed_exchange::heard_from_commander(std::uint32_t commander) {
    if (has_spoken_[commander] == 0) {
        has_spoken_[commander] = 1;
        --missing_[0];
    }
}

bool signed_exchange::heard_from_lieutenant(std::uint32_t lieutenant, std::uint32_t phase) {
    BYZGATE_ASSERT(phase >= 1 && phase <= depth_ && lieutenant < lieutenants_);
    auto& turn = has_relayed_[std::size_t{phase - 1} * lieutenants_ + lieutenant];
    if (turn != 0) {
        return false;
    }
    turn = 1;
    --missing_[phase];
    return true;
}

bool signed_exchange::complete(std::uint32_t phase) const {
    return kept_.empty() || missing_[phase] == 0;
}

std::vector<signed_exchange::news> signed_exchange::first_accepted_in(std::uint32_t phase) const {
    std::vector<news> found;
    for (std::uint32_t x = 0; x < kept_.size(); ++x) {
        for (const auto& one : kept_[x]) {
            if (one.phase == phase) {
                found.push_back({x, &one});
            }
        }
    }
    return found;
}

} // namespace byzgate
