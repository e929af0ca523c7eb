#include "actors/sockets.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "actors/tls_transport.hpp"
#include "crypto/keys.hpp"

namespace byzgate {

namespace {

struct addresses {
    ::addrinfo* first = nullptr;
    int error = 0;

    addresses(const std::string& host, std::uint16_t port, int flags) {
        ::addrinfo wanted{};
        wanted.ai_family = AF_UNSPEC;
        wanted.ai_socktype = SOCK_STREAM;
        wanted.ai_flags = flags | AI_NUMERICSERV;
        error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &first);
    }
    addresses(const addresses&) = delete;
    addresses& operator=(const addresses&) = delete;
    ~addresses() {
        if (first != nullptr) {
            ::freeaddrinfo(first);
        }
    }
};

bool is_loopback(const ::sockaddr* address) {
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const ::sockaddr_in*>(address);
        return (ntohl(v4->sin_addr.s_addr) >> 24U) == 127;
    }
    if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const ::sockaddr_in6*>(address);
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)
               || (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127);
    }
    return false;
}

std::string message_of(int error) {
    return std::generic_category().message(error);
}

/// 0, or the error.
int connect_within(int socket, const ::addrinfo& to, std::uint64_t patience_ms,
                   const std::function<bool()>& wanted) {
    if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    constexpr int slice_ms = 50;
    for (std::uint64_t waited = 0; waited < patience_ms && wanted(); waited += slice_ms) {
        ::pollfd ready{socket, POLLOUT, 0};
        if (::poll(&ready, 1, slice_ms) > 0) {
            int error = 0;
            ::socklen_t size = sizeof error;
            ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
            return error;
        }
    }
    return ETIMEDOUT;
}

std::string advice_for(int error) {
    switch (error) {
        case ECONNREFUSED:
            return "nothing listens there; start the server on that host, or correct the port";
        case ETIMEDOUT:
            return "no answer; is the host up, and does a firewall drop the port?";
        case EHOSTUNREACH:
        case ENETUNREACH:
            return "no way there; look at this host's network and routes";
        default:
            return message_of(error);
    }
}

socket_address address_of(int socket, int (*ask)(int, ::sockaddr*, ::socklen_t*)) {
    ::sockaddr_storage at{};
    ::socklen_t size = sizeof at;
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    auto* raw = reinterpret_cast<::sockaddr*>(&at);
    if (ask(socket, raw, &size) != 0
        || ::getnameinfo(raw, size, host.data(), host.size(), port.data(), port.size(),
                         NI_NUMERICHOST | NI_NUMERICSERV)
               != 0) {
        return {};
    }
    return {host.data(), static_cast<std::uint16_t>(std::strtoul(port.data(), nullptr, 10))};
}

} // namespace

socket_address local_address(int socket) {
    return address_of(socket, ::getsockname);
}

socket_address remote_address(int socket) {
    return address_of(socket, ::getpeername);
}

bool is_loopback(const std::string& address) {
    const addresses found{address, 1, AI_NUMERICHOST};
    return found.error == 0 && is_loopback(found.first->ai_addr);
}

listening_socket listen_on(const std::string& host, std::uint16_t port, bool loopback_only) {
    const auto place = fmt::format("{}:{}", host, port);
    const addresses found{host, port, AI_PASSIVE};
    if (found.error != 0) {
        throw transport_error(fmt::format("{}: this address doesn't resolve ({}); listen on a name "
                                          "or number of this host",
                                          place, ::gai_strerror(found.error)));
    }
    const auto& to = *found.first;
    if (loopback_only && !is_loopback(to.ai_addr)) {
        throw key_error(place
                        + ": insecure_loopback is only for 127.0.0.0/8 and ::1; listen there, "
                        + "or make certificates with byzgate keygen");
    }
    const int socket = ::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    if (socket < 0) {
        throw transport_error(place + ": no socket: " + message_of(errno));
    }
    // Without it a restart finds the port taken by its own old connections.
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::sockaddr_storage bound{};
    ::socklen_t size = sizeof bound;
    if (::bind(socket, to.ai_addr, to.ai_addrlen) != 0 || ::listen(socket, SOMAXCONN) != 0
        || ::getsockname(socket, reinterpret_cast<::sockaddr*>(&bound), &size) != 0) {
        const auto error = errno;
        ::close(socket);
        if (error == EADDRINUSE) {
            throw transport_error(place + ": another process has this port; stop it, or place the "
                                  + "server elsewhere (ss -ltnp tells who)");
        }
        if (error == EADDRNOTAVAIL) {
            throw transport_error(place + ": this is no address of this host; correct the "
                                  + "placement, or run it on its host");
        }
        throw transport_error(place + ": can't listen: " + message_of(error));
    }
    const auto raw = bound.ss_family == AF_INET6
                         ? reinterpret_cast<const ::sockaddr_in6*>(&bound)->sin6_port
                         : reinterpret_cast<const ::sockaddr_in*>(&bound)->sin_port;
    return {socket, ntohs(raw)};
}

void tune_connection(int socket, std::uint64_t unacknowledged_ms) {
    const int yes = 1;
    const auto patience = static_cast<unsigned>(unacknowledged_ms);
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

std::uint64_t silent_ms(int socket) {
    ::tcp_info about{};
    ::socklen_t size = sizeof about;
    const bool known = ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &about, &size) == 0;
    return known ? about.tcpi_last_data_recv : 0;
}

void end_of_output(int socket) {
    ::shutdown(socket, SHUT_WR);
}

void end_connection(int socket) {
    ::shutdown(socket, SHUT_RDWR);
}

void drop_socket(int socket) {
    ::close(socket);
}

void cut_connection(int socket) {
    const ::linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::shutdown(socket, SHUT_RDWR);
}

dialer::dialer() : gate_(std::make_shared<gate>()) {}

void dialer::dial(const std::string& host, std::uint16_t port, std::uint64_t patience_ms,
                  bool loopback_only, answer tell) {
    auto attempt = [gate = gate_, host, port, patience_ms, loopback_only, tell = std::move(tell)] {
        const auto wanted = [&gate] {
            const std::lock_guard lock{gate->mutex};
            return gate->open;
        };
        int connected = -1;
        std::string problem;
        const addresses found{host, port, 0};
        if (found.error != 0) {
            problem = fmt::format("the name {} doesn't resolve ({}); correct it in the placement, "
                                  "or this host's resolver",
                                  host, ::gai_strerror(found.error));
        }
        for (const auto* to = found.first; to != nullptr && connected < 0 && wanted();
             to = to->ai_next) {
            if (loopback_only && !is_loopback(to->ai_addr)) {
                problem = host + " is not this machine, and insecure_loopback is for nothing else; "
                          + "make certificates with byzgate keygen";
                continue;
            }
            const int socket =
                ::socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            const int error = socket < 0 ? errno : connect_within(socket, *to, patience_ms, wanted);
            if (error == 0) {
                connected = socket;
            } else {
                problem = fmt::format("{}:{}: {}", host, port, advice_for(error));
                if (socket >= 0) {
                    ::close(socket);
                }
            }
        }
        const std::lock_guard lock{gate->mutex};
        if (gate->open) {
            tell(connected, std::move(problem));
        } else if (connected >= 0) {
            ::close(connected);
        }
    };
    std::thread{std::move(attempt)}.detach();
}

void dialer::close() {
    const std::lock_guard lock{gate_->mutex};
    gate_->open = false;
}

} // namespace byzgate
