/// What only a signed cluster can say about an outcome: who is proved to have lied, and who said
/// nothing, which proves nothing.
#pragma once

#include <string>
#include <vector>

#include "protocol/evidence.hpp"
#include "report/run_analysis.hpp"

namespace byzgate {

/// The commanders that count as convicted at that level, ascending: caught in this round up to it,
/// or not asked because of evidence that came with the request.
[[nodiscard]] std::vector<server_id> convicted_by_evidence(const round_analysis& round,
                                                           const level_analysis& last);

/// A sentence for each of `convicted`: what it signed.
[[nodiscard]] std::string proved_lies(const run_analysis& run, const round_analysis& round,
                                      const std::vector<server_id>& convicted);

/// Why it was released in spite of those convicted, of which there is at least one.
[[nodiscard]] std::string why_released_signed(const run_analysis& run, const round_analysis& round,
                                              const std::vector<server_id>& convicted);

/// What else there is to say about a record that was withheld at that level. Begins with a space,
/// or is empty.
[[nodiscard]] std::string about_withheld_signed(const run_analysis& run,
                                                const round_analysis& round,
                                                const level_analysis& last);

} // namespace byzgate
