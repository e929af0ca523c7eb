// Says the truth at the wrong time. Just before a deadline it may count for some and not for
// others; just past it nobody may count it (protocol.md, section 2, "Time").
#include <algorithm>

#include "behaviors/editor.hpp"
#include "behaviors/round_memory.hpp"
#include "behaviors/sendings.hpp"

namespace byzgate {

namespace {

constexpr std::size_t held_max = 4'096;
constexpr std::size_t levels_max = 4'096;
constexpr tick ticks_per_ms = 1'000;

class delaying final : public editor {
public:
    delaying(const seat& at, const option_reader& how)
        : cluster_(at.cluster), about_(how), by_ms_(how.number("by_ms")),
          until_(how.one_of("until", {"past", "before"})), opened_(levels_max) {
        if (by_ms_ && how.has("until")) {
            how.reject("by_ms", "and until exclude each other");
        }
        if (by_ms_ && *by_ms_ > tick_never / ticks_per_ms / 2) {
            how.reject("by_ms", "is larger than any deadline");
        }
    }

    void see(const event& what, tick now) override {
        const auto* came = std::get_if<received>(&what);
        if (came == nullptr || came->from != supervisor_id) {
            return;
        }
        if (const auto* request = std::get_if<round_request>(&came->what)) {
            opened_.at(request->round, request->level).at = now;
        } else if (const auto* end = std::get_if<round_end>(&came->what)) {
            opened_.forget(end->round);
        }
    }

    void edit(effects& doing, tick now) override {
        effects now_due;
        release(now, now_due);
        for (auto& e : doing) {
            const auto* sent = std::get_if<send>(&e);
            const auto due =
                sent != nullptr && about_.takes(*sent) ? due_for(sent->what, now) : now;
            if (due <= now || held_.size() >= held_max) {
                now_due.push_back(std::move(e));
            } else {
                held_.push_back({due, std::get<send>(std::move(e))});
                earliest_ = std::min(earliest_, due);
            }
        }
        doing = std::move(now_due);
    }

    [[nodiscard]] tick next_deadline() const override { return earliest_; }

private:
    struct opening {
        tick at = 0;

        void clear() { at = 0; }
    };

    struct held {
        tick due = 0;
        send what;
    };

    void release(tick now, effects& now_due) {
        if (earliest_ > now) {
            return;
        }
        earliest_ = tick_never;
        std::size_t kept = 0;
        for (auto& one : held_) {
            if (one.due <= now) {
                now_due.emplace_back(std::move(one.what));
            } else {
                earliest_ = std::min(earliest_, one.due);
                if (&held_[kept] != &one) {
                    held_[kept] = std::move(one);
                }
                ++kept;
            }
        }
        held_.resize(kept);
    }

    tick due_for(const message& m, tick now) {
        if (by_ms_) {
            return now + *by_ms_ * ticks_per_ms;
        }
        const auto* opened = opened_.find(round_of(m), level_of(m));
        if (opened == nullptr) {
            return now;
        }
        // A lieutenant closes phase p after (p+1) timeouts, the supervisor a level after m+2. Its
        // own request may have come a little sooner or later than the recipient's.
        const auto wait = cluster_.phase_timeout;
        const auto phases = std::holds_alternative<distribution>(m) ? 1
                            : phase_of(m) > 0                       ? phase_of(m) + 1
                                              : cluster_.depth_at(level_of(m)) + 2;
        const auto closes = opened->at + phases * wait;
        const auto margin = std::max<tick>(1, wait / 10);
        return until_ == "past" ? closes + margin : closes - std::min(margin, closes);
    }

    cluster_parameters cluster_;
    sending_filter about_;
    std::optional<std::uint64_t> by_ms_;
    std::string until_;
    round_memory<opening> opened_;
    tick earliest_ = tick_never; ///< due of what is held
    std::vector<held> held_;     ///< in the order in which they were to be sent
};

} // namespace

behavior_info describe_delaying() {
    return {"delaying",
            "Holds its messages back until just past (or just before) the deadline.",
            true,
            true,
            {"until", "by_ms", "to", "kinds"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<delaying>(at, how);
            }};
}

} // namespace byzgate
