#include "actors/observer.hpp"

#include <algorithm>

namespace byzgate {

std::uint64_t messages_in(const message& what) noexcept {
    if (std::holds_alternative<distribution>(what)) {
        return 1;
    }
    if (const auto* passed_on = std::get_if<relay>(&what)) {
        return static_cast<std::uint64_t>(
            std::count_if(passed_on->items.begin(), passed_on->items.end(),
                          [](const claim_batch& item) { return item != nullptr; }));
    }
    return 0;
}

} // namespace byzgate
