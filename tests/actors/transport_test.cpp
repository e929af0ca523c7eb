#include <catch2/catch.hpp>

#include <thread>

#include <poll.h>

#include "actors/peer_link.hpp"
#include "actors/sockets.hpp"
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
    REQUIRE(a.heard.hears_up(commander, lieutenant));
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

TEST_CASE("a link comes back after its peer went and came again", "[threads]") {
    const certificates made;
    process a;
    auto b = std::make_unique<process>();
    b->start(settings_of(made, lieutenant, {{commander, "", 0}}));
    const auto port = b->links->port();
    a.start(settings_of(made, commander, {{lieutenant, "localhost", port}}));
    REQUIRE(a.heard.hears_up(commander, lieutenant));
    b.reset();
    REQUIRE(a.heard.hears_down(commander, lieutenant));
    CHECK(a.links->send(commander, lieutenant, "lost") == frame_fate::link_down);
    REQUIRE(a.heard.hears_line("nothing listens there"));

    b = std::make_unique<process>();
    auto again = settings_of(made, lieutenant, {{commander, "", 0}});
    again.listen->port = port;
    b->start(again);
    REQUIRE(a.heard.hears_up(commander, lieutenant));
    REQUIRE(b->heard.hears_up(lieutenant, commander));
    REQUIRE(a.links->send(commander, lieutenant, "found") == frame_fate::queued);
    REQUIRE(b->heard.hears_frames(lieutenant, commander, 1));
    CHECK(b->heard.frames(lieutenant, commander).front() == "found");
    CHECK(status_of(a.links->status(), lieutenant).connects == 2);
    CHECK(status_of(a.links->status(), lieutenant).dropped == 1);
}

TEST_CASE("a newer connection of a peer replaces the older one", "[threads]") {
    const certificates made;
    process b;
    b.start(settings_of(made, lieutenant, {{commander, "", 0}}));
    process older;
    auto settings = settings_of(made, commander, {{lieutenant, "127.0.0.1", b.links->port()}});
    settings.times.reconnect_first_ms = 60'000;
    settings.times.reconnect_max_ms = 60'000;
    older.start(settings);
    REQUIRE(older.heard.hears_up(commander, lieutenant));
    process newer;
    newer.start(settings);
    REQUIRE(newer.heard.hears_up(commander, lieutenant));
    REQUIRE(older.heard.hears_down(commander, lieutenant));
    CHECK(older.heard.hears_line("two processes run as the same server"));
    REQUIRE(newer.links->send(commander, lieutenant, "me") == frame_fate::queued);
    REQUIRE(b.heard.hears_frames(lieutenant, commander, 1));
}

TEST_CASE("what keeps a link down is said where somebody can do something", "[threads]") {
    const certificates made;
    process a;
    process b;
    auto of_b = settings_of(made, lieutenant, {{commander, "", 0}});
    auto of_a = settings_of(made, commander, {{lieutenant, "127.0.0.1", 0}});
    std::string at_a;
    std::string at_b;
    SECTION("different cluster files") {
        of_b.cluster.fill(7);
        at_a = at_b = "another cluster";
    }
    SECTION("different configurations") {
        of_b.config.fill(7);
        at_a = at_b = "another configuration";
    }
    SECTION("no place for it") {
        of_b.peers = {{commander_id(1), "", 0}};
        at_a = at_b = "nothing to say to each other";
    }
    SECTION("another server at the address") {
        of_b.locals = {made.of(other_lieutenant)};
        at_a = "isn't in the process that answers there";
        at_b = "looks for a server that isn't in this process";
    }
    SECTION("another CA") {
        static const certificates others;
        of_b.locals = {others.of(lieutenant)};
        of_b.authority = others.path() / authority_file_name;
        at_a = "ca.crt here didn't sign";
        at_b = "another CA signed it";
    }
    SECTION("plain where TLS is expected") {
        of_b.insecure_loopback = true;
        at_a = "doesn't speak TLS";
        at_b = "sent what no loyal server sends";
    }
    b.start(of_b);
    of_a.peers.front().port = b.links->port();
    a.start(of_a);
    CHECK(a.heard.hears_line(at_a));
    CHECK(b.heard.hears_line(at_b));
    CHECK(a.links->refusals().size() + b.links->refusals().size() > 0);
    const auto status = status_of(a.links->status(), lieutenant);
    CHECK_FALSE(status.up);
    CHECK(status.connects == 0);
}

TEST_CASE("ports that are taken and names that don't resolve are told with a cure", "[threads]") {
    using Catch::Matchers::Contains;
    const certificates made;
    process a;
    a.start(settings_of(made, lieutenant, {{commander, "", 0}}));
    process b;
    auto settings = settings_of(made, lieutenant, {{commander, "", 0}});
    settings.listen->port = a.links->port();
    CHECK_THROWS_WITH(b.start(settings), Contains("another process has this port"));
    settings.listen = tls_transport_settings::listen_address{"192.0.2.1", 0};
    CHECK_THROWS_WITH(b.start(settings), Contains("no address of this host"));
    settings.insecure_loopback = true;
    CHECK_THROWS_WITH(b.start(settings), Contains("insecure_loopback"));
    process c;
    c.start(settings_of(made, commander, {{lieutenant, "no-such-host.invalid", 1}}));
    CHECK(c.heard.hears_line("no-such-host.invalid doesn't resolve"));
}

TEST_CASE("insecure_loopback links by name and nothing else", "[threads]") {
    const certificates made;
    process a;
    process b;
    auto of_b = settings_of(made, lieutenant, {{commander, "", 0}});
    of_b.insecure_loopback = true;
    b.start(of_b);
    auto of_a = settings_of(made, commander, {{lieutenant, "127.0.0.1", b.links->port()}});
    of_a.insecure_loopback = true;
    a.start(of_a);
    REQUIRE(a.heard.hears_up(commander, lieutenant));
    REQUIRE(a.links->send(commander, lieutenant, "plain") == frame_fate::queued);
    REQUIRE(b.heard.hears_frames(lieutenant, commander, 1));
}

TEST_CASE("operators get an id for each connection, up to a limit", "[threads]") {
    const certificates made;
    process supervisor;
    auto settings = settings_of(made, supervisor_id, {});
    settings.operators_max = 2;
    supervisor.start(settings);
    auto client =
        settings_of(made, operator_id, {{supervisor_id, "127.0.0.1", supervisor.links->port()}});
    client.listen = {};
    process one;
    process two;
    one.start(client);
    REQUIRE(one.heard.hears_up(operator_id, supervisor_id));
    two.start(client);
    REQUIRE(two.heard.hears_up(operator_id, supervisor_id));
    const auto first = make_server_id(operator_role, 0);
    const auto second = make_server_id(operator_role, 1);
    REQUIRE(supervisor.heard.hears_up(supervisor_id, second));
    REQUIRE(two.links->send(operator_id, supervisor_id, "release") == frame_fate::queued);
    REQUIRE(supervisor.heard.hears_frames(supervisor_id, second, 1));
    REQUIRE(supervisor.links->send(supervisor_id, second, "done") == frame_fate::queued);
    REQUIRE(two.heard.hears_frames(operator_id, supervisor_id, 1));
    CHECK(supervisor.heard.frames(supervisor_id, first).empty());
    process three;
    three.start(client);
    CHECK(three.heard.hears_line("too many connections"));
    one.stop();
    REQUIRE(supervisor.heard.hears_down(supervisor_id, first));
    CHECK(three.heard.hears_up(operator_id, supervisor_id));
    // What was said to the one that left is not for the one that came.
    CHECK(supervisor.heard.hears_up(supervisor_id, make_server_id(operator_role, 2)));
    CHECK(supervisor.links->send(supervisor_id, first, "done") != frame_fate::queued);
}

TEST_CASE("a slow handler holds up its own link and no other", "[threads]") {
    const certificates made;
    process slow;
    process quick;
    process a;
    auto small = settings_of(made, lieutenant, {{commander, "", 0}});
    small.limits = {10'000, 50'000, 100'000, 64U << 10};
    slow.start(small);
    quick.start(settings_of(made, other_lieutenant, {{commander, "", 0}}));
    auto of_a = settings_of(made, commander,
                            {{lieutenant, "127.0.0.1", slow.links->port()},
                             {other_lieutenant, "127.0.0.1", quick.links->port()}});
    of_a.limits = small.limits;
    of_a.limits.queue_bytes_max = 200'000;
    a.start(of_a);
    REQUIRE(a.heard.hears_up(commander, lieutenant));
    REQUIRE(a.heard.hears_up(commander, other_lieutenant));

    std::mutex gate;
    std::unique_lock closed{gate};
    slow.heard.slow_down([&gate] { const std::lock_guard wait{gate}; });
    std::size_t queued = 0;
    auto fate = frame_fate::queued;
    while (fate == frame_fate::queued && queued < 10'000) {
        fate = a.links->send(commander, lieutenant, std::string(1'000, 's'));
        queued += fate == frame_fate::queued ? 1 : 0;
        // The window there and the queue here are all that may ever wait.
        REQUIRE(queued <= (50'000U + 200'000U) / 1'000U);
    }
    CHECK(fate == frame_fate::no_credit);
    for (int i = 0; i < 1'000; ++i) {
        while (a.links->send(commander, other_lieutenant, std::string(1'000, 'q'))
               != frame_fate::queued) {
            REQUIRE(status_of(a.links->status(), other_lieutenant).up);
            std::this_thread::yield();
        }
    }
    CHECK(quick.heard.hears_frames(other_lieutenant, commander, 1'000));
    CHECK(status_of(a.links->status(), lieutenant).up);
    CHECK(status_of(a.links->status(), lieutenant).dropped > 0);
    closed.unlock();
    CHECK(slow.heard.hears_frames(lieutenant, commander, queued));
}

TEST_CASE("a transport that is stopped doesn't wait for handshakes that nobody answers",
          "[threads]") {
    const certificates made;
    // The system accepts for a process that never will, as for one that was stopped.
    const auto mute = listen_on("127.0.0.1", 0, true);
    process a;
    auto settings = settings_of(made, commander, {{lieutenant, "127.0.0.1", mute.port}});
    settings.times.handshake_ms = 60'000;
    a.start(settings);
    ::pollfd called{mute.socket, POLLIN, 0};
    REQUIRE(::poll(&called, 1, 20'000) == 1);
    std::this_thread::sleep_for(std::chrono::milliseconds{200}); // Its hello is on the way.
    const auto began = std::chrono::steady_clock::now();
    a.stop();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{3});
    drop_socket(mute.socket);
}

TEST_CASE("what kept a peer out is told as past once it doesn't try any more") {
    using namespace std::chrono_literals;
    peer_link link{lieutenant_id(0), commander_id(0), "bravo:7101", {}};
    const auto later = [] { return std::chrono::steady_clock::now() + 2min; };
    link.expect("it connects from its host");
    CHECK(link.status(later()).problem == "it connects from its host");
    link.set_problem("it has another configuration", true);
    CHECK(link.status().problem == "it has another configuration");
    CHECK_THAT(link.status(later()).problem,
               Catch::Contains("it has another configuration") && Catch::Contains("since"));
    link.up(1, {}, 1'000);
    CHECK(link.status(later()).problem.empty());
}
