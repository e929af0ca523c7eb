/// What a run starts from: keys, where rounds go on, and who is convicted, from its state, from
/// what lies beside its keys, or from its settings.
#pragma once

#include <memory>
#include <vector>

#include "actors/key_rounds.hpp"
#include "actors/run.hpp"
#include "actors/run_state.hpp"

namespace byzgate {

class run_past {
public:
    /// Takes the keys out of the environment: before any thread runs. Throws as `run_state`,
    /// `keys_without_state` and `key_rounds` do.
    run_past(const run_settings& settings, const digester& digests);

    /// Null: nothing is kept but how far rounds were numbered with the keys of `[keys] dir`.
    [[nodiscard]] run_state* state() const noexcept { return state_.get(); }
    [[nodiscard]] const run_keys& keys() const noexcept { return keys_; }
    [[nodiscard]] round_id last_round() const noexcept { return last_round_; }
    [[nodiscard]] const std::vector<evidence_ptr>& convictions() const noexcept {
        return convictions_;
    }

    /// So many rounds of this run may begin: on the disk on return. Throws database_error and
    /// std::runtime_error.
    void reserve(std::uint64_t rounds);
    /// So many began, and no other will. Throws likewise.
    void finish(std::uint64_t rounds);

private:
    std::unique_ptr<run_state> state_;
    run_keys keys_;
    std::unique_ptr<key_rounds> beside_keys_; ///< where no state sees to it
    round_id last_round_{};
    std::vector<evidence_ptr> convictions_;
};

} // namespace byzgate
