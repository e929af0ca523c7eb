#include "actors/client.hpp"

#include <caf/stateful_actor.hpp>

namespace byzgate {

void client_queue::push(client_event what) {
    {
        const std::lock_guard lock{mutex_};
        events_.push_back(std::move(what));
    }
    came_.notify_one();
}

std::optional<client_event> client_queue::pop(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    if (!came_.wait_for(lock, patience, [this] { return !events_.empty(); })) {
        return std::nullopt;
    }
    auto first = std::move(events_.front());
    events_.pop_front();
    return first;
}

client_actor::behavior_type client(client_actor::stateful_pointer<client_state> self,
                                   std::shared_ptr<client_queue> queue) {
    auto& state = caf_compat::state_of(self);
    state.queue = std::move(queue);
    return {
        [&state](const roster& known) { state.supervisor = known.known->supervisor; },
        [self, &state](const submission& wanted) {
            if (state.supervisor) {
                caf_compat::send(self, state.supervisor, wanted);
            }
        },
        [&state](const round_report& report) { state.queue->push(report); },
        [&state](const delivered& what) { state.queue->push(what); },
    };
}

} // namespace byzgate
