// [rounds].
#include "config/readers.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace byzgate {

namespace {

constexpr auto wanted_records = "\"all\", a list of ids such as [\"a\", \"b\"], or how many to "
                                "draw, such as 100";

void read_ids(table_reader& table, const limits& limit, rounds_config& into) {
    auto ids = table.texts("records");
    if (!ids) {
        return;
    }
    if (ids->empty()) {
        table.reject("records", fmt::format("is empty; write {}", wanted_records));
        return;
    }
    std::set<std::string_view> seen;
    for (const auto& id : *ids) {
        if (id.empty() || id.size() > limit.record_id_bytes_max) {
            table.reject("records",
                         fmt::format("the id \"{}\" has {} bytes; an id has 1 to {}",
                                     id.substr(0, 40), id.size(), limit.record_id_bytes_max));
            return;
        }
        if (id.find('\0') != std::string::npos) {
            table.reject("records", "an id holds a zero byte; no record has such an id");
            return;
        }
        if (!seen.insert(id).second) {
            table.reject("records", fmt::format("\"{}\" stands there twice; write it once", id));
            return;
        }
    }
    into.records = std::move(*ids);
}

void read_selection(table_reader& table, const limits& limit, rounds_config& into) {
    const auto* node = table.find("records");
    if (node == nullptr) {
        return;
    }
    const auto* text = node->as_string();
    if (text != nullptr && text->get() == "all") {
        into.records = all_records{};
    } else if (node->is_array()) {
        read_ids(table, limit, into);
    } else if (node->is_integer()) {
        if (const auto count = table.whole("records", 1, whole_max)) {
            into.records = drawn_records{*count};
        }
    } else if (text != nullptr) {
        table.wrong_type(
            "records", *node,
            fmt::format("{}; one id is [\"{}\"]", wanted_records, text->get().substr(0, 40)));
    } else {
        table.wrong_type("records", *node, wanted_records);
    }
}

} // namespace

void read_rounds(table_reader& root, scenario& into) {
    const auto& limit = into.cluster.limit;
    auto table = root.below("rounds");
    read_selection(table, limit, into.rounds);
    table.whole_into(into.rounds.batch, "batch", 1, limit.batch_max);
    into.rounds.count = table.whole("count", 1, whole_max);
    into.cluster.window = std::min(into.cluster.window, limit.rounds_open_max);
    table.whole_into(into.cluster.window, "window", 1, limit.rounds_open_max);
    table.finish();
}

} // namespace byzgate
