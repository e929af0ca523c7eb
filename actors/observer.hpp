/// What watches a running cluster from outside: counters, and a tap for traces. Nothing here feeds
/// back into the protocol.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/machine.hpp"

namespace byzgate {

/// Sees every message as it leaves and every refusal, from several threads at once.
class observer {
public:
    virtual ~observer() = default;
    virtual void sent(tick at, server_id from, server_id to, const message& what) = 0;
    /// `about` is the message that was refused, where it is known.
    virtual void refused_by(tick at, server_id by, const refused& what, const message* about) = 0;
};

/// Counters of one server, written by its actor only.
struct alignas(64) server_counters {
    std::atomic<std::uint64_t> messages{0}; ///< claims and relays sent, one per path and recipient
    std::array<std::atomic<std::uint64_t>, refusal_kinds> refusals{};
};

} // namespace byzgate
