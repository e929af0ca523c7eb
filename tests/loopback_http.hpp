/// One HTTP request to a port on loopback.
#pragma once

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace byzgate::test {

/// Sends `request` as it is and reads until the other side closes, ten seconds at most; empty if
/// nobody listens.
inline std::string exchanged(int port, const std::string& request) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    std::string all;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0
        && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL)
               == static_cast<ssize_t>(request.size())) {
        char part[4096];
        for (ssize_t n = 0; (n = ::recv(fd, part, sizeof part, 0)) > 0;) {
            all.append(part, static_cast<std::size_t>(n));
        }
    }
    ::close(fd);
    return all;
}

inline std::string got(int port, const std::string& path, const std::string& method = "GET") {
    return exchanged(port, method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

/// The port in `ADDRESS:PORT` or `http://ADDRESS:PORT/…`, the last colon's.
inline int port_in(const std::string& address) {
    return std::atoi(address.c_str() + address.rfind(':') + 1);
}

} // namespace byzgate::test
