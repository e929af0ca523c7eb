#include "actors/replay.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/list_database.hpp"
#include "actors/run_keys.hpp"
#include "config/scenario.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/sealing.hpp"
#include "protocol/evidence.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

namespace {

constexpr std::size_t differences_max = 20;

// What a configuration may ask for, and so the most that a run wrote into its trace.
constexpr std::uint64_t messages_max = 5'000'000;
constexpr std::uint32_t recursion_max = 1'000;
constexpr tick phase_timeout_max = 3'600'000'000;

void differ(replay_result& result, std::string what) {
    if (result.differences.size() < differences_max) {
        result.differences.push_back(std::move(what));
    }
}

run_settings settings_of(scenario what, std::uint64_t seed, std::vector<record> records,
                         const replay_settings& how) {
    run_settings settings;
    settings.what = std::move(what);
    settings.seed = seed;
    settings.trace_file = how.trace_file;
    settings.interrupted = how.interrupted;
    const auto shared = share_records(std::move(records));
    settings.open_database = [shared] { return open_list_database(shared); };
    return settings;
}

std::string payload_for(const record_id& id, const version_id& version) {
    return id + "/" + version;
}

/// The decisions of the loyal lieutenants on the one record, level by level.
std::vector<std::map<server_id, decision>> votes_in(const round_report& report,
                                                    const std::vector<server_id>& byzantine) {
    std::vector<std::map<server_id, decision>> levels;
    for (const auto& [from, cast] : *report.votes) {
        if (std::find(byzantine.begin(), byzantine.end(), from) != byzantine.end()) {
            continue;
        }
        if (levels.size() <= cast.level) {
            levels.resize(cast.level + 1);
        }
        levels[cast.level].emplace(from, cast.verdicts->front().what);
    }
    return levels;
}

void compare(replay_result& result, std::string_view name, bool expected, bool seen) {
    if (expected != seen) {
        differ(result, fmt::format("{}: {} in the file, {} on actors", name, expected, seen));
    }
}

} // namespace

replay_result replay(const counterexample& what, const replay_settings& how) {
    scenario one;
    one.name = "counterexample";
    one.cluster = what.cluster;
    one.cluster.window = 1;
    one.phase_timeout_ms = how.phase_timeout_ms;
    one.cluster.phase_timeout = tick{how.phase_timeout_ms} * 1'000;
    for (const auto& [server, plays] : scripts_of(what)) {
        one.byzantine.push_back({server, "scripted", plays.options(), {}, 0});
    }
    const record decided{"record-1", "1", what.truth, payload_for("record-1", "1")};
    auto settings = settings_of(std::move(one), 1, {decided}, how);
    replay_result result;
    std::vector<std::map<server_id, decision>> votes;
    settings.on_closed = [&](const round_report& report, const std::vector<record_truth>&) {
        votes = votes_in(report, what.byzantine);
    };
    result.played = run(settings);
    result.compared = result.played.totals.records;
    if (result.compared != 1) {
        differ(result, "the round was not decided");
        return result;
    }
    const auto& seen = result.played.totals;
    const bool expected_open = gate_opens(what);
    const bool opened = seen.released > 0;
    result.leak_stopped = what.outcome.leaked && !opened;
    result.gate = opened ? "opens" : "stays shut";
    if (expected_open != opened) {
        differ(result, fmt::format("the gate: {} in the file, {} on actors",
                                   expected_open ? "opens" : "stays shut", *result.gate));
    }
    compare(result, "leaked", what.outcome.leaked && expected_open, seen.leaked > 0);
    compare(result, "denied", what.outcome.denied, seen.denied > 0);
    compare(result, "disagreed", what.outcome.disagreed, seen.disagreements > 0);
    compare(result, "framed", what.outcome.framed, seen.framed > 0);
    for (std::size_t level = 0; level < std::max(votes.size(), what.outcome.votes.size());
         ++level) {
        const std::map<server_id, decision> nobody;
        const auto& expected =
            level < what.outcome.votes.size() ? what.outcome.votes[level] : nobody;
        const auto& cast = level < votes.size() ? votes[level] : nobody;
        for (std::uint32_t j = 0; j < what.cluster.lieutenants; ++j) {
            const auto vote_of = [&](const std::map<server_id, decision>& all) {
                const auto at = all.find(lieutenant_id(j));
                return at == all.end() ? std::string{"no vote"}
                                       : std::string{to_string(at->second)};
            };
            if (vote_of(expected) != vote_of(cast)) {
                differ(result,
                       fmt::format("level {}: {} voted {} in the file, {} on actors", level,
                                   to_string(lieutenant_id(j)), vote_of(expected), vote_of(cast)));
            }
        }
    }
    return result;
}

namespace {

behavior_options options_of(const traced_fault& fault) {
    behavior_options options;
    const auto json = nlohmann::json::parse(fault.options_json, nullptr, false);
    if (!json.is_object()) {
        throw replay_error(
            fmt::format("the options of {} are no JSON object", to_string(fault.server)));
    }
    for (const auto& [name, value] : json.items()) {
        if (value.is_boolean()) {
            options[name] = value.get<bool>();
        } else if (value.is_number_integer()) {
            options[name] = value.get<std::int64_t>();
        } else if (value.is_number()) {
            options[name] = value.get<double>();
        } else if (value.is_string()) {
            options[name] = value.get<std::string>();
        } else if (value.is_array() && std::all_of(value.begin(), value.end(), [](const auto& v) {
                       return v.is_string();
                   })) {
            options[name] = value.get<std::vector<std::string>>();
        } else if (value.is_array() && std::all_of(value.begin(), value.end(), [](const auto& v) {
                       return v.is_number_integer();
                   })) {
            options[name] = value.get<std::vector<std::int64_t>>();
        } else {
            throw replay_error(fmt::format("option \"{}\" of {} is no option's value", name,
                                           to_string(fault.server)));
        }
    }
    return options;
}

/// The batches that the supervisor asked for, in the order of their rounds.
std::vector<record_id_batch> batches_in(const trace& what) {
    std::map<round_id, record_id_batch> batches;
    for (const auto& event : what.events) {
        const auto* sent = std::get_if<sent_event>(&event.what);
        const auto* request = sent ? std::get_if<round_request>(&sent->what) : nullptr;
        if (request && sent->from == supervisor_id && request->level == 0 && request->records) {
            batches.try_emplace(request->round, request->records);
        }
    }
    std::vector<record_id_batch> in_order;
    auto next = number_of(what.header.last_round) + 1;
    for (auto& [round, batch] : batches) {
        if (number_of(round) != next++) {
            throw replay_error(fmt::format("the trace has no request of round {}", next - 1));
        }
        in_order.push_back(std::move(batch));
    }
    if (in_order.empty()) {
        throw replay_error("the trace has no rounds to play");
    }
    return in_order;
}

struct closed_record {
    record_outcome outcome;
    version_id version;
    bool operator==(const closed_record&) const = default;
};
using outcomes = std::map<std::pair<round_id, record_id>, closed_record>;

void add_outcomes(outcomes& all, const round_closed& closed) {
    for (std::size_t i = 0; i < closed.records->size(); ++i) {
        const auto& decided = closed.decided[i];
        // What was decided and did not get out after all is in no trace.
        const bool out = decided.outcome == record_outcome::released;
        all[{closed.round, (*closed.records)[i]}] = {decided.outcome,
                                                     out ? decided.released.version : version_id{}};
    }
}

void compare_outcomes(replay_result& result, const outcomes& recorded, const outcomes& seen) {
    for (const auto& [key, expected] : recorded) {
        ++result.compared;
        const auto at = seen.find(key);
        if (at == seen.end()) {
            differ(result, fmt::format("round {}, record {}: not decided on actors",
                                       number_of(key.first), key.second));
        } else if (!(at->second == expected)) {
            differ(result, fmt::format("round {}, record {}: {} {} in the file, {} {} on actors",
                                       number_of(key.first), key.second,
                                       to_string(expected.outcome), expected.version,
                                       to_string(at->second.outcome), at->second.version));
        }
    }
}

} // namespace

namespace {

/// The evidence that a run began with, as if the commanders had signed it with the keys of this
/// one: those of a run with a state are in no trace.
std::vector<evidence_ptr> signed_anew(const std::vector<evidence_ptr>& convictions,
                                      const run_keys& keys) {
    const blake2b_digester digests;
    std::vector<evidence_ptr> all;
    for (const auto& before : convictions) {
        auto proof = *before;
        const auto own = keys.of(proof.commander());
        for (auto* shown : {&proof.first, &proof.second}) {
            if (const auto said = statement_of(*shown, digests)) {
                shown->by = sign(*said, own);
            }
        }
        if (!conflict_in(proof, own, digests).proves) {
            throw replay_error("the trace can't be played: evidence in its header proves nothing");
        }
        all.push_back(std::make_shared<const evidence>(std::move(proof)));
    }
    return all;
}

/// A header can be read, and drawn, that no run could have written: it is a stranger's file.
void expect_playable(const trace_header& header) {
    const auto& cluster = header.cluster;
    const auto refuse = [](const std::string& what) {
        throw replay_error("the trace can't be played: " + what);
    };
    if (cluster.depth >= cluster.lieutenants
        || oral_message_count(cluster.generals(), cluster.depth) > messages_max) {
        refuse(
            fmt::format("a depth of {} among {} lieutenants", cluster.depth, cluster.lieutenants));
    }
    if (cluster.sealed && !can_be_sealed(cluster)) {
        refuse(fmt::format("sealed for {} lieutenants of which {} may lie", cluster.lieutenants,
                           cluster.tolerate.lieutenants));
    }
    if (cluster.window == 0 || cluster.window > cluster.limit.rounds_open_max) {
        refuse(fmt::format("a window of {} rounds", cluster.window));
    }
    if (cluster.max_recursion > recursion_max) {
        refuse(fmt::format("{} sub-rounds", cluster.max_recursion));
    }
    if (cluster.phase_timeout > phase_timeout_max) {
        refuse(fmt::format("a phase of {} ticks", cluster.phase_timeout));
    }
    for (const auto& fault : header.byzantine) {
        if (!cluster.contains(fault.server)) {
            refuse(to_string(fault.server) + " is no server of its cluster");
        }
    }
}

} // namespace

scenario scenario_of(const trace_header& header, std::uint32_t phase_timeout_ms) {
    expect_playable(header);
    scenario what;
    what.name = header.scenario;
    what.cluster = header.cluster;
    if (header.tick_unit != "us" || what.cluster.phase_timeout == 0) {
        what.cluster.phase_timeout = tick{phase_timeout_ms} * 1'000;
    }
    what.phase_timeout_ms = static_cast<std::uint32_t>(what.cluster.phase_timeout / 1'000);
    what.rounds.batch = header.batch;
    for (const auto& fault : header.byzantine) {
        byzantine_config entry{fault.server, fault.behavior, options_of(fault), {}, 0};
        if (!fault.rounds.empty()) {
            const auto range = parse_round_range(fault.rounds);
            if (!range) {
                throw replay_error(fmt::format("{} is no range of rounds", fault.rounds));
            }
            entry.rounds = *range;
        }
        const blake2b_digester digests;
        const seat at{fault.server, what.cluster, header.seed, &digests};
        try {
            validate_behavior(at, entry.behavior, entry.options);
        } catch (const behavior_error& wrong) {
            throw replay_error(fmt::format("{}: {}", to_string(fault.server), wrong.what()));
        }
        what.byzantine.push_back(std::move(entry));
    }
    return what;
}

replay_result replay(const trace& what, const replay_settings& how) {
    if (what.header.records.empty()) {
        throw replay_error("the trace carries no records, so it can be drawn but not played: it "
                           "was recorded on a database that is too large");
    }
    const auto lost = std::count_if(what.events.begin(), what.events.end(), [](const auto& event) {
        const auto* sent = std::get_if<sent_event>(&event.what);
        return sent != nullptr && sent->lost;
    });
    if (lost > 0) {
        throw replay_error(
            fmt::format("{} messages of this trace were lost on their way, and actors "
                        "lose none: it can be drawn but not played",
                        lost));
    }
    std::vector<record> records;
    for (const auto& r : what.header.records) {
        records.push_back({r.id, r.version, r.confidentiality,
                           r.payload ? *r.payload : payload_for(r.id, r.version)});
    }
    auto settings = settings_of(scenario_of(what.header, how.phase_timeout_ms), what.header.seed,
                                std::move(records), how);
    settings.batches = batches_in(what);
    settings.last_round = what.header.last_round;
    if (!what.header.convictions.empty()) {
        settings.convictions =
            signed_anew(what.header.convictions, keys_without_state(settings.what, settings.seed));
    }
    outcomes recorded;
    for (const auto& event : what.events) {
        if (const auto* closed = std::get_if<closed_event>(&event.what)) {
            add_outcomes(recorded, closed->round);
        }
    }
    outcomes seen;
    settings.on_closed = [&seen](const round_report& report, const std::vector<record_truth>&) {
        add_outcomes(seen, report.closed);
    };
    replay_result result;
    result.played = run(settings);
    compare_outcomes(result, recorded, seen);
    const auto& convicted = result.played.totals.convicted;
    const std::vector<server_id> names(convicted.begin(), convicted.end());
    if (names != what.summary.convicted) {
        differ(result, "other commanders were convicted");
    }
    return result;
}

} // namespace byzgate
