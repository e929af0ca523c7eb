// [expect].
#include "config/readers.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace byzgate {

namespace {

constexpr auto wanted_count = "a number, \"some\" or \"none\"";

std::optional<expected_count> parse_count(const toml::node& node) {
    if (const auto* number = node.as_integer(); number != nullptr && number->get() >= 0) {
        return expected_count::exactly(static_cast<std::uint64_t>(number->get()));
    }
    if (const auto* text = node.as_string()) {
        if (text->get() == "some") {
            return expected_count::some();
        }
        if (text->get() == "none") {
            return expected_count::none();
        }
    }
    return std::nullopt;
}

void read_count(table_reader& table, std::string_view key, std::optional<expected_count>& into) {
    if (const auto* node = table.find(key)) {
        into = parse_count(*node);
        if (!into) {
            table.wrong_type(key, *node, wanted_count);
        }
    }
}

void read_convicted(table_reader& table, scenario& into, bool cluster_is_valid) {
    const auto* node = table.find("convicted");
    if (node == nullptr) {
        return;
    }
    if (!node->is_array()) {
        if (const auto count = parse_count(*node)) {
            into.expect.convicted = *count;
        } else {
            table.wrong_type("convicted", *node,
                             fmt::format("{}, or a list such as [\"commander-1\"]", wanted_count));
        }
        return;
    }
    const auto names = table.texts("convicted");
    if (!names) {
        return;
    }
    std::vector<server_id> servers;
    for (const auto& name : *names) {
        const auto id = parse_server_id(name);
        if (!id || !is_commander(*id) || (cluster_is_valid && !into.cluster.contains(*id))) {
            table.reject("convicted", fmt::format("\"{}\" is no commander of this cluster; only "
                                                  "commanders can be convicted",
                                                  name));
            return;
        }
        servers.push_back(*id);
    }
    std::sort(servers.begin(), servers.end());
    servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
    into.expect.convicted = std::move(servers);
}

} // namespace

void read_expect(table_reader& root, scenario& into, bool cluster_is_valid) {
    auto table = root.below("expect");
    auto& expect = into.expect;
    if (const auto outcome = table.one_of("outcome", {"secure", "exposed"})) {
        expect.outcome = *outcome == "secure" ? run_outcome::secure : run_outcome::exposed;
    }
    read_count(table, "leaked", expect.leaked);
    read_count(table, "corrupted", expect.corrupted);
    read_count(table, "denied", expect.denied);
    read_count(table, "released", expect.released);
    read_count(table, "withheld", expect.withheld);
    read_count(table, "unresolved", expect.unresolved);
    read_count(table, "framed", expect.framed);
    read_count(table, "disagreements", expect.disagreements);
    read_convicted(table, into, cluster_is_valid);
    table.finish();
}

} // namespace byzgate
