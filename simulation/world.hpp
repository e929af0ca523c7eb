/// A simulated world: every server of a cluster, the database, the external party and the network
/// between them, in one thread. Time stands still while anything is under way in the present tick
/// and then jumps to the next tick in which something arrives or falls due.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "crypto/ideal_keys.hpp"
#include "crypto/sealing.hpp"
#include "protocol/commander.hpp"
#include "protocol/lieutenant.hpp"
#include "protocol/supervisor.hpp"
#include "simulation/fast_digest.hpp"
#include "simulation/judges.hpp"
#include "simulation/simulate.hpp"
#include "simulation/world_crashes.hpp"
#include "simulation/world_database.hpp"
#include "simulation/world_digest.hpp"
#include "simulation/world_queue.hpp"
#include "simulation/world_random.hpp"
#include "simulation/world_trail.hpp"

namespace byzgate {

class world {
public:
    /// `settings` outlive the world and have been validated. Throws behavior_error.
    explicit world(const simulation_settings& settings);

    /// Decides all rounds, or stops at a broken promise.
    simulation_result run();

private:
    /// A server's place: who plays there and when it wants to be called.
    struct seat_state {
        server_id id{};
        handler plays;
        const machine* loyal = nullptr; ///< the loyal machine, wherever it is underneath
        tick deadline = tick_never;
        bool touched = false;                ///< `deadline` is to be asked for again
        const planned_crash* down = nullptr; ///< it crashed and is back at `deadline`
    };

    void add_seat(server_id id);
    /// The loyal machine of that seat, with what it finds on its disk.
    [[nodiscard]] handler make_loyal(server_id id, const signed_past& past) const;
    [[nodiscard]] std::uint32_t seat_of(server_id id) const noexcept;
    [[nodiscard]] bool is_seat(server_id id) const noexcept;

    void submit_rounds();
    [[nodiscard]] record_id_batch records_of_round(std::uint64_t number);
    void deliver_front();
    [[nodiscard]] bool advance_time();
    void tick_seat(seat_state& whose);
    void let_play(seat_state& whose, const event& what);
    void perform(seat_state& whose, const message* about);
    void come_back(seat_state& whose);
    [[nodiscard]] bool is_anybody_down() const;
    void transmit(const seat_state& from, send& sent);
    void push_delayed(std::uint32_t seat, server_id from, message&& what);
    void answer(const seat_state& whose, const read_records& asked);
    void receive(const delivery& leaving);
    void close(const round_closed& closed);
    [[nodiscard]] std::uint64_t memory_left() const;

    const simulation_settings& settings_;
    const cluster_parameters& cluster_;
    fast_digester fast_;
    world_digester digests_;
    std::optional<ideal_keys> keys_; ///< signed clusters
    cluster_sealing sealing_;        ///< sealed clusters
    simulation_result result_;
    world_database database_;
    judges judges_;
    world_trail trail_;
    world_random network_;
    world_queue queue_;
    world_crashes crashes_;
    std::vector<seat_state> seats_; ///< commanders, lieutenants, supervisor
    std::vector<record_id> asked_;  ///< ids in turn, unless all of the database
    std::vector<record_id_batch> batches_;
    effects doing_;
    tick now_ = 0;
    std::uint64_t asked_count_ = 0;
    std::uint64_t rounds_ = 0;
    std::uint64_t ahead_ = 0; ///< rounds submitted before they can start
    std::uint64_t submitted_ = 0;
    std::uint64_t closed_ = 0;
    bool unreliable_ = false; ///< the network has faults
};

} // namespace byzgate
