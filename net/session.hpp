/// One connection between two ends, without socket, clock or thread: bytes and the time go in;
/// bytes, messages and the reason of the end come out. Hello, names, credits, heartbeats and limits
/// are all here, so that a test can be any peer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/channel.hpp"
#include "net/credit.hpp"
#include "net/frame.hpp"
#include "net/hello.hpp"

namespace byzgate {

/// Sizes of one link. What one peer can make this process hold is about `window_bytes` received,
/// `queue_bytes_max` to be sent, and two chunks.
struct link_limits {
    std::uint64_t message_bytes_max = 32U << 20;
    /// Credit of a peer; at least twice the cost of the largest message, so that credits flow.
    std::uint64_t window_bytes = 80U << 20;
    std::uint64_t queue_bytes_max = 96U << 20;
    /// What may wait in the socket's buffer of this process before no more is put there.
    std::uint64_t unsent_bytes_max = 256U << 10;
};

/// Times of one link, in milliseconds.
struct link_times {
    std::uint64_t handshake_ms = 3'000; ///< from the connection to the peer's hello
    std::uint64_t heartbeat_ms = 500;   ///< of silence before a sign of life
    std::uint64_t silence_ms = 3'000;   ///< of the peer before the link counts as broken
    std::uint64_t reconnect_first_ms = 100;
    std::uint64_t reconnect_max_ms = 2'000;
};

/// What both ends must have alike, and who we are.
struct session_settings {
    digest cluster{};
    digest config{};
    link_limits limits;
    link_times times;
};

/// Milliseconds of a clock that never goes back, and seconds since 1970.
struct session_time {
    std::uint64_t steady_ms = 0;
    std::uint64_t clock_s = 0;
};

class session {
public:
    enum class phase : std::uint8_t {
        handshake, ///< the channel isn't secure yet
        greeting,  ///< waiting for the peer's hello
        judging,   ///< it came: `welcome` or `refuse`
        up,
        closed ///< `problem` tells why; what `take_output` still has is to be written
    };

    /// We connect: `local` to `peer`. `credit` stays, and belongs to the peer.
    session(const session_settings& settings, std::unique_ptr<secure_channel> channel,
            server_id local, server_id peer, incoming_credit& credit, session_time now);
    /// Somebody connected to us. Who it is and whom it wants, `greeting()` tells when judging.
    session(const session_settings& settings, std::unique_ptr<secure_channel> channel,
            session_time now);

    /// What the socket got.
    void receive(std::string_view bytes, session_time now);
    /// Time passed.
    void tick(session_time now);

    [[nodiscard]] phase at() const noexcept { return phase_; }
    /// The peer's hello, from phase judging on.
    [[nodiscard]] const hello& greeting() const noexcept { return theirs_; }
    /// Judging: the link is good. `local` is who answers; `limits` may be narrower than the
    /// session's.
    void welcome(server_id local, incoming_credit& credit, const link_limits& limits,
                 session_time now);
    /// Ends the link and tells the peer why.
    void refuse(refusal_reason reason, session_time now);
    /// Ends it as planned, after what was begun.
    void leave();
    /// The socket is gone.
    void lost();

    /// Messages that came whole, once.
    [[nodiscard]] std::vector<std::string> take_messages();
    /// True if a message of these bytes may be begun now.
    [[nodiscard]] bool can_send(std::size_t message_bytes) const noexcept;
    /// Begins it. Only if `can_send`.
    void send(std::string message);
    /// Writes on in the message that was begun, as far as there is `room`. True if that one is done
    /// and the next may begin.
    [[nodiscard]] bool fill(std::uint64_t room);
    /// The handler has done with messages (`incoming_credit::handled`): grants what became free.
    void grant();
    /// Bytes for the socket. They count as unsent until `written` says otherwise.
    [[nodiscard]] std::string take_output(session_time now);
    /// The socket took some; so much of what it was given waits.
    void written(std::uint64_t unsent, session_time now);
    [[nodiscard]] std::uint64_t unsent() const noexcept { return unsent_; }

    /// Of the largest message that the peer takes; 0 before its hello.
    [[nodiscard]] std::uint64_t peer_bytes_max() const noexcept { return theirs_.bytes_max; }
    /// Who the peer has proved to be, or says it is on a plain channel; whom we call, before that.
    [[nodiscard]] const std::optional<server_id>& peer() const noexcept { return peer_; }

    /// Of the certificate that the peer showed.
    [[nodiscard]] std::optional<certificate_times> peer_times() const {
        return channel_->peer_times();
    }
    [[nodiscard]] std::string peer_serial() const { return channel_->peer_serial(); }
    /// Which of our servers it is about, as far as that is known.
    [[nodiscard]] std::optional<server_id> wanted() const {
        return local_ ? local_ : channel_->local();
    }

    struct ending {
        std::optional<refusal_reason> ours;   ///< we refused
        std::optional<refusal_notice> theirs; ///< the peer told us so
        std::string detail;                   ///< of the channel, for the log
        bool planned = false;                 ///< a goodbye
    };
    [[nodiscard]] const ending& end() const noexcept { return end_; }

private:
    void say_hello(session_time now);
    void on_secure(session_time now);
    void on_frame(const frame& f, session_time now);
    void on_hello(std::string_view body, session_time now);
    void on_part(const frame& f, session_time now);
    void on_refusal(std::string_view body, session_time now);
    void read_frames(session_time now);

    session_settings settings_;
    std::unique_ptr<secure_channel> channel_;
    bool dialed_;
    phase phase_ = phase::handshake;
    std::optional<server_id> local_;
    std::optional<server_id> peer_;
    incoming_credit* credit_ = nullptr;
    outgoing_credit out_;
    hello theirs_;
    frame_reader reader_;
    message_cutter cutter_;
    message_joiner joiner_;
    std::string plain_; ///< frames that the channel hasn't got yet
    std::vector<std::string> messages_;
    std::uint64_t began_ms_;
    std::uint64_t heard_ms_;
    std::uint64_t spoke_ms_;
    std::uint64_t written_ms_;
    std::uint64_t unsent_ = 0;
    ending end_;
};

} // namespace byzgate
