/// What opens the gate beside a quorum: the commanders' signed batches that a voter hands over
/// (protocol.md, section 9), and what becomes of those that a liar hands over.
#include <catch2/catch.hpp>

#include "protocol/grounds.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

using refusal_list = std::vector<refusal>;

class counting_digester final : public digester {
public:
    [[nodiscard]] digest digest_of(std::string_view bytes) const override {
        ++count;
        return test_digests().digest_of(bytes);
    }
    void stretch(const digest& seed, std::span<std::uint8_t> to) const override {
        test_digests().stretch(seed, to);
    }
    mutable std::size_t count = 0;
};

/// One level of a round in which two commanders were asked about three records.
class one_level {
public:
    one_level() {
        cluster.protocol = protocol_kind::signed_;
        claims = {claim_about(make_record("a", flag::public_)),
                  claim_about(make_record("b", flag::confidential)),
                  claim_about(make_record("c", flag::public_))};
    }

    [[nodiscard]] signed_claims batch(std::uint32_t commander, std::vector<claim> says,
                                      round_id in = round_id{1}, level_number at = 0) const {
        const auto seal = seal_claims(keys.of(commander_id(commander)), test_digests(),
                                      commander_id(commander), in, at, records, says);
        return {commander_id(commander), make_claim_batch(std::move(says)), seal};
    }
    [[nodiscard]] signed_claims batch(std::uint32_t commander) const {
        return batch(commander, claims);
    }
    /// Commander-2 signs another batch too.
    [[nodiscard]] evidence_ptr proof() const {
        auto other = claims;
        other[0].says = flag::confidential;
        const auto first = batch(1);
        const auto second = batch(1, other);
        const auto shown = [&](const signed_claims& of) {
            return show(of, tree_over(records, *of.claims, of.seal->salt, test_digests()),
                        round_id{1}, 0, records[0], 0);
        };
        return std::make_shared<const evidence>(evidence{shown(first), shown(second)});
    }
    [[nodiscard]] proven_grounds_ptr prove(const release_grounds& grounds) {
        const auto proven = check.prove(grounds, {round_id{1}, 0, records},
                                        {cluster, keys.of(supervisor_id), digests, checked, known});
        why = std::holds_alternative<refusal>(proven) ? refusal_list{std::get<refusal>(proven)}
                                                      : refusal_list{};
        return why.empty() ? std::get<proven_grounds_ptr>(proven) : nullptr;
    }
    [[nodiscard]] std::size_t carried(const proven_grounds_ptr& grounds, std::uint32_t position,
                                      const version_id& version = "v1") const {
        const verdict released{decision::release, reason::enough_public, version,
                               claims[position].payload_digest};
        return grounds->carrying(position, released, cluster.tolerate.commanders).size();
    }

    cluster_parameters cluster = make_cluster(2, 3, 1);
    ideal_keys keys{cluster, 1, test_digests()};
    std::vector<record_id> records{"a", "b", "c"};
    std::vector<claim> claims;
    grounds_check check;
    counting_digester digests;
    checked_signatures checked;
    std::map<server_id, evidence_ptr> known;
    refusal_list why;
};

} // namespace

TEST_CASE("the batches of fc+1 commanders carry what both say is public and nothing else") {
    one_level at;
    const auto both = at.prove({{at.batch(0), at.batch(1)}, {}});
    REQUIRE(both);
    CHECK(at.carried(both, 0) == 2);
    CHECK(at.carried(both, 1) == 0);
    CHECK(at.carried(both, 2) == 2);
    CHECK(at.carried(both, 0, "v2") == 0);
    const auto one = at.prove({{at.batch(1)}, {}});
    REQUIRE(one);
    CHECK(at.carried(one, 0) == 0);
    const auto none = at.prove({});
    REQUIRE(none);
    CHECK(at.carried(none, 0) == 0);
    auto others = at.claims;
    others[2].says = flag::confidential;
    const auto half = at.prove({{at.batch(0), at.batch(1, others)}, {}});
    REQUIRE(half);
    CHECK(at.carried(half, 0) == 2);
    CHECK(at.carried(half, 2) == 0);
}

TEST_CASE("a convicted commander is one claim less, and a second one is over the budget") {
    one_level at;
    const auto rest = at.prove({{at.batch(0)}, {at.proof()}});
    REQUIRE(rest);
    CHECK(at.carried(rest, 0) == 1);
    const auto alone = at.prove({{}, {at.proof()}});
    REQUIRE(alone);
    CHECK(at.carried(alone, 0) == 0);
    CHECK(
        rest->carrying(
                0, {decision::release, reason::enough_public, "v1", at.claims[0].payload_digest}, 0)
            .empty());
}

TEST_CASE("a batch costs its digests once however often it is handed over") {
    one_level at;
    REQUIRE(at.prove({{at.batch(0), at.batch(1)}, {}}));
    CHECK(at.digests.count == 2 * 3 + 2);
    REQUIRE(at.prove({{at.batch(0), at.batch(1)}, {}}));
    REQUIRE(at.prove({{at.batch(1)}, {}}));
    CHECK(at.digests.count == 2 * 3 + 2);
    at.check.forget();
    REQUIRE(at.prove({{at.batch(1)}, {}}));
    CHECK(at.digests.count == 3 * 3 + 3);
}

TEST_CASE("evidence that the gate knows isn't checked again, and what isn't that evidence is") {
    one_level at;
    at.known[commander_id(1)] = at.proof();
    REQUIRE(at.prove({{}, {at.proof()}}));
    CHECK(at.digests.count == 0);
    auto other = *at.proof();
    other.second = other.first;
    CHECK(!at.prove({{}, {std::make_shared<const evidence>(other)}}));
    CHECK(at.why == refusal_list{refusal::bad_signature});
}

TEST_CASE(
    "a seal beside another batch than its own is refused, before and after its own is known") {
    one_level at;
    auto mixed = at.batch(0);
    auto others = at.claims;
    others[1].says = flag::public_;
    mixed.claims = make_claim_batch(others);
    CHECK(!at.prove({{mixed, at.batch(1)}, {}}));
    CHECK(at.why == refusal_list{refusal::bad_signature});
    const auto good = at.prove({{at.batch(0), at.batch(1)}, {}});
    REQUIRE(good);
    CHECK(at.carried(good, 1) == 0);
    CHECK(!at.prove({{mixed, at.batch(1)}, {}}));
    auto resalted = at.batch(0);
    auto seal = *resalted.seal;
    seal.salt[0] ^= 1;
    resalted.seal = std::make_shared<const batch_seal>(seal);
    CHECK(!at.prove({{resalted, at.batch(1)}, {}}));
    CHECK(at.carried(at.prove({{at.batch(0), at.batch(1)}, {}}), 0) == 2);
}

TEST_CASE("what a commander signed for another place carries nothing here") {
    one_level at;
    for (const auto& stale :
         {at.batch(0, at.claims, round_id{2}), at.batch(0, at.claims, round_id{1}, 1)}) {
        CHECK(!at.prove({{stale, at.batch(1)}, {}}));
        CHECK(at.why == refusal_list{refusal::bad_signature});
    }
    auto as_another = at.batch(0);
    as_another.commander = commander_id(1);
    CHECK(!at.prove({{as_another}, {}}));
    CHECK(at.why == refusal_list{refusal::bad_signature});
}

TEST_CASE("grounds of a shape that no loyal voter sends are refused before anything is digested") {
    one_level at;
    const auto good = at.batch(0);
    auto without_seal = good;
    without_seal.seal = nullptr;
    auto without_claims = good;
    without_claims.claims = nullptr;
    auto of_nobody = good;
    of_nobody.commander = commander_id(7);
    auto of_a_lieutenant = good;
    of_a_lieutenant.commander = lieutenant_id(0);
    auto shorter = good;
    shorter.claims = make_claim_batch({at.claims[0], at.claims[1]});
    auto odd = at.claims;
    odd[0] = absent_claim();
    odd[0].version = "v1";
    auto with_content = good;
    with_content.claims = make_claim_batch(odd);
    for (const auto& [batches, convictions] :
         {std::pair<std::vector<signed_claims>, std::vector<evidence_ptr>>{{without_seal}, {}},
          {{without_claims}, {}},
          {{of_nobody}, {}},
          {{of_a_lieutenant}, {}},
          {{shorter}, {}},
          {{with_content}, {}},
          {{good, good}, {}},
          {{at.batch(1), good}, {}},
          {{at.batch(1)}, {at.proof()}},
          {{good}, {nullptr}},
          {{good}, {at.proof(), at.proof()}}}) {
        CHECK(!at.prove({batches, convictions}));
        CHECK(at.why == refusal_list{refusal::malformed});
    }
    CHECK(!at.prove({{good, good, good}, {}}));
    CHECK(at.why == refusal_list{refusal::oversized});
    CHECK(!at.prove({{}, {nullptr, nullptr, nullptr}}));
    CHECK(at.why == refusal_list{refusal::oversized});
    CHECK(at.digests.count == 0);
}

TEST_CASE("of a commander that signs without end two batches are remembered and all are checked") {
    one_level at;
    for (std::uint32_t turn = 0; turn < 5; ++turn) {
        auto other = at.claims;
        other[1].version = "v" + std::to_string(turn + 2);
        const auto found = at.prove({{at.batch(0, other), at.batch(1)}, {}});
        REQUIRE(found);
        CHECK(at.carried(found, 0) == 2);
    }
    const auto before = at.digests.count;
    REQUIRE(at.prove({{at.batch(1)}, {}}));
    CHECK(at.digests.count == before);
}

TEST_CASE("one voter's rubbish doesn't keep a record in that another voter has grounds for") {
    auto cluster = make_cluster(2, 3, 1);
    cluster.protocol = protocol_kind::signed_;
    const auto how = GENERATE(0, 1, 2, 3, 4);
    CAPTURE(how);
    pump in{cluster};
    in.put(make_record("a", flag::public_));
    in.put(make_record("b", flag::public_));
    std::size_t lies = 0;
    in.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        auto* reply = std::get_if<payload_reply>(&instead.back().what);
        if (reply == nullptr || lies > 0) {
            return;
        }
        ++lies;
        if (how == 0) {
            reply->grounds = nullptr;
            return;
        }
        auto grounds = *reply->grounds;
        auto claims = *grounds.batches[0].claims;
        auto seal = *grounds.batches[0].seal;
        if (how == 1) {
            claims[0].version = "v2";
        } else if (how == 2) {
            seal.by[3] ^= 1;
        } else if (how == 3) {
            grounds.batches.pop_back();
        } else {
            std::swap(grounds.batches[0], grounds.batches[1]);
        }
        if (how < 3) {
            grounds.batches[0].claims = make_claim_batch(claims);
            grounds.batches[0].seal = std::make_shared<const batch_seal>(seal);
        }
        reply->grounds = std::make_shared<const release_grounds>(grounds);
    };
    in.submit({"a", "b"});
    in.run();
    CHECK(lies == 1);
    CHECK(in.refusals.size() == 1);
    CHECK(in.refused(supervisor_id, how == 4 ? refusal::malformed : refusal::bad_signature) == 1);
    REQUIRE(in.delivered.size() == 2);
    checked_signatures checked;
    for (const auto& out : in.delivered) {
        REQUIRE(out.certificate);
        CHECK(!fault_in(*out.certificate, in.cluster(), in.keys_of(external_party_id),
                        test_digests(), checked));
    }
}

TEST_CASE("what every voter hands over without grounds stays in") {
    auto cluster = make_cluster(2, 3, 1);
    cluster.protocol = protocol_kind::signed_;
    pump in{cluster};
    in.put(make_record("a", flag::public_));
    in.meddle = [&](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        if (auto* reply = std::get_if<payload_reply>(&instead.back().what)) {
            reply->grounds = nullptr;
        }
    };
    in.submit({"a"});
    in.run();
    CHECK(in.delivered.empty());
    CHECK(in.refused(supervisor_id, refusal::bad_signature) == 3);
    REQUIRE(in.closed.size() == 1);
    CHECK(in.decided(0, 0).outcome == record_outcome::withheld);
}

} // namespace byzgate::testing
