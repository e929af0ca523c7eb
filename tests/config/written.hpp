/// Configurations for tests: a good one to spoil, and what is said about a bad one.
#pragma once

#include <string>
#include <vector>

#include "config/parse.hpp"

namespace byzgate {

/// `text` with the least that every configuration needs, at the end so that lines stay.
[[nodiscard]] inline std::string with_data(const std::string& text) {
    return text + "\n[database]\nurl = \"memory:\"\ngenerate = { records = 10 }\n";
}

[[nodiscard]] inline scenario parsed(const std::string& text,
                                     const std::vector<std::string>& overrides = {}) {
    return parse_scenario(text, "/etc/gate/test.toml", overrides);
}

/// The problems of a bad configuration; none if it is a good one.
[[nodiscard]] inline std::vector<config_problem>
problems_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
        static_cast<void>(parsed(text, overrides));
    } catch (const config_error& error) {
        return error.problems();
    }
    return {};
}

/// `LINE: MESSAGE` for each problem, one a line.
[[nodiscard]] inline std::string complaints_of(const std::string& text,
                                               const std::vector<std::string>& overrides = {}) {
    std::string all;
    for (const auto& problem : problems_of(text, overrides)) {
        all += std::to_string(problem.line) + ": " + problem.message + "\n";
    }
    return all;
}

} // namespace byzgate
