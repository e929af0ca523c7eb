#include "apps/summary.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "apps/command_line.hpp"
#include "apps/common.hpp"

namespace byzgate {

namespace {

double per_second(std::uint64_t count, double elapsed_s) {
    return elapsed_s > 0 ? static_cast<double>(count) / elapsed_s : 0;
}

double ms(tick us) {
    return static_cast<double>(us) / 1000;
}

std::vector<std::string> names_of(const std::set<server_id>& servers) {
    std::vector<std::string> names;
    for (const auto server : servers) {
        names.push_back(to_string(server));
    }
    return names;
}

std::string listed(const std::set<server_id>& servers) {
    return list_of({servers.begin(), servers.end()});
}

/// `12 late, 3 bad signature`, the most frequent first; empty if there are none.
std::string refusals_of(const run_result& result) {
    std::vector<std::pair<std::uint64_t, std::string>> counts;
    for (std::size_t i = 0; i < refusal_kinds; ++i) {
        if (result.refusals[i] > 0) {
            counts.emplace_back(result.refusals[i], to_string(static_cast<refusal>(i)));
        }
    }
    std::stable_sort(counts.begin(), counts.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::string text;
    for (auto& [count, name] : counts) {
        std::replace(name.begin(), name.end(), '_', ' ');
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
    }
    return text;
}

/// Whether lateness alone may be why public records were withheld.
bool many_late(const run_result& result) {
    const auto late = result.refusals[static_cast<std::size_t>(refusal::late)];
    return result.totals.denied > 0 && late > 0 && late >= result.messages / 100;
}

/// Of those convicted before the run, whom the configuration lets do nothing that convicts.
std::set<server_id> convicted_and_loyal(const scenario& what, const run_result& result) {
    auto loyal = result.convicted_before;
    for (const auto& entry : what.byzantine) {
        if (entry.behavior != "loyal") {
            loyal.erase(entry.server);
        }
    }
    return loyal;
}

} // namespace

nlohmann::ordered_json summary_json(const scenario& what, const run_result& result) {
    const auto& t = result.totals;
    nlohmann::ordered_json json;
    json["scenario"] = what.name;
    json["driver"] = "actors";
    json["protocol"] = to_string(what.cluster.protocol);
    json["depth"] = what.cluster.depth;
    json["commanders"] = what.cluster.commanders;
    json["lieutenants"] = what.cluster.lieutenants;
    json["seed"] = result.seed;
    json["rounds"] = t.rounds;
    json["records"] = t.records;
    json["released"] = t.released;
    if (result.recipient) {
        json["delivered"] = result.recipient->delivered;
        json["repeats"] = result.recipient->repeats;
    }
    json["withheld"] = t.withheld;
    json["leaked"] = t.leaked;
    json["corrupted"] = t.corrupted;
    json["denied"] = t.denied;
    json["unresolved"] = t.unresolved;
    json["disagreements"] = t.disagreements;
    json["framed"] = t.framed;
    if (what.cluster.sealed) {
        json["unopened"] = t.unopened;
        json["bad_shares"] = names_of(t.bad_shares);
    }
    json["convicted"] = names_of(t.convicted);
    if (result.recipient) {
        json["convicted_before"] = names_of(result.convicted_before);
    }
    json["quarantined"] = names_of(t.quarantined);
    json["messages"] = result.messages;
    auto refusals = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < refusal_kinds; ++i) {
        refusals[std::string{to_string(static_cast<refusal>(i))}] = result.refusals[i];
    }
    json["refused"] = std::move(refusals);
    json["elapsed_s"] = result.elapsed_s;
    json["rounds_per_s"] = per_second(t.rounds, result.elapsed_s);
    json["decisions_per_s"] = per_second(t.records, result.elapsed_s);
    json["latency_ms"] = {{"p50", ms(result.latency_us.percentile(0.50))},
                          {"p95", ms(result.latency_us.percentile(0.95))},
                          {"p99", ms(result.latency_us.percentile(0.99))},
                          {"max", ms(result.latency_us.max())}};
    json["halted"] = result.halted;
    json["interrupted"] = result.interrupted;
    json["outcome"] = result.exposed() ? "exposed" : "secure";
    return json;
}

void print_summary(std::FILE* to, const scenario& what, const run_result& result) {
    const auto& t = result.totals;
    const auto line = [to](std::string_view name, const std::string& value) {
        fmt::print(to, "{:<14}{}\n", name, value);
    };
    line("scenario", what.name);
    line("cluster",
         fmt::format("{} commander(s), {} lieutenants, {} messages{}, depth {}",
                     what.cluster.commanders, what.cluster.lieutenants,
                     to_string(what.cluster.protocol),
                     what.cluster.sealed ? ", sealed payloads" : "", what.cluster.depth));
    line("seed", std::to_string(result.seed));
    line("rounds",
         fmt::format("{} of {} records in {:.2f} s", t.rounds, t.records, result.elapsed_s));
    line("released", std::to_string(t.released));
    if (result.recipient) {
        line("delivered", fmt::format("{} in this run; {} the recipient had already",
                                      result.recipient->delivered, result.recipient->repeats));
    }
    line("withheld", fmt::format("{}, of these {} public (denied), {} unresolved", t.withheld,
                                 t.denied, t.unresolved));
    line("leaked", std::to_string(t.leaked));
    line("corrupted", std::to_string(t.corrupted));
    line("disagreements", std::to_string(t.disagreements));
    line("framed", std::to_string(t.framed));
    if (what.cluster.sealed) {
        line("unopened", std::to_string(t.unopened));
        line("bad shares", listed(t.bad_shares));
    }
    line("convicted", listed(t.convicted));
    if (!result.convicted_before.empty()) {
        line("", fmt::format("before this run, by evidence in its state: {}",
                             listed(result.convicted_before)));
    }
    for (const auto& entry : what.byzantine) {
        if (entry.rounds.last < result.first_round) {
            line("note",
                 fmt::format("{}: the rounds of {} were over: this run began with round {}, "
                             "behind those before it",
                             to_string(entry.server), entry.behavior,
                             number_of(result.first_round)));
        }
    }
    if (const auto loyal = convicted_and_loyal(what, result); !loyal.empty()) {
        line("note", fmt::format("{}: this configuration says loyal, but the evidence proves that "
                                 "these keys signed a lie in an earlier run",
                                 listed(loyal)));
    }
    line("quarantined", listed(t.quarantined));
    line("messages", std::to_string(result.messages));
    if (const auto refused = refusals_of(result); !refused.empty()) {
        line("refused", refused);
    }
    line("speed",
         fmt::format("{:.0f} rounds/s, {:.0f} decisions/s", per_second(t.rounds, result.elapsed_s),
                     per_second(t.records, result.elapsed_s)));
    if (result.latency_us.count() > 0) {
        line("latency",
             fmt::format("p50 {:.2f} ms, p95 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms",
                         ms(result.latency_us.percentile(0.50)),
                         ms(result.latency_us.percentile(0.95)),
                         ms(result.latency_us.percentile(0.99)), ms(result.latency_us.max())));
    }
    if (many_late(result)) {
        line("hint", fmt::format("many messages came after their phase had ended, and counted as "
                                 "silence; try a longer one: --set cluster.phase_timeout_ms={}",
                                 10 * std::uint64_t{what.phase_timeout_ms}));
    }
    if (result.halted) {
        line("halted", "by the conviction policy");
    }
    if (result.interrupted) {
        line("interrupted", "what was open was finished, the rest not begun");
    }
    line("outcome", result.exposed() ? "EXPOSED: something left that should not have" : "secure");
}

observed observed_in(const run_result& result) {
    const auto& t = result.totals;
    observed seen;
    seen.outcome = result.exposed() ? run_outcome::exposed : run_outcome::secure;
    seen.leaked = t.leaked;
    seen.corrupted = t.corrupted;
    seen.denied = t.denied;
    seen.released = t.released;
    seen.withheld = t.withheld;
    seen.unresolved = t.unresolved;
    seen.framed = t.framed;
    seen.disagreements = t.disagreements;
    seen.convicted.assign(t.convicted.begin(), t.convicted.end());
    return seen;
}

int exit_code_of(const run_result& result) {
    // What leaked outweighs what failed: a script must not take an exposure for a full disk.
    if (result.promise_broken) {
        return exit_broken_promise;
    }
    return result.failures.empty() ? exit_done : exit_environment;
}

} // namespace byzgate
