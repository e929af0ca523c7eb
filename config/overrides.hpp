/// Applies overrides (`--set KEY=VALUE`) to a parsed document, before anything reads it. Inside
/// config/ only.
#pragma once

#include <string>
#include <string_view>

#include "config/toml_reader.hpp"

namespace byzgate {

/// Puts the override's value in its place; values know afterwards that they came from it. What
/// can't be applied is reported. Whether the key means anything is for the readers to say.
void apply_override(toml::table& document, const std::string& override_text, problem_log& log);
/// The same for what the operator wrote as `blame`.
void apply_override(toml::table& document, const std::string& override_text, problem_log& log,
                    const std::string& blame);

} // namespace byzgate
