/// SM(m) on the machines: what signed messages promise, and what they cost (protocol.md, sections 2
/// to 5).
#include <catch2/catch.hpp>

#include <set>

#include "protocol/certificate.hpp"
#include "protocol/statement.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

cluster_parameters signed_cluster(std::uint32_t commanders, std::uint32_t lieutenants,
                                  std::uint32_t depth) {
    auto cluster = make_cluster(commanders, lieutenants, depth);
    cluster.protocol = protocol_kind::signed_;
    return cluster;
}

/// The same claims with other flags, signed by the commander's own key.
distribution resigned(const pump& in, server_id commander, const distribution& said,
                      const std::vector<record_id>& records, flag says) {
    auto lie = said;
    auto claims = *said.claims;
    for (auto& c : claims) {
        c.says = says;
    }
    lie.claims = make_claim_batch(std::move(claims));
    lie.seal = seal_claims(in.keys_of(commander), test_digests(), commander, said.round, said.level,
                           records, *lie.claims);
    return lie;
}

/// Commander-1 tells the first half of the lieutenants public and the others confidential.
pump::adversary equivocating_commander(const pump& in, std::vector<record_id> records) {
    return [&in, records](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        if (wanted.from == commander_id(0)) {
            if (const auto* said = std::get_if<distribution>(&wanted.what)) {
                const bool first = index_of(wanted.to) < in.cluster().lieutenants / 2;
                instead.back().what = resigned(in, commander_id(0), *said, records,
                                               first ? flag::public_ : flag::confidential);
            }
        }
    };
}

} // namespace

TEST_CASE("loyal servers release what is public and nothing else, with certificates") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    const auto lieutenants = GENERATE(1U, 3U, 5U);
    const auto depth = GENERATE(0U, 1U, 2U);
    if (depth >= lieutenants) {
        return;
    }
    pump cluster{signed_cluster(commanders, lieutenants, depth)};
    cluster.put(make_record("a", flag::public_));
    cluster.put(make_record("b", flag::confidential));
    cluster.put(make_record("c", flag::public_));
    cluster.submit({"a", "b", "c", "gone"});
    cluster.run();
    REQUIRE(cluster.delivered.size() == 2);
    CHECK(cluster.refusals.empty());
    checked_signatures checked;
    for (const auto& out : cluster.delivered) {
        REQUIRE(out.certificate);
        CHECK(out.certificate->record == out.id);
        CHECK(!fault_in(*out.certificate, cluster.cluster(), cluster.keys_of(external_party_id),
                        test_digests(), checked));
        const auto bytes = encode(*out.certificate);
        const auto back = decode_certificate(bytes);
        REQUIRE(back);
        CHECK(encode(*back) == bytes);
    }
    CHECK(cluster.now() == 0); // nobody waited for a deadline
}

TEST_CASE("loyal servers send as many messages as SM(m) is allowed") {
    const auto lieutenants = GENERATE(1U, 2U, 3U, 4U, 6U);
    const auto depth = GENERATE(0U, 1U, 2U, 3U);
    if (depth >= lieutenants) {
        return;
    }
    pump cluster{signed_cluster(1, lieutenants, depth)};
    cluster.put(make_record("a", flag::public_));
    cluster.submit({"a"});
    cluster.run();
    // Every lieutenant relays the one value once, in phase 1.
    const auto n = std::uint64_t{lieutenants};
    CHECK(cluster.messages_sent() == n + (depth == 0 ? 0 : n * (n - 1)));
}

TEST_CASE("an equivocating commander is convicted by every loyal lieutenant, with evidence") {
    const auto commanders = GENERATE(1U, 2U);
    const auto depth = GENERATE(1U, 2U);
    pump cluster{signed_cluster(commanders, 3, depth)};
    cluster.put(make_record("a", flag::public_));
    cluster.put(make_record("b", flag::confidential));
    cluster.meddle = equivocating_commander(cluster, {"a", "b"});
    cluster.submit({"a", "b"});
    cluster.run();
    REQUIRE(cluster.closed.size() == 1);
    const auto n = std::uint64_t{3};
    CHECK(cluster.messages_sent() <= (n + 2 * n * (n - 1)) * commanders);
    const auto& convictions = cluster.closed[0].convictions;
    REQUIRE(convictions.size() == 1);
    CHECK(convictions[0].commander == commander_id(0));
    CHECK(convictions[0].for_good);
    CHECK(convictions[0].accusers.size() == 3);
    REQUIRE(convictions[0].proof);
    const auto judged =
        conflict_in(*convictions[0].proof, cluster.keys_of(external_party_id), test_digests());
    CHECK(judged.proves == conflict::same_place);
    const auto bytes = encode(*convictions[0].proof);
    const auto back = decode_evidence(bytes);
    REQUIRE(back);
    CHECK(*back == *convictions[0].proof);
    // With the other commander's word alone the public record still gets out.
    CHECK(cluster.delivered.size() == (commanders == 2 ? 1 : 0));
    if (commanders == 2) {
        REQUIRE(cluster.delivered[0].certificate);
        CHECK(cluster.delivered[0].certificate->convictions.size() == 1);
        checked_signatures checked;
        CHECK(!fault_in(*cluster.delivered[0].certificate, cluster.cluster(),
                        cluster.keys_of(external_party_id), test_digests(), checked));
    }
}

TEST_CASE("from the next round on a convicted commander isn't asked") {
    pump cluster{signed_cluster(2, 3, 1)};
    cluster.put(make_record("a", flag::public_));
    cluster.meddle = equivocating_commander(cluster, {"a"});
    cluster.submit({"a"});
    cluster.run();
    cluster.submit({"a"});
    cluster.run();
    REQUIRE(cluster.closed.size() == 2);
    CHECK(cluster.delivered.size() == 2);
    CHECK(cluster.closed[1].convictions.empty());
    for (const auto& sent : cluster.log) {
        const auto* request = std::get_if<round_request>(&sent.what);
        if (request != nullptr && request->round == round_id{2}) {
            CHECK(sent.to != commander_id(0));
            REQUIRE(request->proofs.size() == 1);
            CHECK(request->convicted == std::vector{commander_id(0)});
        }
    }
}

TEST_CASE("a lieutenant that saw no proof doesn't count a conviction that it is told of") {
    auto cluster = signed_cluster(2, 3, 1);
    const ideal_keys keys{cluster, 1, test_digests()};
    pump in{cluster};
    in.put(make_record("a", flag::public_));
    in.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        if (auto* request = std::get_if<round_request>(&instead.back().what)) {
            request->convicted = {commander_id(0)};
            if (wanted.to == commander_id(0)) {
                instead.clear();
            }
        }
    };
    in.submit({"a"});
    in.run();
    // One of two commanders with fc = 1: too few, unless the other's lie is proved.
    CHECK(in.delivered.empty());
}

TEST_CASE("a lieutenant can't pass on what the commander didn't sign") {
    pump cluster{signed_cluster(2, 3, 1)};
    cluster.put(make_record("a", flag::public_));
    cluster.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        auto* passed_on = std::get_if<signed_relay>(&instead.back().what);
        if (wanted.from == lieutenant_id(0) && passed_on != nullptr) {
            auto own = *passed_on->own;
            for (std::size_t i = 0; i < passed_on->items.size(); ++i) {
                auto claims = *passed_on->items[i].claims;
                claims[0].says = flag::confidential;
                passed_on->items[i].claims = make_claim_batch(std::move(claims));
                auto other = std::make_shared<batch_seal>(*passed_on->items[i].seal);
                other->by[5] ^= 1;
                passed_on->items[i].seal = other;
                own.roots[i].root[0] ^= 1;
            }
            own.by = sign(statement_of(own, passed_on->round, passed_on->level, test_digests()),
                          cluster.keys_of(lieutenant_id(0)));
            passed_on->own = std::make_shared<const relay_link>(own);
        }
    };
    cluster.submit({"a"});
    cluster.run();
    CHECK(cluster.refused(lieutenant_id(1), refusal::bad_signature) == 2);
    CHECK(cluster.refused(lieutenant_id(2), refusal::bad_signature) == 2);
    CHECK(cluster.delivered.size() == 1);
    CHECK(cluster.closed[0].convictions.empty());
}

TEST_CASE("a commander and a lieutenant together can't leak past two commanders that sign") {
    // The lie that oral messages fall for: commander-1 says public to all of a confidential record,
    // and its lieutenant makes commander-2 look inconsistent as well as it can: by silence.
    pump cluster{signed_cluster(2, 3, 1)};
    cluster.put(make_record("a", flag::confidential));
    cluster.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        auto& sent = instead.back();
        if (const auto* said = std::get_if<distribution>(&wanted.what);
            said != nullptr && wanted.from == commander_id(0)) {
            sent.what = resigned(cluster, commander_id(0), *said, {"a"}, flag::public_);
        }
        if (wanted.from == lieutenant_id(0)) {
            if (std::holds_alternative<signed_relay>(wanted.what)) {
                instead.clear();
            }
        }
    };
    cluster.submit({"a"});
    cluster.run();
    CHECK(cluster.delivered.empty());
    CHECK(cluster.closed[0].convictions.empty());
}

TEST_CASE("SM(m) takes a value in phase p only with p signatures of lieutenants") {
    // A commander and a lieutenant collude: the lieutenant shows the other value in the last phase
    // only, with fewer signatures than the phase asks for.
    pump cluster{signed_cluster(1, 4, 2)};
    cluster.put(make_record("a", flag::public_));
    std::shared_ptr<const relay_link> held;
    cluster.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        auto* passed_on = std::get_if<signed_relay>(&instead.back().what);
        if (wanted.from != lieutenant_id(0) || passed_on == nullptr) {
            return;
        }
        const auto lie = resigned(cluster, commander_id(0),
                                  telling(public_claim(), passed_on->round, passed_on->level),
                                  {"a"}, flag::confidential);
        const auto tree = tree_over({"a"}, *lie.claims, lie.seal->salt, test_digests());
        relay_link own{lieutenant_id(0), passed_on->phase, {{commander_id(0), tree.root()}}, {}};
        own.by = sign(statement_of(own, passed_on->round, passed_on->level, test_digests()),
                      cluster.keys_of(lieutenant_id(0)));
        if (passed_on->phase == 2) {
            passed_on->items = {{commander_id(0), lie.claims, lie.seal, {}}};
            passed_on->own = std::make_shared<const relay_link>(own);
        }
    };
    cluster.submit({"a"});
    cluster.run();
    CHECK(cluster.refused(lieutenant_id(1), refusal::malformed) == 1);
    CHECK(cluster.delivered.size() == 1);
    CHECK(cluster.closed[0].convictions.empty());
}

TEST_CASE("one changed bit anywhere makes a certificate invalid") {
    pump cluster{signed_cluster(2, 3, 1)};
    cluster.put(make_record("a", flag::public_));
    cluster.put(make_record("b", flag::public_));
    cluster.put(make_record("c", flag::confidential));
    cluster.submit({"a", "b", "c"});
    cluster.run();
    REQUIRE(cluster.delivered.size() == 2);
    const auto bytes = encode(*cluster.delivered[1].certificate);
    std::size_t decoded = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        const auto back = decode_certificate(changed);
        if (!back) {
            continue;
        }
        ++decoded;
        checked_signatures checked;
        REQUIRE(fault_in(*back, cluster.cluster(), cluster.keys_of(external_party_id),
                         test_digests(), checked));
    }
    CHECK(decoded > 0);
}

TEST_CASE("one changed bit anywhere makes evidence prove nothing") {
    pump cluster{signed_cluster(2, 3, 1)};
    cluster.put(make_record("a", flag::public_));
    cluster.put(make_record("b", flag::public_));
    cluster.meddle = equivocating_commander(cluster, {"a", "b"});
    cluster.submit({"a", "b"});
    cluster.run();
    REQUIRE(cluster.closed[0].convictions.size() == 1);
    const auto bytes = encode(*cluster.closed[0].convictions[0].proof);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        if (const auto back = decode_evidence(changed)) {
            REQUIRE(!conflict_in(*back, cluster.keys_of(external_party_id), test_digests()).proves);
        }
    }
}

} // namespace byzgate::testing
