// The configurations that come with byzgate.
#include <catch2/catch.hpp>

#include "config/parse.hpp"

namespace byzgate {

namespace {

const std::filesystem::path folder = std::filesystem::path{BYZGATE_SOURCE_DIR} / "config";

struct shipped {
    std::string name;
    run_outcome outcome;
    std::vector<std::string> warned_of; ///< the beginnings of the warnings
};

const std::string beyond = "more servers are Byzantine";
const std::string stalls = "a Byzantine commander can keep public records";
const std::string timely = "convictions for one record take 1 reporter";

std::vector<shipped> all_shipped() {
    constexpr auto secure = run_outcome::secure;
    constexpr auto exposed = run_outcome::exposed;
    return {{"normal", secure, {}},
            {"byzantine-lieutenant", secure, {}},
            {"byzantine-commander", exposed, {beyond}},
            {"dual-commander-equivocating", secure, {stalls, timely}},
            {"dual-commander-consistent-lie", secure, {stalls}},
            {"dual-commander-byzantine-lieutenant", secure, {stalls}},
            {"dual-collusion-oral", exposed, {beyond, stalls, timely}},
            {"triple-commander", secure, {}},
            {"seven-generals", secure, {}},
            {"payload-swap", exposed, {beyond}},
            {"dual-payload-swap", secure, {stalls}},
            {"dual-sealed-smuggling", secure, {stalls}},
            {"triple-sealed-smuggling", secure, {}},
            {"dual-equivocating-signed", secure, {stalls}},
            {"dual-collusion-signed", secure, {stalls}}};
}

} // namespace

TEST_CASE("every ready-made scenario parses, expects its outcome, and warns of what is wanted") {
    for (const auto& one : all_shipped()) {
        DYNAMIC_SECTION(one.name) {
            const auto s = load_scenario(folder / "scenarios" / (one.name + ".toml"));
            CHECK(s.name == one.name);
            CHECK(s.expect.outcome == one.outcome);
            CHECK(s.seed.has_value());
            CHECK(s.database.kind == database_kind::memory);
            CHECK(s.description.size() > 20);
            CHECK(s.why.size() > 20);
            CHECK(s.why.find('\n') == std::string::npos);
            CHECK(s.external_party.output == external_party_output::none);
            const auto warned = warnings(s);
            REQUIRE(warned.size() == one.warned_of.size());
            for (std::size_t i = 0; i < warned.size(); ++i) {
                CHECK_THAT(warned[i], Catch::StartsWith(one.warned_of[i]));
            }
        }
    }
}

TEST_CASE("no ready-made scenario is missing from these tests") {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder / "scenarios"}) {
        files += entry.path().extension() == ".toml" ? 1U : 0U;
    }
    CHECK(files == all_shipped().size());
}

TEST_CASE("the sample's configuration reads what ./run imports") {
    const auto s = load_scenario(folder / "inventory.toml");
    const auto build = std::filesystem::path{BYZGATE_SOURCE_DIR} / "build";
    CHECK(s.database.url == "sqlite:" + (build / "inventory.db").string());
    CHECK(s.external_party.file == build / "released.jsonl");
    CHECK(s.byzantine.empty());
    CHECK(s.cluster.commanders == 2);
}

} // namespace byzgate
