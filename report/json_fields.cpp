#include "report/json_fields.hpp"

#include <algorithm>

namespace byzgate {

namespace {

int nibble(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// A trace nests no deeper than grounds do; what nests deeper would only cost memory.
constexpr std::size_t nesting_max = 12;

bool nests_too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > nesting_max) {
                return true;
            }
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

} // namespace

nlohmann::json parse_json(const std::string& text, std::size_t line,
                          const nlohmann::json::parser_callback_t& see) {
    if (nests_too_deep(text)) {
        throw trace_error(line, "brackets nest deeper than in any trace");
    }
    try {
        return nlohmann::json::parse(text, see);
    } catch (const nlohmann::json::parse_error& e) {
        throw trace_error(line, "not JSON after " + std::to_string(e.byte > 0 ? e.byte - 1 : 0)
                                    + " bytes");
    } catch (const nlohmann::json::exception&) {
        throw trace_error(line, "not JSON");
    }
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const auto high = nibble(hex[i]);
        const auto low = nibble(hex[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<char>(high << 4 | low));
    }
    return bytes;
}

std::string read_bytes(const nlohmann::json& value, std::size_t line) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (!value.is_object() || value.size() != 1 || !value.contains("hex")
        || !value["hex"].is_string()) {
        throw trace_error(line, "a text must be a string or {\"hex\": \"…\"}");
    }
    const auto& hex = value["hex"].get_ref<const std::string&>();
    std::string bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto high = nibble(hex[i]);
        const auto low = nibble(hex[i + 1]);
        if (high < 0 || low < 0) {
            throw trace_error(line, "\"hex\" holds something else than hexadecimal digits");
        }
        bytes.push_back(static_cast<char>(high << 4 | low));
    }
    if (hex.size() % 2 != 0) {
        throw trace_error(line, "\"hex\" holds half a byte");
    }
    return bytes;
}

std::uint64_t read_number(const nlohmann::json& value, std::uint64_t most, std::size_t line) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
        throw trace_error(line, "a number must be whole and from 0 to " + std::to_string(most));
    }
    return value.get<std::uint64_t>();
}

server_id read_server(const nlohmann::json& value, std::size_t line) {
    if (value.is_string()) {
        if (const auto id = parse_server_id(value.get_ref<const std::string&>())) {
            return *id;
        }
        throw trace_error(line,
                          "no server has the name " + value.dump(-1, ' ', true).substr(0, 80));
    }
    const auto id = server_id{static_cast<std::uint32_t>(
        read_number(value, std::numeric_limits<std::uint32_t>::max(), line))};
    if (parse_server_id(to_string(id)) == id) {
        throw trace_error(line, "a server must be called by its name, " + to_string(id));
    }
    return id;
}

json_fields::json_fields(const nlohmann::json& object, std::size_t line)
    : object_(object), line_(line) {
    if (!object.is_object()) {
        throw trace_error(line, "an object { … } was expected");
    }
}

void json_fields::fail(std::string_view name, std::string_view what) const {
    throw trace_error(line_, "\"" + std::string{name} + "\" " + std::string{what});
}

const nlohmann::json* json_fields::maybe(std::string_view name) {
    const auto found = object_.find(std::string{name});
    if (found == object_.end()) {
        return nullptr;
    }
    if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
        asked_.push_back(name);
    }
    return &*found;
}

const nlohmann::json& json_fields::at(std::string_view name) {
    const auto* value = maybe(name);
    if (value == nullptr) {
        fail(name, "is missing");
    }
    return *value;
}

const nlohmann::json& json_fields::array(std::string_view name) {
    const auto& value = at(name);
    if (!value.is_array()) {
        fail(name, "must be an array");
    }
    return value;
}

const nlohmann::json* json_fields::array_or_null(std::string_view name) {
    return at(name).is_null() ? nullptr : &array(name);
}

std::uint64_t json_fields::number(std::string_view name, std::uint64_t most) {
    const auto& value = at(name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
        fail(name, "must be a whole number from 0 to " + std::to_string(most));
    }
    return value.get<std::uint64_t>();
}

std::uint32_t json_fields::number32(std::string_view name) {
    return static_cast<std::uint32_t>(number(name, std::numeric_limits<std::uint32_t>::max()));
}

bool json_fields::boolean(std::string_view name) {
    const auto& value = at(name);
    if (!value.is_boolean()) {
        fail(name, "must be true or false");
    }
    return value.get<bool>();
}

std::string json_fields::text(std::string_view name) {
    return read_bytes(at(name), line_);
}

server_id json_fields::server(std::string_view name) {
    return read_server(at(name), line_);
}

std::vector<server_id> json_fields::servers(std::string_view name) {
    std::vector<server_id> ids;
    for (const auto& value : array(name)) {
        ids.push_back(read_server(value, line_));
    }
    return ids;
}

template <std::size_t Bytes>
std::array<std::uint8_t, Bytes> json_fields::bytes_at(std::string_view name) {
    const auto& value = at(name);
    const auto bytes =
        value.is_string() ? bytes_of_hex(value.get_ref<const std::string&>()) : std::nullopt;
    if (!bytes || bytes->size() != Bytes) {
        fail(name, "must be " + std::to_string(2 * Bytes) + " hexadecimal digits");
    }
    std::array<std::uint8_t, Bytes> parsed{};
    std::copy(bytes->begin(), bytes->end(), parsed.begin());
    return parsed;
}

digest json_fields::digest_at(std::string_view name) {
    return bytes_at<sizeof(digest)>(name);
}

signature json_fields::signature_at(std::string_view name) {
    return bytes_at<sizeof(signature)>(name);
}

leaf_salt json_fields::leaf_salt_at(std::string_view name) {
    return bytes_at<sizeof(leaf_salt)>(name);
}

flag json_fields::flag_at(std::string_view name) {
    const auto& value = at(name);
    if (value.is_string()) {
        if (const auto parsed = parse_flag(value.get_ref<const std::string&>())) {
            return *parsed;
        }
        fail(name, "must be public or confidential");
    }
    const auto found = number(name, 255);
    if (found <= 1) {
        fail(name, "must be public or confidential");
    }
    return static_cast<flag>(found);
}

void json_fields::done() const {
    if (asked_.size() == object_.size()) {
        return;
    }
    for (const auto& item : object_.items()) {
        if (std::find(asked_.begin(), asked_.end(), item.key()) == asked_.end()) {
            const auto shown = nlohmann::json(item.key().substr(0, 60));
            throw trace_error(line_,
                              shown.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
                                  + (line_ > 0 ? " is no field of this event"
                                               : " is no field that belongs there"));
        }
    }
}

} // namespace byzgate
