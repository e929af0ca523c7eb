/// A bad cable between two processes: what connects to its port is carried to another port, late,
/// in pieces, garbled or not at all, as the test says. It needs no rights.
///
/// TCP hides a single lost, doubled or reordered packet; what a process sees of those is delay.
/// What it does see are cuts, connections that hang, and strangers' bytes, and these a cable makes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace byzgate::test {

struct cable_faults {
    bool cut = false;             ///< connections are closed, new ones too
    bool abrupt = false;          ///< they are reset, not closed
    bool stuck = false;           ///< connections stay open and carry nothing
    bool one_way = false;         ///< what the callee says is kept back
    std::uint32_t bytes_a_ms = 0; ///< carried on each way at most; 0: as many as come
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds jitter{0};  ///< 0 to so much more, for each piece
    std::uint32_t garbled_of_million = 0; ///< bytes changed
};

/// Carries until it goes. Its functions may be called from any thread.
class cable {
public:
    /// From a free port of the loopback to `target_port` of it. `seed` decides jitter and garbling.
    explicit cable(std::uint16_t target_port, std::uint64_t seed = 1);
    ~cable();
    cable(const cable&) = delete;
    cable& operator=(const cable&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    void suffer(const cable_faults& from_now_on);
    void heal() { suffer({}); }
    [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
    [[nodiscard]] std::uint64_t carried() const noexcept { return carried_; }

private:
    using clock = std::chrono::steady_clock;
    struct piece {
        clock::time_point due;
        std::string bytes;
        std::size_t written = 0;
    };
    struct way {
        int from = -1;
        int to = -1;
        std::deque<piece> underway;
        std::size_t held = 0;     ///< bytes in it
        clock::time_point next{}; ///< not before; where bytes trickle
        bool ended = false;       ///< `from` will say no more
    };
    struct connection {
        int caller = -1;
        int callee = -1;
        way there;
        way back;
        bool broken = false;
    };

    void carry();
    void accept_one(const cable_faults& faults);
    void read_from(way& one, const cable_faults& faults);
    static void close_both(const connection& one, bool abrupt);
    void write_to(way& one, const cable_faults& faults, bool& broken);
    [[nodiscard]] cable_faults now() const;
    [[nodiscard]] std::uint64_t dice();

    std::uint16_t target_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::uint64_t dice_;
    mutable std::mutex mutex_;
    cable_faults faults_;
    std::list<connection> all_; ///< the carrying thread's
    std::atomic<std::uint64_t> connections_{0};
    std::atomic<std::uint64_t> carried_{0};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

/// A port of the loopback that nobody listened on a moment ago.
[[nodiscard]] std::uint16_t free_port();

} // namespace byzgate::test
