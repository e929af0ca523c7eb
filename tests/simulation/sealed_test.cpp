/// Whole sealed clusters in the simulator: what a smuggler gets through, whose bad shares are
/// named, and that a seed can be played again.
#include <set>

#include <catch2/catch.hpp>

#include "protocol/payloads.hpp"
#include "tests/sealed_view.hpp"
#include "tests/simulation/liars.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

simulation_settings sealed_of(std::uint32_t commanders, std::uint32_t lieutenants,
                              protocol_kind protocol, std::uint32_t depth = 1) {
    auto s = cluster_of(commanders, lieutenants, depth);
    s.cluster.protocol = protocol;
    s.cluster.sealed = true;
    s.database.records = 24;
    s.batch = 4;
    return s;
}

placed_behavior smuggler(const std::string& what, const std::string& message) {
    placed_behavior placed{commander_id(0), "smuggling", {{"what", what}}, {}};
    if (!message.empty()) {
        placed.options["message"] = message;
    }
    return placed;
}

std::string seen_by_gate(const message& m) {
    const auto* leaving = std::get_if<delivery>(&m);
    std::string all;
    for (std::size_t i = 0; leaving != nullptr && i < leaving->records->size(); ++i) {
        all += (*leaving->records)[i].payload;
    }
    return all;
}

} // namespace

TEST_CASE("a loyal sealed cluster releases every public record, as the database has it") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    auto s = sealed_of(2, 3, protocol);
    s.batch = 5;
    s.rounds = 12;
    const auto result = simulate(s);
    CHECK(result.broken.empty());
    CHECK(result.public_released > 0);
    CHECK(result.released == result.public_released);
    CHECK(result.denied == 0);
    CHECK(result.refusals == 0);
    CHECK(result.memory_left == 0);
}

TEST_CASE("a sealed run can be played again by its seed, closed shares included") {
    auto s = sealed_of(2, 3, protocol_kind::signed_);
    s.digest_events = true;
    s.network = {0.02, 0.02, 20, true};
    s.rounds = 20;
    s.byzantine = {smuggler("shares", "")};
    const auto first = simulate(s);
    CHECK(first.events_digest == simulate(s).events_digest);
    s.seed = 2;
    CHECK(first.events_digest != simulate(s).events_digest);
}

TEST_CASE("nothing that is smuggled gets through beside loyal commanders, in any of its ways") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto commanders = GENERATE(2U, 3U);
    const std::string what = GENERATE("payload", "ciphertext", "shares", "digests");
    const std::string own_words = GENERATE("", "what I always wanted to tell the world outside");
    CAPTURE(commanders, what, own_words);
    auto s = sealed_of(commanders, 3, protocol);
    s.byzantine = {smuggler(what, own_words)};
    std::set<std::string> delivered;
    s.hooks.sent = [&](tick, server_id, server_id to, const message& m, bool) {
        if (to == external_party_id) {
            delivered.insert(seen_by_gate(m));
        }
    };
    const auto result = simulate(s);
    CHECK(result.broken.empty());
    CHECK(result.leaked == 0);
    CHECK(result.corrupted == 0);
    CHECK(result.convicted.empty());
    // Two other commanders are enough to let the public records out. One is not, unless the
    // smuggler signs the same claim as it: a signed claim stands whatever was dealt beside it.
    const bool claims_alike = protocol == protocol_kind::signed_ && what != "payload";
    CHECK((result.public_released > 0) == (commanders == 3 || claims_alike));
    // What keeps the loyal claim is found bad at once; another claim has to be outvoted.
    CHECK((result.refusals > 0) == (what != "payload"));
    for (const auto& bytes : delivered) {
        CHECK((own_words.empty() || bytes.find(own_words) == std::string::npos));
    }
}

TEST_CASE("one commander alone smuggles what it likes, which is what a second one is for") {
    auto s = sealed_of(1, 3, protocol_kind::oral);
    s.byzantine = {smuggler("payload", "")};
    const auto result = simulate(s);
    CHECK(result.corrupted > 0);
    for (const std::string what : {"ciphertext", "shares", "digests"}) {
        s.byzantine = {smuggler(what, "")};
        const auto caught = simulate(s);
        CHECK(caught.released == 0);
        CHECK(caught.corrupted == 0);
    }
}

TEST_CASE("a lieutenant that hands over bad shares is named in every round, and nobody else") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto lieutenants = GENERATE(3U, 4U, 5U);
    auto s = sealed_of(2, lieutenants, protocol);
    s.byzantine = {{lieutenant_id(1), "tampering", {{"what", std::string{"share"}}}, {}}};
    std::uint64_t named = 0;
    s.hooks.closed = [&](tick, const round_closed& closed, const std::vector<judged_record>&) {
        for (const auto& found : closed.openings) {
            ++named;
            CHECK(found.opened);
            CHECK(found.bad_shares == std::vector{lieutenant_id(1)});
            CHECK(closed.decided[found.position].outcome == record_outcome::released);
        }
    };
    const auto result = simulate(s);
    CHECK(result.broken.empty());
    CHECK(result.denied == 0);
    CHECK(result.public_released > 0);
    CHECK(named == result.public_released);
}

TEST_CASE("what fl lying lieutenants and the gate see of a sealed run opens no withheld record") {
    const std::string plays = GENERATE("tampering", "flipping", "colluding");
    auto s = sealed_of(2, 3, protocol_kind::oral);
    s.database.list = {{"a", "1", flag::public_, "an open secret"},
                       {"b", "1", flag::confidential, "a real secret"},
                       {"c", "1", flag::confidential, "another real secret"}};
    s.batch = 3;
    s.rounds = 4;
    behavior_options how{{"vote", std::string{"release"}}};
    if (plays == "colluding") {
        how["with"] = std::vector<std::string>{"commander-1"};
    }
    s.byzantine = {{lieutenant_id(0), plays, how, {}}};
    testing::sealed_view liar_and_gate;
    testing::sealed_view liar_and_one_more;
    s.hooks.sent = [&](tick, server_id from, server_id to, const message& m, bool) {
        const auto sees = [&](server_id other) {
            return from == lieutenant_id(0) || to == lieutenant_id(0) || from == other
                   || to == other;
        };
        if (sees(supervisor_id)) {
            liar_and_gate.add(m);
        }
        if (sees(lieutenant_id(2))) {
            liar_and_one_more.add(m);
        }
    };
    const auto result = simulate(s);
    CHECK(result.leaked == 0);
    for (const auto& r : s.database.list) {
        CHECK_FALSE(liar_and_gate.reads(r.payload));
        CHECK(liar_and_one_more.reads(r.payload));
    }
}
