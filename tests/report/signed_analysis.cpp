// What the report makes of a signed run: values, verdicts, lies, forgeries, sentences.

#include <sstream>

#include <catch2/catch.hpp>

#include "made_run.hpp"
#include "protocol/statement.hpp"
#include "report/explain.hpp"
#include "report/page.hpp"

using namespace byzgate;

namespace {

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

flag half(server_id to, flag) {
    return index_of(to) == 0 ? flag::public_ : flag::confidential;
}

flag other_way(server_id, flag truth) {
    return opposite(truth);
}

/// Changes its mind between a round and its sub-round.
lie wavering(const cluster_parameters& cluster) {
    const auto tell = signed_telling(cluster, commander_id(0), other_way);
    return [=](server_id from, server_id to, message& what) {
        const auto* told = std::get_if<distribution>(&what);
        return (told != nullptr && told->level > 0) || tell(from, to, what);
    };
}

struct cast_of {
    std::string name;
    trace run;
};

const auto c0 = commander_id(0);
const auto l0 = lieutenant_id(0);
const auto l1 = lieutenant_id(1);

std::vector<cast_of> many_runs() {
    auto batched = make_signed_header("batched", 2, 3);
    batched.batch = 4;
    auto deep = make_signed_header("deep", 2, 4, 2);
    deep.batch = 2;
    auto differing = make_signed_header("differing", 2, 3);
    differing.cluster.max_recursion = 2;
    const auto three = make_signed_header("three", 3, 5);
    const auto& one = batched.cluster;
    return {
        {"loyal", made(make_signed_header("loyal", 2, 3), 6, {})},
        {"alone", made(make_signed_header("alone", 1, 1, 0), 3, {})},
        {"equivocating", made(batched, 9, signed_telling(one, c0, half), {{c0, "e", "", "{}"}})},
        {"deep", made(deep, 6, signed_telling(deep.cluster, c0, half), {{c0, "e", "", "{}"}})},
        {"consistent", made(differing, 6, signed_telling(differing.cluster, c0, other_way),
                            {{c0, "l", "", "{}"}})},
        {"wavering", made(differing, 6, wavering(differing.cluster), {{c0, "w", "", "{}"}})},
        {"forging", made(batched, 6, forging(one, l1), {{l1, "f", "", "{}"}})},
        {"deep forging", made(deep, 6, forging(deep.cluster, l1), {{l1, "f", "", "{}"}})},
        {"silent", made(batched, 6, silent(l0), {{l0, "s", "", "{}"}})},
        {"dumb commander", made(batched, 6, silent(c0), {{c0, "s", "", "{}"}})},
        {"colluding",
         made(three, 6, both(signed_telling(three.cluster, c0, half), forging(three.cluster, l1)),
              {{c0, "e", "", "{}"}, {l1, "f", "", "{}"}})},
    };
}

std::string sentence(const trace& run, std::uint64_t round, std::size_t in_round = 0) {
    const run_analysis analysis{run};
    return explain_record(analysis, analysis.analyse(round_id{round}), in_round);
}

} // namespace

TEST_CASE("the report's rulings on a signed run are what loyal lieutenants voted") {
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
                    CHECK(level.caught[j].size() == cast->accusations.size());
                }
            }
        }
        CHECK(compared > 0);
    }
}

TEST_CASE("only servers that were told to lie are shown lying in a signed run, and they are") {
    for (const auto& [name, run] : many_runs()) {
        CAPTURE(name);
        const run_analysis analysis{run};
        std::map<server_id, std::size_t> lies;
        for (const auto& [id, outline] : analysis.rounds()) {
            for (const auto& step : analysis.analyse(id).steps) {
                lies[step.from] += step.is_lie() ? 1 : 0;
                if (!step.faulty) {
                    CHECK(step.deviations.empty());
                    CHECK(step.refused_items.empty());
                }
            }
        }
        for (const auto server : run.header.cluster.servers()) {
            CAPTURE(to_string(server));
            CHECK((lies[server] > 0) == analysis.is_faulty(server, round_id{1}));
        }
    }
}

TEST_CASE("F is the one signed claim, and no value where two are signed or none") {
    const auto header = make_signed_header("equivocating", 2, 3);
    const auto run =
        made(header, 1, signed_telling(header.cluster, c0, half), {{c0, "equivocating", "", "{}"}});
    const auto round = run_analysis{run}.analyse(round_id{1});
    const auto& level = round.levels.at(0);
    for (std::uint32_t j = 0; j < 3; ++j) {
        CHECK((*level.values[j][0])[0] == no_value());
        CHECK((*level.values[j][1])[0].says == flag::public_);
        CHECK(level.caught[j] == std::vector<std::uint32_t>{0});
        CHECK(level.accepted[j][0].size() == 2);
        CHECK(level.accepted[j][1].size() == 1);
        CHECK(level.accepted[j][1][0].phase == 0);
    }
    const auto dumb = made(header, 1, silent(c0), {{c0, "silent", "", "{}"}});
    const auto quiet = run_analysis{dumb}.analyse(round_id{1});
    for (std::uint32_t j = 0; j < 3; ++j) {
        CHECK((*quiet.levels.at(0).values[j][0])[0] == no_value());
        CHECK(quiet.levels.at(0).caught[j].empty());
    }
}

TEST_CASE("of a relay with forgeries in it just these are shown as refused") {
    auto header = make_signed_header("one forged", 2, 3);
    const lie forge = forging(header.cluster, l1);
    // Only what is said of commander-2 is forged: the other item is passed on as it came.
    const lie forge_one = [=](server_id from, server_id to, message& what) {
        const auto before = what;
        const auto sent = forge(from, to, what);
        if (auto* passed_on = std::get_if<signed_relay>(&what);
            from == l1 && passed_on != nullptr) {
            const auto& was = std::get<signed_relay>(before);
            auto own = *passed_on->own;
            passed_on->items[0] = was.items[0];
            own.roots[0] = was.own->roots[0];
            own.by = sign(statement_of(own, was.round, was.level, made_digests()),
                          made_keys(header.cluster, l1));
            passed_on->own = std::make_shared<const relay_link>(own);
        }
        return sent;
    };
    const auto run = made(header, 1, forge_one, {{l1, "forging", "", "{}"}});
    const run_analysis analysis{run};
    const auto round = analysis.analyse(round_id{1});
    std::size_t found = 0;
    for (const auto& step : round.steps) {
        if (step.kind == "signed_relay" && step.from == l1) {
            CHECK(step.refused == refusal::bad_signature);
            CHECK(step.refused_items == std::vector<std::size_t>{1});
            CHECK_FALSE(step.refused_whole());
            CHECK(step.is_lie());
            ++found;
        } else {
            CHECK_FALSE(step.is_lie());
        }
    }
    CHECK(found == 2);
    const auto mermaid = render_mermaid(run, round_id{1});
    CAPTURE(mermaid);
    CHECK(mermaid.find("C2-L2: confidential (version 1) (bad signature)") != std::string::npos);
    CHECK(mermaid.find("C1-L2: public (version 1),") != std::string::npos);
}

TEST_CASE("a relay that keeps back what was shown is a lie") {
    const auto header = make_signed_header("keeping back", 2, 3);
    const auto keys = made_keys(header.cluster, l1);
    const lie keep_back = [=](server_id from, server_id, message& what) {
        auto* passed_on = std::get_if<signed_relay>(&what);
        if (from == l1 && passed_on != nullptr) {
            relay_link own{l1, passed_on->phase, {}, {}};
            own.by =
                sign(statement_of(own, passed_on->round, passed_on->level, made_digests()), keys);
            passed_on->items.clear();
            passed_on->own = std::make_shared<const relay_link>(own);
        }
        return true;
    };
    const auto run = made(header, 1, keep_back, {{l1, "keeping back", "", "{}"}});
    const auto round = run_analysis{run}.analyse(round_id{1});
    for (const auto& step : round.steps) {
        if (step.kind == "signed_relay" && step.from == l1) {
            REQUIRE(step.deviations.size() == 2);
            CHECK(step.deviations[0].instead
                  == "it kept back what it had been shown of commander-1");
        }
    }
}

TEST_CASE("a silent lieutenant of a signed cluster is shown with every message that it owed") {
    const auto header = make_signed_header("silent", 2, 4, 2);
    const auto run = made(header, 1, silent(l0), {{l0, "silent", "", "{}"}});
    std::size_t silences = 0;
    for (const auto& step : run_analysis{run}.analyse(round_id{1}).steps) {
        silences += step.sent == nullptr ? 1 : 0;
        CHECK((step.sent != nullptr || step.from == l0));
    }
    CHECK(silences == 7); // three relays in each of two phases, and the vote
}

TEST_CASE("outcomes of signed runs are said in words") {
    const auto header = make_signed_header("equivocating", 2, 3);
    const auto lied =
        made(header, 3, signed_telling(header.cluster, c0, half), {{c0, "equivocating", "", "{}"}});
    CHECK(sentence(lied, 1)
          == "Released: 3 of 3 lieutenants voted release for the same version and content, and 2 "
             "are needed. commander-1 signed both public and confidential for this round: proved "
             "by two signatures. So one of the others is enough. That is right: it is public.");
    // Two rounds are in flight before the first conviction is known.
    CHECK(sentence(lied, 3).find("commander-1 signed both public and confidential in round 1: "
                                 "proved by two signatures.")
          != std::string::npos);

    const auto dumb = made(header, 1, silent(c0), {{c0, "silent", "", "{}"}});
    CHECK(sentence(dumb, 1).find("commander-1 signed nothing that arrived. Silence is no proof: "
                                 "nobody else can tell it from messages that were late or lost.")
          != std::string::npos);

    auto sub = make_signed_header("wavering", 2, 3);
    const auto wavered = made(sub, 2, wavering(sub.cluster), {{c0, "wavering", "", "{}"}});
    CHECK(sentence(wavered, 1)
              .find("commander-1 signed confidential in this round, and public in "
                    "sub-round 1 of this round: proved by two signatures.")
          != std::string::npos);

    const auto only = make_signed_header("alone", 1, 3);
    const auto alone = made(only, 1, signed_telling(only.cluster, c0, half), {{c0, "e", "", "{}"}});
    CHECK(sentence(alone, 1).find("commander-1 signed both public and confidential for this round: "
                                  "proved by two signatures.")
          != std::string::npos);
}
