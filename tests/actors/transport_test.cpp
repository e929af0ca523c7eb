#include <catch2/catch.hpp>

#include "tests/actors/linked.hpp"

using namespace linked;

namespace {

const auto commander = commander_id(0);
const auto lieutenant = lieutenant_id(0);
const auto other_lieutenant = lieutenant_id(1);

const link_status& status_of(const std::vector<link_status>& all, server_id peer) {
    for (const auto& each : all) {
        if (each.peer == peer) {
            return each;
        }
    }
    throw std::logic_error("no such link");
}

} // namespace

TEST_CASE("frames of any size arrive in order, both ways", "[threads]") {
    const certificates made;
    process a;
    process b;
    b.start(settings_of(made, lieutenant, {{commander, "", 0}}));
    a.start(settings_of(made, commander, {{lieutenant, "127.0.0.1", b.links->port()}}));
    const bool up = a.heard.hears_up(commander, lieutenant);
    INFO(a.heard.lines() + b.heard.lines());
    REQUIRE(up);
    REQUIRE(b.heard.hears_up(lieutenant, commander));
    std::vector<std::string> sent{"", "one", std::string(chunk_bytes, 'x'),
                                  std::string(chunk_bytes + 1, 'y'), std::string(20U << 20, 'z')};
    for (int i = 0; i < 1'000; ++i) {
        sent.push_back(std::to_string(i));
    }
    for (const auto& each : sent) {
        REQUIRE(a.links->send(commander, lieutenant, each) == frame_fate::queued);
        REQUIRE(b.links->send(lieutenant, commander, each) == frame_fate::queued);
    }
    REQUIRE(b.heard.hears_frames(lieutenant, commander, sent.size()));
    REQUIRE(a.heard.hears_frames(commander, lieutenant, sent.size()));
    const std::deque<std::string> expected{sent.begin(), sent.end()};
    CHECK((b.heard.frames(lieutenant, commander) == expected));
    CHECK((a.heard.frames(commander, lieutenant) == expected));
    const auto status = status_of(a.links->status(), lieutenant);
    CHECK(status.up);
    CHECK(status.frames_out == sent.size());
    CHECK(status.frames_in == sent.size());
    CHECK(status.connects == 1);
    CHECK(status.refused == 0);
}
