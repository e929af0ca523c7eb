/// One lieutenant alone on a bench: a test hands it events and looks at what it does.
#pragma once

#include <algorithm>
#include <vector>

#include "tests/protocol/made.hpp"

namespace byzgate::testing {

class one_lieutenant {
public:
    explicit one_lieutenant(const cluster_parameters& cluster, std::uint32_t self = 0,
                            const payload_tools& sealing = {})
        : machine(cluster, lieutenant_id(self), test_digests(), {}, sealing), cluster_(cluster) {}

    lieutenant_machine machine;
    tick now = 0;
    effects last; ///< of the last event

    void hear(server_id from, message what) {
        last.clear();
        machine.on(received{from, std::move(what)}, now, last);
        all_.insert(all_.end(), last.begin(), last.end());
    }
    void tick_at(tick when) {
        now = when;
        last.clear();
        machine.on(clock_tick{}, now, last);
        all_.insert(all_.end(), last.begin(), last.end());
    }
    void request(round_id round = round_id{1}, level_number level = 0,
                 std::vector<record_id> records = {"a"}) {
        hear(supervisor_id, round_request{round, level, ids(std::move(records)), {}});
    }
    /// A relay of this lieutenant `from` of phase 1 about all commanders, all saying `c`.
    void hear_relay(std::uint32_t from, const claim& c, round_id round = round_id{1},
                    level_number level = 0) {
        hear(lieutenant_id(from), relay{round, level, 1, {cluster_.commanders, one(c)}});
    }

    /// What the last event was refused for, if it was.
    [[nodiscard]] std::vector<refusal> refusals() const {
        std::vector<refusal> found;
        for (const auto& e : last) {
            if (const auto* no = std::get_if<refused>(&e)) {
                found.push_back(no->why);
            }
        }
        return found;
    }
    /// All messages of a kind that it ever sent, to the supervisor or to one lieutenant.
    template <class Message>
    [[nodiscard]] std::vector<Message> sent() const {
        std::vector<Message> found;
        for (const auto& e : all_) {
            const auto* s = std::get_if<send>(&e);
            if (s != nullptr && std::holds_alternative<Message>(s->what)) {
                found.push_back(std::get<Message>(s->what));
            }
        }
        return found;
    }
    [[nodiscard]] decision only_decision() const {
        const auto votes = sent<vote>();
        return votes.size() == 1 ? votes[0].verdicts->front().what : decision::unresolved;
    }

private:
    cluster_parameters cluster_;
    effects all_;
};

} // namespace byzgate::testing
