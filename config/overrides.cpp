#include "config/overrides.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "protocol/words.hpp"

namespace byzgate {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// A key without quotes, as TOML has it.
bool is_bare_key(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '_' || c == '-';
    });
}

std::optional<std::size_t> parse_index(std::string_view key) {
    std::size_t index = 0;
    const auto* end = key.data() + key.size();
    const auto result = std::from_chars(key.data(), end, index);
    if (result.ec != std::errc{} || result.ptr != end) {
        return std::nullopt;
    }
    return index;
}

std::optional<std::vector<std::string>> parse_key(std::string_view dotted) {
    std::vector<std::string> parts;
    for (;;) {
        const auto dot = dotted.find('.');
        const auto part = trimmed(dotted.substr(0, dot));
        if (!is_bare_key(part)) {
            return std::nullopt;
        }
        parts.emplace_back(part);
        if (dot == std::string_view::npos) {
            return parts;
        }
        dotted.remove_prefix(dot + 1);
    }
}

std::string quoted(std::string_view text) {
    std::string all = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            all += '\\';
            all += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            all += fmt::format("\\u{:04x}", byte);
        } else {
            all += c;
        }
    }
    return all + '"';
}

/// `value` as the only value of a document; throws toml::parse_error.
toml::table parse_value(std::string_view value, const std::string& blame) {
    return toml::parse(fmt::format("value = {}", value), blame);
}

std::optional<toml::table> value_of(std::string_view value, const std::string& blame,
                                    problem_log& log) {
    const config_place here{0, blame};
    try {
        auto parsed = parse_value(value, blame);
        if (parsed.size() == 1) {
            return parsed;
        }
    } catch (const toml::parse_error& error) {
        if (!value.empty() && std::string_view{"[{\"'"}.find(value.front()) != std::string::npos) {
            log.add(here, fmt::format("the value is not TOML: {}; write a text as \"a\", a list "
                                      "as [\"a\", \"b\"]",
                                      error.description()));
            return std::nullopt;
        }
    }
    try {
        return parse_value(quoted(value), blame);
    } catch (const toml::parse_error& error) {
        log.add(here, fmt::format("the value is no text: {}", error.description()));
        return std::nullopt;
    }
}

/// A way down the document: the next key, made where there is none.
class descent {
public:
    descent(toml::table& document, std::string blame, problem_log& log)
        : at_(&document), place_{0, std::move(blame)}, log_(log) {}

    /// Goes to the table or list below `key`; `next` is the key after it. False if reported.
    bool down(const std::string& key, const std::string& next) {
        if (auto* table = at_->as_table()) {
            if (!table->contains(key)) {
                put_empty(*table, key, parse_index(next) ? "[]" : "{}");
            }
            at_ = table->get(key);
        } else if (auto* list = list_with(key)) {
            const auto index = *parse_index(key);
            if (index == list->size()) {
                auto entry = parse_value("{}", place_.override_text);
                list->push_back(std::move(*entry.get("value")));
            }
            at_ = list->get(index);
        } else {
            return false;
        }
        path_ += path_.empty() ? key : "." + key;
        return true;
    }

    bool put(const std::string& key, toml::node& value) {
        if (auto* table = at_->as_table()) {
            table->insert_or_assign(key, std::move(value));
        } else if (auto* list = list_with(key)) {
            const auto index = *parse_index(key);
            if (index == list->size()) {
                list->push_back(std::move(value));
            } else {
                list->replace(list->cbegin() + static_cast<std::ptrdiff_t>(index),
                              std::move(value));
            }
        } else {
            return false;
        }
        return true;
    }

private:
    /// Parsed, not made, so that it knows where it comes from.
    void put_empty(toml::table& into, const std::string& key, std::string_view what) {
        auto parsed = parse_value(what, place_.override_text);
        into.insert_or_assign(key, std::move(*parsed.get("value")));
    }

    /// The list where we are, if `key` is an index of it or one past its end.
    toml::array* list_with(const std::string& key) {
        auto* list = at_->as_array();
        if (list == nullptr) {
            log_.add(place_,
                     fmt::format("{} is {}; there is no {} in it", path_, described(*at_), key));
            return nullptr;
        }
        const auto index = parse_index(key);
        if (!index || *index > list->size()) {
            log_.add(place_, fmt::format("{} is a list of {}; write an index from 0 to {} ({} adds "
                                         "an entry) in place of {}",
                                         path_, list->size(), list->size(), list->size(), key));
            return nullptr;
        }
        return list;
    }

    toml::node* at_;
    std::string path_;
    config_place place_;
    problem_log& log_;
};

} // namespace

void apply_override(toml::table& document, const std::string& override_text, problem_log& log) {
    apply_override(document, override_text, log, "--set " + without_password(override_text));
}

void apply_override(toml::table& document, const std::string& override_text, problem_log& log,
                    const std::string& blame) {
    const auto equals = override_text.find('=');
    const auto key = equals == std::string::npos
                         ? std::nullopt
                         : parse_key(trimmed(std::string_view{override_text}.substr(0, equals)));
    if (!key) {
        log.add({0, blame}, "write KEY=VALUE, the key with dots, such as cluster.depth=2 or "
                            "byzantine.0.behavior=silent");
        return;
    }
    auto value = value_of(trimmed(std::string_view{override_text}.substr(equals + 1)), blame, log);
    if (!value) {
        return;
    }
    descent here{document, blame, log};
    for (std::size_t i = 0; i + 1 < key->size(); ++i) {
        if (!here.down((*key)[i], (*key)[i + 1])) {
            return;
        }
    }
    static_cast<void>(here.put(key->back(), *value->get("value")));
}

} // namespace byzgate
