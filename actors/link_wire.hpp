/// What carries the bytes of one connection: a socket of its broker, or messages to an actor of
/// another process.
#pragma once

#include <string>

namespace byzgate {

class link_wire {
public:
    virtual ~link_wire() = default;
    virtual void write(const std::string& bytes) = 0;
    /// All that was written has gone and nothing more comes: the peer may end the connection.
    virtual void end() = 0;
    /// Ends it at once. Its broker learns of that as of any other end.
    virtual void cut() = 0;
    /// Where the peer is, for messages.
    [[nodiscard]] virtual std::string remote_address() const = 0;
};

} // namespace byzgate
