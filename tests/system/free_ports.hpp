/// Ports on loopback that nobody has at the moment, for processes that a test starts.
#pragma once

#include <cstdint>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace byzgate::test {

inline bool is_free_port(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    ::close(fd);
    return bound;
}

/// The first of so many in a row, below the ports that the system gives away by itself.
inline int free_ports(int count) {
    for (int port = 10'000 + ::getpid() % 20'000;; port = 10'000 + (port + 97) % 20'000) {
        bool all = true;
        for (int i = 0; i < count; ++i) {
            all = all && is_free_port(port + i);
        }
        if (all) {
            return port;
        }
    }
}

/// One that another program has, which says nothing to whoever connects.
class held_port {
public:
    explicit held_port(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<std::uint16_t>(port));
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0
            || ::listen(fd_, 64) != 0) {
            throw std::runtime_error("the port isn't free");
        }
    }
    ~held_port() { ::close(fd_); }
    held_port(const held_port&) = delete;
    held_port& operator=(const held_port&) = delete;

private:
    int fd_;
};

} // namespace byzgate::test
