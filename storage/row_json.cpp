#include "storage/row_json.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "storage/text.hpp"

namespace byzgate {

namespace {

bool needs_escape(unsigned char c) {
    return c < 0x20 || c == '"' || c == '\\';
}

std::string json_string(std::string_view text) {
    if (std::none_of(text.begin(), text.end(), needs_escape)
        && invalid_utf8_at(text) == std::string_view::npos) {
        std::string quoted;
        quoted.reserve(text.size() + 2);
        return quoted.append("\"").append(text).append("\"");
    }
    // Column names of a user's table may be any bytes; what is no UTF-8 is replaced there.
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

void row_json::add_name(std::string_view name) {
    text_ += text_.empty() ? "{" : ",";
    text_ += json_string(name);
    text_ += ':';
}

void row_json::add_text(std::string_view name, std::string_view value) {
    if (invalid_utf8_at(value) != std::string_view::npos) {
        add_bytes(name, value);
        return;
    }
    add_name(name);
    text_ += json_string(value);
}

void row_json::add_bytes(std::string_view name, std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdef";
    add_name(name);
    text_ += R"({"hex":")";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        text_ += digits[byte >> 4];
        text_ += digits[byte & 0xf];
    }
    text_ += "\"}";
}

void row_json::add_integer(std::string_view name, std::int64_t value) {
    add_name(name);
    text_ += std::to_string(value);
}

void row_json::add_real(std::string_view name, double value) {
    add_name(name);
    if (std::isinf(value)) {
        text_ += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        text_ += nlohmann::json(value).dump();
    }
}

void row_json::add_null(std::string_view name) {
    add_name(name);
    text_ += "null";
}

void row_json::add_truth(std::string_view name, bool value) {
    add_name(name);
    text_ += value ? "true" : "false";
}

std::string row_json::take() {
    text_ += text_.empty() ? "{}" : "}";
    return std::exchange(text_, {});
}

} // namespace byzgate
