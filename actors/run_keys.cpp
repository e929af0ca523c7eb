#include "actors/run_keys.hpp"

#include <fmt/format.h>

#include "config/parse.hpp"
#include "crypto/key_files.hpp"
#include "crypto/key_sources.hpp"

namespace byzgate {

namespace {

cluster_sealing make_cluster_sealing(const key_set& keys, const cluster_parameters& cluster) {
    cluster_sealing made;
    made.scheme = make_payload_scheme(cluster, keys.all.sealing);
    if (keys.database) {
        made.sealer = make_payload_sealer(cluster, *keys.database);
    }
    const auto recipient = keys.own.find(external_party_id);
    if (recipient != keys.own.end() && recipient->second.sealing) {
        if (sealing_key_of(*recipient->second.sealing) != keys.all.sealing) {
            throw key_error("the sealing secret of the external party is not the one whose public "
                            "key the cluster has; use files that one byzgate keygen wrote");
        }
        made.opener = make_payload_opener(cluster, *recipient->second.sealing);
    }
    return made;
}

} // namespace

run_keys make_run_keys(const key_set& keys, const cluster_parameters& cluster) {
    auto all = make_signing_keys(keys, cluster);
    const signing_keys checking{nullptr, all.begin()->second.all, all.begin()->second.cluster};
    run_keys made{keys.all, nullptr, {}};
    if (cluster.sealed) {
        made.sealing = make_cluster_sealing(keys, cluster);
    }
    if (cluster.is_signed()) {
        made.of = [all = std::move(all), checking](server_id id) {
            const auto own = all.find(id);
            return own == all.end() ? checking : own->second;
        };
    }
    return made;
}

void expect_numbers_in(const std::filesystem::path& directory, const cluster_keys& keys,
                       const scenario& what) {
    const auto numbers = directory / cluster_numbers_file_name;
    if (std::filesystem::exists(numbers)
        && cluster_digest(keys, load_cluster(numbers)) != cluster_digest(keys, what.cluster)) {
        throw config_error(
            what.file,
            {{0, fmt::format("the cluster is another than that of {}, whose keys lie beside it; "
                             "change [cluster] back, or name another [state] dir or [keys] dir",
                             numbers.string())}});
    }
}

run_keys find_run_keys(const std::filesystem::path& directory, const scenario& what) {
    // First, because another cluster's keys may lack what this one needs.
    if (const auto all = directory / cluster_key_file_name; std::filesystem::exists(all)) {
        expect_numbers_in(directory, load_public_keys(all), what);
    }
    const auto keys = find_keys(directory, what.cluster);
    return make_run_keys(keys, what.cluster);
}

run_keys keys_without_state(const scenario& what, std::uint64_t seed) {
    if (what.keys_dir) {
        return find_run_keys(*what.keys_dir, what);
    }
    expect_no_key_variables(what.cluster);
    const auto name = is_cluster_name(what.name) ? what.name : std::string{"cluster"};
    return make_run_keys(keys_from_run_seed(name, what.cluster, seed), what.cluster);
}

} // namespace byzgate
