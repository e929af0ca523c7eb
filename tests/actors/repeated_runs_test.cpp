/// A run leaves nothing behind: no actor, no thread, no memory to speak of.
#include <catch2/catch.hpp>

#include <chrono>
#include <fstream>
#include <thread>

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

/// The threads of this process once those that are on their way out have gone, at most `expected`
/// unless they stay: the kernel still counts a thread for a moment after it was joined.
std::uint64_t settled_threads(std::uint64_t expected) {
    auto count = status_of("Threads");
    for (int waited = 0; count > expected && waited < 200; ++waited) {
        std::this_thread::sleep_for(std::chrono::milliseconds{25});
        count = status_of("Threads");
    }
    return count;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_freed_memory = true;
#elif defined(__has_feature)
// AddressSanitizer keeps what was freed for a while, to see who reads it.
constexpr bool keeps_freed_memory = __has_feature(address_sanitizer);
#else
constexpr bool keeps_freed_memory = false;
#endif

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
    CHECK(settled_threads(threads) <= threads);
    if (keeps_freed_memory) {
        return;
    }
    const auto now_kib = status_of("VmRSS");
    INFO(resident_kib << " KiB, then " << now_kib << " KiB");
    CHECK(now_kib < resident_kib + 8 * 1'024);
}
