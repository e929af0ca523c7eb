/// Small things that many tests need: clusters, records, claims.
#pragma once

#include <string>
#include <vector>

#include "tests/protocol/pump.hpp"

namespace byzgate::testing {

/// k commanders, n lieutenants, OM(m), with the default budget and a Delta of 100 ticks.
[[nodiscard]] inline cluster_parameters
make_cluster(std::uint32_t commanders, std::uint32_t lieutenants, std::uint32_t depth) {
    cluster_parameters cluster;
    cluster.commanders = commanders;
    cluster.lieutenants = lieutenants;
    cluster.depth = depth;
    cluster.tolerate = default_budget(commanders, lieutenants);
    cluster.phase_timeout = 100;
    return cluster;
}

[[nodiscard]] inline cluster_parameters make_cluster(std::uint32_t commanders,
                                                     std::uint32_t lieutenants, std::uint32_t depth,
                                                     const fault_budget& tolerate) {
    auto cluster = make_cluster(commanders, lieutenants, depth);
    cluster.tolerate = tolerate;
    return cluster;
}

[[nodiscard]] inline record make_record(const record_id& id, flag confidentiality,
                                        const version_id& version = "v1") {
    return {id, version, confidentiality, "payload of " + id + " " + version};
}

[[nodiscard]] inline claim claim_about(const record& r) {
    return make_claim(r.confidentiality, r.version, test_digests().digest_of(r.payload));
}

/// A claim of record "a" in that version.
[[nodiscard]] inline claim public_claim(const version_id& version = "v1") {
    return claim_about(make_record("a", flag::public_, version));
}
[[nodiscard]] inline claim confidential_claim(const version_id& version = "v1") {
    return claim_about(make_record("a", flag::confidential, version));
}

[[nodiscard]] inline record_id_batch ids(std::vector<record_id> of) {
    return std::make_shared<const std::vector<record_id>>(std::move(of));
}
[[nodiscard]] inline payload_batch payloads(std::vector<std::string> of) {
    return std::make_shared<const std::vector<std::string>>(std::move(of));
}
[[nodiscard]] inline claim_batch one(const claim& c) {
    return make_claim_batch({c});
}

/// What a commander sends that says `c` of record "a", with the payload that fits version and id.
[[nodiscard]] inline distribution telling(const claim& c, round_id round = round_id{1},
                                          level_number level = 0) {
    const auto payload =
        c.is_present() ? make_record("a", flag::public_, c.version).payload : std::string{};
    return {round, level, one(c), payloads({payload})};
}

} // namespace byzgate::testing
