/// What the tests of clusters rest on: cables carry what they should, and spoil what they are told.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/system/cable.hpp"
#include "tests/system/lab.hpp"
#include "tests/system/process.hpp"

using namespace byzgate::test;

namespace {

/// Sends back what it gets, to one caller after the other.
class echo {
public:
    echo() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_, 4) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
        thread_ = std::thread{[this] { serve(); }};
    }
    ~echo() {
        over_ = true;
        thread_.join();
        ::close(listener_);
    }
    echo(const echo&) = delete;
    echo& operator=(const echo&) = delete;

    std::uint16_t port = 0;

private:
    [[nodiscard]] bool readable(int fd) const {
        pollfd one{fd, POLLIN, 0};
        while (!over_) {
            if (::poll(&one, 1, 5) > 0) {
                return true;
            }
        }
        return false;
    }
    void serve() const {
        while (readable(listener_)) {
            const int caller = ::accept(listener_, nullptr, nullptr);
            char buffer[1'024];
            while (readable(caller)) {
                const auto got = ::read(caller, buffer, sizeof buffer);
                if (got <= 0
                    || ::send(caller, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) {
                    break;
                }
            }
            ::close(caller);
        }
    }
    int listener_ = -1;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

struct caller {
    explicit caller(std::uint16_t port) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    ~caller() { ::close(fd); }
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    /// What comes back within so long; an empty text where the connection ended or nothing came.
    std::string ask(const std::string& what, int patience_ms) const {
        ::send(fd, what.data(), what.size(), MSG_NOSIGNAL);
        std::string came;
        pollfd one{fd, POLLIN, 0};
        while (came.size() < what.size() && ::poll(&one, 1, patience_ms) > 0) {
            char buffer[1'024];
            const auto got = ::read(fd, buffer, sizeof buffer);
            if (got <= 0) {
                return {};
            }
            came.append(buffer, static_cast<std::size_t>(got));
        }
        return came;
    }
    int fd;
};

constexpr int patient = 10'000;
constexpr int impatient = 50;

} // namespace

TEST_CASE("a sound cable carries both ways what it is given") {
    const echo there;
    const cable between{there.port};
    const caller here{between.port()};
    const std::string text(100'000, 'a');
    CHECK(here.ask(text, patient) == text);
    CHECK(between.connections() == 1);
    CHECK(between.carried() == 2 * text.size());
}

TEST_CASE("a cut cable carries nothing until it is healed") {
    const echo there;
    cable between{there.port};
    {
        const caller here{between.port()};
        REQUIRE(here.ask("before", patient) == "before");
        cable_faults cut;
        cut.cut = true;
        cut.abrupt = GENERATE(false, true);
        between.suffer(cut);
        CHECK(here.ask("during", patient).empty());
        const caller another{between.port()};
        CHECK(another.ask("during", patient).empty());
    }
    between.heal();
    const caller again{between.port()};
    CHECK(again.ask("after", patient) == "after");
}

TEST_CASE("a stuck cable keeps what it was given for later") {
    const echo there;
    cable between{there.port};
    const caller here{between.port()};
    REQUIRE(here.ask("before", patient) == "before");
    cable_faults stuck;
    stuck.stuck = true;
    between.suffer(stuck);
    CHECK(here.ask("during", impatient).empty());
    between.heal();
    CHECK(here.ask("", patient).empty());
    CHECK(here.ask("x", patient).substr(0, 6) == "during");
}

TEST_CASE("a one-way cable keeps back what the callee says") {
    const echo there;
    cable between{there.port};
    const caller here{between.port()};
    cable_faults deaf;
    deaf.one_way = true;
    between.suffer(deaf);
    CHECK(here.ask("during", impatient).empty());
    CHECK(between.carried() == 6);
    between.heal();
    CHECK(here.ask("x", patient).substr(0, 6) == "during");
}

TEST_CASE("a trickling cable carries all of it, a few bytes at a time") {
    const echo there;
    cable between{there.port};
    cable_faults slow;
    slow.bytes_a_ms = 10;
    between.suffer(slow);
    const caller here{between.port()};
    const std::string text(2'000, 'a');
    const auto began = std::chrono::steady_clock::now();
    CHECK(here.ask(text, patient) == text);
    // No machine is so slow that it would be faster than that.
    CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds{100});
}

TEST_CASE("a garbling cable changes bytes and not their number") {
    const echo there;
    cable between{there.port};
    cable_faults garbling;
    garbling.garbled_of_million = 100'000;
    between.suffer(garbling);
    const caller here{between.port()};
    const std::string text(10'000, 'a');
    const auto came = here.ask(text, patient);
    CHECK(came.size() == text.size());
    CHECK(came != text);
}

TEST_CASE("hosts in a lab have networks of their own, which can be cut") {
    if (const auto why = lab::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    const lab hosts{2};
    // A process in the first one is reachable from the second by its address only.
    const auto from_second = [&](const std::string& command) {
        return std::system(("ip netns exec " + hosts.name_of(1) + " timeout 5 bash -c '" + command
                            + "' 2>/dev/null")
                               .c_str())
               == 0;
    };
    const auto reach = "ip route get " + hosts.address_of(0) + " | grep -q eth0";
    CHECK(from_second(reach));
    hosts.cut(1);
    CHECK(std::system(("ip -n " + hosts.name_of(1) + " link show eth0 | grep -q LOWER_UP").c_str())
          != 0);
    hosts.heal(1);
    CHECK(from_second(reach));
}

namespace {

/// A socket for datagrams that lives in another network.
class datagrams {
public:
    explicit datagrams(const std::string& network) {
        std::thread there{[&] {
            const int place = ::open(("/run/netns/" + network).c_str(), O_RDONLY | O_CLOEXEC);
            if (::setns(place, CLONE_NEWNET) == 0) { // of this thread alone
                fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            }
            ::close(place);
        }};
        there.join();
        REQUIRE(fd >= 0);
    }
    ~datagrams() { ::close(fd); }
    datagrams(const datagrams&) = delete;
    datagrams& operator=(const datagrams&) = delete;
    int fd = -1;
};

} // namespace

TEST_CASE("a spoiled cable between hosts loses, doubles and reorders packets until it is spared") {
    if (const auto why = lab::missing() ? lab::missing() : lab::cannot_spoil()) {
        WARN("skipped: " << *why);
        return;
    }
    const lab hosts{2};
    const datagrams from{hosts.name_of(0)};
    const datagrams to{hosts.name_of(1)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(9'999);
    REQUIRE(::inet_pton(AF_INET, hosts.address_of(1).c_str(), &address.sin_addr) == 1);
    REQUIRE(::bind(to.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    constexpr std::uint32_t sent = 150; // as many as a socket's buffer holds, doubled or not
    const auto carried = [&] {
        std::array<std::uint32_t, 100> said{}; // long enough for the slow class to be slow
        for (said[0] = 0; said[0] < sent; ++said[0]) {
            ::sendto(from.fd, said.data(), sizeof said, 0, reinterpret_cast<sockaddr*>(&address),
                     sizeof address);
        }
        std::vector<std::uint32_t> came;
        pollfd one{to.fd, POLLIN, 0};
        std::uint32_t number = 0;
        while (::poll(&one, 1, 300) > 0 && ::read(to.fd, &number, sizeof number) > 0) {
            came.push_back(number);
        }
        return came;
    };
    const auto different = [](const std::vector<std::uint32_t>& came) {
        return std::set<std::uint32_t>(came.begin(), came.end()).size();
    };
    hosts.spoil(0, {20, 20, 20});
    const auto spoiled = carried();
    CHECK(different(spoiled) < sent);
    CHECK(spoiled.size() > different(spoiled));
    CHECK_FALSE(std::is_sorted(spoiled.begin(), spoiled.end()));
    hosts.spare(0);
    const auto sound = carried();
    CHECK(sound.size() == sent);
    CHECK(std::is_sorted(sound.begin(), sound.end()));
}

TEST_CASE("a small disk gets full, and has room again") {
    if (const auto why = small_disk::missing()) {
        WARN("skipped: " << *why);
        return;
    }
    const temporary_directory dir;
    const small_disk disk{dir.file("disk"), 256};
    disk.fill();
    std::ofstream full{dir.file("disk/more"), std::ios::binary};
    full << std::string(8'192, 'y') << std::flush;
    CHECK(!full);
    disk.free_again();
    std::ofstream room{dir.file("disk/again"), std::ios::binary};
    room << std::string(8'192, 'y') << std::flush;
    CHECK(room.good());
}
