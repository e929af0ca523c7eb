/// A sealed cluster: parts for lieutenants, hand-overs to the gate, clear payloads for the external
/// party alone (protocol.md, section 8).
#include <catch2/catch.hpp>

#include "tests/protocol/one_lieutenant.hpp"
#include "tests/protocol/one_supervisor.hpp"
#include "tests/sealed_view.hpp"

namespace byzgate::testing {

namespace {

using refusal_list = std::vector<refusal>;

cluster_parameters sealed_cluster(std::uint32_t commanders, std::uint32_t lieutenants,
                                  protocol_kind protocol = protocol_kind::oral) {
    auto cluster = make_cluster(commanders, lieutenants, lieutenants > 1 ? 1 : 0);
    cluster.protocol = protocol;
    cluster.sealed = true;
    return cluster;
}

/// Six records, public and confidential by turns.
std::vector<record_id> fill(pump& cluster) {
    std::vector<record_id> all;
    for (int i = 0; i < 6; ++i) {
        all.push_back("r" + std::to_string(i));
        cluster.put(make_record(all.back(), i % 2 == 0 ? flag::public_ : flag::confidential));
    }
    return all;
}

std::vector<record_id> delivered_ids(const pump& cluster) {
    std::vector<record_id> all;
    for (const auto& r : cluster.delivered) {
        CHECK(r.payload == make_record(r.id, flag::public_).payload);
        CHECK(is_opened_payload(cluster.cluster(), {r.id, r.version, r.payload_digest}, r.opening,
                                r.payload));
        CHECK_FALSE(is_opened_payload(cluster.cluster(), {r.id, r.version, r.payload_digest},
                                      r.opening, r.payload + " "));
        all.push_back(r.id);
    }
    return all;
}

const std::vector<record_id> the_public_ones{"r0", "r2", "r4"};

/// Lieutenant `index` hands over shares with one bit changed, properly closed to the recipient.
pump::adversary bad_shares_of(const pump& cluster, std::vector<std::uint32_t> liars) {
    return [&cluster, liars](const envelope& wanted, std::vector<envelope>& instead) {
        instead.push_back(wanted);
        auto* reply = std::get_if<payload_reply>(&instead.back().what);
        if (reply == nullptr
            || std::find(liars.begin(), liars.end(), index_of(wanted.from)) == liars.end()) {
            return;
        }
        auto all = *reply->payloads;
        for (auto& bytes : all) {
            auto handed = decode_hand_over(bytes);
            REQUIRE(handed);
            key_share wrong;
            wrong.index = static_cast<std::uint8_t>(index_of(wanted.from) + 1);
            handed->share = *cluster.sealing().scheme->close_share(share_bytes(wrong));
            bytes = encode_hand_over(*handed);
        }
        reply->payloads = payloads(all);
    };
}

/// A record's parts, as a loyal commander deals them.
std::vector<std::string> parts_of(const cluster_parameters& cluster, const record& r,
                                  digest* commitment = nullptr) {
    const auto sealed = sealing_from_run_seed(cluster, 1).sealer->seal(r);
    std::vector<std::string> parts;
    for (const auto& share : sealed.shares) {
        parts.push_back(encode_part({sealed.digests, sealed.ciphertext, share}));
    }
    if (commitment != nullptr) {
        *commitment = sealed.commitment;
    }
    return parts;
}

/// The gate alone with three lieutenants, all of which have voted for record "a".
struct sealed_gate {
    cluster_parameters cluster = sealed_cluster(1, 3);
    cluster_sealing sealing = sealing_from_run_seed(cluster, 1);
    record leaving = make_record("a", flag::public_);
    digest commitment{};
    std::vector<std::string> parts = parts_of(cluster, leaving, &commitment);
    one_supervisor gate{cluster, sealing.of(supervisor_id)};

    sealed_gate() { gate.submit(); }
    void vote_release(std::uint32_t j) {
        gate.cast(j, {{decision::release, reason::enough_public, leaving.version, commitment}});
    }
    void vote_withhold(std::uint32_t j) { gate.cast(j, {for_withholding()}); }
    void reply(std::uint32_t j, std::string bytes) {
        gate.hear(lieutenant_id(j),
                  payload_reply{round_id{1}, 0, {0}, payloads({std::move(bytes)})});
    }
    void reply_well(std::uint32_t j) { reply(j, hand_over(*sealing.scheme, parts[j])); }
    void reply_nothing(std::uint32_t j) {
        gate.hear(lieutenant_id(j), payload_reply{round_id{1}, 0, {}, payloads({})});
    }
    [[nodiscard]] std::size_t asked() const { return gate.sent<payload_request>().size(); }
    [[nodiscard]] std::size_t shares_delivered() const {
        const auto left = gate.delivered();
        return left.empty() ? 0 : decode_sealed(left.at(0).payload, 3)->shares.size();
    }
    [[nodiscard]] record_outcome outcome() const {
        return gate.closed.empty() ? record_outcome::open : gate.closed.at(0).decided.at(0).outcome;
    }
};

} // namespace

TEST_CASE("a sealed cluster releases every public record, clear, and no other") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto commanders = GENERATE(1U, 2U, 3U);
    const auto lieutenants = GENERATE(1U, 2U, 3U, 5U);
    pump cluster{sealed_cluster(commanders, lieutenants, protocol)};
    cluster.submit(fill(cluster));
    cluster.run();
    CHECK(delivered_ids(cluster) == the_public_ones);
    REQUIRE(cluster.closed.size() == 1);
    CHECK(cluster.closed[0].openings.empty());
    CHECK(cluster.refusals.empty());
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(cluster.decided(0, i).outcome
              == (i % 2 == 0 ? record_outcome::released : record_outcome::withheld));
    }
}

TEST_CASE("lieutenants get the same claims and different parts, from every commander the same") {
    pump cluster{sealed_cluster(2, 3)};
    cluster.submit(fill(cluster));
    cluster.run();
    std::map<server_id, std::vector<distribution>> by_recipient;
    for (const auto& sent : cluster.log) {
        if (const auto* told = std::get_if<distribution>(&sent.what)) {
            by_recipient[sent.to].push_back(*told);
        }
    }
    REQUIRE(by_recipient.size() == 3);
    const auto& first = by_recipient.begin()->second;
    for (const auto& [to, told] : by_recipient) {
        REQUIRE(told.size() == 2);
        CHECK(same_batch(told[0].claims, told[1].claims));
        CHECK(*told[0].payloads == *told[1].payloads);
        CHECK(same_batch(told[0].claims, first[0].claims));
        CHECK((*told[0].payloads == *first[0].payloads) == (to == by_recipient.begin()->first));
    }
}

TEST_CASE("what is over the limit once it is sealed can't be told, and holds up nothing else") {
    auto parameters = sealed_cluster(1, 3);
    parameters.limit.payload_bytes_max = 2'000;
    pump cluster{parameters};
    auto large = make_record("large", flag::public_);
    large.payload.assign(1'990, 'x');
    cluster.put(large);
    auto all = fill(cluster);
    all.push_back("large");
    cluster.submit(all);
    cluster.run();
    CHECK(delivered_ids(cluster) == the_public_ones);
    CHECK(cluster.refusals.empty());
}

TEST_CASE("a lieutenant takes its own part of just that version, and no other bytes") {
    const auto parameters = sealed_cluster(1, 3);
    const auto sealing = sealing_from_run_seed(parameters, 1);
    const auto r = make_record("a", flag::public_);
    digest commitment{};
    const auto parts = parts_of(parameters, r, &commitment);
    const auto claimed = make_claim(flag::public_, r.version, commitment);
    const auto told = [&](const claim& what, const std::string& bytes) {
        one_lieutenant at{parameters, 0, sealing.of(lieutenant_id(0))};
        at.request();
        at.hear(commander_id(0), distribution{round_id{1}, 0, one(what), payloads({bytes})});
        return at.refusals();
    };
    CHECK(told(claimed, parts[0]).empty());
    const refusal_list bad{refusal::bad_digest};
    CHECK(told(claimed, parts[1]) == bad);
    CHECK(told(claimed, r.payload) == bad);
    CHECK(told(claimed, "") == bad);
    CHECK(told(claimed, parts[0] + "x") == bad);
    CHECK(told(make_claim(flag::public_, "v2", commitment), parts[0]) == bad);
    CHECK(told(make_claim(flag::public_, r.version, test_digests().digest_of(parts[0])), parts[0])
          == bad);
    auto other = r;
    other.id = "b";
    digest of_other{};
    const auto others = parts_of(parameters, other, &of_other);
    CHECK(told(make_claim(flag::public_, r.version, of_other), others[0]) == bad);
    for (std::size_t at = 0; at < parts[0].size(); at += 7) {
        auto changed = parts[0];
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK(told(claimed, changed) == bad);
    }
}

TEST_CASE("a share leaves its lieutenant closed, and only after a vote for release") {
    pump cluster{sealed_cluster(2, 3)};
    cluster.submit(fill(cluster));
    cluster.run();
    std::set<std::string> shares;
    for (const auto& sent : cluster.log) {
        if (const auto* told = std::get_if<distribution>(&sent.what)) {
            for (const auto& bytes : *told->payloads) {
                shares.insert(decode_part(bytes)->share.substr(1));
            }
        }
    }
    CHECK(shares.size() == 18);
    std::size_t handed = 0;
    for (const auto& sent : cluster.log) {
        const auto* reply = std::get_if<payload_reply>(&sent.what);
        for (const auto& bytes : reply != nullptr ? *reply->payloads : std::vector<std::string>{}) {
            ++handed;
            for (const auto& share : shares) {
                CHECK(bytes.find(share) == std::string::npos);
            }
        }
    }
    CHECK(handed == 9);
    // Whoever asks for a record on which the vote was another gets nothing.
    const auto before = cluster.log.size();
    cluster.receipts = false;
    cluster.submit({"r1", "r2"});
    cluster.run();
    cluster.inject(supervisor_id, lieutenant_id(0), payload_request{round_id{2}, 0, {0}});
    cluster.run();
    const auto* reply = std::get_if<payload_reply>(&cluster.log.back().what);
    REQUIRE(cluster.log.size() > before);
    REQUIRE(reply != nullptr);
    CHECK(reply->payloads->empty());
}

TEST_CASE("the gate asks every voter, those that vote later too, and delivers 2fl+1 hand-overs") {
    sealed_gate at;
    at.vote_release(0);
    CHECK(at.asked() == 0);
    at.vote_release(1);
    CHECK(at.asked() == 2);
    at.reply_well(1);
    at.reply_well(0);
    CHECK(at.gate.delivered().empty());
    at.vote_release(2);
    CHECK(at.asked() == 3);
    at.reply_well(2);
    CHECK(at.shares_delivered() == 3);
    at.gate.receipt();
    CHECK(at.outcome() == record_outcome::released);
}

TEST_CASE("fl+1 hand-overs are enough once nobody else is owed") {
    sealed_gate at;
    at.vote_release(0);
    at.vote_release(1);
    at.reply_well(0);
    at.reply_well(1);
    SECTION("because the third votes otherwise") {
        at.vote_withhold(2);
    }
    SECTION("because the third never votes") {
        at.gate.tick_at(1'000);
    }
    SECTION("because the third votes and never answers") {
        at.vote_release(2);
        CHECK(at.gate.delivered().empty());
        at.gate.tick_at(1'000);
    }
    SECTION("because the third hands over nothing") {
        at.vote_release(2);
        at.reply_nothing(2);
    }
    SECTION("because the third hands over what is no hand-over") {
        at.vote_release(2);
        const auto part = at.parts[2];
        at.reply(2, GENERATE_COPY(as<std::string>{}, part, "", "nonsense"));
        CHECK(at.gate.refusals() == refusal_list{refusal::bad_digest});
    }
    CHECK(at.shares_delivered() == 2);
    at.gate.receipt();
    CHECK(at.outcome() == record_outcome::released);
}

TEST_CASE("fewer than fl+1 hand-overs open nothing, so nothing goes out") {
    sealed_gate at;
    at.vote_release(0);
    at.vote_release(1);
    at.reply_well(0);
    at.vote_withhold(2);
    CHECK(at.gate.closed.empty());
    SECTION("the other voter says that it has nothing") {
        at.reply_nothing(1);
    }
    SECTION("the other voter says nothing") {
        at.gate.tick_at(1'000);
    }
    CHECK(at.gate.delivered().empty());
    CHECK(at.outcome() == record_outcome::withheld);
}

TEST_CASE(
    "what the recipient could not open is withheld, and the report says whose shares were bad") {
    sealed_gate at;
    for (std::uint32_t j = 0; j < 3; ++j) {
        at.vote_release(j);
    }
    for (std::uint32_t j = 0; j < 3; ++j) {
        at.reply_well(j);
    }
    const auto receipt_with = [&](opening_report found) {
        at.gate.hear(external_party_id, delivery_receipt{round_id{1}, 0, {std::move(found)}});
    };
    for (const auto& wrong :
         {opening_report{1, false, {}}, opening_report{0, false, {commander_id(0)}},
          opening_report{0, false, {lieutenant_id(3)}}}) {
        receipt_with(wrong);
        CHECK(at.gate.refusals() == refusal_list{refusal::malformed});
        CHECK(at.gate.closed.empty());
    }
    const bool opened = GENERATE(true, false);
    const opening_report found{0, opened, {lieutenant_id(1), lieutenant_id(2)}};
    receipt_with(found);
    CHECK(at.outcome() == (opened ? record_outcome::released : record_outcome::withheld));
    CHECK(at.gate.closed.at(0).openings == std::vector{found});
}

TEST_CASE(
    "a lieutenant that hands over bad shares is named, and the records get out all the same") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto liar = GENERATE(0U, 1U, 2U);
    pump cluster{sealed_cluster(2, 3, protocol)};
    cluster.meddle = bad_shares_of(cluster, {liar});
    cluster.submit(fill(cluster));
    cluster.run();
    CHECK(delivered_ids(cluster) == the_public_ones);
    const std::vector<server_id> named{lieutenant_id(liar)};
    CHECK(cluster.closed.at(0).openings
          == std::vector<opening_report>{{0, true, named}, {2, true, named}, {4, true, named}});
}

TEST_CASE("more bad shares than the cluster survives keep the record in, and are named too") {
    pump cluster{sealed_cluster(2, 3)};
    cluster.meddle = bad_shares_of(cluster, {0, 2});
    cluster.submit(fill(cluster));
    cluster.run();
    CHECK(cluster.delivered.empty());
    const std::vector<server_id> named{lieutenant_id(0), lieutenant_id(2)};
    CHECK(cluster.closed.at(0).openings
          == std::vector<opening_report>{{0, false, named}, {2, false, named}, {4, false, named}});
    CHECK(cluster.decided(0, 0).outcome == record_outcome::withheld);
}

TEST_CASE("a record gets out with one lieutenant silent, in each of its ways") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto always = GENERATE(true, false);
    pump cluster{sealed_cluster(2, 3, protocol)};
    cluster.meddle = [always](const envelope& wanted, std::vector<envelope>& instead) {
        const bool is_reply = std::holds_alternative<payload_reply>(wanted.what);
        if (wanted.from != lieutenant_id(1) || !(always || is_reply)) {
            instead.push_back(wanted);
        }
    };
    cluster.submit(fill(cluster));
    cluster.run();
    CHECK(delivered_ids(cluster) == the_public_ones);
    CHECK(cluster.closed.at(0).openings.empty());
}

TEST_CASE("fl lieutenants and the gate together read no record that is withheld") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto lieutenants = GENERATE(3U, 5U);
    pump cluster{sealed_cluster(2, lieutenants, protocol)};
    const auto all = fill(cluster);
    // A second round about the same records, as the fl may hope for more in it.
    cluster.submit(all);
    cluster.submit(all);
    cluster.run();
    REQUIRE(delivered_ids(cluster).size() == 6);
    const auto faulty = cluster.cluster().tolerate.lieutenants;
    std::size_t sets_of_more = 0;
    for (std::uint32_t some = 0; some < 1U << lieutenants; ++some) {
        const auto size = static_cast<std::uint32_t>(__builtin_popcount(some));
        if (size > faulty + 1) {
            continue;
        }
        sealed_view seen;
        for (const auto& sent : cluster.log) {
            const auto sees = [&](server_id id) {
                return id == supervisor_id || (is_lieutenant(id) && (some >> index_of(id) & 1));
            };
            if (sees(sent.from) || sees(sent.to)) {
                seen.add(sent.what);
            }
        }
        CHECK(seen.shares_max() == size);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& payload = cluster.database.at(all[i]).payload;
            CHECK(seen.reads(payload) == (size > faulty));
        }
        sets_of_more += size > faulty ? 1 : 0;
    }
    CHECK(sets_of_more == (lieutenants == 3 ? 3 : 10));
}

} // namespace byzgate::testing
