// The text of scripts; scripted.cpp plays them.
#include <algorithm>
#include <charconv>

#include "behaviors/options.hpp"
#include "behaviors/scripted.hpp"

namespace byzgate {

namespace {

constexpr std::string_view example_commander = "lieutenant-1=public";
constexpr std::string_view example_lieutenant = "commander-1>lieutenant-1=public";

/// Takes one line apart and complains about it in whole sentences.
class line_parser {
public:
    line_parser(const cluster_parameters& cluster, server_id self, std::string_view text)
        : cluster_(cluster), self_(self), text_(text), rest_(text) {}

    script_line parse() {
        script_line line;
        line.level = take_level();
        const auto equals = rest_.find('=');
        if (equals == std::string_view::npos) {
            complain("has no '='");
        }
        const auto says = parse_told(rest_.substr(equals + 1));
        if (!says) {
            complain("tells something other than " + listed(told_names()));
        }
        line.says = *says;
        rest_ = rest_.substr(0, equals);
        const auto arrow = rest_.find('>');
        if (arrow != std::string_view::npos) {
            line.path = take_path(rest_.substr(0, arrow));
            rest_ = rest_.substr(arrow + 1);
        } else if (is_commander(self_)) {
            line.path = {self_};
        } else {
            complain("names no path, such as commander-1>");
        }
        line.to = server(rest_);
        check(line);
        return line;
    }

private:
    [[noreturn]] void complain(const std::string& what) const {
        throw behavior_error(
            "line '" + std::string{text_} + "' of the script of " + to_string(self_) + " " + what
                + "; write it like '"
                + std::string{is_commander(self_) ? example_commander : example_lieutenant} + "'",
            "table");
    }

    std::optional<level_number> take_level() {
        if (!rest_.starts_with('@')) {
            return std::nullopt;
        }
        level_number level = 0;
        const auto* end = rest_.data() + rest_.size();
        const auto read = std::from_chars(rest_.data() + 1, end, level);
        if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ' '
            || level > cluster_.max_recursion) {
            complain("has a level that isn't '@0 ' to '@" + std::to_string(cluster_.max_recursion)
                     + " '");
        }
        rest_ = {read.ptr + 1, static_cast<std::size_t>(end - read.ptr - 1)};
        return level;
    }

    std::vector<server_id> take_path(std::string_view names) const {
        std::vector<server_id> path;
        while (true) {
            const auto comma = names.find(',');
            path.push_back(server(names.substr(0, comma)));
            if (comma == std::string_view::npos) {
                return path;
            }
            names = names.substr(comma + 1);
        }
    }

    server_id server(std::string_view name) const {
        const auto id = parse_server_id(name);
        if (!id || !cluster_.contains(*id) || !(is_commander(*id) || is_lieutenant(*id))) {
            complain("names '" + std::string{name}
                     + "', which is no commander or lieutenant of this cluster");
        }
        return *id;
    }

    void check(const script_line& line) const {
        if (!is_lieutenant(line.to) || line.to == self_) {
            complain("tells something to " + to_string(line.to)
                     + ", which hears nothing from this server");
        }
        if (is_commander(self_)) {
            if (line.path != std::vector<server_id>{self_}) {
                complain("has a path, but a commander speaks for itself only");
            }
            return;
        }
        if (!is_commander(line.path.front())) {
            complain("has a path that doesn't begin with a commander");
        }
        if (line.path.size() > cluster_.depth_at(line.level.value_or(cluster_.max_recursion))) {
            complain("has a path longer than depth = " + std::to_string(cluster_.depth)
                     + " lets anybody pass on");
        }
        for (auto i = line.path.begin() + 1; i != line.path.end(); ++i) {
            if (!is_lieutenant(*i) || *i == self_ || *i == line.to
                || std::find(line.path.begin(), i, *i) != i) {
                complain("has a path with " + to_string(*i) + " where it can't be: after the "
                         + "commander stand different lieutenants, neither speaker nor hearer");
            }
        }
    }

    const cluster_parameters& cluster_;
    server_id self_;
    std::string_view text_;
    std::string_view rest_;
};

} // namespace

std::string to_string(const script_line& line) {
    std::string text;
    if (line.level) {
        text += '@';
        text += std::to_string(*line.level);
        text += ' ';
    }
    for (const auto id : line.path) {
        text += to_string(id);
        text += id == line.path.back() ? '>' : ',';
    }
    text += to_string(line.to);
    text += '=';
    text += to_string(line.says);
    return text;
}

script_line parse_script_line(const cluster_parameters& cluster, server_id self,
                              std::string_view text) {
    return line_parser{cluster, self, text}.parse();
}

behavior_options script::options() const {
    std::vector<std::string> table;
    table.reserve(lines.size());
    for (const auto& line : lines) {
        table.push_back(to_string(line));
    }
    behavior_options how{{"table", std::move(table)}};
    if (vote != vote_choice::loyal) {
        how.emplace("vote", std::string{to_string(vote)});
    }
    return how;
}

script parse_script(const seat& at, const behavior_options& how) {
    const option_reader read{at, "scripted", how};
    script all;
    for (const auto& text : read.texts("table")) {
        auto line = parse_script_line(at.cluster, at.self, text);
        for (const auto& other : all.lines) {
            if (other.level == line.level && other.path == line.path && other.to == line.to) {
                read.reject("table", "has two lines about the same message: '" + to_string(other)
                                         + "' and '" + text + "'");
            }
        }
        all.lines.push_back(std::move(line));
    }
    if (is_commander(at.self) && read.has("vote")) {
        read.reject("vote", "is for lieutenants: a commander doesn't vote");
    }
    all.vote = read_vote_plan(read).choice;
    return all;
}

} // namespace byzgate
