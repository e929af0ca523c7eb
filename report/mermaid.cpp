// A round as a Mermaid sequence diagram, for documents that draw such text.

#include <algorithm>

#include <fmt/format.h>

#include "report/json_text.hpp"
#include "report/page.hpp"
#include "report/run_analysis.hpp"

namespace byzgate {

namespace {

constexpr std::size_t label_characters_max = 120;

/// Mermaid's own signs as entity codes, so that no id or version can say something in Mermaid.
std::string label(std::string_view text) {
    const std::string bytes{json_text::is_utf8(text) ? text : "(bytes)"};
    std::string out;
    std::size_t characters = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const bool continues = (byte & 0xc0U) == 0x80U;
        if (!continues && ++characters > label_characters_max) {
            return out + "…";
        }
        const bool plain = byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                           || (c >= 'a' && c <= 'z')
                           || std::string_view{" .,:_-()/"}.find(c) != std::string_view::npos;
        if (plain) {
            out.push_back(c);
        } else if (byte < 0x20 || byte == 0x7f) {
            out.push_back(' ');
        } else {
            out += fmt::format("#{};", byte);
        }
    }
    return out;
}

std::string alias_of(server_id id) {
    switch (role_of(id)) {
        case server_role::commander:
            return "C" + std::to_string(index_of(id) + 1);
        case server_role::lieutenant:
            return "L" + std::to_string(index_of(id) + 1);
        case server_role::supervisor:
            return "S";
        case server_role::external_party:
            return "X";
    }
    return "U";
}

std::string describe_at(const claim_batch& claims, std::size_t position) {
    return claims && position < claims->size() ? describe((*claims)[position]) : "silence";
}

std::string describe_relay(const sent_event& sent, const relay& passed_on, std::size_t position) {
    std::string text;
    for (std::size_t i = 0; i < passed_on.items.size(); ++i) {
        text += i == 0 ? "" : ", ";
        if (i < sent.paths.size()) {
            text += alias_of(sent.paths[i].commander);
            for (const auto id : sent.paths[i].lieutenants) {
                text += "-" + alias_of(id);
            }
            text += ": ";
        }
        text += describe_at(passed_on.items[i], position);
    }
    return text.empty() ? "nothing" : text;
}

/// What is shown of each commander, by the way of those that signed it.
std::string describe_signed(const round_step& step, const signed_relay& passed_on,
                            std::size_t position) {
    std::string text;
    for (std::size_t i = 0; i < passed_on.items.size(); ++i) {
        const auto& item = passed_on.items[i];
        text += (i == 0 ? "" : ", ") + alias_of(item.commander);
        for (const auto& link : item.links) {
            text += "-" + (link ? alias_of(link->lieutenant) : std::string{"?"});
        }
        text += "-" + alias_of(step.from) + ": " + describe_at(item.claims, position);
        const auto& no = step.refused_items;
        if (std::find(no.begin(), no.end(), i) != no.end()) {
            text += step.refused == refusal::bad_signature ? " (bad signature)" : " (refused)";
        }
    }
    return text.empty() ? "nothing new" : text;
}

std::string describe_vote(const vote& cast, std::size_t position) {
    if (!cast.verdicts || position >= cast.verdicts->size()) {
        return "a vote without a verdict";
    }
    auto text = std::string{to_string((*cast.verdicts)[position].what)};
    for (const auto& a : cast.accusations) {
        if (a.position == position) {
            text += ", accuses " + to_string(a.commander);
        }
    }
    return text;
}

std::string describe_step(const round_step& step, std::size_t position) {
    if (step.sent == nullptr) {
        return "silence";
    }
    const auto& what = step.sent->what;
    if (const auto* told = std::get_if<distribution>(&what)) {
        return describe_at(told->claims, position);
    }
    if (const auto* passed_on = std::get_if<relay>(&what)) {
        return describe_relay(*step.sent, *passed_on, position);
    }
    if (const auto* passed_on = std::get_if<signed_relay>(&what)) {
        return describe_signed(step, *passed_on, position);
    }
    if (const auto* cast = std::get_if<vote>(&what)) {
        return describe_vote(*cast, position);
    }
    std::string name{step.kind};
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

/// Whether it was lost, or nothing of it was taken.
bool is_unheard(const round_step& step) {
    const auto* passed_on = std::get_if<signed_relay>(&step.sent->what);
    const bool in_part = !step.refused_items.empty() && passed_on != nullptr
                         && step.refused_items.size() < passed_on->items.size();
    return step.sent->lost || (step.refused && !in_part);
}

std::string why_lie(const round_step& step, std::size_t position) {
    if (step.sent == nullptr) {
        return "it owed a message";
    }
    for (const auto& d : step.deviations) {
        if (d.position == position) {
            return d.instead;
        }
    }
    return step.refused ? "refused: " + std::string{to_string(*step.refused)} : "";
}

std::string participants(const run_analysis& run, round_id round) {
    std::string out;
    auto servers = run.run().header.cluster.servers();
    servers.insert(servers.begin(), supervisor_id);
    servers.push_back(external_party_id);
    for (const auto id : servers) {
        out += fmt::format("    participant {} as {}{}\n", alias_of(id), to_string(id),
                           run.is_faulty(id, round) ? " (Byzantine)" : "");
    }
    return out;
}

/// What concerns the round, but not this record.
bool is_about(const round_analysis& round, const round_step& step, std::size_t in_round,
              std::size_t& position) {
    for (const auto& level : round.levels) {
        if (level.number != step.level || step.kind == "round_end" || step.kind == "delivery"
            || step.kind == "delivery_receipt") {
            continue;
        }
        const auto here = round.position_in(level, in_round);
        position = here.value_or(0);
        if (!here || step.sent == nullptr) {
            return here.has_value();
        }
        const auto* wanted = std::get_if<payload_request>(&step.sent->what);
        const auto* reply = std::get_if<payload_reply>(&step.sent->what);
        const auto* positions = wanted != nullptr  ? &wanted->positions
                                : reply != nullptr ? &reply->positions
                                                   : nullptr;
        return positions == nullptr
               || std::find(positions->begin(), positions->end(), position) != positions->end();
    }
    if (step.sent != nullptr) {
        if (const auto* handed = std::get_if<delivery>(&step.sent->what)) {
            return handed->records
                   && std::any_of(handed->records->begin(), handed->records->end(),
                                  [&](const released_record& r) {
                                      return r.id == (*round.records)[in_round];
                                  });
        }
    }
    return step.kind == "delivery_receipt";
}

} // namespace

std::string render_mermaid(const trace& run, round_id id, const std::optional<record_id>& about) {
    const run_analysis analysis{run};
    if (!analysis.rounds().contains(id)) {
        return {};
    }
    const auto round = analysis.analyse(id);
    if (!round.records || round.records->empty()) {
        return {};
    }
    const auto wanted = about.value_or(round.records->front());
    const auto at = std::find(round.records->begin(), round.records->end(), wanted);
    if (at == round.records->end()) {
        return {};
    }
    const auto in_round = static_cast<std::size_t>(at - round.records->begin());
    auto out = "sequenceDiagram\n    autonumber\n" + participants(analysis, id);
    out += fmt::format("    Note over S: {}\n",
                       label(fmt::format("round {}, record {}", number_of(id), wanted)));
    for (const auto& step : round.steps) {
        std::size_t position = 0;
        if (!is_about(round, step, in_round, position)) {
            continue;
        }
        const auto lie = step.is_lie() ? why_lie(step, position) : std::string{};
        const auto arrow = step.sent == nullptr ? "--x" : is_unheard(step) ? "-x" : "->>";
        const auto line =
            fmt::format("    {}{}{}: {}{}\n", alias_of(step.from), arrow, alias_of(step.to),
                        lie.empty() ? "" : "LIE: ", label(describe_step(step, position)));
        if (lie.empty()) {
            out += line;
        } else {
            out += fmt::format("    rect rgba(200, 40, 40, 0.2)\n    {}        Note right of {}: "
                               "{}\n    end\n",
                               line, alias_of(step.from), label(lie));
        }
    }
    if (round.closed != nullptr && in_round < round.closed->round.decided.size()) {
        out += fmt::format("    Note over S: {}\n",
                           to_string(round.closed->round.decided[in_round].outcome));
    }
    return out;
}

} // namespace byzgate
