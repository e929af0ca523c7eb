/// What runs keep for the runs after them, in the directory that `[state] dir` names
/// (docs/state.md): the release ledger, the keys, the evidence behind convictions, and how far
/// rounds were numbered. Without it a run keeps nothing.
///
/// The directory is the operator's; evidence in it may be anybody's, so it is checked again
/// whenever it is read.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "actors/evidence_folder.hpp"
#include "actors/external_party.hpp"
#include "actors/key_rounds.hpp"
#include "actors/run_keys.hpp"
#include "config/scenario.hpp"
#include "storage/ledger.hpp"
#include "storage/signing_log.hpp"

namespace byzgate {

/// Writes releases to the ledger before it passes them on, and passes on what the recipient doesn't
/// have yet: a version of a record reaches it once, over all runs. One thread at a time.
class ledger_sink final : public release_sink {
public:
    /// `to` may be null: then the ledger is all there is.
    ledger_sink(const std::filesystem::path& ledger, std::shared_ptr<release_sink> to);

    void keep(round_id round, const released_record& record) override;
    void take(const delivery& all) override;
    /// Nothing more will come. Notes what the recipient has by now.
    void close();
    /// Told after each durable write: the rows that were new, and the seconds that it took. To be
    /// set before the first delivery.
    std::function<void(std::uint64_t, double)> on_write;

    /// Versions that were passed on, and how often one was decided again that the recipient had.
    [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
    [[nodiscard]] std::uint64_t repeats() const noexcept { return repeats_; }

private:
    release_ledger ledger_;
    std::shared_ptr<release_sink> to_;
    std::vector<ledger_row> received_; ///< not noted yet; goes with the next transaction
    std::uint64_t delivered_ = 0;
    std::uint64_t repeats_ = 0;
};

/// An open state directory: nobody else has it open at the same time. One thread at a time, but for
/// what `sink` gives, which may have a thread of its own.
class run_state {
public:
    /// Opens it, or makes it with fresh keys. Throws config_error and key_error where the operator
    /// has to act (another cluster's keys, evidence that proves nothing, another run's directory),
    /// database_error and std::runtime_error where the environment fails.
    run_state(const scenario& what, std::uint64_t seed, const digester& digests);
    run_state(const run_state&) = delete;
    run_state& operator=(const run_state&) = delete;

    /// Its own, or those of `[keys] dir`.
    [[nodiscard]] const run_keys& keys() const noexcept { return keys_; }
    /// Those of the runs before this one.
    [[nodiscard]] const std::vector<evidence_ptr>& convictions() const noexcept {
        return convictions_;
    }
    /// The last round that the runs before this one may have begun.
    [[nodiscard]] round_id last_round() const noexcept { return round_id{last_round_}; }

    /// What that server has signed, and where what it signs from now on is kept.
    [[nodiscard]] server_signing_log signing_log_of(server_id server) const;
    /// So many rounds of this run may begin by now. On the disk on return.
    void reserve(std::uint64_t rounds);
    /// So many rounds began, and no other will.
    void finish(std::uint64_t rounds);
    /// The evidence among these.
    void keep(round_id round, const std::vector<accepted_conviction>& accepted);

    /// Where the gate's deliveries go, on their way to `file` (JSON Lines) or to `other`.
    [[nodiscard]] std::shared_ptr<ledger_sink> sink(const external_party_config& configured,
                                                    std::shared_ptr<release_sink> other);

private:
    void open_keys(const scenario& what, const digester& digests);
    void expect_same_cluster(const scenario& what);
    void open_rounds(const scenario& what, std::uint64_t seed);
    void expect_same_database(const scenario& what, std::uint64_t seed);

    std::filesystem::path dir_;
    std::optional<file_lock> lock_;
    std::optional<release_ledger> ledger_;
    run_keys keys_;
    std::optional<evidence_folder> evidence_;
    std::vector<evidence_ptr> convictions_;
    std::uint64_t last_round_ = 0;
    std::uint64_t reserved_ = 0;                      ///< rounds beyond it
    std::vector<std::unique_ptr<key_rounds>> rounds_; ///< signed: beside its keys, and those used
};

} // namespace byzgate
