/// The hash tree over a batch, held against a second one written from its description alone, and
/// what its leaves and salts promise.
#include <catch2/catch.hpp>

#include <functional>
#include <set>

#include "protocol/statement.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

std::string text_of(const digest& d) {
    return {d.begin(), d.end()};
}

digest leaf(std::uint32_t i) {
    return test_digests().digest_of("leaf " + std::to_string(i));
}

std::vector<digest> leaves(std::uint32_t count) {
    std::vector<digest> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        all.push_back(leaf(i));
    }
    return all;
}

/// The root top down: a tree of more than one leaf has up to four children, each over the largest
/// power of four below the number of leaves, the last over what is left.
digest naive_root(const std::vector<digest>& all, std::size_t from, std::size_t to) {
    if (to - from == 1) {
        return all[from];
    }
    std::size_t each = 1;
    while (each * 4 < to - from) {
        each *= 4;
    }
    std::string children;
    for (auto at = from; at < to; at += each) {
        children += text_of(naive_root(all, at, std::min(at + each, to)));
    }
    return test_digests().digest_of(children);
}

/// Remembers what it digested.
class listening_digester final : public digester {
public:
    [[nodiscard]] digest digest_of(std::string_view bytes) const override {
        heard.emplace_back(bytes);
        return test_digests().digest_of(bytes);
    }
    mutable std::vector<std::string> heard;
};

} // namespace

TEST_CASE("the root is the one that the description of the tree leads to") {
    for (std::uint32_t count = 1; count <= 150; ++count) {
        const auto all = leaves(count);
        REQUIRE(hash_tree{all, test_digests()}.root() == naive_root(all, 0, count));
    }
    for (const std::uint32_t count : {255U, 256U, 257U, 1'000U, 1'024U, 4'097U}) {
        const auto all = leaves(count);
        REQUIRE(hash_tree{all, test_digests()}.root() == naive_root(all, 0, count));
        REQUIRE(hash_tree::nodes_max(count) >= count);
    }
}

TEST_CASE("a proof out of a hash tree leads to its root and to no other") {
    for (std::uint32_t count = 1; count <= 70; ++count) {
        const auto all = leaves(count);
        const hash_tree tree{all, test_digests()};
        for (std::uint32_t i = 0; i < count; ++i) {
            auto proof = tree.proof_of(i);
            REQUIRE(root_from(all[i], i, count, proof, test_digests()) == tree.root());
            for (std::uint32_t other = 0; other < count; ++other) {
                if (other != i) {
                    REQUIRE(root_from(all[i], other, count, proof, test_digests()) != tree.root());
                }
            }
            REQUIRE(!root_from(all[i], count, count, proof, test_digests()));
            for (std::size_t place = 0; place < proof.size(); ++place) {
                proof[place][3] ^= 1;
                REQUIRE(root_from(all[i], i, count, proof, test_digests()) != tree.root());
                proof[place][3] ^= 1;
            }
            proof.push_back({});
            REQUIRE(!root_from(all[i], i, count, proof, test_digests()));
            if (count > 1) {
                proof.resize(proof.size() - 2);
                REQUIRE(!root_from(all[i], i, count, proof, test_digests()));
            }
        }
    }
}

TEST_CASE("no text that a leaf is the digest of is one that a node is the digest of") {
    // Ids of any length, so that the rest of a leaf's text is odd and even.
    std::vector<record_id> records;
    std::vector<claim> claims;
    std::vector<verdict> verdicts;
    for (std::uint32_t i = 0; i < 40; ++i) {
        records.emplace_back(i, 'r');
        claims.push_back(i % 3 == 0 ? absent_claim()
                                    : make_claim(flag::public_, "v" + std::to_string(i), leaf(i)));
        verdicts.push_back({decision::release, reason::enough_public, "v1", leaf(i)});
    }
    const listening_digester digests;
    const auto tree = tree_over(records, claims, leaf(0), digests);
    const auto votes = tree_over(records, verdicts, leaf(1), digests);
    std::size_t odd = 0;
    std::size_t even = 0;
    for (const auto& text : digests.heard) {
        const bool is_leaf =
            text.rfind("byzgate claim", 0) == 0 || text.rfind("byzgate verdict", 0) == 0;
        // The salts are digests too here: of a seed and a counter, and of nothing else.
        if (is_leaf) {
            ++odd;
            REQUIRE(text.size() % 2 == 1);
        } else if (text.size() != sizeof(digest) + 4) {
            ++even;
            REQUIRE(text.size() % sizeof(digest) == 0);
            REQUIRE((text.size() / sizeof(digest) >= 2 && text.size() / sizeof(digest) <= 4));
        }
    }
    CHECK(odd == 80);
    CHECK(even == 2 * (10 + 3 + 1));
    CHECK(tree.root() != votes.root());
}

TEST_CASE("a leaf is the digest of kind, salt, record and content, put together a second time") {
    const auto claim_of = make_claim(flag::public_, "v7", leaf(3));
    leaf_salt salt{};
    salt[0] = 9;
    const auto number = [](std::size_t n) { return std::string{0, 0, 0, static_cast<char>(n)}; };
    const std::string salted(salt.begin(), salt.end());
    for (const std::string record : {"r", "rr"}) {
        auto text = "byzgate claim" + salted + number(record.size()) + record;
        text += std::string{static_cast<char>(claim_kind::present), static_cast<char>(1)};
        text += number(2) + "v7" + text_of(leaf(3));
        text += text.size() % 2 == 0 ? std::string(1, '\0') : std::string{};
        CHECK(claim_leaf(salt, record, claim_of, test_digests()) == test_digests().digest_of(text));
    }
}

TEST_CASE("the salts of a batch differ from one another and from another batch's") {
    const std::vector<record_id> records(500, "a");
    const std::vector<claim> claims(500, public_claim());
    const auto tree = tree_over(records, claims, leaf(0), test_digests());
    const auto other = tree_over(records, claims, leaf(1), test_digests());
    std::set<leaf_salt> all;
    for (std::uint32_t i = 0; i < 500; ++i) {
        all.insert(tree.salt_of(i));
        all.insert(other.salt_of(i));
    }
    CHECK(all.size() == 1'000);
    CHECK(tree_over(records, claims, leaf(0), test_digests()).root() == tree.root());
    CHECK(other.root() != tree.root());
}

TEST_CASE("what a seed is stretched to depends on the seed and begins the same at any length") {
    class plain_digester final : public digester {
        [[nodiscard]] digest digest_of(std::string_view bytes) const override {
            return test_digests().digest_of(bytes);
        }
    };
    const plain_digester plain;
    for (const digester* digests : {&test_digests(), static_cast<const digester*>(&plain)}) {
        std::vector<std::uint8_t> bytes(300);
        digests->stretch(leaf(0), bytes);
        std::vector<std::uint8_t> fewer(77);
        digests->stretch(leaf(0), fewer);
        CHECK(std::equal(fewer.begin(), fewer.end(), bytes.begin()));
        std::vector<std::uint8_t> others(300);
        digests->stretch(leaf(1), others);
        CHECK(others != bytes);
        std::set<std::uint8_t> seen(bytes.begin(), bytes.end());
        CHECK(seen.size() > 100);
        digests->stretch(leaf(0), {});
    }
}

} // namespace byzgate::testing
