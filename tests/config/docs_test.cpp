// The configurations in docs/, which people copy.
#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "config/parse.hpp"

namespace byzgate {

namespace {

const std::filesystem::path docs = std::filesystem::path{BYZGATE_SOURCE_DIR} / "docs";

/// The first block of TOML in a page.
std::string first_toml(const std::filesystem::path& page) {
    std::ifstream in{page};
    std::stringstream text;
    text << in.rdbuf();
    const auto all = text.str();
    const std::string fence = "```toml\n";
    const auto begin = all.find(fence);
    REQUIRE(begin != std::string::npos);
    const auto end = all.find("```", begin + fence.size());
    return all.substr(begin + fence.size(), end - begin - fence.size());
}

} // namespace

TEST_CASE("the cluster on five hosts that operations.md sets up is one, and warns of no mistake") {
    const auto s = parse_scenario(first_toml(docs / "operations.md"), "/etc/byzgate/cluster.toml");
    CHECK(s.cluster.protocol == protocol_kind::signed_);
    CHECK(s.database.kind == database_kind::postgresql);
    const auto processes = processes_of(s.placement, s.cluster);
    REQUIRE(processes.size() == 6);
    std::set<std::string> hosts;
    std::vector<server_id> placed;
    for (const auto& process : processes) {
        const auto at = parse_address(process.address);
        REQUIRE(at);
        hosts.insert(at->host);
        placed.insert(placed.end(), process.servers.begin(), process.servers.end());
    }
    CHECK(hosts.size() == 5);
    CHECK_THAT(placed, Catch::UnorderedEquals(placed_servers(s.cluster)));
    // Two commanders can be stalled by a lying one, which the page says.
    const auto warned = warnings(s);
    REQUIRE(warned.size() == 1);
    CHECK_THAT(warned.front(), Catch::StartsWith("a Byzantine commander can keep public records"));
}

} // namespace byzgate
