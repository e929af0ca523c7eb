/// The judges of a simulated world. They stand outside the cluster: they know the database with all
/// its versions and who is Byzantine, see every vote and delivery leave its sender, and judge each
/// round as it closes. What a Byzantine server sends is never held against the cluster; what loyal
/// servers make of it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/messages.hpp"
#include "simulation/simulate.hpp"
#include "simulation/world_database.hpp"

namespace byzgate {

class judges {
public:
    /// All arguments outlive the judges; `result` is where they count.
    judges(const simulation_settings& settings, const world_database& database,
           simulation_result& result);

    /// A message leaves `from`.
    void on_sent(server_id from, server_id to, const message& what);
    /// The external party has it, and has opened it if it was sealed.
    void on_arrived(const delivery& leaving);
    /// A commander has read records of that round.
    void on_read(round_id round);
    /// Judges the round; what it returns is valid until the next call.
    const std::vector<judged_record>& on_closed(const round_closed& closed);

    [[nodiscard]] bool is_byzantine(server_id id) const;

private:
    using verdicts = std::shared_ptr<const std::vector<verdict>>;

    /// A loyal lieutenant convicts a commander.
    struct seen_accusation {
        server_id accuser{};
        server_id commander{};
        std::uint32_t position = 0; ///< in the level
    };

    /// What the judges saw of one level of a round.
    struct seen_level {
        level_number number = 0;
        record_id_batch records;
        std::vector<verdicts> votes; ///< of loyal lieutenants, by index
        std::vector<seen_accusation> accusations;
    };

    /// What the judges saw of one round. Kept and used again once the round is closed.
    struct seen_round {
        round_id round{};
        bool open = false;
        bool read = false;
        std::uint64_t moment = 0;       ///< of the database, when the round was first read
        std::vector<seen_level> levels; ///< the first `levels_count` are in use
        std::size_t levels_count = 0;
        std::vector<std::shared_ptr<const std::vector<released_record>>> deliveries;
    };

    /// One record of a round that closes.
    struct trial {
        const round_closed& closed;
        const seen_round& seen;
        std::uint32_t position;
        const decided_record& decided;
        const released_record* delivered;   ///< null: not
        std::optional<std::uint64_t> index; ///< in the database
    };

    [[nodiscard]] seen_round* find(round_id round);
    [[nodiscard]] seen_round& at(round_id round);
    [[nodiscard]] seen_level& level_of(seen_round& round, level_number number);
    void remember(const vote& cast, server_id from);
    void match_deliveries(const round_closed& closed, const seen_round& seen);
    void count_convictions(const round_closed& closed, const seen_round& seen);
    void judge(const trial& t, judged_record& judged);
    void judge_release(const trial& t, judged_record& judged);
    void judge_quorum(const trial& t);
    void judge_denial(const trial& t, bool changed);
    void judge_votes(const trial& t, bool changed);
    [[nodiscard]] bool is_right(const verdict& cast, const trial& t) const;
    [[nodiscard]] bool all_convicted(const trial& t) const;
    [[nodiscard]] static std::optional<std::uint32_t> position_in(const seen_level& level,
                                                                  const trial& t);
    void broken(judged_property property, round_id round, const record_id& record,
                std::string what);

    const simulation_settings& settings_;
    const cluster_parameters& cluster_;
    const world_database& database_;
    simulation_result& result_;
    promises promised_;
    bool timely_;
    std::vector<bool> byzantine_commanders_;
    std::vector<bool> byzantine_lieutenants_;
    std::uint32_t bc_ = 0;
    std::uint32_t loyal_lieutenants_ = 0;
    std::vector<seen_round> rounds_;
    std::vector<judged_record> judged_;
    std::vector<const released_record*> delivered_;
    std::vector<server_id> voters_; ///< of one release, ascending
};

} // namespace byzgate
