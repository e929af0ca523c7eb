/// How often the log says a thing that happens again and again: at once, then ever more rarely, so
/// that neither a host that is down for a week nor whoever knocks all day fills a disk.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace byzgate {

class line_limit {
public:
    static constexpr std::uint64_t first_gap_ms = 30'000;
    static constexpr std::uint64_t last_gap_ms = 3'600'000;
    static constexpr std::size_t things_max = 64;

    /// How often it has happened since the line before, if a line is due. What hasn't happened for
    /// longer than its gap is new.
    [[nodiscard]] std::optional<std::uint64_t> due(const std::string& what, std::uint64_t now_ms) {
        if (!things_.contains(what) && things_.size() >= things_max) {
            forget(now_ms);
        }
        // Beyond what is remembered all count as one.
        auto& thing = things_[things_.size() < things_max || things_.contains(what) ? what : ""];
        if (thing.gap_ms > 0 && now_ms - thing.last_ms > std::max(thing.gap_ms, quiet_ms)) {
            thing = {};
        }
        thing.last_ms = now_ms;
        ++thing.times;
        if (now_ms < thing.next_ms) {
            return std::nullopt;
        }
        const auto times = thing.times;
        thing.gap_ms = thing.gap_ms == 0 ? first_gap_ms : std::min(last_gap_ms, thing.gap_ms * 2);
        thing.next_ms = now_ms + thing.gap_ms;
        thing.times = 0;
        return times;
    }

private:
    static constexpr std::uint64_t quiet_ms = 600'000;
    struct thing {
        std::uint64_t times = 0;
        std::uint64_t last_ms = 0;
        std::uint64_t next_ms = 0;
        std::uint64_t gap_ms = 0;
    };
    void forget(std::uint64_t now_ms) {
        for (auto it = things_.begin(); it != things_.end();) {
            it = now_ms - it->second.last_ms > quiet_ms ? things_.erase(it) : std::next(it);
        }
    }

    std::map<std::string, thing> things_;
};

} // namespace byzgate
