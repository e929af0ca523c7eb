#include "protocol/ids.hpp"

#include <array>
#include <charconv>

namespace byzgate {

namespace {

constexpr std::string_view commander_prefix = "commander-";
constexpr std::string_view lieutenant_prefix = "lieutenant-";

/// The index that "1", "2", … stand for; nothing for anything that would not print the same again.
std::optional<std::uint32_t> parse_index(std::string_view digits) {
    if (digits.empty() || digits.front() == '0') {
        return std::nullopt;
    }
    std::uint32_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || number > 0x1'0000U) {
        return std::nullopt;
    }
    return number - 1;
}

} // namespace

std::string to_string(server_id id) {
    switch (role_of(id)) {
        case server_role::commander:
            return std::string{commander_prefix} + std::to_string(index_of(id) + 1);
        case server_role::lieutenant:
            return std::string{lieutenant_prefix} + std::to_string(index_of(id) + 1);
        case server_role::supervisor:
            return "supervisor";
        case server_role::external_party:
            return "external-party";
    }
    return "unknown-server";
}

std::optional<server_id> parse_server_id(std::string_view name) {
    if (name == "supervisor") {
        return supervisor_id;
    }
    if (name == "external-party") {
        return external_party_id;
    }
    for (const auto& [prefix, role] :
         std::array{std::pair{commander_prefix, server_role::commander},
                    std::pair{lieutenant_prefix, server_role::lieutenant}}) {
        if (name.starts_with(prefix)) {
            if (const auto index = parse_index(name.substr(prefix.size()))) {
                return make_server_id(role, *index);
            }
        }
    }
    return std::nullopt;
}

} // namespace byzgate
