// What the report makes of a trace: values, verdicts, lies, sentences, numbers.

#include <sstream>

#include <catch2/catch.hpp>

#include "made_run.hpp"
#include "report/explain.hpp"

using namespace byzgate;

namespace {

/// A run with these liars, read back from its trace.
trace made(trace_header header, std::size_t records, lie how,
           std::vector<traced_fault> faults = {}) {
    header.byzantine = std::move(faults);
    const auto database = make_records(records);
    for (const auto& r : database) {
        header.records.push_back({r.id, r.version, r.confidentiality, std::nullopt});
    }
    std::ostringstream out;
    made_run{out, header, database, std::move(how)}.decide_all();
    std::istringstream in{out.str()};
    return read_trace(in);
}

struct cast_of {
    std::string name;
    trace run;
};

std::vector<cast_of> many_runs() {
    const auto c0 = commander_id(0);
    const auto l0 = lieutenant_id(0);
    const auto l1 = lieutenant_id(1);
    auto total_one = make_header("total one", 2, 3);
    total_one.cluster.tolerate.total = 1;
    total_one.cluster.max_recursion = 2;
    auto batched = total_one;
    batched.batch = 4;
    const auto deep = make_header("deep", 1, 6, 2);
    return {
        {"loyal", made(make_header("loyal", 2, 3), 6, {})},
        {"equivocating", made(total_one, 9, equivocating(c0, 3), {{c0, "equivocating", "", "{}"}})},
        {"batched", made(batched, 9, equivocating(c0, 3), {{c0, "equivocating", "", "{}"}})},
        {"consistent", made(batched, 9, consistent_lie(c0), {{c0, "consistent_lie", "", "{}"}})},
        {"alone", made(make_header("alone", 1, 3), 6, consistent_lie(c0), {{c0, "lie", "", "{}"}})},
        {"flipping", made(total_one, 6, flipping(l1), {{l1, "flipping", "", "{}"}})},
        {"silent", made(total_one, 3, silent(l0), {{l0, "silent", "", "{}"}})},
        {"dumb commander", made(total_one, 3, silent(c0), {{c0, "silent", "", "{}"}})},
        {"deep", made(deep, 6, both(flipping(l0), silent(l1)),
                      {{l0, "flipping", "", "{}"}, {l1, "silent", "", "{}"}})},
        {"for good", made(make_header("for good", 2, 7), 6, equivocating(c0, 7),
                          {{c0, "equivocating", "", "{}"}})},
    };
}

std::string sentence(const trace& run, std::uint64_t round, std::size_t in_round = 0) {
    const run_analysis analysis{run};
    return explain_record(analysis, analysis.analyse(round_id{round}), in_round);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the report's rulings are what loyal lieutenants voted") {
    for (const auto& [name, run] : many_runs()) {
        CAPTURE(name);
        const run_analysis analysis{run};
        std::size_t compared = 0;
        for (const auto& [id, outline] : analysis.rounds()) {
            const auto round = analysis.analyse(id);
            for (const auto& level : round.levels) {
                REQUIRE(level.computed);
                for (std::uint32_t j = 0; j < run.header.cluster.lieutenants; ++j) {
                    const auto* cast = level.votes[j];
                    if (analysis.is_faulty(lieutenant_id(j), id)) {
                        continue;
                    }
                    REQUIRE(cast != nullptr);
                    for (std::size_t i = 0; i < cast->verdicts->size(); ++i) {
                        CHECK((*cast->verdicts)[i] == level.rulings[j][i].what);
                        ++compared;
                    }
                }
            }
        }
        CHECK(compared > 0);
    }
}

TEST_CASE("only servers that were told to lie are shown lying, and they are") {
    for (const auto& [name, run] : many_runs()) {
        CAPTURE(name);
        const run_analysis analysis{run};
        std::map<server_id, std::size_t> lies;
        for (const auto& [id, outline] : analysis.rounds()) {
            for (const auto& step : analysis.analyse(id).steps) {
                lies[step.from] += step.is_lie() ? 1 : 0;
                if (!step.faulty) {
                    CHECK(step.deviations.empty());
                }
            }
        }
        for (const auto server : run.header.cluster.servers()) {
            CAPTURE(to_string(server));
            CHECK((lies[server] > 0) == analysis.is_faulty(server, round_id{1}));
        }
    }
}

TEST_CASE("a lie is said together with what a loyal server would have said") {
    auto header = make_header("equivocating", 2, 3);
    header.cluster.tolerate.total = 1;
    const auto run = made(header, 1, equivocating(commander_id(0), 3),
                          {{commander_id(0), "equivocating", "", "{}"}});
    const run_analysis analysis{run};
    std::size_t found = 0;
    for (const auto& step : analysis.analyse(round_id{1}).steps) {
        if (step.kind == "distribution" && step.is_lie()) {
            CHECK(step.from == commander_id(0));
            CHECK(step.to != lieutenant_id(0)); // it was told the truth, public
            REQUIRE(step.deviations.size() == 1);
            CHECK(step.deviations[0].instead == "the database says public");
            ++found;
        }
    }
    CHECK(found == 2);

    const auto flipped =
        made(header, 1, flipping(lieutenant_id(1)), {{lieutenant_id(1), "flipping", "", "{}"}});
    const run_analysis flipped_analysis{flipped};
    found = 0;
    for (const auto& step : flipped_analysis.analyse(round_id{1}).steps) {
        if (step.is_lie()) {
            CHECK(step.from == lieutenant_id(1));
            CHECK(step.deviations.size() == 2); // on each of the two commanders
            CHECK(step.deviations[0].instead == "it had heard public (version 1) of commander-1");
            CHECK(step.deviations[1].instead == "it had heard public (version 1) of commander-2");
            ++found;
        }
    }
    CHECK(found == 2);
}

TEST_CASE("what an equivocating commander says truthfully is no lie") {
    const auto run = made(make_header("alone", 1, 3), 2, equivocating(commander_id(0), 3),
                          {{commander_id(0), "equivocating", "", "{}"}});
    const run_analysis analysis{run};
    for (const auto id : {round_id{1}, round_id{2}}) {
        std::vector<server_id> lied_to;
        for (const auto& step : analysis.analyse(id).steps) {
            if (step.is_lie()) {
                lied_to.push_back(step.to);
            }
        }
        // record-1 is public, record-2 isn't; lieutenant-1 hears public about both.
        CHECK(lied_to
              == (id == round_id{1} ? std::vector{lieutenant_id(1), lieutenant_id(2)}
                                    : std::vector{lieutenant_id(0)}));
    }
}

TEST_CASE("silence is shown where a message was owed") {
    auto header = make_header("silent", 2, 3);
    const auto run =
        made(header, 1, silent(lieutenant_id(0)), {{lieutenant_id(0), "silent", "", "{}"}});
    const run_analysis analysis{run};
    std::map<std::string, int> missing;
    for (const auto& step : analysis.analyse(round_id{1}).steps) {
        if (step.sent == nullptr) {
            CHECK(step.from == lieutenant_id(0));
            ++missing[std::string{step.kind}];
        }
    }
    CHECK(missing == std::map<std::string, int>{{"relay", 2}, {"vote", 1}});
}

TEST_CASE("a fault that is over is no longer called a lie") {
    auto run = made(make_header("ranges", 1, 3), 4, consistent_lie(commander_id(0)),
                    {{commander_id(0), "consistent_lie", "2..3", "{}"}});
    const run_analysis analysis{run};
    CHECK_FALSE(analysis.is_faulty(commander_id(0), round_id{1}));
    CHECK(analysis.is_faulty(commander_id(0), round_id{2}));
    CHECK(analysis.is_faulty(commander_id(0), round_id{3}));
    CHECK_FALSE(analysis.is_faulty(commander_id(0), round_id{4}));
    for (const auto& step : analysis.analyse(round_id{1}).steps) {
        CHECK_FALSE(step.is_lie());
    }
}

TEST_CASE("a refused message does not count as heard") {
    auto header = make_header("twice", 1, 3);
    const auto database = make_records(1);
    std::ostringstream out;
    made_run{out, header, database}.decide_all();
    std::istringstream in{out.str()};
    auto run = read_trace(in);
    // The claims to lieutenant-1 came too late.
    for (std::size_t i = 0; i < run.events.size(); ++i) {
        const auto* sent = std::get_if<sent_event>(&run.events[i].what);
        if (sent != nullptr && sent->to == lieutenant_id(0)
            && kind_of(sent->what) == "distribution") {
            refused_event no{lieutenant_id(0),
                             commander_id(0),
                             refusal::late,
                             "distribution",
                             round_id{1},
                             0,
                             0};
            run.events.insert(run.events.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                              {run.events[i].sequence + 1, run.events[i].at, no});
            for (auto j = i + 2; j < run.events.size(); ++j) {
                ++run.events[j].sequence;
            }
            break;
        }
    }
    const run_analysis analysis{run};
    const auto round = analysis.analyse(round_id{1});
    REQUIRE(round.levels.size() == 1);
    CHECK_FALSE(round.levels[0].exchanges[0]->report_of(0, 0));
    CHECK(round.levels[0].exchanges[1]->report_of(0, 1));
    CHECK(analysis.rounds().at(round_id{1}).refusals == 1);
}

TEST_CASE("every outcome has its sentence") {
    auto header = make_header("dual", 2, 3);
    header.cluster.tolerate.total = 1;
    const auto liar = commander_id(0);
    const auto loyal = made(header, 2, {});
    CHECK(has(sentence(loyal, 1), "Released: 3 of 3 lieutenants voted release"));
    CHECK(has(sentence(loyal, 1), "At least 2 commanders made the same public claim"));
    CHECK(has(sentence(loyal, 1), "That is right: it is public."));
    CHECK(has(sentence(loyal, 2), "Withheld: 0 of 3 lieutenants voted release"));
    CHECK(has(sentence(loyal, 2), "What they heard from the commanders does not come to public."));

    const auto caught = made(header, 1, equivocating(liar, 3), {{liar, "equivocating", "", "{}"}});
    CHECK(has(sentence(caught, 1), "commander-1 was convicted of telling different things"));

    const auto unsure = made(header, 1, consistent_lie(liar), {{liar, "consistent_lie", "", "{}"}});
    CHECK(has(sentence(unsure, 1),
              "The commanders contradict one another and none of them could be "
              "convicted, not even after 1 sub-round"));
    CHECK(has(sentence(unsure, 1), "It is public, so this denies it. Within its budget"));

    const auto alone = made(make_header("alone", 1, 3), 2, consistent_lie(liar),
                            {{liar, "consistent_lie", "", "{}"}});
    CHECK(
        has(sentence(alone, 2), "It is confidential: a leak. 1 commander and 0 lieutenants lied"));
    CHECK(has(sentence(alone, 2), "this is beyond what it promises"));

    // A lying lieutenant makes the loyal commander look inconsistent.
    const lie on_the_loyal_one = [](server_id from, server_id, message& what) {
        auto* passed_on = std::get_if<relay>(&what);
        if (from == lieutenant_id(0) && passed_on != nullptr) {
            auto claims = *passed_on->items[1];
            claims[0].says = opposite(claims[0].says);
            passed_on->items[1] = make_claim_batch(claims);
        }
        return true;
    };
    const auto framed =
        made(header, 2, both(consistent_lie(liar), on_the_loyal_one),
             {{liar, "consistent_lie", "", "{}"}, {lieutenant_id(0), "flipping", "", "{}"}});
    CAPTURE(sentence(framed, 2));
    CHECK(has(sentence(framed, 2), "convicted of telling different things"));
    CHECK(has(sentence(framed, 2), "But commander-2 is loyal: a lying lieutenant made it look "
                                   "inconsistent."));

    const auto mute = made(header, 1, both(silent(lieutenant_id(0)), silent(lieutenant_id(1))));
    CHECK(has(sentence(mute, 1), "2 lieutenants never voted."));
}

TEST_CASE("an unfinished round says so") {
    auto run = made(make_header("cut", 1, 3), 1, {});
    run.events.pop_back(); // the closing
    CHECK(sentence(run, 1) == "The run ended before this round did.");
}

TEST_CASE("outcomes and latencies are counted") {
    const auto liar = commander_id(0);
    const auto alone =
        made(make_header("alone", 1, 3), 9, consistent_lie(liar), {{liar, "lie", "", "{}"}});
    const run_analysis analysis{alone};
    const auto counts = count_outcomes(analysis);
    CHECK(counts.leaked == 6);
    CHECK(counts.denied == 3);
    CHECK(counts.released_right + counts.withheld_right + counts.corrupted == 0);

    const auto latency = summarize_latency(analysis);
    CHECK(latency.rounds == 9);
    CHECK(latency.p50 <= latency.p95);
    CHECK(latency.p99 <= latency.max);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < latency.bins.size(); ++i) {
        sum += latency.bins[i].count;
        CHECK(latency.bins[i].from < latency.bins[i].to);
        CHECK((i == 0 || latency.bins[i - 1].to == latency.bins[i].from));
    }
    CHECK(sum == 9);
}

TEST_CASE("latencies far apart and at the ends of their range are still counted") {
    trace run;
    run.header = make_header("spans", 1, 3);
    const auto ids = std::make_shared<const std::vector<record_id>>(1, "a");
    const std::vector<tick> spans{0, 1, 999, 1'000'000, tick_never - 1, tick_never};
    std::uint64_t sequence = 0;
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const round_id id{i + 1};
        run.events.push_back({++sequence, 0,
                              sent_event{supervisor_id,
                                         lieutenant_id(0),
                                         round_request{id, 0, ids, {}},
                                         {},
                                         {},
                                         false,
                                         0}});
        round_closed closed;
        closed.round = id;
        closed.records = ids;
        closed.decided.resize(1);
        run.events.push_back({++sequence, spans[i], closed_event{closed, {}}});
    }
    const auto latency = summarize_latency(run_analysis{run});
    CHECK(latency.max == tick_never);
    CHECK(latency.bins.size() <= 24);
    std::uint64_t sum = 0;
    for (const auto& bin : latency.bins) {
        sum += bin.count;
    }
    CHECK(sum == spans.size());
}
