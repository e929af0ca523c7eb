/// Credit: how many bytes of messages a peer may have on the way or waiting here. It belongs to
/// the peer, not to a connection: who reconnects still owes what it sent before.
///
/// Each message counts with its bytes and a fixed cost, so that empty ones aren't free.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace byzgate {

inline constexpr std::uint64_t message_cost_bytes = 64;
[[nodiscard]] constexpr std::uint64_t cost_of(std::size_t message_bytes) noexcept {
    return message_bytes + message_cost_bytes;
}

/// What one peer may still send us, over all of its connections.
class incoming_credit {
public:
    explicit incoming_credit(std::uint64_t window) noexcept : window_(window) {}

    /// A new connection: nothing that was granted to an older one counts any more. Returns what
    /// the hello grants.
    [[nodiscard]] std::uint64_t connected() noexcept {
        granted_ = window_ - waiting_;
        return granted_;
    }
    /// The part of a message that has come so far is within what was granted.
    [[nodiscard]] bool covers(std::uint64_t cost) const noexcept { return cost <= granted_; }
    /// A message came whole and waits for its handler. False, and nothing changes, if it was more
    /// than granted.
    [[nodiscard]] bool arrived(std::uint64_t cost) noexcept {
        if (!covers(cost)) {
            return false;
        }
        granted_ -= cost;
        waiting_ += cost;
        return true;
    }
    /// The handler has done with it, however many connections later.
    void handled(std::uint64_t cost) noexcept { waiting_ -= cost; }
    /// What to grant now: nothing as long as it isn't worth a frame.
    [[nodiscard]] std::uint64_t grant() noexcept {
        const auto free = window_ - waiting_ - granted_;
        if (free < window_ / 8) {
            return 0;
        }
        granted_ += free;
        return free;
    }
    [[nodiscard]] std::uint64_t window() const noexcept { return window_; }
    [[nodiscard]] std::uint64_t waiting() const noexcept { return waiting_; }

private:
    std::uint64_t window_;
    std::uint64_t granted_ = 0; ///< to the present connection, not used up
    std::uint64_t waiting_ = 0; ///< arrived, not handled
};

/// What we may still send on one connection. What the peer grants is bounded, so that no sum of
/// grants overflows.
class outgoing_credit {
public:
    static constexpr std::uint64_t granted_max = std::uint64_t{1} << 40;

    /// False for a grant of nothing or beyond all reason.
    [[nodiscard]] bool grant(std::uint64_t bytes) noexcept {
        if (bytes == 0 || bytes > granted_max - left_) {
            return false;
        }
        left_ += bytes;
        return true;
    }
    [[nodiscard]] bool spend(std::uint64_t cost) noexcept {
        if (cost > left_) {
            return false;
        }
        left_ -= cost;
        return true;
    }
    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

private:
    std::uint64_t left_ = 0;
};

} // namespace byzgate
