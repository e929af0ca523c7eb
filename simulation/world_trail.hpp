/// A number for the whole course of a simulation: every event, in order, with all that it says. Two
/// runs with the same number took the same course, on whatever compiler and machine.
#pragma once

#include <cstdint>

#include "behaviors/seeded.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

class world_trail {
public:
    void on_event(tick now, server_id whose, const event& what);
    void on_closed(const round_closed& closed);
    [[nodiscard]] std::uint64_t value() const noexcept { return state_; }

private:
    struct writer;
    std::uint64_t state_ = 0;
};

} // namespace byzgate
