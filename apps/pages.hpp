/// The man page and the shells' completions, made from the command line that the program itself
/// parses, so that they name what there is.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace byzgate {

/// byzgate(1) in the man macros, plain ASCII.
[[nodiscard]] std::string man_page(const CLI::App& app);
[[nodiscard]] std::string bash_completion(const CLI::App& app);
[[nodiscard]] std::string zsh_completion(const CLI::App& app);
[[nodiscard]] std::string fish_completion(const CLI::App& app);

} // namespace byzgate
