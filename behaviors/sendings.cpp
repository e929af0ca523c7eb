#include "behaviors/sendings.hpp"

#include <algorithm>

#include "behaviors/seeded.hpp"

namespace byzgate {

std::uint64_t drawn(const seat& at, const send& sent) {
    return seeded(at.seed, {static_cast<std::uint64_t>(at.self), number_of(round_of(sent.what)),
                            level_of(sent.what), sent.what.index(), phase_of(sent.what),
                            static_cast<std::uint64_t>(sent.to)});
}

sending_filter::sending_filter(const option_reader& read)
    : to_(read.servers("to")),
      kinds_(read.some_of("kinds", {"distribution", "relay", "vote", "payload_reply"})) {}

bool sending_filter::takes(const send& sent) const {
    const auto kind =
        std::holds_alternative<signed_relay>(sent.what) ? "relay" : kind_of(sent.what);
    return (to_.empty() || holds(to_, sent.to))
           && (kinds_.empty() || std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end());
}

} // namespace byzgate
