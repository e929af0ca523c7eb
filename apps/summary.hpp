/// A run's result as people and as scripts read it.
#pragma once

#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/run.hpp"
#include "config/expect.hpp"

namespace byzgate {

/// The JSON object of `run`, `simulate` and `stress`.
[[nodiscard]] nlohmann::ordered_json summary_json(const scenario& what, const run_result& result);

/// The same as aligned lines for people, on `to`.
void print_summary(std::FILE* to, const scenario& what, const run_result& result);

/// What `[expect]` compares with.
[[nodiscard]] observed observed_in(const run_result& result);

/// 0, 1 if the environment failed while rounds ran, 3 if a promise was broken.
[[nodiscard]] int exit_code_of(const run_result& result);

} // namespace byzgate
