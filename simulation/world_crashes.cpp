#include "simulation/world_crashes.hpp"

#include <algorithm>

namespace byzgate {

world_crashes::world_crashes(const std::vector<planned_crash>& planned, std::size_t seats)
    : planned_(planned), disks_(planned.empty() ? 0 : seats) {}

void world_crashes::heard(std::uint32_t seat, const round_request& request) {
    disks_[seat].requests.push_back(request);
}

const planned_crash* world_crashes::write(std::uint32_t seat, server_id id, effects& doing) {
    auto& on = disks_[seat];
    for (const auto& e : doing) {
        if (const auto* over = std::get_if<drop_kept>(&e)) {
            on.floor = std::max(on.floor, over->up_to);
            std::erase_if(on.statements,
                          [&](const kept_statement& kept) { return kept.round <= on.floor; });
        }
    }
    const auto is_keep = [](const effect& e) { return std::holds_alternative<keep>(e); };
    const auto first = std::find_if(doing.begin(), doing.end(), is_keep);
    if (first == doing.end()) {
        return nullptr;
    }
    ++on.writes;
    ++writes_;
    const auto crash =
        std::find_if(planned_.begin(), planned_.end(), [&](const planned_crash& planned) {
            return planned.server == id && planned.at_write == on.writes;
        });
    if (crash == planned_.end()) {
        store(on, doing);
        return nullptr;
    }
    if (!crash->durable) {
        doing.erase(first, doing.end());
        return &*crash;
    }
    store(on, doing);
    std::uint32_t sends = 0;
    const auto cut = std::find_if(first, doing.end(), [&](const effect& e) {
        return std::holds_alternative<send>(e) && ++sends > crash->sends;
    });
    doing.erase(cut, doing.end());
    return &*crash;
}

void world_crashes::store(disk& on, const effects& doing) const {
    for (const auto& e : doing) {
        if (const auto* wanted = std::get_if<keep>(&e)) {
            on.statements.push_back(wanted->what);
        }
    }
}

signed_past world_crashes::past_after(std::uint32_t seat, const planned_crash& crash) {
    auto& on = disks_[seat];
    if (crash.forgets) {
        on.statements.clear();
        on.floor = {};
    }
    return {on.statements, on.floor};
}

} // namespace byzgate
