/// The events that are under way in a simulated world, by the tick in which they arrive.
///
/// A ring for each tick from now to the longest delay; a ring keeps its memory, so that in the long
/// run nothing is allocated.
#pragma once

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
    explicit world_queue(tick delay_max) : rings_(ring_count(delay_max)) {}

    void push(tick at, std::uint32_t seat, records_read what) {
        rings_[at & (rings_.size() - 1)].place(seat).emplace<records_read>(std::move(what));
        ++size_;
    }
    void push(tick at, std::uint32_t seat, server_id from, message&& what) {
        auto& place = rings_[at & (rings_.size() - 1)].place(seat);
        // Nearly all events are messages: a place keeps the shape of the last one.
        auto* came = std::get_if<received>(&place);
        if (came == nullptr) {
            came = &place.emplace<received>();
        }
        came->from = from;
        came->what = std::move(what);
        ++size_;
    }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] bool empty(tick at) const noexcept { return ring(at).count == 0; }
    [[nodiscard]] const world_event& front(tick at) const { return ring(at).front(); }
    void pop(tick at) {
        rings_[at & (rings_.size() - 1)].pop();
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
        for (tick ahead = 0; size_ > 0 && ahead < rings_.size(); ++ahead) {
            if (!empty(now + ahead)) {
                return now + ahead;
            }
        }
        return tick_never;
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

    std::vector<ring_buffer> rings_;
    std::size_t size_ = 0;
};

} // namespace byzgate
