/// Peers that play no game by the rules, over real sockets: with no certificate, and with a good
/// one. BYZGATE_HOSTILE_FRAMES and BYZGATE_HOSTILE_CONNECTIONS set how much they do.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <random>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tls.hpp"
#include "tests/actors/linked.hpp"

using namespace linked;

namespace {

const auto commander = commander_id(0);
const auto liar = commander_id(1);
const auto lieutenant = lieutenant_id(0);

long figure(const char* name, long fallback) {
    const auto* set = std::getenv(name);
    return set == nullptr ? fallback : std::atol(set);
}

std::size_t resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A blocking socket of somebody who wants no good.
class raw_socket {
public:
    explicit raw_socket(std::uint16_t port)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        ::sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<::sockaddr*>(&to), sizeof to) == 0;
        // Nothing here may wait for ever, whatever the other end does.
        const ::timeval patience{5, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    raw_socket(const raw_socket&) = delete;
    raw_socket& operator=(const raw_socket&) = delete;
    ~raw_socket() { ::close(fd_); }
    [[nodiscard]] bool connected() const { return connected_; }
    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Empty at the end.
    std::string read() {
        std::string piece(16U << 10, '\0');
        const auto got = ::recv(fd_, piece.data(), piece.size(), 0);
        piece.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return piece;
    }
    [[nodiscard]] bool has_input() const {
        ::pollfd ready{fd_, POLLIN, 0};
        return ::poll(&ready, 1, 0) > 0;
    }

private:
    int fd_;
    bool connected_ = false;
};

/// The lieutenant that is attacked, and a loyal commander whose link must not notice.
struct stage {
    certificates made;
    process victim;
    process loyal;
    std::size_t sent = 0;

    stage() {
        victim.start(settings_of(made, lieutenant, {{commander, "", 0}, {liar, "", 0}}));
        loyal.start(
            settings_of(made, commander, {{lieutenant, "127.0.0.1", victim.links->port()}}));
        REQUIRE(loyal.heard.hears_up(commander, lieutenant));
    }
    void loyal_link_works() {
        REQUIRE(loyal.links->send(commander, lieutenant, "still here") == frame_fate::queued);
        ++sent;
        REQUIRE(victim.heard.hears_frames(lieutenant, commander, sent));
        for (const auto& each : loyal.links->status()) {
            CHECK(each.connects == 1);
        }
    }
    std::uint64_t refused(const std::string& reason) const {
        for (const auto& each : victim.links->refusals()) {
            if (each.reason == reason) {
                return each.times;
            }
        }
        return 0;
    }

    void strangers(long connections);
    void frames_of_a_liar(long frames);
    void burst(const tls_identities& own, std::mt19937_64& dice, long frames);
};

constexpr std::size_t growth_max = 48U << 20;

void stage::strangers(long connections) {
    std::mt19937_64 dice{3};
    std::deque<std::unique_ptr<raw_socket>> open;
    std::size_t before = 0;
    for (long i = 0; i < connections; ++i) {
        auto socket = std::make_unique<raw_socket>(victim.links->port());
        REQUIRE(socket->connected());
        switch (dice() % 4) {
            case 0:
                socket->write("GET / HTTP/1.1\r\n\r\n");
                break;
            case 1: // the beginning of a ClientHello, and no more
                socket->write(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
                break;
            case 2:
                socket->write(std::string(dice() % 40'000, static_cast<char>(dice())));
                break;
            default: // silence
                break;
        }
        open.push_back(std::move(socket));
        // More than the victim lets in, and few enough for this process.
        if (open.size() > 300) {
            open.pop_front();
        }
        if (i == connections / 5) {
            before = resident_bytes();
        }
        if (i % 100 == 0) {
            loyal_link_works();
        }
    }
    loyal_link_works();
    CHECK(resident_bytes() < before + growth_max);
    // How many were open at once, and so too many, is the scheduler's doing.
    CHECK(refused("not_tls") + refused("too_many") > 0);
}

void stage::burst(const tls_identities& own, std::mt19937_64& dice, long frames) {
    raw_socket socket{victim.links->port()};
    REQUIRE(socket.connected());
    const auto channel = own.dial(liar, lieutenant);
    while (!channel->secure() && !channel->failed()) {
        socket.write(channel->take_wire());
        const auto got = socket.read();
        REQUIRE_FALSE(got.empty());
        channel->receive(got);
    }
    REQUIRE(channel->secure());
    hello said;
    said.from = dice() % 8 == 0 ? commander : liar;
    said.to = lieutenant;
    said.credit = 1'000;
    said.bytes_max = 1'000;
    std::string bytes;
    append_frame(bytes, frame_kind::hello, encode(said));
    for (long i = 0; i < frames; ++i) {
        switch (dice() % 2'000) {
            case 0:
                bytes += std::string("\x06\xff\xff\xff", 4);
                break;
            case 1:
                append_frame(bytes, frame_kind::hello, encode(said));
                break;
            case 2:
                append_frame(bytes, frame_kind::chunk, "crumb");
                break;
            default:
                append_frame(bytes, dice() % 2 == 0 ? frame_kind::heartbeat : frame_kind::last, {});
        }
    }
    channel->send(bytes);
    if (socket.write(channel->take_wire()) && dice() % 2 == 0) {
        // Half of them wait for the end, which comes as a violation or not at all.
        while (socket.has_input() && !socket.read().empty()) {
        }
    }
}

void stage::frames_of_a_liar(long frames) {
    constexpr long a_burst = 2'000;
    const auto its = made.of(liar);
    const tls_identities own{{{its.server, its.certificate, its.key}},
                             made.path() / authority_file_name};
    std::mt19937_64 dice{5};
    std::size_t before = 0;
    for (long done = 0; done < frames; done += a_burst) {
        burst(own, dice, a_burst);
        if (done <= frames / 5) {
            before = resident_bytes();
        }
        loyal_link_works();
    }
    CHECK(resident_bytes() < before + growth_max);
    CHECK(refused("protocol_error") + refused("oversized") > 0);
    CHECK(refused("wrong_name") > 0);
    CHECK(victim.heard.frames(lieutenant, commander).size() == sent);
}

} // namespace

TEST_CASE_METHOD(stage, "strangers' connections leave memory flat and the links alone",
                 "[threads]") {
    strangers(figure("BYZGATE_HOSTILE_CONNECTIONS", 1'000));
}

TEST_CASE_METHOD(stage, "a liar's frames leave memory flat and the others' links alone",
                 "[threads]") {
    frames_of_a_liar(figure("BYZGATE_HOSTILE_FRAMES", 40'000));
}

TEST_CASE_METHOD(stage, "ten thousand strangers and a million frames leave memory flat",
                 "[threads][long]") {
    strangers(figure("BYZGATE_HOSTILE_CONNECTIONS", 10'000));
    frames_of_a_liar(figure("BYZGATE_HOSTILE_FRAMES", 1'000'000));
}
