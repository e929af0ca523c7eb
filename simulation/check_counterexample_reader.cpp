#include "simulation/check_counterexample.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace byzgate {

namespace {

std::string in_quotes(std::string_view text) {
    std::string all;
    all.reserve(text.size() + 2);
    all += '"';
    all += text;
    all += '"';
    return all;
}

constexpr std::array all_properties{broken_property::leak,      broken_property::framing,
                                    broken_property::denial,    broken_property::disagreement,
                                    broken_property::agreement, broken_property::validity};
constexpr std::array all_decisions{decision::withhold, decision::release, decision::unresolved};
constexpr std::array all_flags{flag::confidential, flag::public_};

using reader = nlohmann::json;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
    throw counterexample_error("not a usable counterexample: " + where + ": " + why);
}

/// A value with the place where it stands, so that every refusal can name it.
class place {
public:
    place(const reader& value, std::string where) : value_(value), where_(std::move(where)) {}

    [[noreturn]] void refuse(const std::string& why) const { byzgate::refuse(where_, why); }

    /// An object with exactly these keys.
    void expect_keys(const std::vector<std::string>& keys) const {
        if (!value_.is_object()) {
            refuse("expected an object");
        }
        for (const auto& key : keys) {
            if (!value_.contains(key)) {
                refuse(in_quotes(key) + " is missing");
            }
        }
        for (const auto& [key, ignored] : value_.items()) {
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
                refuse("unknown key " + in_quotes(key));
            }
        }
    }
    [[nodiscard]] place operator[](const std::string& key) const {
        return {value_.at(key), where_.empty() ? key : where_ + "." + key};
    }
    [[nodiscard]] std::vector<place> items() const {
        if (!value_.is_array()) {
            refuse("expected a list");
        }
        std::vector<place> all;
        for (std::size_t i = 0; i < value_.size(); ++i) {
            all.emplace_back(value_[i], where_ + "[" + std::to_string(i) + "]");
        }
        return all;
    }
    [[nodiscard]] std::uint32_t number(std::uint32_t least, std::uint32_t most) const {
        if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() < least
            || value_.get<std::uint64_t>() > most) {
            refuse("expected a whole number from " + std::to_string(least) + " to "
                   + std::to_string(most));
        }
        return static_cast<std::uint32_t>(value_.get<std::uint64_t>());
    }
    [[nodiscard]] bool truth() const {
        if (!value_.is_boolean()) {
            refuse("expected true or false");
        }
        return value_.get<bool>();
    }
    [[nodiscard]] std::string text() const {
        if (!value_.is_string()) {
            refuse("expected a text");
        }
        return value_.get<std::string>();
    }
    /// One of these, by the name that `to_string` gives it.
    template <class Values>
    [[nodiscard]] auto one_of(const Values& known) const {
        const auto name = text();
        std::string names;
        for (const auto candidate : known) {
            if (to_string(candidate) == name) {
                return candidate;
            }
            names += (names.empty() ? "" : ", ") + std::string(to_string(candidate));
        }
        refuse(in_quotes(name) + " is none of " + names);
    }
    [[nodiscard]] server_id server(const cluster_parameters& cluster) const {
        const auto id = parse_server_id(text());
        if (!id || !cluster.contains(*id) || !(is_commander(*id) || is_lieutenant(*id))) {
            refuse(in_quotes(text()) + " is not a commander or lieutenant of this cluster");
        }
        return *id;
    }
    [[nodiscard]] const reader& value() const noexcept { return value_; }

private:
    const reader& value_;
    std::string where_;
};

cluster_parameters read_cluster(const place& from) {
    from.expect_keys(
        {"commanders", "lieutenants", "protocol", "depth", "max_recursion", "tolerate"});
    from["tolerate"].expect_keys({"commanders", "lieutenants", "total"});
    cluster_parameters cluster;
    cluster.commanders = from["commanders"].number(1, servers_of_role_max);
    cluster.lieutenants = from["lieutenants"].number(1, servers_of_role_max);
    cluster.protocol =
        from["protocol"].one_of(std::array{protocol_kind::oral, protocol_kind::signed_});
    cluster.depth = from["depth"].number(0, servers_of_role_max);
    cluster.max_recursion = from["max_recursion"].number(0, servers_of_role_max);
    const auto tolerate = from["tolerate"];
    cluster.tolerate = {tolerate["commanders"].number(0, servers_of_role_max),
                        tolerate["lieutenants"].number(0, servers_of_role_max),
                        tolerate["total"].number(0, 2 * servers_of_role_max)};
    if (cluster.depth >= cluster.lieutenants) {
        from["depth"].refuse("must be less than the number of lieutenants");
    }
    if (is_too_large(cluster, cluster.max_recursion)) {
        from.refuse("one round has more messages than any counterexample");
    }
    return cluster;
}

std::vector<server_id> read_byzantine(const place& from, const cluster_parameters& cluster) {
    std::vector<server_id> byzantine;
    for (const auto& item : from.items()) {
        const auto id = item.server(cluster);
        if (!byzantine.empty() && id <= byzantine.back()) {
            item.refuse("servers must ascend, each named once");
        }
        byzantine.push_back(id);
    }
    return byzantine;
}

told_line read_line(const place& from, const counterexample& so_far, const choice& expected) {
    from.expect_keys({"level", "path", "to", "says", "loyal"});
    told_line line;
    line.what.level = from["level"].number(0, so_far.cluster.max_recursion);
    for (const auto& item : from["path"].items()) {
        line.what.path.push_back(item.server(so_far.cluster));
    }
    line.what.to = from["to"].server(so_far.cluster);
    if (line.what != expected) {
        std::string along;
        for (const auto id : expected.path) {
            along += to_string(id) + ">";
        }
        from.refuse("expected the message " + along + to_string(expected.to) + " of level "
                    + std::to_string(expected.level));
    }
    line.says = from["says"].one_of(values_of_choices);
    line.loyal = from["loyal"].one_of(values_of_choices);
    if (so_far.values == 2 && (line.says == told::silence || line.loyal == told::silence)) {
        from.refuse("there is no silence among 2 values");
    }
    return line;
}

/// What servers hear if the table is played.
class hearing {
public:
    explicit hearing(const counterexample& of) : of_(of) {
        for (const auto& line : of.table) {
            said_[{line.what.level, line.what.path, line.what.to}] = line.says;
        }
    }

    /// What the last server on the path would pass on if it were loyal.
    [[nodiscard]] told loyal(level_number level, std::vector<server_id> path) const {
        if (path.size() == 1) {
            return told_of(of_.truth);
        }
        const auto by = path.back();
        path.pop_back();
        const auto line = said_.find({level, path, by});
        return line != said_.end() ? line->second : loyal(level, std::move(path));
    }

private:
    const counterexample& of_;
    std::map<std::tuple<level_number, std::vector<server_id>, server_id>, told> said_;
};

void read_table(const place& from, counterexample& into) {
    const auto choices =
        strategy_space_of(into.cluster, into.byzantine, into.cluster.max_recursion).choices;
    const auto lines = from.items();
    if (lines.size() != choices.size()) {
        from.refuse("expected " + std::to_string(choices.size())
                    + " messages, one for each that "
                      "a Byzantine server owes a loyal lieutenant, and found "
                    + std::to_string(lines.size()));
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        into.table.push_back(read_line(lines[i], into, choices[i]));
    }
    const hearing heard(into);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& line = into.table[i];
        const auto loyal = heard.loyal(line.what.level, line.what.path);
        if (line.loyal != loyal) {
            lines[i]["loyal"].refuse("a loyal server would say " + std::string(to_string(loyal)));
        }
    }
}

check_outcome read_outcome(const place& from, const counterexample& so_far) {
    from.expect_keys({"leaked", "denied", "disagreed", "framed", "votes"});
    check_outcome outcome{from["leaked"].truth(),
                          from["denied"].truth(),
                          from["disagreed"].truth(),
                          from["framed"].truth(),
                          {}};
    if (outcome.leaked && so_far.truth == flag::public_) {
        from["leaked"].refuse("a public record cannot leak");
    }
    if (outcome.denied && so_far.truth == flag::confidential) {
        from["denied"].refuse("a confidential record cannot be denied");
    }
    std::vector<std::string> loyal;
    for (const auto id : so_far.cluster.servers()) {
        if (is_lieutenant(id)
            && !std::binary_search(so_far.byzantine.begin(), so_far.byzantine.end(), id)) {
            loyal.push_back(to_string(id));
        }
    }
    const auto levels = from["votes"].items();
    if (levels.empty() || levels.size() > so_far.cluster.max_recursion + 1U) {
        from["votes"].refuse("expected one entry for each level played");
    }
    for (const auto& level : levels) {
        level.expect_keys(loyal);
        auto& votes = outcome.votes.emplace_back();
        for (const auto& name : loyal) {
            votes[*parse_server_id(name)] = level[name].one_of(all_decisions);
        }
    }
    return outcome;
}

reader read_json(std::string_view text) {
    try {
        return reader::parse(text);
    } catch (const reader::exception& e) {
        refuse("the file is truncated or not JSON", e.what());
    }
}

} // namespace

counterexample parse_counterexample(std::string_view text) {
    const auto json = read_json(text);
    const place top(json, "");
    if (!json.is_object() || !json.contains("format") || json["format"] != counterexample_format) {
        refuse("the file", "\"format\" is not " + in_quotes(counterexample_format));
    }
    if (!json.contains("version") || json["version"] != counterexample_version) {
        refuse("version",
               "this byzgate reads version " + std::to_string(counterexample_version) + " only");
    }
    top.expect_keys({"format", "version", "breaks", "promised", "deviations", "cluster",
                     "byzantine", "flag", "values", "byzantine_vote", "outcome", "gate", "tells"});
    counterexample c;
    c.cluster = read_cluster(top["cluster"]);
    c.byzantine = read_byzantine(top["byzantine"], c.cluster);
    c.truth = top["flag"].one_of(all_flags);
    c.values = static_cast<int>(top["values"].number(2, 3));
    c.breaks = top["breaks"].one_of(all_properties);
    c.promised = top["promised"].truth();
    c.byzantine_vote = top["byzantine_vote"].one_of(all_decisions);
    c.outcome = read_outcome(top["outcome"], c);
    const std::string gate = gate_opens(c) ? "opens" : "stays shut";
    if (top["gate"].text() != gate) {
        top["gate"].refuse("with these votes it " + gate);
    }
    read_table(top["tells"], c);
    c.deviations = top["deviations"].number(0, ~std::uint32_t{0});
    const auto deviating = std::count_if(c.table.begin(), c.table.end(),
                                         [](const told_line& l) { return l.says != l.loyal; });
    if (deviating != static_cast<std::ptrdiff_t>(c.deviations)) {
        top["deviations"].refuse("the table has " + std::to_string(deviating));
    }
    return c;
}

} // namespace byzgate
