#include "protocol/oral.hpp"

#include <algorithm>

#include "protocol/assert.hpp"

namespace byzgate {

relay_plan::relay_plan(std::uint32_t lieutenants, std::uint32_t depth, std::uint32_t self)
    : paths_(lieutenants, depth), self_(self) {
    BYZGATE_ASSERT(self < lieutenants);
    to_.resize(depth);
    from_.resize(depth);
    for (std::uint32_t phase = 1; phase <= depth; ++phase) {
        to_[phase - 1].resize(lieutenants);
        from_[phase - 1].resize(lieutenants);
        for (std::uint32_t other = 0; other < lieutenants; ++other) {
            if (other == self) {
                continue;
            }
            to_[phase - 1][other] = paths_.owed(self, other, phase);
            for (const auto path : paths_.owed(other, self, phase)) {
                from_[phase - 1][other].push_back(paths_.child(path, other));
            }
        }
    }
}

oral_exchange::oral_exchange(const relay_plan& plan, std::uint32_t commanders, std::size_t records)
    : plan_(plan) {
    restart(commanders, records);
}

void oral_exchange::restart(std::uint32_t commanders, std::size_t records) {
    if (records != records_) {
        nothing_.reset();
    }
    commanders_ = commanders;
    records_ = records;
    const auto& paths = plan_.paths();
    heard_.clear();
    heard_.resize(commanders * paths.size());
    has_relayed_.assign(static_cast<std::size_t>(paths.depth()) * paths.lieutenants(), 0);
    missing_.assign(paths.depth() + 1, paths.lieutenants() - 1);
    missing_[0] = commanders;
}

const claim_batch& oral_exchange::nothing() const {
    if (!nothing_) {
        nothing_ = make_claim_batch(std::vector<claim>(records_));
    }
    return nothing_;
}

bool oral_exchange::hear(std::uint32_t commander, claim_batch claims) {
    auto& place = heard_[commander * plan_.paths().size()];
    if (place) {
        return false;
    }
    place = std::move(claims);
    --missing_[0];
    return true;
}

bool oral_exchange::hear(std::uint32_t lieutenant, std::uint32_t phase,
                         const std::vector<claim_batch>& items) {
    const auto& paths = plan_.paths();
    const auto turn = static_cast<std::size_t>(phase - 1) * paths.lieutenants() + lieutenant;
    if (has_relayed_[turn] != 0) {
        return false;
    }
    const auto& places = plan_.from(lieutenant, phase);
    BYZGATE_ASSERT(items.size() == places.size() * commanders_);
    has_relayed_[turn] = 1;
    --missing_[phase];
    std::size_t next = 0;
    for (std::uint32_t x = 0; x < commanders_; ++x) {
        for (const auto path : places) {
            heard_[x * paths.size() + path] = items[next++];
        }
    }
    return true;
}

bool oral_exchange::complete(std::uint32_t phase) const {
    return commanders_ == 0 || missing_[phase] == 0;
}

std::vector<claim_batch> oral_exchange::owed_to(std::uint32_t recipient,
                                                std::uint32_t phase) const {
    const auto& owed = plan_.to(recipient, phase);
    std::vector<claim_batch> items;
    items.reserve(owed.size() * commanders_);
    for (std::uint32_t x = 0; x < commanders_; ++x) {
        for (const auto path : owed) {
            items.push_back(heard_or_nothing(x, path));
        }
    }
    return items;
}

std::size_t oral_exchange::items_from(std::uint32_t lieutenant, std::uint32_t phase) const {
    return plan_.from(lieutenant, phase).size() * commanders_;
}

claim_batch oral_exchange::value_of(std::uint32_t commander) const {
    return resolve(commander, 0);
}

const claim_batch& oral_exchange::report_of(std::uint32_t commander,
                                            std::uint32_t lieutenant) const {
    static const claim_batch none;
    if (lieutenant == plan_.self()) {
        return heard(commander, 0);
    }
    const auto& paths = plan_.paths();
    return paths.depth() == 0 ? none : heard(commander, paths.child(0, lieutenant));
}

bool oral_exchange::unanimous(std::uint32_t commander, path_index path) const {
    const auto& paths = plan_.paths();
    const auto& here = paths.at(path);
    if (here.depth == paths.depth()) {
        return true;
    }
    const auto* own = heard(commander, path).get();
    for (auto next = here.first_child; next < here.first_child + here.child_count; ++next) {
        if (paths.at(next).last != plan_.self()
            && (heard(commander, next).get() != own || !unanimous(commander, next))) {
            return false;
        }
    }
    return true;
}

claim_batch oral_exchange::resolve(std::uint32_t commander, path_index path) const {
    const auto& own = heard_or_nothing(commander, path);
    if (unanimous(commander, path)) {
        return own;
    }
    const auto& paths = plan_.paths();
    const auto& here = paths.at(path);
    std::vector<claim_batch> values;
    values.reserve(here.child_count);
    values.push_back(own);
    for (auto next = here.first_child; next < here.first_child + here.child_count; ++next) {
        // What this lieutenant would relay to itself is what it heard: `own`.
        if (paths.at(next).last != plan_.self()) {
            values.push_back(resolve(commander, next));
        }
    }
    return strict_majority(values);
}

namespace {

/// The claim that more than half of `values[record]` have, by the majority vote of Boyer and Moore
/// (1981): a candidate by pairing off, then a count.
claim majority_at(const std::vector<claim_batch>& batches, std::size_t record) {
    const claim* candidate = nullptr;
    std::size_t lead = 0;
    for (const auto& batch : batches) {
        const auto& value = (*batch)[record];
        const claim* here = value.is_present() ? &value : nullptr;
        const bool same = here == candidate || (here && candidate && *here == *candidate);
        if (lead == 0) {
            candidate = here;
            lead = 1;
        } else {
            lead = same ? lead + 1 : lead - 1;
        }
    }
    if (candidate == nullptr) {
        return no_value();
    }
    const auto support =
        std::count_if(batches.begin(), batches.end(),
                      [&](const claim_batch& batch) { return (*batch)[record] == *candidate; });
    return 2 * static_cast<std::size_t>(support) > batches.size() ? *candidate : no_value();
}

} // namespace

namespace {

/// A batch that more than half of `batches` equal in all records, if one is found early on.
const claim_batch* common_batch(const std::vector<claim_batch>& batches) {
    for (std::size_t candidate = 0; candidate < 2 && candidate < batches.size(); ++candidate) {
        const auto& claims = batches[candidate];
        const auto support =
            std::count_if(batches.begin(), batches.end(),
                          [&](const claim_batch& other) { return same_batch(claims, other); });
        if (2 * static_cast<std::size_t>(support) > batches.size()) {
            return &claims;
        }
    }
    return nullptr;
}

} // namespace

claim_batch strict_majority(const std::vector<claim_batch>& batches) {
    BYZGATE_ASSERT(!batches.empty());
    const auto& first = batches.front();
    if (std::all_of(batches.begin(), batches.end(),
                    [&](const claim_batch& other) { return same_batch(first, other); })) {
        return first;
    }
    const auto* common = common_batch(batches);
    const auto absent = [](const claim& c) { return c.kind == claim_kind::absent; };
    if (common != nullptr && std::none_of((*common)->begin(), (*common)->end(), absent)) {
        return *common;
    }
    std::vector<claim> majority;
    majority.reserve(first->size());
    for (std::size_t record = 0; record < first->size(); ++record) {
        majority.push_back(majority_at(batches, record));
    }
    return make_claim_batch(std::move(majority));
}

} // namespace byzgate
