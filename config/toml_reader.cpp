#include "config/toml_reader.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "protocol/words.hpp"

namespace byzgate {

namespace {

const toml::table& empty_table() {
    static const toml::table empty;
    return empty;
}

std::string joined(const std::string& table, std::string_view key) {
    return table.empty() ? std::string{key} : fmt::format("{}.{}", table, key);
}

/// What stands in a message must not fill the screen.
std::string shortened(const std::string& text) {
    constexpr std::size_t bytes_max = 60;
    if (text.size() <= bytes_max) {
        return text;
    }
    auto end = bytes_max;
    // Not in the middle of a character of several bytes.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end) + "…";
}

/// An override that TOML has no number for is a text by the time it is looked at.
bool is_number_too_large(const toml::node& node) {
    const auto& text = node.as_string()->get();
    const auto digits = std::string_view{text}.substr(text.starts_with('-') ? 1 : 0);
    return !place_of(node).override_text.empty() && digits.size() > 18
           && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

config_place place_of(const toml::node& node) {
    const auto& source = node.source();
    if (source.path && !source.path->empty()) {
        return {0, *source.path};
    }
    return {static_cast<std::uint32_t>(source.begin.line), {}};
}

std::string described(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            if (is_number_too_large(node)) {
                return fmt::format("the number {}", shortened(node.as_string()->get()));
            }
            return fmt::format("the text \"{}\"",
                               shortened(without_password(node.as_string()->get())));
        case toml::node_type::integer:
            return fmt::format("the number {}", node.as_integer()->get());
        case toml::node_type::floating_point:
            return fmt::format("the number {}", node.as_floating_point()->get());
        case toml::node_type::boolean:
            return node.as_boolean()->get() ? "true" : "false";
        case toml::node_type::array:
            return node.as_array()->empty() ? "an empty list" : "a list";
        case toml::node_type::table:
            return "a table";
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time:
            return "a date or time without quotes";
        default:
            return "nothing";
    }
}

std::filesystem::path resolved(const std::string& path, const toml::node& node,
                               const std::filesystem::path& file) {
    const std::filesystem::path given{path};
    if (given.is_absolute() || !place_of(node).override_text.empty()) {
        return given.lexically_normal();
    }
    return (file.parent_path() / given).lexically_normal();
}

// -- problem_log ---------------------------------------------------------------------------------

void problem_log::add(const config_place& at, std::string message) {
    if (!at.override_text.empty()) {
        message = fmt::format("{}: {}", at.override_text, message);
    }
    problems_.push_back({at.line, std::move(message)});
}

void problem_log::know(const std::string& table, std::string_view key) {
    known_[table].emplace(key);
}

void problem_log::add_unknown(const config_place& at, const std::string& table, std::string key) {
    unknown_.push_back({at, table, std::move(key)});
}

std::string problem_log::message_for(const unknown_key& unknown) const {
    auto message = fmt::format("unknown key {}", shortened(joined(unknown.table, unknown.key)));
    const auto here = known_.find(unknown.table);
    const auto keys = here == known_.end()
                          ? std::vector<std::string>{}
                          : std::vector<std::string>{here->second.begin(), here->second.end()};
    for (const auto& [table, known] : known_) {
        if (table != unknown.table && known.contains(unknown.key)) {
            return fmt::format("{}; it belongs {}", message,
                               table.empty() ? "at the top of the file, before all tables"
                                             : "in [" + table + "]");
        }
    }
    if (const auto meant = nearest(unknown.key, keys)) {
        return fmt::format("{}; did you mean {}?", message, joined(unknown.table, *meant));
    }
    return fmt::format("{}; {} has the keys {}", message,
                       unknown.table.empty() ? "the file" : "[" + unknown.table + "]",
                       enumerated(keys));
}

std::vector<config_problem> problem_log::finish() {
    for (const auto& unknown : unknown_) {
        add(unknown.at, message_for(unknown));
    }
    unknown_.clear();
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return std::move(problems_);
}

// -- table_reader --------------------------------------------------------------------------------

std::string table_reader::full(std::string_view key) const {
    return joined(name_, key);
}

const toml::node* table_reader::find(std::string_view key) {
    known_.emplace(key);
    log_.know(schema_, key);
    return table_.get(key);
}

void table_reader::reject(std::string_view key, const std::string& complaint) {
    const auto* node = table_.get(key);
    const auto at = node != nullptr ? place_of(*node)
                    : name_.empty() ? config_place{} // the file as a whole
                                    : place();
    log_.add(at, fmt::format("{}: {}", full(key), complaint));
}

void table_reader::wrong_type(std::string_view key, const toml::node& found,
                              const std::string& wanted) {
    log_.add(found, fmt::format("{}: found {}; write {}", full(key), described(found), wanted));
}

std::optional<std::string> table_reader::text(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (const auto* value = node->as_string()) {
        return value->get();
    }
    wrong_type(key, *node, "a text in quotes");
    return std::nullopt;
}

std::optional<std::string> table_reader::name(std::string_view key) {
    auto value = text(key);
    if (value && value->empty()) {
        reject(key, "is empty; write a text, or leave the key out");
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint64_t> table_reader::whole(std::string_view key, std::uint64_t least,
                                                 std::uint64_t most) {
    const auto* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* value = node->as_integer();
    if (value != nullptr && value->get() >= 0 && static_cast<std::uint64_t>(value->get()) >= least
        && static_cast<std::uint64_t>(value->get()) <= most) {
        return static_cast<std::uint64_t>(value->get());
    }
    wrong_type(key, *node, fmt::format("a whole number from {} to {}", least, most));
    return std::nullopt;
}

bool table_reader::whole_into(std::uint32_t& target, std::string_view key, std::uint32_t least,
                              std::uint32_t most) {
    if (const auto value = whole(key, least, most)) {
        target = static_cast<std::uint32_t>(*value);
        return true;
    }
    return !has(key);
}

std::optional<double> table_reader::share(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    std::optional<double> value;
    if (const auto* real = node->as_floating_point()) {
        value = real->get();
    } else if (const auto* whole = node->as_integer()) {
        value = static_cast<double>(whole->get());
    }
    // Not-a-number fails both comparisons.
    if (value && *value >= 0.0 && *value <= 1.0) {
        return value;
    }
    wrong_type(key, *node, "a number from 0 to 1, such as 0.5");
    return std::nullopt;
}

std::optional<bool> table_reader::yes_or_no(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (const auto* value = node->as_boolean()) {
        return value->get();
    }
    wrong_type(key, *node, "true or false");
    return std::nullopt;
}

std::optional<std::vector<std::string>> table_reader::texts(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    constexpr auto wanted = "a list of texts, such as [\"a\", \"b\"]";
    const auto* list = node->as_array();
    if (list == nullptr) {
        wrong_type(key, *node, wanted);
        return std::nullopt;
    }
    std::vector<std::string> all;
    all.reserve(list->size());
    for (const auto& entry : *list) {
        if (const auto* value = entry.as_string()) {
            all.push_back(value->get());
        } else {
            log_.add(entry, fmt::format("{}: the list holds {}; write {}", full(key),
                                        described(entry), wanted));
            return std::nullopt;
        }
    }
    return all;
}

std::optional<std::string> table_reader::one_of(std::string_view key,
                                                const std::vector<std::string>& choices) {
    const auto* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* value = node->as_string();
    if (value != nullptr
        && std::find(choices.begin(), choices.end(), value->get()) != choices.end()) {
        return value->get();
    }
    std::string wanted;
    for (const auto& choice : choices) {
        wanted += fmt::format("{}\"{}\"", wanted.empty() ? "" : " or ", choice);
    }
    wrong_type(key, *node, wanted);
    return std::nullopt;
}

table_reader table_reader::below(std::string_view key) {
    const auto* node = find(key);
    const auto* table = &empty_table();
    if (node != nullptr) {
        if (node->is_table()) {
            table = node->as_table();
        } else {
            wrong_type(key, *node, fmt::format("a table, [{}]", full(key)));
        }
    }
    return {*table, full(key), joined(schema_, key), log_};
}

void table_reader::finish() {
    for (const auto& [key, node] : table_) {
        if (!known_.contains(key.str())) {
            log_.add_unknown(place_of(node), schema_, std::string{key.str()});
        }
    }
}

} // namespace byzgate
