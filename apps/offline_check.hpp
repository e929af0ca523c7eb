/// Certificates and evidence checked with nothing but public keys and the cluster's numbers, as
/// anybody can who trusts neither the gate nor whoever shows them. Answers are for people.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/blake2b.hpp"
#include "crypto/keys.hpp"
#include "protocol/certificate.hpp"
#include "storage/ledger.hpp"

namespace byzgate {

/// Whose signatures count.
struct known_cluster {
    std::filesystem::path keys_file;
    cluster_keys keys;
    /// What a quorum is, and how many liars the cluster survives; nothing if nobody says.
    std::optional<cluster_parameters> numbers;
    std::filesystem::path numbers_file; ///< that said it
};

/// Where to look for it.
struct cluster_options {
    std::string keys;   ///< `cluster.keys` or its folder; empty: looked for beside the file
    std::string config; ///< a configuration of the cluster; empty: `cluster.toml` beside the keys
};

/// The public keys that the options name, else those beside `file`: `cluster.keys` or
/// `keys/cluster.keys` in its folder or the one above. Nothing if there are none. Throws key_error,
/// config_error and usage_error for files that can't be used.
[[nodiscard]] std::optional<known_cluster> find_cluster(const cluster_options& options,
                                                        const std::filesystem::path& file);

/// Each answer is what is wrong, in plain words; nothing if it verifies. One thread at a time.
class offline_check {
public:
    explicit offline_check(known_cluster cluster);

    [[nodiscard]] const known_cluster& cluster() const noexcept { return cluster_; }
    /// Nobody signs in this cluster, as somebody said: it has keys for its sealed payloads only.
    [[nodiscard]] bool is_oral() const noexcept {
        return cluster_.numbers && !cluster_.numbers->is_signed();
    }

    /// `named` is the cluster that the bundle says it is evidence in; nothing for one that doesn't.
    [[nodiscard]] std::optional<std::string> fault_of(const evidence& found,
                                                      const std::optional<digest>& named) const;
    /// Throws usage_error if nobody says the cluster's numbers.
    [[nodiscard]] std::optional<std::string> fault_of(const release_certificate& of);
    /// A line of the external party's: JSON without its line feed.
    [[nodiscard]] std::optional<std::string> fault_of_released(const std::string& line);
    /// What the ledger says about a release, and its certificate.
    [[nodiscard]] std::optional<std::string> fault_of(const ledger_row& row);

private:
    [[nodiscard]] std::optional<std::string>
    fault_of_payload(const record_id& id, const version_id& version, const std::string& payload,
                     const std::optional<std::string>& opening, const digest& certified) const;

    known_cluster cluster_;
    blake2b_digester digests_;
    signing_keys signing_;
    checked_signatures checked_;
};

} // namespace byzgate
