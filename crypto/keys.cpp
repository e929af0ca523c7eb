#include "crypto/keys.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "crypto/transcript.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

namespace {

std::vector<server_id> servers_with_keys(const cluster_parameters& cluster) {
    auto servers = cluster.servers();
    servers.push_back(supervisor_id);
    servers.push_back(external_party_id);
    return servers;
}

/// `seed_for(server)`, the external party's `sealing` secret and the `database`'s make the set.
template <class SeedFor>
key_set make_keys(std::string name, const cluster_parameters& cluster, const secret_256& sealing,
                  const secret_256& database, SeedFor seed_for) {
    if (!is_cluster_name(name)) {
        throw key_error("the cluster's name: it stands on a line of the public key file; write 1 "
                        "to 255 bytes without control characters");
    }
    key_set made;
    if (cluster.sealed) {
        made.database = database;
    }
    made.all.name = std::move(name);
    made.all.sealing = sealing_key_of(sealing);
    for (const auto server : servers_with_keys(cluster)) {
        private_keys own{server, seed_for(server), std::nullopt};
        if (server == external_party_id) {
            own.sealing = sealing;
        }
        made.all.servers.emplace(server, make_key_pair(own.seed).public_key);
        made.own.emplace(server, std::move(own));
    }
    return made;
}

signing_keys signing_keys_on(std::shared_ptr<const ed25519_key_ring> ring, const digest& cluster,
                             const private_keys& own) {
    auto pair = make_key_pair(own.seed);
    const auto known = ring->keys().find(own.server);
    if (known == ring->keys().end() || known->second != pair.public_key) {
        throw key_error("the private key of " + to_string(own.server)
                        + " is not the one whose public key the cluster has for it; use the two "
                          "files that one byzgate keygen wrote");
    }
    return {std::move(pair.own), std::move(ring), cluster};
}

} // namespace

bool is_cluster_name(std::string_view name) {
    if (name.empty() || name.size() > 255) {
        return false;
    }
    for (const unsigned char c : name) {
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return true;
}

x25519_public_key sealing_key_of(const secret_256& sealing) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    static_assert(crypto_box_SECRETKEYBYTES == secret_256::size());
    x25519_public_key key{};
    crypto_scalarmult_base(key.data(), sealing.data());
    return key;
}

bool is_sealing_key(const x25519_public_key& key) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    const auto in_middle_all_ones =
        std::all_of(key.begin() + 1, key.end() - 1, [](auto byte) { return byte == 0xff; });
    // X25519 ignores the top bit and takes numbers modulo 2^255 - 19: a key would have other texts.
    if (key[31] > 0x7f || (key[31] == 0x7f && in_middle_all_ones && key[0] >= 0xed)) {
        return false;
    }
    // Any scalar will do: a point of small order is what none of them leads anywhere from.
    secret_256 scalar;
    scalar.data()[0] = 8;
    secret_256 shared;
    return crypto_scalarmult(shared.data(), scalar.data(), key.data()) == 0;
}

key_set fresh_keys(std::string name, const cluster_parameters& cluster) {
    return make_keys(std::move(name), cluster, fresh_secret(), fresh_secret(),
                     [](server_id) { return fresh_secret(); });
}

key_set keys_from_run_seed(std::string name, const cluster_parameters& cluster,
                           std::uint64_t run_seed) {
    return make_keys(std::move(name), cluster, sealing_secret_from_run_seed(run_seed),
                     database_secret_from_run_seed(run_seed),
                     [run_seed](server_id server) { return seed_from_run_seed(run_seed, server); });
}

secret_256 sealing_secret_from_run_seed(std::uint64_t run_seed) {
    return transcript{"byzgate run sealing key 1"}.add(run_seed).finish_secret();
}

secret_256 database_secret_from_run_seed(std::uint64_t run_seed) {
    return transcript{"byzgate run database secret 1"}.add(run_seed).finish_secret();
}

digest cluster_digest(const cluster_keys& keys, const cluster_parameters& cluster) {
    transcript all{"byzgate cluster 1"};
    all.add(keys.name);
    const std::vector<std::uint64_t> numbers{cluster.commanders,
                                             cluster.lieutenants,
                                             cluster.tolerate.commanders,
                                             cluster.tolerate.lieutenants,
                                             cluster.tolerate.total,
                                             static_cast<std::uint64_t>(cluster.protocol),
                                             cluster.depth,
                                             cluster.max_recursion,
                                             keys.servers.size()};
    for (const auto number : numbers) {
        all.add(number);
    }
    for (const auto& [server, key] : keys.servers) {
        all.add(static_cast<std::uint64_t>(server)).add(key);
    }
    all.add(keys.sealing);
    if (cluster.sealed) {
        all.add("sealed");
    }
    return all.finish();
}

void expect_keys_of(const cluster_keys& keys, const cluster_parameters& cluster,
                    std::string_view place) {
    const auto cure = "; make keys for this configuration with byzgate keygen";
    for (const auto server : servers_with_keys(cluster)) {
        if (keys.servers.count(server) == 0) {
            throw key_error(std::string{place} + ": there is no key for " + to_string(server)
                            + cure);
        }
    }
    for (const auto& [server, key] : keys.servers) {
        if (!cluster.contains(server)) {
            throw key_error(std::string{place} + ": the cluster has no " + to_string(server)
                            + cure);
        }
    }
}

signing_keys make_signing_keys(const private_keys& own, const cluster_keys& all,
                               const cluster_parameters& cluster) {
    expect_keys_of(all, cluster, "the cluster's public keys");
    return signing_keys_on(std::make_shared<const ed25519_key_ring>(all.servers),
                           cluster_digest(all, cluster), own);
}

std::map<server_id, signing_keys> make_signing_keys(const key_set& keys,
                                                    const cluster_parameters& cluster) {
    expect_keys_of(keys.all, cluster, "the cluster's public keys");
    const auto ring = std::make_shared<const ed25519_key_ring>(keys.all.servers);
    const auto named = cluster_digest(keys.all, cluster);
    std::map<server_id, signing_keys> made;
    for (const auto& [server, own] : keys.own) {
        made.emplace(server, signing_keys_on(ring, named, own));
    }
    return made;
}

} // namespace byzgate
