/// Pictures of recorded runs: one HTML page that needs nothing but itself, and Mermaid.
///
/// A trace is full of what liars said; nothing of it reaches the page as markup or script.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/trace.hpp"

namespace byzgate {

/// How much of a run a page holds. What is left out is said on the page.
struct page_options {
    std::size_t rounds_max = 200;           ///< half of them the first, half the first notable
    std::size_t records_a_round_max = 40;   ///< notable ones first
    std::size_t data_bytes_max = 12U << 20; ///< of the rounds of one run; at least one is shown
};

/// A page on one run.
[[nodiscard]] std::string render_page(const trace& run, const page_options& how = {});
/// A page on several runs, to be compared: usually one per scenario. At least one.
[[nodiscard]] std::string render_page(const std::vector<const trace*>& runs,
                                      const page_options& how = {});

/// A Mermaid sequenceDiagram of a round, about one record or, left out, the first of the round.
/// Empty if the trace has no such round or the round no such record.
[[nodiscard]] std::string render_mermaid(const trace& run, round_id round,
                                         const std::optional<record_id>& about = std::nullopt);

} // namespace byzgate
