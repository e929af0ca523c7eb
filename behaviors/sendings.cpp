#include "behaviors/sendings.hpp"

#include <algorithm>

#include "behaviors/seeded.hpp"

namespace byzgate {

level_number level_of(const message& m) noexcept {
    return std::visit(
        [](const auto& what) -> level_number {
            if constexpr (requires { what.level; }) {
                return what.level;
            } else {
                return 0;
            }
        },
        m);
}

std::uint32_t phase_of(const message& m) noexcept {
    const auto* passed_on = std::get_if<relay>(&m);
    return passed_on == nullptr ? 0 : passed_on->phase;
}

std::uint64_t drawn(const seat& at, const send& sent) {
    return seeded(at.seed, {static_cast<std::uint64_t>(at.self), number_of(round_of(sent.what)),
                            level_of(sent.what), sent.what.index(), phase_of(sent.what),
                            static_cast<std::uint64_t>(sent.to)});
}

sending_filter::sending_filter(const option_reader& read)
    : to_(read.servers("to")),
      kinds_(read.some_of("kinds", {"distribution", "relay", "vote", "payload_reply"})) {}

bool sending_filter::takes(const send& sent) const {
    return (to_.empty() || holds(to_, sent.to))
           && (kinds_.empty()
               || std::find(kinds_.begin(), kinds_.end(), kind_of(sent.what)) != kinds_.end());
}

} // namespace byzgate
