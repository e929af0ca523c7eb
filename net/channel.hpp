/// Bytes on the wire on one side, plain bytes on the other, and who is at the far end in between.
/// Two kinds: TLS 1.3, and nothing at all (`insecure_loopback`).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/hello.hpp"
#include "net/validity.hpp"
#include "protocol/ids.hpp"

namespace byzgate {

class secure_channel {
public:
    virtual ~secure_channel() = default;
    /// Bytes from the network.
    virtual void receive(std::string_view wire) = 0;
    /// Plain bytes for the peer. Only when secure.
    virtual void send(std::string_view plain) = 0;
    /// Plain bytes that came; whole pieces, once.
    [[nodiscard]] virtual std::string take_plain() = 0;
    /// Bytes for the network, once.
    [[nodiscard]] virtual std::string take_wire() = 0;
    /// Both ends have proved what they can; before, nothing plain comes or goes.
    [[nodiscard]] virtual bool secure() const = 0;
    /// Nothing more will come.
    [[nodiscard]] virtual bool failed() const = 0;
    /// Why it failed, or, once secure, why the peer must be refused all the same.
    [[nodiscard]] virtual std::optional<refusal_reason> problem() const = 0;
    /// The peer's own account of why it ended the handshake (a TLS alert), if it gave one.
    [[nodiscard]] virtual std::optional<refusal_notice> told() const = 0;
    /// The library's words, for the log.
    [[nodiscard]] virtual std::string detail() const = 0;
    /// Who the peer has proved to be. Nothing on a plain channel, which proves nothing.
    [[nodiscard]] virtual std::optional<server_id> peer() const = 0;
    /// Which of our servers the peer asked for by name. Nothing on a plain channel.
    [[nodiscard]] virtual std::optional<server_id> local() const = 0;
    /// Of the certificate that the peer showed, good or not. Nothing on a plain channel.
    [[nodiscard]] virtual std::optional<certificate_times> peer_times() const { return {}; }
    /// Its serial number, in hexadecimal digits.
    [[nodiscard]] virtual std::string peer_serial() const { return {}; }
    /// True if names are not proved here and the hello is all there is.
    [[nodiscard]] virtual bool plain() const = 0;
};

[[nodiscard]] std::unique_ptr<secure_channel> make_plain_channel();

} // namespace byzgate
