// Links by CAF's own protocol: two processes in one, on loopback.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/keys.hpp"
#include "tests/actors/linked.hpp"

using namespace linked;

namespace {

/// Connects, writes and hangs up.
void pester(std::uint16_t port, std::string_view with) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<::sockaddr*>(&to), sizeof to) == 0) {
        (void)::send(fd, with.data(), with.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
}

const auto commander = commander_id(0);
const auto lieutenant = lieutenant_id(0);
const auto other_lieutenant = lieutenant_id(1);

link_status status_of(const process& of, server_id peer) {
    for (const auto& each : of.links->status()) {
        if (each.peer == peer) {
            return each;
        }
    }
    throw std::logic_error("no such link");
}

/// A commander that connects to a lieutenant, both with certificates of one CA.
struct pair {
    certificates made;
    process a;
    process b;
    tls_transport_settings of_a = settings_of(made, commander, {{lieutenant, "127.0.0.1", 0}});
    tls_transport_settings of_b = settings_of(made, lieutenant, {{commander, "", 0}});

    void start(bool plain = false) {
        b.start_basp(of_b, plain);
        of_a.peers.front().port = b.links->port();
        a.start_basp(of_a, plain);
    }
    bool is_up() {
        return a.heard.hears_up(commander, lieutenant) && b.heard.hears_up(lieutenant, commander);
    }
};

} // namespace

TEST_CASE("by BASP, with TLS and without, frames of any size arrive in order", "[threads]") {
    const bool plain = GENERATE(false, true);
    pair two;
    two.start(plain);
    REQUIRE(two.is_up());
    std::vector<std::string> sent{"", "one", std::string(chunk_bytes, 'x'),
                                  std::string(chunk_bytes + 1, 'y'), std::string(20U << 20, 'z')};
    for (int i = 0; i < 1'000; ++i) {
        sent.push_back(std::to_string(i));
    }
    for (const auto& each : sent) {
        REQUIRE(two.a.links->send(commander, lieutenant, each) == frame_fate::queued);
        REQUIRE(two.b.links->send(lieutenant, commander, each) == frame_fate::queued);
    }
    REQUIRE(two.b.heard.hears_frames(lieutenant, commander, sent.size()));
    REQUIRE(two.a.heard.hears_frames(commander, lieutenant, sent.size()));
    const std::deque<std::string> expected{sent.begin(), sent.end()};
    CHECK((two.b.heard.frames(lieutenant, commander) == expected));
    CHECK((two.a.heard.frames(commander, lieutenant) == expected));
    CHECK(status_of(two.a, lieutenant).connects == 1);
    CHECK(status_of(two.a, lieutenant).refused == 0);
}

TEST_CASE("a BASP link comes back after its peer went and came again", "[threads]") {
    pair two;
    two.b.start_basp(two.of_b);
    const auto port = two.b.links->port();
    two.of_a.peers = {{lieutenant, "localhost", port}};
    two.a.start_basp(two.of_a);
    REQUIRE(two.is_up());
    two.b.stop();
    REQUIRE(two.a.heard.hears_down(commander, lieutenant));
    CHECK(two.a.links->send(commander, lieutenant, "lost") == frame_fate::link_down);
    REQUIRE(two.a.heard.hears_line("nothing listens there"));

    process again;
    two.of_b.listen->port = port;
    again.start_basp(two.of_b);
    REQUIRE(two.a.heard.hears_up(commander, lieutenant));
    REQUIRE(again.heard.hears_up(lieutenant, commander));
    REQUIRE(two.a.links->send(commander, lieutenant, "found") == frame_fate::queued);
    REQUIRE(again.heard.hears_frames(lieutenant, commander, 1));
    CHECK(again.heard.frames(lieutenant, commander).front() == "found");
    CHECK(status_of(two.a, lieutenant).connects == 2);
}

TEST_CASE("what keeps a BASP link down is said where somebody can do something", "[threads]") {
    pair two;
    std::string at_a;
    std::string at_b;
    SECTION("different cluster files") {
        two.of_b.cluster.fill(7);
        at_a = at_b = "another cluster";
    }
    SECTION("different configurations") {
        two.of_b.config.fill(7);
        at_a = at_b = "another configuration";
    }
    SECTION("another server at the address") {
        two.of_b.locals = {two.made.of(other_lieutenant)};
        at_a = "isn't in the process that answers there";
        at_b = "looks for a server that isn't in this process";
    }
    two.start();
    CHECK(two.a.heard.hears_line(at_a));
    CHECK(two.b.heard.hears_line(at_b));
    CHECK_FALSE(status_of(two.a, lieutenant).up);
    CHECK(status_of(two.a, lieutenant).connects == 0);
}

TEST_CASE("by BASP with TLS nobody is let in without a certificate of the CA", "[threads]") {
    pair two;
    const certificates others;
    two.b.start_basp(two.of_b);
    two.of_a.peers.front().port = two.b.links->port();
    std::string told;
    SECTION("another CA's") {
        two.of_a.locals = {others.of(commander)};
        two.of_a.authority = others.path() / authority_file_name;
        two.a.start_basp(two.of_a);
        told = "shows a certificate that ca.crt here didn't sign";
    }
    SECTION("without TLS") {
        two.a.start_basp(two.of_a, true);
        told = "BASP found no way in";
    }
    CHECK(two.a.heard.hears_line(told));
    INFO(two.a.heard.lines());
    CHECK_FALSE(status_of(two.a, lieutenant).up);
    CHECK(status_of(two.b, commander).connects == 0);
    // And whoever has one still is.
    process good;
    two.of_a.locals = {two.made.of(commander)};
    two.of_a.authority = two.made.path() / authority_file_name;
    good.start_basp(two.of_a);
    CHECK(good.heard.hears_up(commander, lieutenant));
}

TEST_CASE("by BASP certificates out of their time are told as such, at the end that connects",
          "[threads]") {
    pair two;
    const bool late = GENERATE(true, false);
    const auto t = now_s();
    const certificate_times wrong =
        late ? certificate_times{t - 9'000, t - 60} : certificate_times{t + 900, t + 90'000};
    std::string told;
    SECTION("its own") {
        two.made.issue(commander, wrong);
        told = late ? "as expired" : "as not valid yet";
    }
    SECTION("the other's") {
        two.made.issue(lieutenant, wrong);
        told = late ? "has expired" : "is not valid yet";
    }
    two.start();
    CHECK(two.a.heard.hears_line(told));
    INFO(two.a.heard.lines());
    CHECK_FALSE(status_of(two.a, lieutenant).up);
}

TEST_CASE("with TLS strangers end no BASP link, whatever they write", "[threads]") {
    pair two;
    two.start();
    REQUIRE(two.is_up());
    const auto port = two.b.links->port();
    std::size_t sent = 0;
    for (int i = 0; i < 200; ++i) {
        pester(port, i % 2 == 0 ? std::string_view{} : std::string_view{"GET / HTTP/1.1\r\n\r\n"});
        sent +=
            two.a.links->send(commander, lieutenant, std::string(1'000, 'x')) == frame_fate::queued
                ? 1
                : 0;
    }
    CHECK(sent == 200);
    CHECK(two.b.heard.hears_frames(lieutenant, commander, sent));
    CHECK(status_of(two.a, lieutenant).connects == 1);
    CHECK(status_of(two.b, commander).connects == 1);
}

TEST_CASE("without certificates on this side there is no BASP with TLS", "[threads]") {
    pair two;
    SECTION("no file") {
        two.of_b.locals.front().certificate = two.made.path() / "nobody.crt";
        CHECK_THROWS_AS(two.b.start_basp(two.of_b), key_error);
    }
    SECTION("somebody else's") {
        two.of_b.locals.front().certificate = two.made.of(commander).certificate;
        two.of_b.locals.front().key = two.made.of(commander).key;
        CHECK_THROWS_AS(two.b.start_basp(two.of_b), key_error);
    }
}

TEST_CASE("certificates that go while BASP runs end nothing", "[threads]") {
    pair two;
    two.b.start_basp(two.of_b);
    two.of_a.peers.front().port = two.b.links->port();
    two.a.start_basp(two.of_a);
    REQUIRE(two.is_up());
    std::filesystem::remove(two.of_b.locals.front().key);
    std::filesystem::remove(two.of_b.authority);
    std::filesystem::remove(two.of_b.locals.front().certificate);
    // A process that would be a stranger without TLS, and one more that isn't.
    process stranger;
    stranger.start_basp(two.of_a, true);
    CHECK(stranger.heard.hears_line("BASP found no way in"));
    CHECK(status_of(two.a, lieutenant).up);
    REQUIRE(two.a.links->send(commander, lieutenant, "still here") == frame_fate::queued);
    CHECK(two.b.heard.hears_frames(lieutenant, commander, 1));
}

TEST_CASE("servers of two processes share a BASP connection, and operators reach the supervisor",
          "[threads]") {
    const certificates made;
    process gate;
    process others;
    auto of_gate = settings_of(made, supervisor_id, {{lieutenant, "", 0}, {commander, "", 0}});
    gate.start_basp(of_gate);
    const auto port = gate.links->port();
    auto of_others = settings_of(made, commander, {{supervisor_id, "127.0.0.1", port}});
    of_others.locals.push_back(made.of(lieutenant));
    others.start_basp(of_others);
    REQUIRE(others.heard.hears_up(commander, supervisor_id));
    REQUIRE(others.heard.hears_up(lieutenant, supervisor_id));
    REQUIRE(gate.links->send(supervisor_id, lieutenant, "to you") == frame_fate::queued);
    REQUIRE(others.heard.hears_frames(lieutenant, supervisor_id, 1));
    CHECK(others.heard.frames(commander, supervisor_id).empty());

    auto client = settings_of(made, operator_id, {{supervisor_id, "127.0.0.1", port}});
    client.listen = {};
    process asking;
    asking.start_basp(client);
    const auto first = make_server_id(operator_role, 0);
    REQUIRE(asking.heard.hears_up(operator_id, supervisor_id));
    REQUIRE(asking.links->send(operator_id, supervisor_id, "release") == frame_fate::queued);
    REQUIRE(gate.heard.hears_frames(supervisor_id, first, 1));
    asking.stop();
    CHECK(gate.heard.hears_down(supervisor_id, first));
}

TEST_CASE("a slow handler holds up its own BASP link, and nothing piles up for it", "[threads]") {
    pair two;
    two.of_b.limits = {10'000, 50'000, 100'000, 64U << 10};
    two.of_a.limits = two.of_b.limits;
    std::mutex gate;
    std::unique_lock closed{gate};
    two.b.heard.slow_down([&gate] { const std::lock_guard wait{gate}; });
    two.start();
    REQUIRE(two.is_up());
    // The peer's window and this end's queue: more than both together can't be on the way.
    const std::string frame(5'000, 'x');
    std::size_t queued = 0;
    auto fate = frame_fate::queued;
    for (int i = 0; i < 1'000 && fate == frame_fate::queued; ++i) {
        fate = two.a.links->send(commander, lieutenant, frame);
        queued += fate == frame_fate::queued ? 1 : 0;
    }
    CHECK(fate == frame_fate::no_credit);
    CHECK(queued * frame.size() <= two.of_a.limits.window_bytes + two.of_a.limits.queue_bytes_max);
    REQUIRE(two.b.links->send(lieutenant, commander, "meanwhile") == frame_fate::queued);
    CHECK(two.a.heard.hears_frames(commander, lieutenant, 1));
    closed.unlock();
    CHECK(two.b.heard.hears_frames(lieutenant, commander, queued));
}

TEST_CASE("ports that are taken are told with a cure by BASP too", "[threads]") {
    using Catch::Matchers::Contains;
    pair two;
    two.b.start_basp(two.of_b);
    process late;
    auto settings = two.of_b;
    settings.listen->port = two.b.links->port();
    CHECK_THROWS_WITH(late.start_basp(settings), Contains("another process has this port"));
}
