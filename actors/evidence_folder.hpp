/// Evidence on the disk: a folder of bundles (docs/evidence.md), with what it takes to check them.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/keys.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

/// Writes the public half of a cluster: `cluster.keys` and, beside it, `cluster.toml` with the
/// numbers that its signatures rest on. Files that are there with just that content stay.
/// Throws key_error where they have another one; std::runtime_error if they can't be written.
void write_public_cluster(const std::filesystem::path& folder, const cluster_keys& keys,
                          const cluster_parameters& cluster);

/// The text under that name, whole and on the disk on return, whatever was there before.
/// Throws std::runtime_error, and leaves nothing half written.
void write_file_whole(const std::filesystem::path& file, const std::string& text);

/// What processes left in a folder that died while they wrote a file.
void remove_leftovers(const std::filesystem::path& folder);

class evidence_folder {
public:
    /// Made when there is something to put into it. `cluster` is the name in all that is signed.
    evidence_folder(std::filesystem::path folder, const digest& cluster);

    /// Writes the proofs among these as `commander-1-round-7.json`, one a commander and round. What
    /// could not be written is tried again with the next call. Throws std::runtime_error.
    void keep(round_id round, const std::vector<accepted_conviction>& accepted);

private:
    std::filesystem::path folder_;
    digest cluster_;
    std::set<std::filesystem::path> written_;
    std::map<std::filesystem::path, std::string> unwritten_; ///< and their texts
};

/// All bundles of a folder; none if there is no such folder. Throws config_error naming the file if
/// one is not evidence in this cluster: convictions are too grave to be lost or made up by a file.
[[nodiscard]] std::vector<evidence_ptr> read_evidence_folder(const std::filesystem::path& folder,
                                                             const signing_keys& keys,
                                                             const cluster_parameters& cluster,
                                                             const digester& digests);

} // namespace byzgate
