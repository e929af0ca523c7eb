#include "actors/run_past.hpp"

namespace byzgate {

run_past::run_past(const run_settings& settings, const digester& digests)
    : last_round_(settings.last_round), convictions_(settings.convictions) {
    const auto& what = settings.what;
    if (what.state_dir) {
        state_ = std::make_unique<run_state>(what, settings.seed, digests);
        keys_ = state_->keys();
        last_round_ = state_->last_round();
        convictions_ = state_->convictions();
        return;
    }
    if (what.cluster.is_signed() || what.cluster.sealed) {
        keys_ = keys_without_state(what, settings.seed);
    }
    // Keys made from the seed are anybody's who knows it: they prove nothing beyond their run.
    if (what.keys_dir && what.cluster.is_signed()) {
        beside_keys_ =
            std::make_unique<key_rounds>(*what.keys_dir, key_rounds::unwritable::refused);
        expect_same_generated(*what.keys_dir, what, settings.seed);
        last_round_ = round_id{beside_keys_->last()};
    }
}

void run_past::reserve(std::uint64_t rounds) {
    if (state_) {
        state_->reserve(rounds);
    }
    if (beside_keys_) {
        beside_keys_->reserve(number_of(last_round_) + rounds);
    }
}

void run_past::finish(std::uint64_t rounds) {
    if (state_) {
        state_->finish(rounds);
    }
    if (beside_keys_) {
        beside_keys_->finish(number_of(last_round_) + rounds);
    }
}

} // namespace byzgate
