// The rounds of a run on the page: which are shown, and what was said in them.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "report/evidence_json.hpp"
#include "report/explain.hpp"
#include "report/page_run.hpp"
#include "report/protocol_json.hpp"

namespace byzgate {

using namespace json_text;

std::vector<round_id> page_run::choose_rounds() const {
    std::set<round_id> chosen;
    const auto& rounds = analysis_.rounds();
    const auto first_max = rounds.size() <= how_.rounds_max
                               ? rounds.size()
                               : std::max<std::size_t>(1, how_.rounds_max / 2);
    for (const auto& [id, round] : rounds) {
        if (chosen.size() == first_max) {
            break;
        }
        chosen.insert(id);
    }
    for (const auto& [id, round] : rounds) {
        if (chosen.size() < how_.rounds_max && !round.notable.empty()) {
            chosen.insert(id);
        }
    }
    return {chosen.begin(), chosen.end()};
}

page_run::shown_round page_run::choose_records(round_id id) const {
    shown_round shown{analysis_.analyse(id), {}};
    const auto count = shown.round.records ? shown.round.records->size() : 0;
    std::set<std::size_t> chosen;
    const auto notable = [&](std::size_t i) {
        const auto* closed = shown.round.closed;
        return closed != nullptr
               && ((i < closed->truths.size() && closed->truths[i].outcome != judgement::right)
                   || (i < closed->round.decided.size()
                       && (closed->round.decided[i].level > 0
                           || closed->round.decided[i].outcome == record_outcome::unresolved)));
    };
    for (const bool wanted : {true, false}) {
        for (std::size_t i = 0; i < count && chosen.size() < how_.records_a_round_max; ++i) {
            if (notable(i) == wanted) {
                chosen.insert(i);
            }
        }
    }
    shown.records.assign(chosen.begin(), chosen.end());
    return shown;
}

void page_run::write_rounds(std::string& out) {
    append_key(out, "rounds");
    out.push_back('[');
    const auto begin = out.size();
    for (const auto id : choose_rounds()) {
        if (rounds_shown_ > 0 && out.size() - begin > how_.data_bytes_max) {
            break;
        }
        append_separator(out);
        write_round(out, choose_records(id));
        ++rounds_shown_;
    }
    out.push_back(']');
    put_number(out, "rounds_total", analysis_.rounds().size());
    put_bool(out, "computed", analysis_.computable());
}

void page_run::write_record(std::string& out, const shown_round& shown,
                            std::size_t in_round) const {
    out.push_back('{');
    put_shown(out, "id", (*shown.round.records)[in_round]);
    const auto* closed = shown.round.closed;
    if (closed != nullptr && in_round < closed->round.decided.size()) {
        const auto& decided = closed->round.decided[in_round];
        put_enum(out, "outcome", decided.outcome);
        put_number(out, "level", decided.level);
    } else {
        put_text(out, "outcome", "open");
        put_number(out, "level", 0);
    }
    if (closed != nullptr && in_round < closed->truths.size()) {
        const auto& truth = closed->truths[in_round];
        put_text(out, "truth",
                 truth.confidentiality ? to_string(*truth.confidentiality) : "absent");
        put_enum(out, "judgement", truth.outcome);
    }
    put_shown(out, "why", explain_record(analysis_, shown.round, in_round));
    if (closed != nullptr) {
        std::vector<accepted_conviction> here;
        for (const auto& c : closed->round.convictions) {
            if (c.record == (*shown.round.records)[in_round]) {
                here.push_back(c);
            }
        }
        put_list(out, "convictions", here, [&](const accepted_conviction& c) {
            out.push_back('{');
            append_key(out, "who");
            append_integer(out, number_of_server(c.commander));
            put_bool(out, "for_good", c.for_good);
            put_servers_by_number(out, "by", c.accusers);
            if (c.proof) {
                put_shown(out, "proof", describe(*c.proof));
            }
            out.push_back('}');
        });
    }
    out.push_back('}');
}

void page_run::write_level(std::string& out, const shown_round& shown,
                           const level_analysis& level) {
    out.push_back('{');
    put_number(out, "level", level.number);
    put_list(out, "asked", level.asked, [&](std::uint32_t x) { append_number(out, x); });
    put_servers_by_number(out, "convicted", level.request->convicted);
    put_list(out, "here", shown.records,
             [&](std::size_t r) { out.push_back(shown.round.position_in(level, r) ? '1' : '0'); });
    put_list(out, "values", level.values, [&](const std::vector<claim_batch>& of_lieutenant) {
        out.push_back('[');
        for (const auto& value : of_lieutenant) {
            append_separator(out);
            append_claims(out, shown, level, value);
        }
        out.push_back(']');
    });
    if (analysis_.is_signed()) {
        put_list(out, "caught", level.caught, [&](const std::vector<std::uint32_t>& commanders) {
            out.push_back('[');
            for (const auto x : commanders) {
                append_integer(out, x);
            }
            out.push_back(']');
        });
    }
    put_list(out, "rulings", level.rulings, [&](const std::vector<ruling>& of_lieutenant) {
        out.push_back('[');
        for (const auto r : shown.records) {
            append_separator(out);
            const auto here = shown.round.position_in(level, r);
            if (!here) {
                out += "null";
                continue;
            }
            out += fmt::format("[\"{}\",\"{}\"]", to_string(of_lieutenant[*here].what.what),
                               to_string(of_lieutenant[*here].what.why));
        }
        out.push_back(']');
    });
    out.push_back('}');
}

void page_run::append_claims(std::string& out, const shown_round& shown,
                             const level_analysis& level, const claim_batch& claims) {
    out.push_back('[');
    for (const auto r : shown.records) {
        append_integer(out, number_of_claim(claims, shown.round.position_in(level, r)));
    }
    out.push_back(']');
}

void page_run::write_vote(std::string& out, const shown_round& shown, const vote& cast,
                          const level_analysis& level) {
    put_list(out, "vote", shown.records, [&](std::size_t r) {
        const auto here = shown.round.position_in(level, r);
        if (!here || !cast.verdicts || *here >= cast.verdicts->size()) {
            out += "null";
            return;
        }
        const auto& v = (*cast.verdicts)[*here];
        out += fmt::format("[\"{}\",\"{}\",", to_string(v.what), to_string(v.why));
        append_shown(out, v.version);
        out.push_back(']');
    });
    put_list(out, "accuses", cast.accusations, [&](const accusation& a) {
        const auto at =
            a.position < level.in_round.size()
                ? std::find(shown.records.begin(), shown.records.end(), level.in_round[a.position])
                : shown.records.end();
        out.push_back('{');
        append_key(out, "r");
        append_integer(out, at == shown.records.end() ? -1 : at - shown.records.begin());
        append_key(out, "who");
        append_integer(out, number_of_server(a.commander));
        put_bool(out, "for_good", a.for_good);
        append_key(out, "a");
        append_integer(out, number_of_claim(a.first.what));
        put_servers_by_number(out, "by_a", a.first.reporters);
        append_key(out, "b");
        append_integer(out, number_of_claim(a.second.what));
        put_servers_by_number(out, "by_b", a.second.reporters);
        if (a.proof) {
            put_number(out, "proof", 1);
        }
        out.push_back('}');
    });
}

/// The way of each item is the lieutenants that signed it before the sender.
void page_run::write_passed_on(std::string& out, const shown_round& shown, const round_step& step,
                               const signed_relay& passed_on, const level_analysis& level) {
    std::size_t i = 0;
    put_list(out, "items", passed_on.items, [&](const passed_claims& item) {
        out.push_back('{');
        std::vector<server_id> path{item.commander};
        for (const auto& link : item.links) {
            path.push_back(link ? link->lieutenant : server_id{~0U});
        }
        put_servers_by_number(out, "p", path);
        append_key(out, "c");
        append_claims(out, shown, level, item.claims);
        const auto& no = step.refused_items;
        if (std::find(no.begin(), no.end(), i++) != no.end()) {
            put_number(out, "no", 1);
        }
        out.push_back('}');
    });
}

void page_run::write_content(std::string& out, const shown_round& shown, const round_step& step,
                             const level_analysis& level) {
    const auto& what = step.sent->what;
    if (const auto* request = std::get_if<round_request>(&what)) {
        put_number(out, "count", request->records ? request->records->size() : 0);
    } else if (const auto* told = std::get_if<distribution>(&what)) {
        append_key(out, "items");
        out += "[{\"c\":";
        append_claims(out, shown, level, told->claims);
        out += "}]";
    } else if (const auto* passed_on = std::get_if<relay>(&what)) {
        std::size_t i = 0;
        put_list(out, "items", passed_on->items, [&](const claim_batch& item) {
            out.push_back('{');
            if (i < step.sent->paths.size()) {
                auto path = step.sent->paths[i].lieutenants;
                path.insert(path.begin(), step.sent->paths[i].commander);
                put_servers_by_number(out, "p", path);
            }
            append_key(out, "c");
            append_claims(out, shown, level, item);
            out.push_back('}');
            ++i;
        });
    } else if (const auto* chained = std::get_if<signed_relay>(&what)) {
        write_passed_on(out, shown, step, *chained, level);
    } else if (const auto* cast = std::get_if<vote>(&what)) {
        write_vote(out, shown, *cast, level);
    } else if (const auto* wanted = std::get_if<payload_request>(&what)) {
        put_number(out, "count", wanted->positions.size());
    } else if (const auto* reply = std::get_if<payload_reply>(&what)) {
        put_number(out, "count", reply->positions.size());
    } else if (const auto* handed = std::get_if<delivery>(&what)) {
        put_number(out, "count", handed->records ? handed->records->size() : 0);
    }
}

void page_run::write_deviations(std::string& out, const shown_round& shown, const round_step& step,
                                const level_analysis& level) const {
    append_key(out, "bad");
    out.push_back('[');
    for (const auto& d : step.deviations) {
        const auto at =
            std::find(shown.records.begin(), shown.records.end(), level.in_round[d.position]);
        if (at == shown.records.end()) {
            continue;
        }
        append_separator(out);
        out += fmt::format("[{},{},", d.item, at - shown.records.begin());
        append_shown(out, d.instead);
        out.push_back(']');
    }
    out.push_back(']');
}

void page_run::write_step(std::string& out, const shown_round& shown, const round_step& step) {
    out.push_back('{');
    append_key(out, "f");
    append_integer(out, number_of_server(step.from));
    append_key(out, "t");
    append_integer(out, number_of_server(step.to));
    put_text(out, "k", step.kind);
    put_number(out, "l", step.level);
    if (step.phase > 0) {
        put_number(out, "p", step.phase);
    }
    if (step.faulty) {
        put_number(out, "faulty", 1);
    }
    if (step.is_lie()) {
        put_number(out, "lie", 1);
    }
    if (step.refused) {
        put_enum(out, "refused", *step.refused);
    }
    if (step.sent == nullptr) {
        put_number(out, "silent", 1);
        out.push_back('}');
        return;
    }
    put_number(out, "at", step.event->at);
    if (step.sent->lost) {
        put_number(out, "lost", 1);
    }
    if (step.sent->too_large > 0) {
        put_number(out, "too_large", step.sent->too_large);
    }
    for (const auto& level : shown.round.levels) {
        if (level.number == step.level) {
            write_content(out, shown, step, level);
            if (!step.deviations.empty()) {
                write_deviations(out, shown, step, level);
            }
        }
    }
    out.push_back('}');
}

void page_run::write_round(std::string& out, const shown_round& shown) {
    const auto& round = shown.round;
    out.push_back('{');
    put_number(out, "n", byzgate::number_of(round.round));
    put_number(out, "opened", round.opened.value_or(0));
    if (round.closed_at) {
        put_number(out, "closed", *round.closed_at);
    }
    put_list(out, "notable", analysis_.rounds().at(round.round).notable,
             [&](std::string_view why) { append_string(out, why); });
    put_number(out, "records_total", round.records ? round.records->size() : 0);
    put_list(out, "records", shown.records, [&](std::size_t r) { write_record(out, shown, r); });
    std::vector<server_id> faulty;
    for (const auto server : header().cluster.servers()) {
        if (analysis_.is_faulty(server, round.round)) {
            faulty.push_back(server);
        }
    }
    put_servers_by_number(out, "faulty", faulty);
    put_list(out, "levels", round.levels,
             [&](const level_analysis& level) { write_level(out, shown, level); });
    put_list(out, "steps", round.steps,
             [&](const round_step& step) { write_step(out, shown, step); });
    out.push_back('}');
}

} // namespace byzgate
