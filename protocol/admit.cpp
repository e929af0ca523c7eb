#include "protocol/admit.hpp"

#include <algorithm>

#include "protocol/evidence.hpp"

namespace byzgate {

bool well_formed(const claim& c, const limits& limit) noexcept {
    switch (c.kind) {
        case claim_kind::none:
        case claim_kind::absent:
            return c.says == flag::confidential && c.version.empty()
                   && c.payload_digest == digest{};
        case claim_kind::present:
            return (c.says == flag::confidential || c.says == flag::public_)
                   && c.version.size() <= limit.record_id_bytes_max;
    }
    return false;
}

namespace {

std::optional<refusal> refusal_of_claims(const claim_batch& claims, std::size_t records,
                                         const cluster_parameters& cluster) {
    if (!claims || claims->size() != records) {
        return refusal::malformed;
    }
    for (const auto& c : *claims) {
        if (!well_formed(c, cluster.limit)) {
            return refusal::malformed;
        }
    }
    return std::nullopt;
}

bool well_formed(const verdict& v, const limits& limit) noexcept {
    if (v.what > decision::unresolved || v.why > reason::commanders_differ) {
        return false;
    }
    if (v.what == decision::release) {
        return v.version.size() <= limit.record_id_bytes_max;
    }
    return v.version.empty() && v.payload_digest == digest{};
}

bool well_formed(const accusation& a, std::size_t records, const cluster_parameters& cluster) {
    const auto members = [&](const std::vector<server_id>& reporters) {
        return reporters.size() <= cluster.lieutenants
               && std::all_of(reporters.begin(), reporters.end(), [&](server_id id) {
                      return is_lieutenant(id) && cluster.contains(id);
                  });
    };
    return is_commander(a.commander) && cluster.contains(a.commander) && a.position < records
           && well_formed(a.first.what, cluster.limit) && well_formed(a.second.what, cluster.limit)
           && members(a.first.reporters) && members(a.second.reporters);
}

} // namespace

std::optional<refusal> refusal_of_request(const round_request& request,
                                          const cluster_parameters& cluster) {
    if (!request.records || request.records->empty() || request.level > cluster.max_recursion
        || request.convicted.size() > cluster.commanders) {
        return refusal::malformed;
    }
    if (request.records->size() > cluster.limit.batch_max) {
        return refusal::oversized;
    }
    for (const auto& id : *request.records) {
        if (id.size() > cluster.limit.record_id_bytes_max) {
            return refusal::oversized;
        }
    }
    for (const auto id : request.convicted) {
        if (!is_commander(id) || !cluster.contains(id)) {
            return refusal::malformed;
        }
    }
    return std::nullopt;
}

std::optional<refusal> refusal_of_distribution(const distribution& told, std::size_t records,
                                               const cluster_parameters& cluster) {
    if (!told.payloads || told.payloads->size() != records) {
        return refusal::malformed;
    }
    for (const auto& payload : *told.payloads) {
        if (payload.size() > cluster.limit.payload_bytes_max) {
            return refusal::oversized;
        }
    }
    return refusal_of_claims(told.claims, records, cluster);
}

std::optional<refusal> refusal_of_relay(const relay& passed_on, std::size_t items,
                                        std::size_t records, const cluster_parameters& cluster) {
    if (passed_on.items.size() != items) {
        return refusal::malformed;
    }
    for (const auto& item : passed_on.items) {
        if (item) {
            if (const auto why = refusal_of_claims(item, records, cluster)) {
                return why;
            }
        }
    }
    return std::nullopt;
}

std::optional<refusal> refusal_of_relay(const signed_relay& passed_on, std::size_t commanders,
                                        std::size_t records, server_id from,
                                        const cluster_parameters& cluster) {
    if (!passed_on.own || passed_on.own->lieutenant != from
        || passed_on.own->phase != passed_on.phase
        || passed_on.own->roots.size() != passed_on.items.size()) {
        return refusal::malformed;
    }
    // Two batches of a commander prove its lie; nobody passes on more.
    const auto batches_max = 2 * commanders;
    if (passed_on.items.size() > batches_max) {
        return refusal::oversized;
    }
    for (const auto& item : passed_on.items) {
        if (!item.seal || item.links.size() + 1 != passed_on.phase) {
            return refusal::malformed;
        }
        for (std::size_t i = 0; i < item.links.size(); ++i) {
            const auto& link = item.links[i];
            if (!link || link->phase != i + 1 || !is_lieutenant(link->lieutenant)
                || !cluster.contains(link->lieutenant)) {
                return refusal::malformed;
            }
            if (link->roots.size() > batches_max) {
                return refusal::oversized;
            }
        }
        if (const auto why = refusal_of_claims(item.claims, records, cluster)) {
            return why;
        }
    }
    return std::nullopt;
}

std::optional<refusal> refusal_of_grounds(const release_grounds& grounds, std::size_t records,
                                          const cluster_parameters& cluster) {
    if (grounds.batches.size() > cluster.commanders
        || grounds.convictions.size() > cluster.commanders) {
        return refusal::oversized;
    }
    std::vector<server_id> named; // ascending; first the convicted
    const auto is_next = [&](server_id commander) {
        return is_commander(commander) && cluster.contains(commander)
               && (named.empty() || named.back() < commander);
    };
    for (const auto& found : grounds.convictions) {
        if (!found || !is_next(found->commander())) {
            return refusal::malformed;
        }
        named.push_back(found->commander());
    }
    const auto convicted = std::move(named);
    named.clear();
    for (const auto& batch : grounds.batches) {
        if (!batch.seal || !is_next(batch.commander)
            || std::binary_search(convicted.begin(), convicted.end(), batch.commander)) {
            return refusal::malformed;
        }
        named.push_back(batch.commander);
        if (const auto why = refusal_of_claims(batch.claims, records, cluster)) {
            return why;
        }
    }
    return std::nullopt;
}

std::optional<refusal> refusal_of_vote(const vote& cast, std::size_t records,
                                       const cluster_parameters& cluster) {
    if (!cast.verdicts || cast.verdicts->size() != records) {
        return refusal::malformed;
    }
    // Evidence costs work to check, and one bundle a commander says it all.
    if (cast.accusations.size() > (cluster.is_signed() ? 1 : records) * cluster.commanders) {
        return refusal::oversized;
    }
    for (const auto& v : *cast.verdicts) {
        if (!well_formed(v, cluster.limit)) {
            return refusal::malformed;
        }
    }
    for (const auto& a : cast.accusations) {
        if (!well_formed(a, records, cluster)) {
            return refusal::malformed;
        }
    }
    return std::nullopt;
}

} // namespace byzgate
