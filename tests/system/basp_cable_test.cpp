// Links by BASP over bad cables: CAF must notice what is lost, and find the way back.
#include <catch2/catch.hpp>

#include "tests/actors/linked.hpp"
#include "tests/system/cable.hpp"

using namespace linked;
using namespace std::chrono_literals;
using byzgate::test::cable;
using byzgate::test::cable_faults;

namespace {

const auto commander = commander_id(0);
const auto lieutenant = lieutenant_id(0);

/// A commander that reaches a lieutenant by a cable.
struct cabled {
    certificates made;
    process a;
    process b;
    std::optional<cable> between;

    explicit cabled(const cable_faults& faults = {}) {
        b.start_basp(settings_of(made, lieutenant, {{commander, "", 0}}));
        between.emplace(b.links->port());
        between->suffer(faults);
        a.start_basp(settings_of(made, commander, {{lieutenant, "127.0.0.1", between->port()}}));
    }
    bool is_up() {
        return a.heard.hears_up(commander, lieutenant) && b.heard.hears_up(lieutenant, commander);
    }
    bool is_down() {
        return a.heard.hears_down(commander, lieutenant)
               && b.heard.hears_down(lieutenant, commander);
    }
};

} // namespace

TEST_CASE("over a slow cable BASP links come up and stay up") {
    cable_faults slow;
    slow.delay = 150ms;
    slow.jitter = 50ms;
    cabled two{slow};
    REQUIRE(two.is_up());
    const std::string frame(1U << 20, 'x');
    for (int i = 0; i < 5; ++i) {
        REQUIRE(two.a.links->send(commander, lieutenant, frame) == frame_fate::queued);
    }
    CHECK(two.b.heard.hears_frames(lieutenant, commander, 5));
    CHECK(two.a.links->status().front().connects == 1);
}

TEST_CASE("a BASP link that hangs or is cut goes down at both ends, and comes back") {
    cabled two;
    REQUIRE(two.is_up());
    cable_faults faults;
    SECTION("cut") {
        faults.cut = true;
    }
    SECTION("stuck") {
        faults.stuck = true;
    }
    two.between->suffer(faults);
    // With bytes on the way that nobody takes.
    for (int i = 0; i < 8; ++i) {
        (void)two.a.links->send(commander, lieutenant, std::string(1U << 20, 'x'));
    }
    REQUIRE(two.is_down());
    std::this_thread::sleep_for(4s);
    two.between->heal();
    REQUIRE(two.is_up());
    const auto before = two.b.heard.frames(lieutenant, commander).size();
    REQUIRE(two.a.links->send(commander, lieutenant, "again") == frame_fate::queued);
    REQUIRE(two.b.heard.hears_frames(lieutenant, commander, before + 1));
    CHECK(two.b.heard.frames(lieutenant, commander).back() == "again");
}

TEST_CASE("a process whose BASP peer hangs ends all the same, and its peer finds the next one") {
    cabled two;
    REQUIRE(two.is_up());
    cable_faults stuck;
    stuck.stuck = true;
    two.between->suffer(stuck);
    for (int i = 0; i < 8; ++i) {
        (void)two.b.links->send(lieutenant, commander, std::string(1U << 20, 'x'));
    }
    auto again = settings_of(two.made, lieutenant, {{commander, "", 0}});
    again.listen->port = two.b.links->port();
    two.b.stop();
    process next;
    next.start_basp(again);
    two.between->heal();
    CHECK(next.heard.hears_up(lieutenant, commander));
    REQUIRE(two.a.heard.hears_up(commander, lieutenant));
}
