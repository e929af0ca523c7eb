/// Sealed payloads as servers pass them on: shapes, hand-overs, openings, the database's secret.
#include <cstdlib>

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "crypto/key_files.hpp"
#include "crypto/key_sources.hpp"
#include "crypto/sealing.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using Catch::Matchers::Contains;

namespace {

cluster_parameters sealed_cluster(std::uint32_t lieutenants = 3) {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = lieutenants;
    cluster.tolerate = default_budget(2, lieutenants);
    cluster.sealed = true;
    return cluster;
}

const record leaving{"r1", "7", flag::public_, "what is in the record"};

/// One record, sealed, and its delivery by all lieutenants.
struct sealed_one {
    cluster_parameters cluster = sealed_cluster();
    cluster_sealing sealing = sealing_from_run_seed(cluster, 1);
    sealed_record sealed = sealing.sealer->seal(leaving);
    payload_name name{leaving.id, leaving.version, sealed.commitment};

    [[nodiscard]] std::string part(std::uint32_t j) const {
        return encode_part({sealed.digests, sealed.ciphertext, sealed.shares.at(j)});
    }
    [[nodiscard]] sealed_delivery delivery_of(const std::vector<std::uint32_t>& some) const {
        sealed_delivery all{sealed.digests, sealed.ciphertext, {}};
        for (const auto j : some) {
            all.shares.push_back(
                {lieutenant_id(j), *sealing.scheme->close_share(sealed.shares.at(j))});
        }
        return all;
    }
    [[nodiscard]] opened_payload open(const sealed_delivery& all) const {
        return sealing.opener->open(name, encode_sealed(all));
    }
};

using servers = std::vector<server_id>;

} // namespace

TEST_CASE_METHOD(sealed_one, "parts, hand-overs and deliveries have one encoding and no other") {
    const auto p = part(0);
    CHECK(encode_part(*decode_part(p)) == p);
    const auto h = hand_over(*sealing.scheme, p);
    CHECK(encode_hand_over(*decode_hand_over(h)) == h);
    const auto d = encode_sealed(delivery_of({0, 2}));
    CHECK(decode_sealed(d, 3) == delivery_of({0, 2}));
    CHECK_FALSE(decode_hand_over(p));
    CHECK_FALSE(decode_part(h));
    CHECK_FALSE(decode_part(d));
    CHECK_FALSE(decode_sealed(p, 3));
    for (const auto& bytes : {p, h, d}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto cut = bytes.substr(0, size);
            CHECK_FALSE(decode_part(cut));
            CHECK_FALSE(decode_hand_over(cut));
            CHECK_FALSE(decode_sealed(cut, 3));
        }
        const auto longer = bytes + '\0';
        CHECK_FALSE((decode_part(longer) || decode_hand_over(longer) || decode_sealed(longer, 3)));
    }
}

TEST_CASE_METHOD(sealed_one, "a delivery names lieutenants of the cluster, in order and once") {
    CHECK_FALSE(decode_sealed(encode_sealed(delivery_of({2, 0})), 3));
    CHECK_FALSE(decode_sealed(encode_sealed(delivery_of({1, 1})), 3));
    CHECK_FALSE(decode_sealed(encode_sealed(delivery_of({0, 2})), 2));
    CHECK_FALSE(decode_sealed(encode_sealed(delivery_of({0, 1, 2})), 2));
    auto other = delivery_of({0});
    other.shares[0].from = commander_id(0);
    CHECK_FALSE(decode_sealed(encode_sealed(other), 3));
}

TEST_CASE("no shape is longer than was said") {
    for (const auto lieutenants : {1U, 2U, 3U, 40U, 255U}) {
        const auto cluster = sealed_cluster(lieutenants);
        const auto sealing = sealing_from_run_seed(cluster, 1);
        const auto sealed = sealing.sealer->seal(leaving);
        sealed_delivery all{sealed.digests, sealed.ciphertext, {}};
        const auto most = leaving.payload.size() + sealing.scheme->bytes_added();
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            const auto part = encode_part({sealed.digests, sealed.ciphertext, sealed.shares[j]});
            CHECK(part.size() <= most);
            const auto handed = hand_over(*sealing.scheme, part);
            CHECK(handed.size() <= most);
            all.shares.push_back({lieutenant_id(j), decode_hand_over(handed)->share});
        }
        CHECK(encode_sealed(all).size() <= most);
    }
}

TEST_CASE_METHOD(sealed_one, "any fl+1 closed shares open it, and fl don't") {
    for (const std::vector<std::uint32_t>& some :
         {std::vector{0U, 1U}, {0U, 2U}, {1U, 2U}, {0U, 1U, 2U}}) {
        const auto opened = open(delivery_of(some));
        CHECK(opened.payload == leaving.payload);
        CHECK(opened.bad_shares.empty());
        CHECK(is_opened_payload(cluster, name, opened.opening, leaving.payload));
    }
    for (const auto j : {0U, 1U, 2U}) {
        CHECK_FALSE(open(delivery_of({j})).payload);
    }
    CHECK_FALSE(open(delivery_of({})).payload);
}

TEST_CASE_METHOD(sealed_one, "bad shares are named, whatever is bad about them") {
    auto all = delivery_of({0, 1, 2});
    auto& share = all.shares[1].share;
    SECTION("bytes that don't open") {
        share.assign(share.size(), 'x');
    }
    SECTION("no closed share at all") {
        share = "short";
    }
    SECTION("another lieutenant's good one") {
        share = all.shares[0].share;
    }
    SECTION("one of another record") {
        auto other = leaving;
        other.id = "r2";
        share = *sealing.scheme->close_share(sealing.sealer->seal(other).shares[1]);
    }
    SECTION("a message of its author's") {
        std::string words(33, 'm');
        words[0] = 2;
        share = *sealing.scheme->close_share(words);
    }
    const auto opened = open(all);
    CHECK(opened.payload == leaving.payload);
    CHECK(opened.bad_shares == servers{lieutenant_id(1)});
    all.shares.erase(all.shares.begin());
    const auto fewer = open(all);
    CHECK_FALSE(fewer.payload);
    CHECK(fewer.opening.empty());
    CHECK(fewer.bad_shares == servers{lieutenant_id(1)});
}

TEST_CASE_METHOD(sealed_one,
                 "what doesn't have its commitment isn't opened, and nobody is blamed") {
    const auto all = delivery_of({0, 1, 2});
    const auto nothing = [](const opened_payload& opened) {
        return !opened.payload && opened.bad_shares.empty() && opened.opening.empty();
    };
    for (const auto& other : {payload_name{"r2", leaving.version, sealed.commitment},
                              payload_name{leaving.id, "8", sealed.commitment},
                              payload_name{leaving.id, leaving.version, digest{}}}) {
        CHECK(nothing(sealing.opener->open(other, encode_sealed(all))));
    }
    CHECK(nothing(sealing.opener->open(name, "")));
    CHECK(nothing(sealing.opener->open(name, part(0))));
    auto wrong = all;
    wrong.digests[0] = static_cast<char>(wrong.digests[0] ^ 1);
    CHECK(nothing(open(wrong)));
    wrong = all;
    wrong.ciphertext.back() = static_cast<char>(wrong.ciphertext.back() ^ 1);
    CHECK(nothing(open(wrong)));
}

TEST_CASE_METHOD(sealed_one, "an opening fits one payload of one record in one cluster") {
    const auto opened = open(delivery_of({0, 1}));
    const auto& opening = opened.opening;
    REQUIRE(is_opened_payload(cluster, name, opening, leaving.payload));
    CHECK_FALSE(is_opened_payload(cluster, name, opening, ""));
    CHECK_FALSE(is_opened_payload(cluster, name, "", leaving.payload));
    CHECK_FALSE(is_opened_payload(sealed_cluster(4), name, opening, leaving.payload));
    CHECK_FALSE(is_opened_payload(cluster, {"r2", leaving.version, sealed.commitment}, opening,
                                  leaving.payload));
    for (std::size_t i = 0; i < opening.size(); ++i) {
        auto changed = opening;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(is_opened_payload(cluster, name, changed, leaving.payload));
    }
}

TEST_CASE("only commanders get what seals, and only the external party what opens") {
    const auto sealing = sealing_from_run_seed(sealed_cluster(), 1);
    CHECK(sealing.of(commander_id(1)).sealer);
    CHECK_FALSE(sealing.of(lieutenant_id(0)).sealer);
    CHECK_FALSE(sealing.of(supervisor_id).sealer);
    CHECK(sealing.of(lieutenant_id(0)));
    CHECK_FALSE(cluster_sealing{}.of(commander_id(0)));
}

TEST_CASE("the database's secret has one text, and is refused when others may read it") {
    test::temporary_directory dir;
    const auto cluster = sealed_cluster();
    const auto keys = fresh_keys("sealed", cluster);
    REQUIRE(keys.database);
    CHECK_FALSE(fresh_keys("open", cluster_parameters{}).database);
    const auto text = format_database_secret(*keys.database);
    CHECK(parse_database_secret(text) == *keys.database);
    for (const auto& wrong : {std::string{}, text + "\n", text.substr(1), "x" + text}) {
        CHECK_THROWS_AS(parse_database_secret(wrong), key_error);
    }
    const auto folder = std::filesystem::path{dir.file("keys")};
    write_key_files(folder, keys);
    const auto file = folder / database_secret_file_name;
    struct stat about {};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    CHECK(load_database_secret(file) == *keys.database);
    const auto found = find_keys(folder, cluster);
    CHECK(found.database == keys.database);
    CHECK(found.own.at(external_party_id).sealing == keys.own.at(external_party_id).sealing);
    REQUIRE(::chmod(file.c_str(), 0640) == 0);
    CHECK_THROWS_WITH(load_database_secret(file), Contains("chmod 600"));
    std::filesystem::remove(file);
    CHECK_THROWS_AS(find_keys(folder, cluster), key_error);
    // Without its last line feed, as shells hand it over.
    REQUIRE(::setenv("BYZGATE_DATABASE_SECRET", text.substr(0, text.size() - 1).c_str(), 1) == 0);
    CHECK_THROWS_AS(expect_no_key_variables(cluster), key_error);
    CHECK(find_keys(folder, cluster).database == keys.database);
    CHECK(std::getenv("BYZGATE_DATABASE_SECRET") == nullptr);
}

TEST_CASE("a sealed cluster is another than the same one unsealed") {
    const auto cluster = sealed_cluster();
    auto open = cluster;
    open.sealed = false;
    const auto keys = keys_from_run_seed("same", cluster, 1);
    CHECK(cluster_digest(keys.all, cluster) != cluster_digest(keys.all, open));
    CHECK(keys.all == keys_from_run_seed("same", open, 1).all);
}
