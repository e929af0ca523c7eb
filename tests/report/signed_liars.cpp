// The report on signed runs with every behaviour that there is: it judges none of the loyal
// wrongly.

#include <sstream>

#include <catch2/catch.hpp>

#include "behaviors/registry.hpp"
#include "made_run.hpp"
#include "report/explain.hpp"

using namespace byzgate;

namespace {

struct liar {
    server_id server{};
    std::string_view behavior;
};

/// Nothing if one of the behaviours needs options, or makes no sense in that place.
std::optional<trace> made(trace_header header, std::vector<liar> liars, std::uint64_t seed) {
    const auto database = make_records(4);
    for (const auto& one : liars) {
        header.byzantine.push_back({one.server, std::string{one.behavior}, "", "{}"});
    }
    for (const auto& r : database) {
        header.records.push_back({r.id, r.version, r.confidentiality, std::nullopt});
    }
    std::ostringstream out;
    made_run run{out, header, database};
    for (const auto& one : liars) {
        const seat at{one.server, header.cluster, seed, &made_digests(),
                      made_keys(header.cluster, one.server)};
        try {
            run.replace(one.server, make_behavior(at, one.behavior, {}));
        } catch (const behavior_error&) {
            return std::nullopt;
        }
    }
    run.decide_all();
    std::istringstream in{out.str()};
    return read_trace(in);
}

void check_verdicts(const run_analysis& analysis, const round_analysis& round) {
    for (const auto& level : round.levels) {
        REQUIRE(level.computed);
        for (std::uint32_t j = 0; j < analysis.run().header.cluster.lieutenants; ++j) {
            CAPTURE(j);
            const auto* cast = level.votes[j];
            if (analysis.is_faulty(lieutenant_id(j), round.round) || cast == nullptr) {
                continue;
            }
            for (std::size_t i = 0; i < cast->verdicts->size(); ++i) {
                const auto& voted = (*cast->verdicts)[i];
                const auto& ruled = level.rulings[j][i].what;
                // Of two reasons to withhold a lieutenant may give the nearer one.
                CHECK(voted.what == ruled.what);
                CHECK((voted.what != decision::release || voted == ruled));
            }
            CHECK(level.caught[j].size() == cast->accusations.size());
        }
    }
}

void check_run(const trace& run) {
    const run_analysis analysis{run};
    for (const auto& [id, outline] : analysis.rounds()) {
        CAPTURE(number_of(id));
        const auto round = analysis.analyse(id);
        check_verdicts(analysis, round);
        for (const auto& step : round.steps) {
            CAPTURE(to_string(step.from), to_string(step.to), step.kind, step.phase);
            if (!step.faulty) {
                CHECK(step.deviations.empty());
                CHECK(step.refused_items.empty());
            }
        }
        for (std::size_t i = 0; i < round.records->size(); ++i) {
            CHECK(!explain_record(analysis, round, i).empty());
        }
    }
}

} // namespace

TEST_CASE("the report judges no loyal server of a signed cluster wrongly, whoever lies") {
    std::size_t runs = 0;
    for (const auto& [commanders, lieutenants, depth] :
         {std::array{1U, 4U, 1U}, std::array{2U, 3U, 1U}}) {
        auto header = make_signed_header("liars", commanders, lieutenants, depth);
        header.batch = 2;
        for (const auto& first : known_behaviors()) {
            // Noise that waited for its round is refused without a word of which message it was.
            if (first.name == "babbling" || first.sealed_only) {
                continue;
            }
            for (const std::string_view second : {"loyal", "flipping", "random"}) {
                const auto seed = ++runs;
                CAPTURE(commanders, lieutenants, depth, first.name, second);
                const auto run =
                    made(header, {{commander_id(0), first.name}, {lieutenant_id(1), second}}, seed);
                if (run) {
                    check_run(*run);
                }
            }
        }
    }
    CHECK(runs > 60);
}
