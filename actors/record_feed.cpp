#include "actors/record_feed.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "behaviors/seeded.hpp"

namespace byzgate {

namespace {

class batcher {
public:
    batcher(std::uint32_t size, const std::function<bool(record_id_batch)>& submit)
        : size_(size), submit_(submit) {}

    bool add(const record_id& id) {
        ids_.push_back(id);
        return ids_.size() < size_ || flush();
    }
    bool flush() {
        if (ids_.empty()) {
            return true;
        }
        return submit_(std::make_shared<const std::vector<record_id>>(std::exchange(ids_, {})));
    }

private:
    std::uint32_t size_;
    const std::function<bool(record_id_batch)>& submit_;
    std::vector<record_id> ids_;
};

std::vector<record_id> each_once(const std::vector<record_id>& listed) {
    std::set<record_id> seen;
    std::vector<record_id> once;
    for (const auto& id : listed) {
        if (seen.insert(id).second) {
            once.push_back(id);
        }
    }
    return once;
}

} // namespace

std::uint64_t records_in(const record_selection& selection, database& from) {
    if (const auto* listed = std::get_if<std::vector<record_id>>(&selection)) {
        return each_once(*listed).size();
    }
    const auto all = from.count();
    if (const auto* drawn = std::get_if<drawn_records>(&selection)) {
        return std::min(drawn->count, all);
    }
    return all;
}

bool feed_records(const record_selection& selection, database& from, std::uint32_t batch,
                  std::uint64_t seed, const std::function<bool(record_id_batch)>& submit) {
    batcher out{batch, submit};
    bool more = true;
    if (const auto* listed = std::get_if<std::vector<record_id>>(&selection)) {
        for (const auto& id : each_once(*listed)) {
            if (!out.add(id)) {
                return false;
            }
        }
        return out.flush();
    }
    auto left = from.count();
    auto wanted = records_in(selection, from);
    std::uint64_t place = 0;
    from.for_each_id([&](const record_id& id) {
        // Selection sampling (Knuth, The Art of Computer Programming, vol. 2, 3.4.2, algorithm S):
        // each id is taken with the chance that exactly the wanted number is in the end.
        const bool take = wanted >= left || seeded(seed, {place++}) % left < wanted;
        left -= left > 0 ? 1 : 0;
        if (take && wanted > 0) {
            --wanted;
            more = out.add(id);
        }
        return more;
    });
    return more && out.flush();
}

} // namespace byzgate
