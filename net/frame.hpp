/// Frames on a link, below messages and above TLS. Whoever is at the other end may have written
/// anything; the reader is total, and the first thing that is not exactly as it must be ends it.
///
/// A frame is a byte for its kind, three for the length of its body (big-endian), and the body. A
/// message travels as chunks: all but the last have exactly `chunk_bytes`, the last has what is
/// left, which may be nothing. So each message has one form, and no flood of crumbs can pretend to
/// be one. Chunks of two messages never mix; other frames may stand between chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace byzgate {

/// In the order of their numbers on the wire, from 1. Append only.
enum class frame_kind : std::uint8_t {
    hello = 1,     ///< who speaks; the first frame of each direction, and only that
    refusal = 2,   ///< why the link ends; the last frame
    heartbeat = 3, ///< nothing but life
    credit = 4,    ///< how much more may be sent
    chunk = 5,     ///< a full part of a message, more follows
    last = 6,      ///< the rest of a message
    goodbye = 7    ///< the link ends as planned; the last frame
};

inline constexpr std::size_t frame_header_bytes = 4;
inline constexpr std::size_t chunk_bytes = 64U << 10;
/// The largest body that a frame of this kind may have.
[[nodiscard]] std::size_t body_bytes_max(frame_kind kind) noexcept;

/// Appends a frame. The body is within the limit of its kind.
void append_frame(std::string& to, frame_kind kind, std::string_view body);

struct frame {
    frame_kind kind{};
    std::string_view body; ///< into the reader; good until it is fed again
};

/// Takes bytes in any portions and gives whole frames. Holds at most what was fed last and one
/// unfinished frame.
class frame_reader {
public:
    /// All frames of what was fed before have been taken, unless it has failed.
    void feed(std::string_view bytes);
    /// The next whole frame; nothing if there is none yet or what comes is none.
    [[nodiscard]] std::optional<frame> next();
    /// What was read is no frame: there is no way on. What came before it was given.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] std::size_t held_bytes() const noexcept { return held_.capacity(); }

private:
    std::string held_;
    std::size_t read_ = 0;
    bool failed_ = false;
};

/// Cuts one message into frames, a part at a time, so that no more is copied than there is room
/// for.
class message_cutter {
public:
    [[nodiscard]] bool busy() const noexcept { return busy_; }
    /// Not while busy.
    void begin(std::string message);
    /// Appends the next chunk.
    void append_chunk(std::string& to);

private:
    std::string message_;
    std::size_t cut_ = 0;
    bool busy_ = false;
};

/// Puts one message together from its chunks.
class message_joiner {
public:
    explicit message_joiner(std::size_t message_bytes_max) : max_(message_bytes_max) {}

    enum class outcome : std::uint8_t {
        unfinished,
        complete, ///< `take` gives it
        refused   ///< a chunk that is not full, or a message over the limit
    };
    [[nodiscard]] outcome add(const frame& part);
    [[nodiscard]] std::string take();
    [[nodiscard]] std::size_t held_bytes() const noexcept { return held_.size(); }

private:
    std::size_t max_;
    std::string held_;
};

} // namespace byzgate
