/// A digest for simulations: 256 bits, the same on every machine, some nanoseconds for a short
/// payload. It tells the payloads of a simulated database apart and no more: whoever wants to can
/// find two texts with one digest. Nothing that faces a real adversary may use it; the behaviours
/// of a simulation don't search for collisions.
#pragma once

#include "protocol/record.hpp"

namespace byzgate {

class fast_digester final : public digester {
public:
    [[nodiscard]] digest digest_of(std::string_view bytes) const override;
};

} // namespace byzgate
