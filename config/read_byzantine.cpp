// [[byzantine]]: who plays what, and when.
#include "config/readers.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "protocol/words.hpp"

namespace byzgate {

namespace {

constexpr auto wanted_rounds = "\"10..20\" (both included), \"10..\", \"..20\" or \"7\"; rounds "
                               "are numbered from 1";

/// Options are checked by making the behaviour and throwing it away; nothing is ever digested.
class unused_digester final : public digester {
public:
    [[nodiscard]] digest digest_of(std::string_view) const override { return {}; }
};

std::optional<round_id> parse_round(std::string_view digits) {
    std::uint64_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || number == 0) {
        return std::nullopt;
    }
    return round_id{number};
}

std::optional<option_value> parse_option_list(const toml::array& list) {
    std::vector<std::string> texts;
    std::vector<std::int64_t> numbers;
    for (const auto& entry : list) {
        if (const auto* text = entry.as_string()) {
            texts.push_back(text->get());
        } else if (const auto* number = entry.as_integer()) {
            numbers.push_back(number->get());
        } else {
            return std::nullopt;
        }
    }
    if (numbers.empty()) {
        return texts;
    }
    return texts.empty() ? std::optional<option_value>{numbers} : std::nullopt;
}

std::optional<option_value> parse_option(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::boolean:
            return node.as_boolean()->get();
        case toml::node_type::integer:
            return node.as_integer()->get();
        case toml::node_type::floating_point:
            return node.as_floating_point()->get();
        case toml::node_type::string:
            return node.as_string()->get();
        case toml::node_type::array:
            return parse_option_list(*node.as_array());
        default:
            return std::nullopt;
    }
}

std::string servers_of(const cluster_parameters& cluster) {
    const auto range = [](std::uint32_t count, const std::string& role) {
        return count == 1 ? role + "-1" : fmt::format("{}-1 to {}-{}", role, role, count);
    };
    return fmt::format("{} and {}", range(cluster.commanders, "commander"),
                       range(cluster.lieutenants, "lieutenant"));
}

bool read_server(table_reader& table, const cluster_parameters& cluster, byzantine_config& into) {
    const auto name = table.text("server");
    if (!name) {
        if (!table.has("server")) {
            table.reject("server",
                         fmt::format("is missing; this cluster has {}", servers_of(cluster)));
        }
        return false;
    }
    const auto id = parse_server_id(*name);
    if (!id || !cluster.contains(*id)) {
        std::vector<std::string> names;
        for (const auto server : cluster.servers()) {
            names.push_back(to_string(server));
        }
        const auto meant = nearest(*name, names);
        table.reject("server", fmt::format("\"{}\" is not in this cluster, which has {}{}", *name,
                                           servers_of(cluster),
                                           !id && meant ? "; did you mean " + *meant + "?" : ""));
        return false;
    }
    if (!is_commander(*id) && !is_lieutenant(*id)) {
        table.reject("server", fmt::format("the {} can't be Byzantine here; write one of {}", *name,
                                           servers_of(cluster)));
        return false;
    }
    into.server = *id;
    return true;
}

void read_rounds_of(table_reader& table, byzantine_config& into) {
    const auto* node = table.find("rounds");
    if (node == nullptr) {
        return;
    }
    std::optional<round_range> range;
    if (const auto* text = node->as_string()) {
        range = parse_round_range(text->get());
    } else if (const auto* number = node->as_integer(); number != nullptr && number->get() > 0) {
        const round_id only{static_cast<std::uint64_t>(number->get())};
        range = round_range{only, only};
    }
    if (range) {
        into.rounds = *range;
    } else {
        table.wrong_type("rounds", *node, wanted_rounds);
    }
}

/// Whatever stands beside server, behavior and rounds. False if something was reported.
bool read_options(table_reader& table, byzantine_config& into) {
    auto good = true;
    for (const auto& [key, node] : table.table()) {
        if (key == "server" || key == "behavior" || key == "rounds") {
            continue;
        }
        static_cast<void>(table.find(key.str()));
        if (auto value = parse_option(node)) {
            into.options.emplace(key.str(), std::move(*value));
        } else {
            table.wrong_type(key.str(), node,
                             "a text, a number, true, false, or a list of texts "
                             "or of whole numbers");
            good = false;
        }
    }
    return good;
}

void check_behavior(table_reader& table, const cluster_parameters& cluster,
                    const byzantine_config& entry) {
    const unused_digester digests;
    try {
        validate_behavior({entry.server, cluster, 0, &digests}, entry.behavior, entry.options);
    } catch (const behavior_error& error) {
        std::string message = error.what();
        std::vector<std::string> known;
        if (!error.option().empty()) {
            for (const auto option : find_behavior(entry.behavior).options) {
                known.emplace_back(option);
            }
        } else {
            for (const auto& info : known_behaviors()) {
                known.emplace_back(info.name);
            }
        }
        const auto& word = error.option().empty() ? entry.behavior : error.option();
        const auto meant = nearest(word, known);
        if (meant && *meant != word) {
            message += fmt::format("; did you mean {}?", *meant);
        }
        table.reject(error.option().empty() ? "behavior" : error.option(), message);
    }
}

/// One entry; what is wrong with it is reported.
void read_entry(table_reader& table, scenario& into) {
    byzantine_config entry;
    entry.line = table.place().line;
    const auto placed = read_server(table, into.cluster, entry);
    const auto behavior = table.text("behavior");
    if (!behavior && !table.has("behavior")) {
        std::vector<std::string> known;
        for (const auto& info : known_behaviors()) {
            known.emplace_back(info.name);
        }
        table.reject("behavior", fmt::format("is missing; known are {}", enumerated(known)));
    }
    read_rounds_of(table, entry);
    const auto readable = read_options(table, entry);
    table.finish();
    if (!placed || !behavior || !readable) {
        return;
    }
    entry.behavior = *behavior;
    check_behavior(table, into.cluster, entry);
    for (const auto& other : into.byzantine) {
        if (other.server == entry.server && other.rounds.first <= entry.rounds.last
            && entry.rounds.first <= other.rounds.last) {
            table.reject("rounds",
                         fmt::format("{} plays {} in some of these rounds already{}; give the two "
                                     "entries rounds that don't overlap, such as \"1..10\" and "
                                     "\"11..\"",
                                     to_string(entry.server), other.behavior,
                                     other.line > 0 ? fmt::format(" (line {})", other.line) : ""));
            break;
        }
    }
    into.byzantine.push_back(std::move(entry));
}

} // namespace

std::optional<round_range> parse_round_range(std::string_view text) {
    round_range range;
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) {
        const auto only = parse_round(text);
        return only ? std::optional{round_range{*only, *only}} : std::nullopt;
    }
    const auto first = text.substr(0, dots);
    const auto last = text.substr(dots + 2);
    if (first.empty() && last.empty()) {
        return std::nullopt;
    }
    if (!first.empty()) {
        const auto round = parse_round(first);
        if (!round) {
            return std::nullopt;
        }
        range.first = *round;
    }
    if (!last.empty()) {
        const auto round = parse_round(last);
        if (!round || *round < range.first) {
            return std::nullopt;
        }
        range.last = *round;
    }
    return range;
}

void read_byzantine(table_reader& root, scenario& into) {
    const auto* node = root.find("byzantine");
    if (node == nullptr) {
        return;
    }
    const auto* list = node->as_array();
    if (list == nullptr) {
        root.wrong_type("byzantine", *node, "[[byzantine]], with two brackets, for each server");
        return;
    }
    std::size_t index = 0;
    for (const auto& entry : *list) {
        if (const auto* table = entry.as_table()) {
            table_reader reader{*table, fmt::format("byzantine.{}", index), "byzantine",
                                root.log()};
            read_entry(reader, into);
        } else {
            root.log().add(entry, fmt::format("byzantine.{}: found {}; write [[byzantine]] for "
                                              "each server",
                                              index, described(entry)));
        }
        ++index;
    }
}

} // namespace byzgate
