#include "behaviors/options.hpp"

#include <algorithm>

namespace byzgate {

std::string listed(const std::vector<std::string_view>& names) {
    std::string all;
    for (const auto name : names) {
        if (!all.empty()) {
            all += ", ";
        }
        all += name;
    }
    return all;
}

bool holds(const std::vector<server_id>& some, server_id one) noexcept {
    return std::find(some.begin(), some.end(), one) != some.end();
}

void option_reader::reject(std::string_view option, const std::string& complaint) const {
    throw behavior_error("option '" + std::string{option} + "' of behavior '"
                             + std::string{behavior_} + "' " + complaint,
                         std::string{option});
}

bool option_reader::yes_or_no(std::string_view option, bool otherwise) const {
    const auto found = how_.find(option);
    if (found == how_.end()) {
        return otherwise;
    }
    if (const auto* value = std::get_if<bool>(&found->second)) {
        return *value;
    }
    reject(option, "is true or false");
}

std::string option_reader::one_of(std::string_view option,
                                  const std::vector<std::string_view>& choices) const {
    const auto found = how_.find(option);
    if (found == how_.end()) {
        return std::string{choices.front()};
    }
    const auto* value = std::get_if<std::string>(&found->second);
    if (value == nullptr || std::find(choices.begin(), choices.end(), *value) == choices.end()) {
        reject(option, "is one of: " + listed(choices)
                           + (value == nullptr ? std::string{} : "; not '" + *value + "'"));
    }
    return *value;
}

std::optional<std::uint64_t> option_reader::number(std::string_view option,
                                                   std::uint64_t least) const {
    const auto found = how_.find(option);
    if (found == how_.end()) {
        return std::nullopt;
    }
    const auto* value = std::get_if<std::int64_t>(&found->second);
    if (value == nullptr || *value < 0 || static_cast<std::uint64_t>(*value) < least) {
        reject(option, "is a whole number of at least " + std::to_string(least));
    }
    return static_cast<std::uint64_t>(*value);
}

std::optional<double> option_reader::probability(std::string_view option) const {
    const auto found = how_.find(option);
    if (found == how_.end()) {
        return std::nullopt;
    }
    auto value = -1.0;
    if (const auto* real = std::get_if<double>(&found->second)) {
        value = *real;
    } else if (const auto* whole = std::get_if<std::int64_t>(&found->second)) {
        value = static_cast<double>(*whole);
    }
    // Written so that not-a-number fails too.
    if (!(value >= 0.0 && value <= 1.0)) {
        reject(option, "is a number from 0 to 1");
    }
    return value;
}

std::vector<std::string> option_reader::texts(std::string_view option) const {
    const auto found = how_.find(option);
    if (found == how_.end()) {
        return {};
    }
    if (const auto* one = std::get_if<std::string>(&found->second)) {
        return {*one};
    }
    if (const auto* many = std::get_if<std::vector<std::string>>(&found->second)) {
        return *many;
    }
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&found->second);
        numbers != nullptr && numbers->empty()) {
        return {}; // an empty list has no type of its own
    }
    reject(option, "is a list of texts");
}

std::vector<std::string>
option_reader::some_of(std::string_view option,
                       const std::vector<std::string_view>& choices) const {
    auto chosen = texts(option);
    for (const auto& one : chosen) {
        if (std::find(choices.begin(), choices.end(), one) == choices.end()) {
            reject(option, "lists some of: " + listed(choices) + "; not '" + one + "'");
        }
    }
    return chosen;
}

std::vector<server_id> option_reader::servers(std::string_view option) const {
    return servers(option, std::nullopt);
}
std::vector<server_id> option_reader::commanders(std::string_view option) const {
    return servers(option, server_role::commander);
}
std::vector<server_id> option_reader::lieutenants(std::string_view option) const {
    return servers(option, server_role::lieutenant);
}

std::vector<server_id> option_reader::servers(std::string_view option,
                                              std::optional<server_role> role) const {
    std::vector<server_id> named;
    for (const auto& text : texts(option)) {
        const auto id = parse_server_id(text);
        if (!id || !at_.cluster.contains(*id) || (role && role_of(*id) != *role)) {
            const auto whom = !role                             ? "servers"
                              : *role == server_role::commander ? "commanders"
                                                                : "lieutenants";
            reject(option,
                   std::string{"names "} + whom + " of this cluster ("
                       + std::to_string(at_.cluster.commanders) + " commanders, "
                       + std::to_string(at_.cluster.lieutenants) + " lieutenants), such as '"
                       + to_string(make_server_id(role.value_or(server_role::lieutenant), 0))
                       + "'; not '" + text + "'");
        }
        if (!holds(named, *id)) {
            named.push_back(*id);
        }
    }
    std::sort(named.begin(), named.end());
    return named;
}

} // namespace byzgate
