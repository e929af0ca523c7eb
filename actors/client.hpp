/// The client of a cluster: an actor that passes submissions on, and a queue through which a thread
/// outside CAF takes what came of them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"

namespace byzgate {

/// What comes back to the driver, in causal order: a round's deliveries stand before its report.
using client_event = std::variant<delivered, round_report>;

/// One writer (the client's actor), one reader (the driver's thread).
class client_queue {
public:
    void push(client_event what);
    /// The next event; nothing if none came within `patience`.
    [[nodiscard]] std::optional<client_event> pop(std::chrono::milliseconds patience);

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<client_event> events_;
};

struct client_state {
    static inline const char* name = "byzgate.client";
    std::shared_ptr<client_queue> queue;
    server_actor supervisor;
};

client_actor::behavior_type client(client_actor::stateful_pointer<client_state> self,
                                   std::shared_ptr<client_queue> queue);

} // namespace byzgate
