#include "simulation/check_counterexample.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace byzgate {

std::string_view to_string(broken_property p) noexcept {
    switch (p) {
        case broken_property::leak:
            return "leak";
        case broken_property::framing:
            return "framing";
        case broken_property::denial:
            return "denial";
        case broken_property::disagreement:
            return "disagreement";
        case broken_property::agreement:
            return "agreement";
        case broken_property::validity:
            break;
    }
    return "validity";
}

namespace {

std::string in_quotes(std::string_view text) {
    std::string all;
    all.reserve(text.size() + 2);
    all += '"';
    all += text;
    all += '"';
    return all;
}

using writer = nlohmann::ordered_json;

writer names_of(const std::vector<server_id>& servers) {
    auto names = writer::array();
    for (const auto id : servers) {
        names.push_back(to_string(id));
    }
    return names;
}

writer written(const cluster_parameters& cluster) {
    return {{"commanders", cluster.commanders},
            {"lieutenants", cluster.lieutenants},
            {"protocol", to_string(cluster.protocol)},
            {"depth", cluster.depth},
            {"max_recursion", cluster.max_recursion},
            {"tolerate",
             {{"commanders", cluster.tolerate.commanders},
              {"lieutenants", cluster.tolerate.lieutenants},
              {"total", cluster.tolerate.total}}}};
}

writer written(const told_line& line) {
    return {{"level", line.what.level},
            {"path", names_of(line.what.path)},
            {"to", to_string(line.what.to)},
            {"says", to_string(line.says)},
            {"loyal", to_string(line.loyal)}};
}

writer written(const check_outcome& outcome) {
    auto levels = writer::array();
    for (const auto& level : outcome.votes) {
        auto votes = writer::object();
        for (const auto& [lieutenant, vote] : level) {
            votes[to_string(lieutenant)] = to_string(vote);
        }
        levels.push_back(std::move(votes));
    }
    return {{"leaked", outcome.leaked},
            {"denied", outcome.denied},
            {"disagreed", outcome.disagreed},
            {"framed", outcome.framed},
            {"votes", std::move(levels)}};
}

} // namespace

bool votes_lack_grounds(const cluster_parameters& cluster, const std::vector<server_id>& byzantine,
                        flag truth) {
    const auto liars = std::count_if(byzantine.begin(), byzantine.end(), is_commander);
    return cluster.is_signed() && truth == flag::confidential
           && liars <= static_cast<std::ptrdiff_t>(cluster.tolerate.commanders);
}

bool gate_opens(const counterexample& c) {
    return c.truth == flag::public_
               ? !c.outcome.denied
               : c.outcome.leaked && !votes_lack_grounds(c.cluster, c.byzantine, c.truth);
}

std::map<server_id, script> scripts_of(const counterexample& c) {
    std::map<server_id, script> scripts;
    for (const auto id : c.byzantine) {
        if (is_lieutenant(id)) {
            scripts[id].vote = c.byzantine_vote == decision::release ? vote_choice::release
                                                                     : vote_choice::withhold;
        } else {
            scripts[id]; // even if it owes no loyal lieutenant anything
        }
    }
    for (const auto& line : c.table) {
        const auto& along = line.what.path;
        auto heard_by = along;
        if (along.size() > 1) {
            heard_by.pop_back();
        }
        scripts[along.back()].lines.push_back(
            {line.what.level, std::move(heard_by), line.what.to, line.says});
    }
    return scripts;
}

std::string format_counterexample(const counterexample& c) {
    const auto field = [](std::string_view name, const writer& value) {
        return "  " + in_quotes(name) + ": " + value.dump() + ",\n";
    };
    auto text = "{\n" + field("format", counterexample_format)
                + field("version", counterexample_version) + field("breaks", to_string(c.breaks))
                + field("promised", c.promised) + field("deviations", c.deviations)
                + field("cluster", written(c.cluster)) + field("byzantine", names_of(c.byzantine))
                + field("flag", to_string(c.truth)) + field("values", c.values)
                + field("byzantine_vote", to_string(c.byzantine_vote))
                + field("outcome", written(c.outcome))
                + field("gate", gate_opens(c) ? "opens" : "stays shut") + "  \"tells\": [";
    for (std::size_t i = 0; i < c.table.size(); ++i) {
        text += (i == 0 ? "\n    " : ",\n    ") + written(c.table[i]).dump();
    }
    return text + "\n  ]\n}\n";
}

} // namespace byzgate
