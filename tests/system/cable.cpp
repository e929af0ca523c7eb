#include "tests/system/cable.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace byzgate::test {

namespace {

/// So much is underway on one way at most; then whoever talks has to wait, as on a real cable.
constexpr std::size_t held_max = 1U << 20;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

int listen_on_free_port(std::uint16_t& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0
        || ::listen(fd, 64) != 0
        || ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no port of the loopback");
    }
    port = ntohs(address.sin_port);
    return fd;
}

} // namespace

std::uint16_t free_port() {
    std::uint16_t port = 0;
    ::close(listen_on_free_port(port));
    return port;
}

cable::cable(std::uint16_t target_port, std::uint64_t seed) : target_(target_port), dice_(seed) {
    listener_ = listen_on_free_port(port_);
    thread_ = std::thread{[this] { carry(); }};
}

cable::~cable() {
    over_ = true;
    thread_.join();
    for (const auto& one : all_) {
        ::close(one.caller);
        ::close(one.callee);
    }
    ::close(listener_);
}

void cable::suffer(const cable_faults& from_now_on) {
    const std::lock_guard lock{mutex_};
    faults_ = from_now_on;
}

void cable::close_both(const connection& one, bool abrupt) {
    const linger at_once{1, 0};
    for (const int end : {one.caller, one.callee}) {
        if (abrupt) {
            ::setsockopt(end, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        ::close(end);
    }
}

cable_faults cable::now() const {
    const std::lock_guard lock{mutex_};
    return faults_;
}

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t cable::dice() {
    dice_ += 0x9e3779b97f4a7c15U;
    auto z = dice_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

void cable::accept_one(const cable_faults& faults) {
    const int caller = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (caller < 0) {
        return;
    }
    const int callee = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target_);
    // To the loopback this succeeds or fails at once.
    if (faults.cut || callee < 0
        || ::connect(callee, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        connection refused;
        refused.caller = caller;
        refused.callee = callee;
        close_both(refused, faults.abrupt);
        return;
    }
    ::fcntl(callee, F_SETFL, O_NONBLOCK);
    const int yes = 1;
    ::setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(callee, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto& made = all_.emplace_back();
    made.caller = caller;
    made.callee = callee;
    made.there.from = caller;
    made.there.to = callee;
    made.back.from = callee;
    made.back.to = caller;
    ++connections_;
}

void cable::read_from(way& one, const cable_faults& faults) {
    char buffer[16'384];
    const auto got = ::read(one.from, buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        one.ended = true;
        return;
    }
    piece next{clock::now() + faults.delay, {buffer, static_cast<std::size_t>(got)}, 0};
    if (faults.jitter.count() > 0) {
        const auto most = static_cast<std::uint64_t>(faults.jitter.count());
        next.due += std::chrono::milliseconds{dice() % (most + 1)};
    }
    if (faults.garbled_of_million > 0) {
        for (auto& byte : next.bytes) {
            if (dice() % 1'000'000 < faults.garbled_of_million) {
                byte = static_cast<char>(byte ^ static_cast<char>(1 + dice() % 255));
            }
        }
    }
    one.held += next.bytes.size();
    one.underway.push_back(std::move(next));
}

void cable::write_to(way& one, const cable_faults& faults, bool& broken) {
    const auto most = faults.bytes_a_ms;
    while (!one.underway.empty() && one.underway.front().due <= clock::now()
           && (most == 0 || one.next <= clock::now())) {
        auto& first = one.underway.front();
        const auto left = first.bytes.size() - first.written;
        const auto size = most == 0 ? left : std::min<std::size_t>(left, most);
        const auto sent = ::send(one.to, first.bytes.data() + first.written, size, MSG_NOSIGNAL);
        if (sent < 0) {
            broken = errno != EAGAIN && errno != EINTR;
            return;
        }
        one.next = clock::now() + std::chrono::milliseconds{1};
        first.written += static_cast<std::size_t>(sent);
        carried_ += static_cast<std::uint64_t>(sent);
        one.held -= static_cast<std::size_t>(sent);
        if (first.written < first.bytes.size() && most == 0) {
            return;
        }
        if (first.written == first.bytes.size()) {
            one.underway.pop_front();
        }
    }
    if (one.ended && one.underway.empty()) {
        ::shutdown(one.to, SHUT_WR);
    }
}

void cable::carry() {
    while (!over_) {
        std::vector<pollfd> watched{{listener_, POLLIN, 0}};
        if (!now().stuck) {
            for (auto& one : all_) {
                for (auto* w : {&one.there, &one.back}) {
                    if (!w->ended && w->held < held_max) {
                        watched.push_back({w->from, POLLIN, 0});
                    }
                }
            }
        }
        // Short, for the deadlines of pieces and for changes of mind.
        ::poll(watched.data(), watched.size(), 1);
        // What was healed while it waited is healed.
        const auto faults = now();
        if ((watched[0].revents & POLLIN) != 0) {
            accept_one(faults);
        }
        for (auto one = all_.begin(); one != all_.end();) {
            if (!faults.stuck && !faults.cut) {
                for (auto* w : {&one->there, &one->back}) {
                    if (!w->ended && w->held < held_max) {
                        read_from(*w, faults);
                    }
                    if (w == &one->there || !faults.one_way) {
                        write_to(*w, faults, one->broken);
                    }
                }
            }
            const bool said_all =
                one->there.ended && one->back.ended && one->there.held == 0 && one->back.held == 0;
            if (faults.cut || one->broken || said_all) {
                close_both(*one, faults.cut && faults.abrupt);
                one = all_.erase(one);
            } else {
                ++one;
            }
        }
    }
}

} // namespace byzgate::test
