// What an operator is told about a configuration for which not everything is promised.
#include <catch2/catch.hpp>

#include "written.hpp"

namespace byzgate {

namespace {

std::vector<std::string> warned(const std::string& cluster, const std::string& rest = "") {
    return warnings(parsed(with_data("[cluster]\n" + cluster + "\n" + rest)));
}

std::string played_by(const std::string& server, const std::string& behavior) {
    return "[[byzantine]]\nserver = \"" + server + "\"\nbehavior = \"" + behavior + "\"\n";
}

} // namespace

TEST_CASE("a configuration for which everything is promised warns of nothing") {
    const std::string cluster =
        GENERATE("", "commanders = 3", "lieutenants = 6\ndepth = 2", "lieutenants = 1",
                 "commanders = 5\nlieutenants = 7\ndepth = 2\n"
                 "tolerate = { lieutenants = 2 }");
    CHECK(warned(cluster).empty());
}

TEST_CASE("each promise that is missing is one warning") {
    struct row {
        const char* cluster;
        const char* warning;
    };
    const auto r = GENERATE(values<row>({
        {"lieutenants = 2\ntolerate = { lieutenants = 1 }",
         "2 lieutenants can't outvote 1 Byzantine among them (that takes 3)"},
        {"lieutenants = 6\ndepth = 4",
         "oral messages at depth 4 among 6 lieutenants, 2 of them Byzantine: confidential records "
         "may leak"},
        {"depth = 2", "some public records may be denied and a loyal commander convicted"},
        {"lieutenants = 5\ndepth = 1",
         "depth 1 is less than 2 lieutenants tolerated: with more than 1 Byzantine"},
        {"lieutenants = 5\ndepth = 2", "OM(2) reaches agreement among more than 6 servers only, "
                                       "here are 6"},
        {"commanders = 2", "a Byzantine commander can keep public records from being released "
                           "until it is convicted (availability takes 3 commanders, here are 2)"},
        {"commanders = 2\ntolerate = { total = 1 }",
         "convictions for one record take 1 reporter a claim and assume that messages come in "
         "time"},
        {"commanders = 2\ntolerate = { commanders = 2 }",
         "nothing can be released while no commander is convicted: that takes 3 commanders"},
    }));
    const auto all = warned(r.cluster);
    std::string joined;
    for (const auto& one : all) {
        joined += one + "\n";
    }
    CHECK_THAT(joined, Catch::Contains(r.warning));
}

TEST_CASE("more Byzantine servers than tolerated are named") {
    const auto all =
        warned("", played_by("lieutenant-2", "silent") + played_by("commander-1", "silent"));
    REQUIRE(all.size() == 1);
    CHECK(all.front()
          == "more servers are Byzantine (commander-1, lieutenant-2) than this cluster is meant to "
             "tolerate (0 commanders, 1 lieutenant, 1 in all): confidential records may leak");
}

TEST_CASE("a server that plays loyal, or two behaviours in turn, is not one more") {
    CHECK(warned("", played_by("lieutenant-1", "silent") + "rounds = \"..5\"\n"
                         + played_by("lieutenant-1", "flipping") + "rounds = \"6..\"\n"
                         + played_by("commander-1", "loyal"))
              .empty());
}

} // namespace byzgate
