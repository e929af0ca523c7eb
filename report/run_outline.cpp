// What there is in a trace, round by round, before any of it is thought through.

#include <algorithm>
#include <charconv>
#include <limits>

#include "report/run_analysis.hpp"

namespace byzgate {

namespace {

/// Beyond this many paths per commander, values are not computed: a trace is a stranger's file.
constexpr std::uint64_t paths_max = 20'000;

std::uint64_t path_count(std::uint32_t lieutenants, std::uint32_t depth) {
    std::uint64_t sum = 1;
    std::uint64_t longest = 1;
    for (std::uint32_t length = 1; length <= depth && length <= lieutenants; ++length) {
        longest *= lieutenants - length + 1;
        sum += longest;
        if (sum > paths_max) {
            break;
        }
    }
    return sum;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

} // namespace

run_analysis::run_analysis(const trace& run) : run_(run) {
    for (const auto& fault : run.header.byzantine) {
        span rounds{0, std::numeric_limits<std::uint64_t>::max()};
        const auto dots = fault.rounds.find("..");
        if (dots != std::string::npos) {
            rounds.first = parse_number(fault.rounds.substr(0, dots)).value_or(rounds.first);
            rounds.last = parse_number(fault.rounds.substr(dots + 2)).value_or(rounds.last);
        } else if (const auto only = parse_number(fault.rounds)) {
            rounds = {*only, *only};
        }
        faults_.push_back({fault.server, rounds});
    }
    for (const auto& r : run.header.records) {
        database_.try_emplace(r.id, &r);
    }
    const auto& cluster = run.header.cluster;
    const auto paths = path_count(cluster.lieutenants, cluster.depth);
    if (cluster.protocol == protocol_kind::oral && cluster.depth < cluster.lieutenants
        && paths <= paths_max
        && paths * cluster.lieutenants * cluster.commanders <= 50 * paths_max) {
        for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
            plans_.push_back(std::make_unique<relay_plan>(cluster.lieutenants, cluster.depth, i));
        }
    }
    const std::uint64_t relays = std::uint64_t{cluster.lieutenants} * cluster.lieutenants
                                 * cluster.depth_at(cluster.max_recursion) * cluster.commanders;
    few_relays_ = cluster.is_signed() && relays <= 50 * paths_max;
    outline();
}

bool run_analysis::is_faulty(server_id server, round_id round) const {
    return std::any_of(faults_.begin(), faults_.end(), [&](const fault_span& f) {
        return f.server == server && f.rounds.first <= number_of(round)
               && number_of(round) <= f.rounds.last;
    });
}

void run_analysis::outline() {
    for (const auto& event : run_.events) {
        const auto* sent = std::get_if<sent_event>(&event.what);
        if (sent != nullptr && std::holds_alternative<round_request>(sent->what)
            && sent->from == supervisor_id) {
            auto& round = rounds_[round_of(sent->what)];
            round.requested = true;
            if (!round.opened) {
                round.opened = event.at;
            }
        }
    }
    for (std::size_t i = 0; i < run_.events.size(); ++i) {
        const auto& event = run_.events[i];
        const auto* sent = std::get_if<sent_event>(&event.what);
        const auto* closed = std::get_if<closed_event>(&event.what);
        const auto* no = std::get_if<refused_event>(&event.what);
        const auto id = sent != nullptr     ? round_of(sent->what)
                        : closed != nullptr ? closed->round.round
                                            : no->round;
        const auto round = rounds_.find(id);
        if (round == rounds_.end()) {
            stray_ += sent != nullptr ? 1 : 0;
            continue;
        }
        round->second.events.push_back(i);
        if (no != nullptr) {
            ++round->second.refusals;
        } else if (closed != nullptr) {
            round->second.closed = closed;
            round->second.closed_at = event.at;
        } else if (const auto* cast = std::get_if<vote>(&sent->what)) {
            for (const auto& a : cast->accusations) {
                if (a.for_good) {
                    established_.emplace_back(event.sequence, sent->from, a.commander);
                }
            }
        }
    }
    for (auto& [id, round] : rounds_) {
        outline_closed(round);
    }
}

void run_analysis::outline_closed(round_outline& round) const {
    if (round.closed == nullptr) {
        round.notable.push_back("not finished");
        return;
    }
    const auto has = [&](judgement j) {
        return std::any_of(round.closed->truths.begin(), round.closed->truths.end(),
                           [&](const record_truth& t) { return t.outcome == j; });
    };
    for (const auto j : {judgement::leaked, judgement::corrupted, judgement::denied}) {
        if (has(j)) {
            round.notable.push_back(to_string(j));
        }
    }
    const auto& decided = round.closed->round.decided;
    if (std::any_of(decided.begin(), decided.end(), [](const decided_record& d) {
            return d.outcome == record_outcome::unresolved;
        })) {
        round.notable.push_back("unresolved");
    }
    if (!round.closed->round.convictions.empty()) {
        round.notable.push_back("conviction");
    }
    if (std::any_of(decided.begin(), decided.end(),
                    [](const decided_record& d) { return d.level > 0; })) {
        round.notable.push_back("sub-round");
    }
    if (round.refusals > 0) {
        round.notable.push_back("refusal");
    }
}

} // namespace byzgate
