/// A run leaves nothing behind: no actor, no thread, no memory to speak of.
#include <catch2/catch.hpp>

#include <fstream>

#include "tests/actors/played.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// A number from this process's status as the kernel writes it.
std::uint64_t status_of(const std::string& name) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name + ":")) {
            return std::stoull(line.substr(name.size() + 1));
        }
    }
    return 0;
}

} // namespace

TEST_CASE("a hundred runs leave no thread and no memory behind", "[threads]") {
    auto settings = settings_for(loyal_scenario(2, 3, 50));
    const auto play = [&](int times) {
        for (int i = 0; i < times; ++i) {
            CHECK(run(settings).totals.records == 50);
        }
    };
    play(20);
    const auto threads = status_of("Threads");
    const auto resident_kib = status_of("VmRSS");
    REQUIRE(threads > 0);
    REQUIRE(resident_kib > 0);
    play(100);
    CHECK(status_of("Threads") <= threads);
    const auto now_kib = status_of("VmRSS");
    INFO(resident_kib << " KiB, then " << now_kib << " KiB");
    CHECK(now_kib < resident_kib + 8 * 1'024);
}
