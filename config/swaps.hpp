/// Behaviours that are swapped while rounds run, as the operator writes them on the command line.
#pragma once

#include <string_view>
#include <vector>

#include "config/scenario.hpp"

namespace byzgate {

/// `ROUND:SERVER:BEHAVIOR[,option=value…]`, values as in overrides: from that round on the server
/// plays that behaviour and nothing else. Throws config_error, naming the text, for what is no swap
/// in this cluster.
[[nodiscard]] byzantine_config parse_swap(std::string_view text, const scenario& what);

/// What servers play round by round if `swaps` are made over what the configuration lists.
[[nodiscard]] std::vector<byzantine_config> with_swaps(std::vector<byzantine_config> listed,
                                                       const std::vector<byzantine_config>& swaps);

} // namespace byzgate
