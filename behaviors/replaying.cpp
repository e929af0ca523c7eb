// Yesterday's truth: claims, relays and votes of an earlier round, as they were or under the
// number of the round that is on.
#include <algorithm>
#include <deque>

#include "behaviors/editor.hpp"
#include "behaviors/sendings.hpp"

namespace byzgate {

namespace {

constexpr std::uint64_t back_max = 64;

/// `old` stretched or cut to `size` items; nothing can be made of nothing.
template <class Item>
std::shared_ptr<const std::vector<Item>> fitted(const std::shared_ptr<const std::vector<Item>>& old,
                                                std::size_t size) {
    if (!old || old->empty() || old->size() == size) {
        return old;
    }
    std::vector<Item> items;
    items.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        items.push_back((*old)[i % old->size()]);
    }
    return std::make_shared<const std::vector<Item>>(std::move(items));
}

class replaying final : public editor {
public:
    replaying(const seat& at, const option_reader& how)
        : what_(how.one_of("what", {"both", "claims", "raw"})),
          back_(how.number("back", 1).value_or(1)), rounds_max_(back_ + at.cluster.window + 1) {
        if (back_ > back_max) {
            how.reject("back", "is at most " + std::to_string(back_max));
        }
    }

    void edit(effects& doing, tick) override {
        effects again;
        for (auto& e : doing) {
            auto* sent = std::get_if<send>(&e);
            if (sent == nullptr) {
                continue;
            }
            const auto now = round_of(sent->what);
            const auto truth = *sent;
            if (const auto* old = earlier(now, *sent)) {
                if (what_ != "claims") {
                    again.emplace_back(*old);
                }
                if (what_ != "raw") {
                    renumber(*old, sent->what);
                }
            }
            said_in(now).push_back(truth);
        }
        std::move(again.begin(), again.end(), std::back_inserter(doing));
    }

private:
    struct round_said {
        round_id round{};
        std::vector<send> said;
    };

    std::vector<send>& said_in(round_id round) {
        const auto later = [&](const round_said& r) { return r.round >= round; };
        auto place = std::find_if(rounds_.begin(), rounds_.end(), later);
        if (place == rounds_.end() || place->round != round) {
            if (rounds_.size() >= rounds_max_ && place != rounds_.begin()) {
                rounds_.pop_front();
            }
            place = rounds_.insert(place, {round, {}});
        }
        return place->said;
    }

    /// The message of the same kind and phase to the same server, `back_` rounds ago.
    const send* earlier(round_id now, const send& sent) const {
        auto left = back_;
        for (auto r = rounds_.rbegin(); r != rounds_.rend(); ++r) {
            if (r->round < now && --left == 0) {
                for (const auto& old : r->said) {
                    if (old.to == sent.to && old.what.index() == sent.what.index()
                        && phase_of(old.what) == phase_of(sent.what)) {
                        return &old;
                    }
                }
                return nullptr;
            }
        }
        return nullptr;
    }

    static void renumber(const send& old, message& now) {
        if (auto* said = std::get_if<distribution>(&now)) {
            const auto& before = std::get<distribution>(old.what);
            const auto size = said->claims->size();
            said->claims = fitted(before.claims, size);
            said->payloads = fitted(before.payloads, size);
        } else if (auto* passed_on = std::get_if<relay>(&now)) {
            const auto& before = std::get<relay>(old.what).items;
            for (std::size_t i = 0; i < passed_on->items.size() && i < before.size(); ++i) {
                if (auto& item = passed_on->items[i]) {
                    item = fitted(before[i], item->size());
                }
            }
        } else if (auto* shown = std::get_if<signed_relay>(&now)) {
            const auto& before = std::get<signed_relay>(old.what);
            shown->items = before.items;
            shown->own = before.own;
        } else if (auto* cast = std::get_if<vote>(&now)) {
            cast->verdicts = fitted(std::get<vote>(old.what).verdicts, cast->verdicts->size());
        } else if (auto* reply = std::get_if<payload_reply>(&now)) {
            reply->payloads =
                fitted(std::get<payload_reply>(old.what).payloads, reply->positions.size());
        }
    }

    std::string what_;
    std::uint64_t back_;
    std::size_t rounds_max_;
    std::deque<round_said> rounds_; ///< ascending
};

} // namespace

behavior_info describe_replaying() {
    return {"replaying",
            "Sends an earlier round's messages, as they were and under the new round's number.",
            true,
            true,
            {"what", "back"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<replaying>(at, how);
            }};
}

} // namespace byzgate
