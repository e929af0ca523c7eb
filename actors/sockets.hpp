/// The sockets that CAF's brokers get from us: listening ones whose errors are told apart, and
/// connections made beside the I/O thread, because resolving a name and connecting may take long.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace byzgate {

/// A socket that listens, and its port. Throws `transport_error` with what to do about it, and
/// `key_error` for a plain one that is not on a loopback address.
struct listening_socket {
    int socket = -1;
    std::uint16_t port = 0;
};
[[nodiscard]] listening_socket listen_on(const std::string& host, std::uint16_t port,
                                         bool loopback_only);

/// No delays of small frames, and an end to what nobody acknowledges.
void tune_connection(int socket, std::uint64_t unacknowledged_ms);
/// Since the last byte that came, or since the connection was made.
[[nodiscard]] std::uint64_t silent_ms(int socket);
/// Tells the peer that nothing more comes.
void end_of_output(int socket);
/// Ends a connection at once, whatever waits in it. Its owner sees it closed and frees it.
void cut_connection(int socket);
/// Ends a connection for both directions; what its socket has got already is sent still.
void end_connection(int socket);
/// Frees a socket that CAF doesn't have.
void drop_socket(int socket);
/// Where a socket is bound, and where it is connected to; as numbers.
struct socket_address {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] socket_address local_address(int socket);
[[nodiscard]] socket_address remote_address(int socket);
/// True for a peer's address, as text, of this machine.
[[nodiscard]] bool is_loopback(const std::string& address);

/// Connects in threads of its own, which this object's end doesn't wait for if they are in a
/// resolver: after `close` none of them calls back.
class dialer {
public:
    /// A connected socket, or -1 and the problem.
    using answer = std::function<void(int socket, std::string problem)>;

    dialer();
    /// Tries all addresses of a host, each for at most `patience_ms`.
    void dial(const std::string& host, std::uint16_t port, std::uint64_t patience_ms,
              bool loopback_only, answer tell);
    /// Waits for an `answer` that is being called just now; later ones are dropped.
    void close();

private:
    struct gate {
        std::mutex mutex;
        bool open = true;
    };
    std::shared_ptr<gate> gate_;
};

} // namespace byzgate
