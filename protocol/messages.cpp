#include "protocol/messages.hpp"

#include <algorithm>

namespace byzgate {

std::string_view to_string(decision d) noexcept {
    switch (d) {
        case decision::withhold:
            return "withhold";
        case decision::release:
            return "release";
        case decision::unresolved:
            return "unresolved";
    }
    return "?";
}

std::string_view to_string(reason r) noexcept {
    switch (r) {
        case reason::enough_public:
            return "enough_public";
        case reason::not_public:
            return "not_public";
        case reason::too_few_public:
            return "too_few_public";
        case reason::budget_disproved:
            return "budget_disproved";
        case reason::commanders_differ:
            return "commanders_differ";
        case reason::silence:
            return "silence";
    }
    return "?";
}

namespace {

struct kind_name {
    std::string_view operator()(const round_request&) const { return "round_request"; }
    std::string_view operator()(const distribution&) const { return "distribution"; }
    std::string_view operator()(const relay&) const { return "relay"; }
    std::string_view operator()(const vote&) const { return "vote"; }
    std::string_view operator()(const payload_request&) const { return "payload_request"; }
    std::string_view operator()(const payload_reply&) const { return "payload_reply"; }
    std::string_view operator()(const delivery&) const { return "delivery"; }
    std::string_view operator()(const delivery_receipt&) const { return "delivery_receipt"; }
    std::string_view operator()(const round_end&) const { return "round_end"; }
    std::string_view operator()(const signed_relay&) const { return "signed_relay"; }
};

} // namespace

std::string_view kind_of(const message& m) noexcept {
    return std::visit(kind_name{}, m);
}

round_id round_of(const message& m) noexcept {
    return std::visit([](const auto& x) { return x.round; }, m);
}

namespace {

struct level_visitor {
    template <class Message>
    level_number operator()(const Message& m) const {
        if constexpr (requires { m.level; }) {
            return m.level;
        } else {
            return 0;
        }
    }
};

} // namespace

level_number level_of(const message& m) noexcept {
    return std::visit(level_visitor{}, m);
}

std::uint64_t exchanged_in(const message& m) noexcept {
    if (const auto* passed_on = std::get_if<relay>(&m)) {
        return static_cast<std::uint64_t>(
            std::count_if(passed_on->items.begin(), passed_on->items.end(),
                          [](const claim_batch& item) { return item != nullptr; }));
    }
    if (const auto* shown = std::get_if<signed_relay>(&m)) {
        return shown->items.size();
    }
    return std::holds_alternative<distribution>(m) ? 1 : 0;
}

std::uint32_t phase_of(const message& m) noexcept {
    if (const auto* passed_on = std::get_if<relay>(&m)) {
        return passed_on->phase;
    }
    const auto* shown = std::get_if<signed_relay>(&m);
    return shown != nullptr ? shown->phase : 0;
}

} // namespace byzgate
