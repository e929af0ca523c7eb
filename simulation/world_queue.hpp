/// The events that are under way in a simulated world, by the tick in which they arrive.
///
/// A ring for each tick from now to the longest delay; a ring keeps its memory, so that in the long
/// run nothing is allocated.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "protocol/machine.hpp"
#include "simulation/world_random.hpp"

namespace byzgate {

struct world_event {
    std::uint32_t seat = 0; ///< whose event it is
    event what;
};

class world_queue {
public:
    explicit world_queue(tick delay_max)
        : rings_(ring_count(delay_max)), busy_((rings_.size() + 63) / 64) {}

    void push(tick at, std::uint32_t seat, records_read what) {
        place(at, seat).emplace<records_read>(std::move(what));
    }
    void push(tick at, std::uint32_t seat, server_id from, message&& what) {
        auto& next = place(at, seat);
        // Nearly all events are messages: a place keeps the shape of the last one.
        auto* came = std::get_if<received>(&next);
        if (came == nullptr) {
            came = &next.emplace<received>();
        }
        came->from = from;
        came->what = std::move(what);
    }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] bool empty(tick at) const noexcept { return ring(at).count == 0; }
    [[nodiscard]] const world_event& front(tick at) const { return ring(at).front(); }
    void pop(tick at) {
        const auto slot = at & (rings_.size() - 1);
        rings_[slot].pop();
        if (rings_[slot].count == 0) {
            busy_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
        }
        --size_;
    }
    /// Puts any of the events of that tick in front.
    void shuffle_front(tick at, world_random& random) {
        auto& r = rings_[at & (rings_.size() - 1)];
        if (r.count > 1) {
            std::swap(r.at(0), r.at(random.below(static_cast<std::uint32_t>(r.count))));
        }
    }
    /// The first tick from `now` on in which something arrives.
    [[nodiscard]] tick next(tick now) const noexcept {
        if (size_ == 0) {
            return tick_never;
        }
        const auto from = now & (rings_.size() - 1);
        auto i = from / 64;
        auto word = busy_[i] & (~std::uint64_t{0} << from % 64);
        while (word == 0) {
            i = i + 1 == busy_.size() ? 0 : i + 1;
            word = busy_[i];
        }
        return now + distance(from, 64 * i + first_bit(word));
    }

private:
    struct ring_buffer {
        std::vector<world_event> entries;
        std::size_t head = 0;
        std::size_t count = 0;

        [[nodiscard]] world_event& at(std::size_t i) {
            return entries[(head + i) & (entries.size() - 1)];
        }
        [[nodiscard]] const world_event& front() const { return entries[head]; }
        event& place(std::uint32_t seat) {
            if (count == entries.size()) {
                grow();
            }
            auto& next = at(count++);
            next.seat = seat;
            return next.what;
        }
        void pop() {
            // Lets go of what the event shares with others.
            auto& what = entries[head].what;
            if (auto* came = std::get_if<received>(&what)) {
                came->what.emplace<round_end>();
            } else {
                what.emplace<received>();
            }
            head = (head + 1) & (entries.size() - 1);
            --count;
        }
        void grow() {
            std::vector<world_event> larger(entries.empty() ? 16 : 2 * entries.size());
            for (std::size_t i = 0; i < count; ++i) {
                larger[i] = std::move(at(i));
            }
            entries = std::move(larger);
            head = 0;
        }
    };

    [[nodiscard]] event& place(tick at, std::uint32_t seat) {
        const auto slot = at & (rings_.size() - 1);
        busy_[slot / 64] |= std::uint64_t{1} << slot % 64;
        ++size_;
        return rings_[slot].place(seat);
    }
    [[nodiscard]] static std::size_t first_bit(std::uint64_t word) noexcept {
        return static_cast<std::size_t>(std::countr_zero(word));
    }
    [[nodiscard]] tick distance(std::size_t from, std::size_t to) const noexcept {
        return (to - from) & (rings_.size() - 1);
    }
    [[nodiscard]] const ring_buffer& ring(tick at) const noexcept {
        return rings_[at & (rings_.size() - 1)];
    }
    [[nodiscard]] static std::size_t ring_count(tick delay_max) {
        std::size_t count = 1;
        while (count <= delay_max) {
            count *= 2;
        }
        return count;
    }

    std::vector<ring_buffer> rings_;  ///< a power of two of them
    std::vector<std::uint64_t> busy_; ///< a bit for each ring that holds something
    std::size_t size_ = 0;
};

} // namespace byzgate
