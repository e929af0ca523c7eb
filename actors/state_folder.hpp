/// A directory of one server's own, and what the supervisor keeps in its (docs/state.md).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "actors/evidence_folder.hpp"
#include "actors/file_lock.hpp"
#include "actors/key_rounds.hpp"
#include "protocol/cluster.hpp"
#include "storage/ledger.hpp"

namespace byzgate {

/// Makes a directory (mode 0700, its parents too) and holds it: no other process has it meanwhile.
class state_folder {
public:
    /// Throws std::runtime_error if it can't be made or somebody has it.
    explicit state_folder(std::filesystem::path dir);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return dir_; }

    /// Throws config_error if a process before this one had that file here (`began`), and it is
    /// gone or empty: what it knew, nobody else does. `without` says what could happen.
    void expect_kept(const std::string& file, const std::string& without) const;
    /// What this server needs to keep is on the disk from now on.
    void began() const;

private:
    std::filesystem::path dir_;
    std::optional<file_lock> lock_;
};

/// The supervisor's: the ledger, how far rounds were numbered, and the evidence that convicts.
class gate_state {
public:
    /// `beside_keys` is null in an oral cluster. Throws as `state_folder::expect_kept`,
    /// `release_ledger` and `read_evidence_folder` do.
    gate_state(const std::filesystem::path& dir, const cluster_parameters& cluster,
               const signing_keys& keys, const digester& digests,
               std::unique_ptr<key_rounds> beside_keys = nullptr);

    [[nodiscard]] std::string ledger_file() const { return (dir_ / "ledger.db").string(); }
    [[nodiscard]] const std::vector<evidence_ptr>& convictions() const noexcept {
        return convictions_;
    }
    /// The last round that the processes before this one may have begun.
    [[nodiscard]] round_id last_round() const noexcept { return round_id{last_round_}; }
    /// So many rounds of this process may begin: on the disk on return. Throws `database_error`
    /// and std::runtime_error.
    void reserve(std::uint64_t rounds);
    /// The evidence among these. Throws std::runtime_error.
    void keep(round_id round, const std::vector<accepted_conviction>& accepted);

private:
    std::filesystem::path dir_;
    release_ledger ledger_;
    std::unique_ptr<key_rounds> beside_keys_;
    std::vector<evidence_ptr> convictions_;
    std::optional<evidence_folder> evidence_; ///< signed clusters only
    std::uint64_t last_round_ = 0;
    std::uint64_t reserved_ = 0;
};

} // namespace byzgate
