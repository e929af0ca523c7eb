/// What a run came to as a whole: outcomes counted, and how long its rounds took.
#include "report/explain.hpp"

#include <algorithm>

namespace byzgate {

outcome_counts count_outcomes(const run_analysis& run) {
    outcome_counts counts;
    for (const auto& event : run.run().events) {
        const auto* closed = std::get_if<closed_event>(&event.what);
        if (closed == nullptr) {
            continue;
        }
        const auto& decided = closed->round.decided;
        for (std::size_t i = 0; i < decided.size(); ++i) {
            const bool released = decided[i].outcome == record_outcome::released;
            const auto outcome =
                i < closed->truths.size() ? closed->truths[i].outcome : judgement::right;
            counts.unresolved += decided[i].outcome == record_outcome::unresolved ? 1 : 0;
            switch (outcome) {
                case judgement::right:
                    ++(released ? counts.released_right : counts.withheld_right);
                    break;
                case judgement::leaked:
                    ++counts.leaked;
                    break;
                case judgement::corrupted:
                    ++counts.corrupted;
                    break;
                case judgement::denied:
                    ++counts.denied;
                    break;
            }
        }
    }
    return counts;
}

namespace {

/// The next bound of the series 1, 2, 5, 10, 20, 50, ….
tick next_bound(tick bound) {
    auto leading = bound;
    while (leading >= 10) {
        leading /= 10;
    }
    const auto next = leading == 2 ? bound / 2 * 5 : bound * 2;
    return next > bound ? next : tick_never;
}

/// Bounds of a histogram of `spans`, which are sorted: of equal width where the slowest is not far
/// from the fastest, else 1, 2, 5, 10, ….
std::vector<tick> bounds_of(const std::vector<tick>& spans) {
    const auto least = spans.front();
    const auto most = spans.back();
    std::vector<tick> bounds{0, 1};
    if (most / 20 > least) {
        while (bounds.back() <= most && bounds.back() != tick_never) {
            bounds.push_back(next_bound(bounds.back()));
        }
        return bounds;
    }
    constexpr tick bins_max = 14;
    tick width = 1;
    while ((most - least) / width >= bins_max) {
        width = next_bound(width);
    }
    bounds = {least / width * width};
    while (bounds.back() <= most && bounds.back() < tick_never - width) {
        bounds.push_back(bounds.back() + width);
    }
    return bounds;
}

} // namespace

latency_summary summarize_latency(const run_analysis& run) {
    std::vector<tick> spans;
    for (const auto& [id, round] : run.rounds()) {
        if (round.opened && round.closed_at && *round.closed_at >= *round.opened) {
            spans.push_back(*round.closed_at - *round.opened);
        }
    }
    latency_summary summary;
    summary.rounds = spans.size();
    if (spans.empty()) {
        return summary;
    }
    std::sort(spans.begin(), spans.end());
    const auto percentile = [&](std::size_t percent) {
        return spans[(spans.size() * percent + 99) / 100 - 1]; // the nearest rank
    };
    summary.p50 = percentile(50);
    summary.p95 = percentile(95);
    summary.p99 = percentile(99);
    summary.max = spans.back();
    const auto bounds = bounds_of(spans);
    for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
        const auto count = std::count_if(spans.begin(), spans.end(), [&](tick span) {
            return span >= bounds[i] && (span < bounds[i + 1] || bounds[i + 1] == tick_never);
        });
        if (count > 0 || !summary.bins.empty()) {
            summary.bins.push_back({bounds[i], bounds[i + 1], static_cast<std::uint64_t>(count)});
        }
    }
    while (summary.bins.size() > 24) {
        const auto first = summary.bins.front();
        summary.bins.erase(summary.bins.begin());
        summary.bins.front().from = first.from;
        summary.bins.front().count += first.count;
    }
    return summary;
}

} // namespace byzgate
