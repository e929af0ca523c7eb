#include "fuzz/sample.hpp"

#include <map>

#include "crypto/blake2b.hpp"
#include "crypto/keys.hpp"
#include "protocol/statement.hpp"

namespace byzgate::sample {

namespace {

constexpr std::uint64_t run_seed = 1;
constexpr server_id honest = commander_id(0);
constexpr round_id first_round{1};
constexpr round_id second_round{2};

const std::map<server_id, signing_keys>& all_keys() {
    static const auto keys =
        make_signing_keys(keys_from_run_seed("sample", cluster(), run_seed), cluster());
    return keys;
}

const std::vector<record_id>& records() {
    static const std::vector<record_id> ids{released_record, "b", "c"};
    return ids;
}

digest payload_digest_of(const record_id& id) {
    return digests().digest_of("payload of " + id);
}

std::vector<claim> claims_saying(flag of_others) {
    std::vector<claim> claims;
    for (const auto& id : records()) {
        const auto says = id == released_record ? flag::public_ : of_others;
        claims.push_back(make_claim(says, released_version, payload_digest_of(id)));
    }
    return claims;
}

shown_claim shown(server_id commander, round_id round, const std::vector<claim>& claims,
                  std::uint32_t position) {
    const auto seal =
        seal_claims(all_keys().at(commander), digests(), commander, round, 0, records(), claims);
    const auto tree = tree_over(records(), claims, seal->salt, digests());
    return show({commander, make_claim_batch(claims), seal}, tree, round, 0, records()[position],
                position);
}

shown_verdict shown_vote(server_id lieutenant, round_id round) {
    std::vector<verdict> verdicts(records().size());
    verdicts[0] = {decision::release, reason::enough_public, released_version, released_digest()};
    const auto seal = seal_verdicts(all_keys().at(lieutenant), digests(), lieutenant, round, 0,
                                    records(), verdicts);
    const auto tree = tree_over(records(), verdicts, seal->salt, digests());
    return show(lieutenant, verdicts, *seal, tree, round, 0, released_record, 0);
}

release_certificate voted_for(round_id round) {
    release_certificate of;
    of.record = released_record;
    of.version = released_version;
    of.payload_digest = released_digest();
    of.round = round;
    for (std::uint32_t i = 0; i < cluster().lieutenants; ++i) {
        of.votes.push_back(shown_vote(lieutenant_id(i), round));
    }
    of.claims.push_back(shown(honest, round, claims_saying(flag::confidential), 0));
    return of;
}

class gullible_ring final : public key_ring {
public:
    [[nodiscard]] bool verify(server_id, std::string_view, const signature&) const override {
        return true;
    }
};

} // namespace

const cluster_parameters& cluster() {
    static const auto of = [] {
        cluster_parameters made;
        made.commanders = 2;
        made.lieutenants = 3;
        made.protocol = protocol_kind::signed_;
        made.tolerate = default_budget(made.commanders, made.lieutenants);
        return made;
    }();
    return of;
}

const digester& digests() {
    static const blake2b_digester of;
    return of;
}

digest released_digest() {
    return payload_digest_of(released_record);
}

const signing_keys& keys() {
    return all_keys().begin()->second;
}

const signing_keys& gullible_keys() {
    static const signing_keys all{keys().own, std::make_shared<const gullible_ring>(),
                                  keys().cluster};
    return all;
}

release_certificate certificate() {
    auto of = voted_for(first_round);
    of.claims.push_back(shown(liar, first_round, claims_saying(flag::confidential), 0));
    return of;
}

release_certificate convicting_certificate() {
    auto of = voted_for(second_round);
    of.convictions.push_back(same_place());
    return of;
}

evidence same_place() {
    return {shown(liar, first_round, claims_saying(flag::confidential), 1),
            shown(liar, first_round, claims_saying(flag::public_), 1)};
}

evidence same_version() {
    return {shown(liar, first_round, claims_saying(flag::confidential), 1),
            shown(liar, second_round, claims_saying(flag::public_), 1)};
}

} // namespace byzgate::sample
