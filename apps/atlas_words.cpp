#include "apps/atlas_words.hpp"

#include <fmt/format.h>

namespace byzgate {

namespace {

std::string counted(std::uint64_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string leaks_of(const atlas_row& row) {
    return hits_of(row.confidential.counts.leaks, row.confidential);
}

std::string denials_of(const atlas_row& row) {
    return hits_of(row.public_.counts.denials, row.public_);
}

std::string framings_of(const atlas_row& row) {
    return fmt::format("{} (confidential record) and {} (public one)",
                       hits_of(row.confidential.counts.framings, row.confidential),
                       hits_of(row.public_.counts.framings, row.public_));
}

} // namespace

std::string words_for(present_faults liars) {
    if (liars.bc + liars.bl == 0) {
        return "nobody";
    }
    std::string text = liars.bc > 0 ? counted(liars.bc, "commander") : "";
    if (liars.bl > 0) {
        text += (text.empty() ? "" : " + ") + counted(liars.bl, "lieutenant");
    }
    return text;
}

verdict_words words_for(atlas_verdict verdict) noexcept {
    switch (verdict) {
        case atlas_verdict::survives:
            return {"survives", "✓", "survives"};
        case atlas_verdict::denies:
            return {"denies only", "–", "denies"};
        case atlas_verdict::frames:
            return {"FRAMES", "!", "frames"};
        case atlas_verdict::leaks:
            return {"LEAKS", "✗", "leaks"};
        case atlas_verdict::breaks_promise:
            break;
    }
    return {"BREAKS A PROMISE", "✗✗", "breaks"};
}

std::string promised_words(const promises& promise) {
    std::string text;
    const auto add = [&](bool is_promised, std::string_view what) {
        if (is_promised) {
            text += (text.empty() ? "" : ", ") + std::string{what};
        }
    };
    add(promise.no_leak, "no leak");
    add(promise.no_framing_when_timely, "no framing");
    add(promise.availability, "availability");
    return text.empty() ? "nothing" : text;
}

std::string grouped(std::string digits) {
    for (auto at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string grouped(std::uint64_t number) {
    return grouped(std::to_string(number));
}

std::string hits_of(std::uint64_t hits, const check_case& of) {
    return fmt::format("{} of {}{}", grouped(of.in_full(hits)), of.sampled ? "a sample of " : "",
                       grouped(of.in_full(of.explored)));
}

std::string share_of(std::uint64_t hits, std::uint64_t all) {
    if (hits == 0 || hits == all) {
        return {};
    }
    // In thousandths, rounded, without overflow.
    const auto share =
        all > 1'000'000'000'000 ? hits / (all / 1000) : (hits * 2000 + all) / all / 2;
    return share == 0 ? "under 0.1 %" : fmt::format("{}.{} %", share / 10, share % 10);
}

std::string both(const atlas_row& row, std::uint64_t check_counts::*count) {
    const auto hidden = row.confidential.counts.*count;
    const auto open = row.public_.counts.*count;
    return hidden == 0 && open == 0
               ? "0"
               : fmt::format("{} + {}", grouped(row.confidential.in_full(hidden)),
                             grouped(row.public_.in_full(open)));
}

std::string describe(const atlas_architecture& what) {
    const auto& c = what.cluster;
    return fmt::format("Meant to tolerate {} and {}, {} in all. {} of {} release votes open the "
                       "gate. {} messages, depth {}. Liars choose among {} values a message{}.",
                       counted(c.tolerate.commanders, "commander"),
                       counted(c.tolerate.lieutenants, "lieutenant"), c.tolerate.total, c.quorum(),
                       c.lieutenants, c.protocol == protocol_kind::oral ? "Oral" : "Signed",
                       c.depth, what.values,
                       what.values == 2 ? " (public, confidential)" : " (silence is one)");
}

std::string sampling_note(const atlas_section& section, std::uint64_t seed) {
    std::string text;
    for (const auto& row : section.rows) {
        if (row.sampled()) {
            text +=
                fmt::format("{}{} that lie have {} strategies, too many to play: a sample of {} "
                            "was drawn with seed {}. What it did not find may still be there.",
                            text.empty() ? "" : " ", words_for(row.liars),
                            grouped(row.confidential.strategies.decimal()),
                            grouped(row.confidential.explored), seed);
        }
    }
    return text;
}

std::string file_name(const atlas_architecture& what, const counterexample& example) {
    std::string servers;
    for (const auto server : example.byzantine) {
        servers += (servers.empty() ? "" : "+") + to_string(server);
    }
    return fmt::format("{}_{}_{}.json", what.name, servers, to_string(example.truth));
}

std::vector<std::string> atlas_reading() {
    return {
        "Each row takes one architecture and one choice of liars, and plays every strategy that "
        "these liars have: what they tell each loyal lieutenant in each message that they owe it. "
        "It does so once for a confidential record and once for a public one, in one round "
        "without sub-rounds. Servers of one role are interchangeable, so a row stands for as many "
        "sets of servers as it says. Messages are oral unless the architecture is called signed; "
        "then strategies that differ only in relays that can change nothing are played once, and "
        "counted as often as there are.",
        "A strategy leaks if a quorum votes to release the confidential record (with signed "
        "messages the gate also asks for the signed public claims, and stays shut unless more "
        "commanders lie than are tolerated); denies if the public one does not; "
        "disagrees if of two loyal lieutenants one votes release and the other does not; frames "
        "if a loyal lieutenant convicts a loyal commander. The last two are counted for both "
        "records, confidential + public, each of as many strategies. \"Promised\" is what section "
        "4 of the protocol promises with these liars there; \"nothing\" means that they are more "
        "than the architecture is meant to survive.",
        "The verdict is the worst that any strategy of the row does: survives (nothing above but "
        "perhaps a disagreement), denies only, FRAMES (a loyal commander is convicted, nothing "
        "leaks), LEAKS. Each failure links to a strategy that shows it: for the gravest failure of "
        "either record the one with the fewest lies, which may show a lesser failure too.",
    };
}

std::vector<std::string> atlas_lessons(const atlas& all) {
    const auto& alone = all.at("single-3", {1, 0});
    const auto& alone4 = all.at("single-4", {1, 0});
    const auto& alone6 = all.at("seven-generals", {1, 0});
    const auto& one = all.at("dual-3-total-1", {1, 0});
    const auto& two = all.at("dual-3-total-2", {1, 0});
    const auto& plot = all.at("dual-3-total-1", {1, 1});
    const auto& foiled = all.at("dual-3-total-2", {1, 1});
    const auto& signing = all.at("dual-3-signed", {1, 0});
    const auto& signing_plot = all.at("dual-3-signed", {1, 1});
    const auto& triple = all.at("triple-3", {1, 1});
    const auto& both_commanders = all.at("dual-3-total-2", {2, 0});
    const auto& both_of_three = all.at("triple-3", {2, 0});
    const auto& quorum = all.at("single-3", {0, 2});
    const auto& no_quorum = all.at("single-4", {0, 2});
    const auto& framing = all.at("triple-4", {0, 2});
    return {
        fmt::format("One commander is trusted with everything: lying alone it leaks with {} "
                    "strategies over three lieutenants, {} over four, {} over six. However "
                    "many lieutenants compare its words, none can contradict them.",
                    leaks_of(alone), leaks_of(alone4), leaks_of(alone6)),
        "One lying lieutenant changes nothing in any architecture here: no leak, no denial.",
        fmt::format("With two commanders no single liar leaks. What a lying commander can do is "
                    "withhold public records: with oral messages {} strategies where one fault is "
                    "tolerated in all, {} where two are.",
                    denials_of(one), denials_of(two)),
        fmt::format("Two commanders that tolerate one fault in all and exchange oral messages do "
                    "not survive a commander and a lieutenant that lie together: {} strategies "
                    "leak, and {} convict the loyal "
                    "commander. Tolerating two in all closes that ({} leak, {} frame) and costs "
                    "availability: {} strategies deny instead of {}.",
                    leaks_of(plot), framings_of(plot), leaks_of(foiled),
                    both(foiled, &check_counts::framings), denials_of(foiled), denials_of(plot)),
        fmt::format("Signatures close it too, whatever is tolerated in all: {} strategies of a "
                    "commander and a lieutenant leak and {} frame. And availability gains: who "
                    "tells two stories is convicted, so that a lying commander can withhold only "
                    "by saying public to nobody, {} strategies.",
                    leaks_of(signing_plot), both(signing_plot, &check_counts::framings),
                    denials_of(signing)),
        fmt::format("Three commanders survive a lying commander together with a lying lieutenant "
                    "and withhold nothing: {} strategies leak and {} deny.",
                    leaks_of(triple), denials_of(triple)),
        fmt::format("Two lying commanders leak in every architecture that has them: {} strategies "
                    "with two commanders (two faults tolerated in all), {} with three.",
                    leaks_of(both_commanders), leaks_of(both_of_three)),
        fmt::format("Two lying lieutenants of three are a quorum by themselves and leak whatever "
                    "else they say ({}). Two of four are not: nothing leaks, but they withhold "
                    "every public record ({}), and where there is more than one commander and "
                    "nothing is signed they can frame one (three commanders, public record: {}).",
                    leaks_of(quorum), denials_of(no_quorum),
                    hits_of(framing.public_.counts.framings, framing.public_)),
    };
}

} // namespace byzgate
