#include "protocol/signed_past.hpp"

#include <algorithm>

#include "protocol/wire.hpp"

namespace byzgate {

round_id past_statements::restore(const signed_past& past, const limits& limit) {
    auto floor = past.floor;
    for (const auto& kept : past.statements) {
        auto said = decode_message(kept.bytes, limit);
        if (said && round_of(*said) == kept.round && level_of(*said) == kept.level) {
            kept_.insert_or_assign({kept.round, kept.level, kept.kind, kept.phase},
                                   std::move(*said));
        } else {
            floor = std::max(floor, kept.round);
        }
    }
    while (!kept_.empty() && std::get<round_id>(kept_.begin()->first) <= floor) {
        kept_.erase(kept_.begin());
    }
    return floor;
}

void past_statements::forget(round_id round) {
    while (!kept_.empty()) {
        const auto first = kept_.lower_bound({round, 0, statement_kind{}, 0});
        if (first == kept_.end() || std::get<round_id>(first->first) != round) {
            return;
        }
        kept_.erase(first);
    }
}

} // namespace byzgate
