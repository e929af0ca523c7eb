/// What names a cluster, and which keys belong together.
#include <functional>

#include <catch2/catch.hpp>

#include "crypto/keys.hpp"
#include "tests/crypto/bytes.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

cluster_parameters two_and_four() {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = 4;
    cluster.protocol = protocol_kind::signed_;
    cluster.tolerate = default_budget(2, 4);
    return cluster;
}

} // namespace

TEST_CASE("every server gets a key that signs what the ring verifies") {
    const auto cluster = two_and_four();
    for (const auto& keys :
         {fresh_keys("test", cluster), keys_from_run_seed("test", cluster, 42)}) {
        CHECK(keys.own.size() == 8);
        CHECK(keys.all.servers.size() == 8);
        CHECK(keys.own.at(external_party_id).sealing.has_value());
        CHECK(sealing_key_of(*keys.own.at(external_party_id).sealing) == keys.all.sealing);
        CHECK(is_sealing_key(keys.all.sealing));
        const auto signing = make_signing_keys(keys, cluster);
        REQUIRE(signing.size() == 8);
        for (const auto& entry : signing) {
            const auto& own = entry.second;
            REQUIRE(static_cast<bool>(own));
            CHECK(own.cluster == cluster_digest(keys.all, cluster));
            const auto by = own.own->sign("x");
            for (const auto& other : signing) {
                CHECK(other.second.all->verify(entry.first, "x", by));
                CHECK(own.all->verify(other.first, "x", by) == (other.first == entry.first));
            }
            const auto alone = make_signing_keys(keys.own.at(entry.first), keys.all, cluster);
            CHECK(alone.own->sign("x") == by);
            CHECK(alone.cluster == own.cluster);
        }
    }
}

TEST_CASE("a run's seed gives the same keys again, and fresh keys are never the same") {
    const auto cluster = two_and_four();
    CHECK(keys_from_run_seed("a", cluster, 1).all == keys_from_run_seed("a", cluster, 1).all);
    CHECK(keys_from_run_seed("a", cluster, 1).own == keys_from_run_seed("a", cluster, 1).own);
    CHECK(keys_from_run_seed("a", cluster, 1).all.sealing
          != keys_from_run_seed("a", cluster, 2).all.sealing);
    CHECK_FALSE(fresh_keys("a", cluster).all == fresh_keys("a", cluster).all);
}

TEST_CASE("whatever the servers must agree on changes the cluster's digest") {
    using change = std::function<void(cluster_keys&, cluster_parameters&)>;
    const std::vector<change> changes{
        [](auto&, auto& c) { ++c.commanders; },
        [](auto&, auto& c) { ++c.lieutenants; },
        [](auto&, auto& c) { ++c.depth; },
        [](auto&, auto& c) { ++c.max_recursion; },
        [](auto&, auto& c) { ++c.tolerate.commanders; },
        [](auto&, auto& c) { ++c.tolerate.lieutenants; },
        [](auto&, auto& c) { ++c.tolerate.total; },
        [](auto&, auto& c) { c.protocol = protocol_kind::oral; },
        [](auto& k, auto&) { k.name += 'x'; },
        [](auto& k, auto&) { k.sealing[0] ^= 1; },
        [](auto& k, auto&) { k.servers.at(lieutenant_id(2))[31] ^= 1; },
        [](auto& k, auto&) { k.servers.erase(lieutenant_id(3)); },
        [](auto& k, auto&) {
            std::swap(k.servers.at(commander_id(0)), k.servers.at(commander_id(1)));
        }};
    const auto keys = keys_from_run_seed("test", two_and_four(), 7).all;
    std::vector<digest> seen{cluster_digest(keys, two_and_four())};
    CHECK(cluster_digest(keys, two_and_four()) == seen.front());
    for (const auto& apply : changes) {
        auto other_keys = keys;
        auto other_cluster = two_and_four();
        apply(other_keys, other_cluster);
        seen.push_back(cluster_digest(other_keys, other_cluster));
    }
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("time and limits are each server's own affair") {
    const auto keys = keys_from_run_seed("test", two_and_four(), 7).all;
    auto other = two_and_four();
    other.phase_timeout *= 2;
    other.window += 1;
    other.limit.batch_max /= 2;
    CHECK(cluster_digest(keys, other) == cluster_digest(keys, two_and_four()));
}

TEST_CASE("keys of another cluster are refused") {
    const auto cluster = two_and_four();
    const auto keys = keys_from_run_seed("test", cluster, 1);
    const auto others = keys_from_run_seed("test", cluster, 2);
    CHECK_THROWS_WITH(make_signing_keys(others.own.at(commander_id(0)), keys.all, cluster),
                      Contains("commander-1") && Contains("byzgate keygen"));
    auto swapped = keys.own.at(commander_id(0));
    swapped.server = commander_id(1);
    CHECK_THROWS_AS(make_signing_keys(swapped, keys.all, cluster), key_error);
    auto larger = cluster;
    larger.lieutenants = 5;
    CHECK_THROWS_WITH(make_signing_keys(keys, larger), Contains("no key for lieutenant-5"));
    auto smaller = cluster;
    smaller.commanders = 1;
    CHECK_THROWS_WITH(make_signing_keys(keys, smaller), Contains("no commander-2"));
}

TEST_CASE("a name is what fits on a line") {
    CHECK(is_cluster_name("dual-commander"));
    CHECK(is_cluster_name("Zürich, 2nd floor"));
    CHECK(is_cluster_name(std::string(255, 'x')));
    for (const auto& name : {std::string{}, std::string{"a\nb"}, std::string{"a\0b", 3},
                             std::string{"\x7f"}, std::string(256, 'x')}) {
        CHECK_FALSE(is_cluster_name(name));
        CHECK_THROWS_AS(fresh_keys(name, two_and_four()), key_error);
    }
}

TEST_CASE("no share is sealed to a key that opens for everybody, or that has two texts") {
    const auto bad = GENERATE(as<std::string>{},
                              "0000000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                              "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "0900000000000000000000000000000000000000000000000000000000000080");
    CHECK_FALSE(is_sealing_key(array_from_hex<x25519_public_key>(bad)));
    CHECK(is_sealing_key(array_from_hex<x25519_public_key>(
        "0900000000000000000000000000000000000000000000000000000000000000")));
}
