/// Crashes of loyal servers in a simulated world, and the disks that survive them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/machine.hpp"
#include "simulation/simulate.hpp"

namespace byzgate {

class world_crashes {
public:
    /// `planned` outlives this.
    world_crashes(const std::vector<planned_crash>& planned, std::size_t seats);

    /// Without any, nothing is kept and all else here is left alone.
    [[nodiscard]] bool any() const noexcept { return !planned_.empty(); }

    /// A request that this seat heard, to be heard again.
    void heard(std::uint32_t seat, const round_request& request);
    /// Writes what `doing` asks to keep. If the server crashes at this write, what it doesn't live
    /// to do is taken out of `doing`, and the crash is returned.
    [[nodiscard]] const planned_crash* write(std::uint32_t seat, server_id id, effects& doing);
    /// What a server that is back finds on its disk.
    [[nodiscard]] signed_past past_after(std::uint32_t seat, const planned_crash& crash);
    [[nodiscard]] const std::vector<round_request>& requests_of(std::uint32_t seat) const {
        return disks_[seat].requests;
    }
    [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }

private:
    struct disk {
        std::vector<kept_statement> statements;
        round_id floor{};
        std::uint64_t writes = 0;
        std::vector<round_request> requests;
    };

    void store(disk& on, const effects& doing) const;

    const std::vector<planned_crash>& planned_;
    std::vector<disk> disks_;
    std::uint64_t writes_ = 0;
};

} // namespace byzgate
