/// Certificates and evidence checked with nothing but public keys and the cluster's numbers, as
/// anybody can who trusts neither the gate nor whoever shows them. Answers are for people.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    std::vector<known_cluster> others;  ///< whose signatures count as well: of earlier keys
};

/// Where to look for it.
struct cluster_options {
    /// `cluster.keys` or its folder, and those of clusters before it; none: looked for beside the
    /// file.
    std::vector<std::string> keys;
    /// A configuration of the first of them; empty: `cluster.toml` beside the keys, as for others.
    std::string config;
};

/// The public keys that the options name, else those beside `file`: `cluster.keys` or
/// `keys/cluster.keys` in its folder or the one above. Nothing if there are none. Throws key_error,
/// config_error and usage_error for files that can't be used.
[[nodiscard]] std::optional<known_cluster> find_cluster(const cluster_options& options,
                                                        const std::filesystem::path& file);

struct released_line;

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
                                                      const std::optional<digest>& named);
    /// Throws usage_error if nobody says the cluster's numbers.
    [[nodiscard]] std::optional<std::string> fault_of(const release_certificate& of);
    /// A line of the external party's: JSON without its line feed.
    [[nodiscard]] std::optional<std::string> fault_of_released(const std::string& line);
    /// What the ledger says about a release, and its certificate.
    [[nodiscard]] std::optional<std::string> fault_of(const ledger_row& row);

private:
    /// Nothing if one of the clusters finds nothing wrong, else what the first one finds.
    template <class Check>
    [[nodiscard]] std::optional<std::string> by_any(const Check& check);

    [[nodiscard]] std::optional<std::string> fault_here(const evidence& found,
                                                        const std::optional<digest>& named) const;
    [[nodiscard]] std::optional<std::string> fault_here(const release_certificate& of);
    [[nodiscard]] std::optional<std::string> fault_here(const released_line& line);
    [[nodiscard]] std::optional<std::string>
    fault_of_payload(const record_id& id, const version_id& version, const std::string& payload,
                     const std::optional<std::string>& opening, const digest& certified) const;

    known_cluster cluster_;
    blake2b_digester digests_;
    signing_keys signing_;
    checked_signatures checked_;
    std::vector<offline_check> others_;
};

} // namespace byzgate
