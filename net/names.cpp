#include "net/names.hpp"

namespace byzgate {

namespace {

constexpr std::string_view operator_name = "operator";

} // namespace

std::string link_name(server_id id) {
    return is_operator(id) ? std::string{operator_name} : to_string(id);
}

std::optional<server_id> parse_link_name(std::string_view name) {
    if (name == operator_name) {
        return operator_id;
    }
    return parse_server_id(name);
}

bool may_be_linked(server_id a, server_id b) noexcept {
    if (a == b || (is_operator(a) && is_operator(b))) {
        return false;
    }
    for (const auto& [one, other] : {std::pair{a, b}, std::pair{b, a}}) {
        if ((one == external_party_id || is_operator(one)) && other != supervisor_id) {
            return false;
        }
    }
    return true;
}

bool dials(server_id from, server_id to) noexcept {
    if (is_operator(from) || is_operator(to)) {
        return is_operator(from);
    }
    return from < to;
}

} // namespace byzgate
