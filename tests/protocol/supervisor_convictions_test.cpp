/// Which accusations the supervisor accepts and what it does about them.
#include <catch2/catch.hpp>

#include "protocol/evidence.hpp"
#include "tests/protocol/one_supervisor.hpp"

namespace byzgate::testing {

namespace {

using refusal_list = std::vector<refusal>;

/// Two commanders, five lieutenants of which one may lie: two accusers are enough, three votes make
/// a quorum.
cluster_parameters five(conviction_policy policy = conviction_policy::continue_) {
    auto cluster = make_cluster(2, 5, 1, {1, 1, 2});
    cluster.on_conviction = policy;
    return cluster;
}

accusation against(std::uint32_t commander, bool for_good, std::uint32_t position = 0) {
    const std::vector<server_id> some{lieutenant_id(0), lieutenant_id(1)};
    return {commander_id(commander),
            position,
            for_good,
            {public_claim(), some},
            {confidential_claim(), some}};
}

/// Runs a round on which everybody votes to withhold; the first lieutenants accuse as given.
void round_with(one_supervisor& gate, const std::vector<std::vector<accusation>>& accusing,
                round_id round = round_id{1}, std::size_t records = 1) {
    for (std::uint32_t j = 0; j < 5; ++j) {
        gate.cast(j, std::vector<verdict>(records, for_withholding()), round, 0,
                  j < accusing.size() ? accusing[j] : std::vector<accusation>{});
        CHECK(gate.refusals().empty());
    }
}

} // namespace

TEST_CASE("fl+1 matching accusations convict and fl don't") {
    const auto accusers = GENERATE(0U, 1U, 2U, 3U, 5U);
    const auto for_good = GENERATE(true, false);
    one_supervisor gate{five()};
    gate.submit();
    round_with(gate, std::vector<std::vector<accusation>>(accusers, {against(1, for_good)}));
    REQUIRE(gate.closed.size() == 1);
    const auto& convictions = gate.closed[0].convictions;
    REQUIRE(convictions.size() == (accusers >= 2 ? 1 : 0));
    if (!convictions.empty()) {
        CHECK(convictions[0].commander == commander_id(1));
        CHECK(convictions[0].record == "a");
        CHECK(convictions[0].for_good == for_good);
        CHECK(convictions[0].accusers.size() == accusers);
    }
    CHECK(gate.machine.convicted_for_good().size() == (accusers >= 2 && for_good ? 1 : 0));
}

TEST_CASE("accusations over different records or commanders don't match") {
    one_supervisor gate{five()};
    gate.submit({"a", "b"});
    round_with(gate, {{against(0, true, 0)}, {against(0, true, 1)}, {against(1, true, 0)}},
               round_id{1}, 2);
    REQUIRE(gate.closed.size() == 1);
    CHECK(gate.closed[0].convictions.empty());
    CHECK(gate.machine.convicted_for_good().empty());
}

TEST_CASE("accusations of different rounds don't match") {
    one_supervisor gate{five()};
    gate.submit();
    gate.submit();
    round_with(gate, {{against(1, true)}});
    round_with(gate, {{}, {against(1, true)}}, round_id{2});
    CHECK(gate.closed.at(0).convictions.empty());
    CHECK(gate.closed.at(1).convictions.empty());
    CHECK(gate.machine.convicted_for_good().empty());
}

TEST_CASE("a lieutenant that accuses twice is one accuser") {
    one_supervisor gate{five()};
    gate.submit();
    round_with(gate, {{against(1, true), against(1, true)}});
    CHECK(gate.closed.at(0).convictions.empty());
}

TEST_CASE("a conviction is for good only if fl+1 accusers say so") {
    one_supervisor gate{five()};
    gate.submit();
    round_with(gate, {{against(1, true)}, {against(1, false)}, {against(1, false)}});
    REQUIRE(gate.closed.at(0).convictions.size() == 1);
    CHECK_FALSE(gate.closed[0].convictions[0].for_good);
    CHECK(gate.machine.convicted_for_good().empty());
}

TEST_CASE("accusations of the wrong shape cost the whole vote") {
    auto nobody = against(2, true);
    auto a_lieutenant = against(0, true);
    a_lieutenant.commander = lieutenant_id(0);
    auto strangers = against(0, true);
    strangers.first.reporters = {lieutenant_id(9)};
    auto commanders = against(0, true);
    commanders.second.reporters = {commander_id(0)};
    auto crowd = against(0, true);
    crowd.first.reporters.assign(6, lieutenant_id(0));
    auto garbled = against(0, true);
    garbled.second.what.kind = static_cast<claim_kind>(7);
    for (const auto& bad : {nobody, a_lieutenant, strangers, commanders, crowd, garbled,
                            against(0, true, 1), against(0, true, 0xffff'ffff)}) {
        one_supervisor gate{five()};
        gate.submit();
        gate.cast(0, {for_withholding()}, round_id{1}, 0, {bad});
        CHECK(gate.refusals() == refusal_list{refusal::malformed});
    }
    one_supervisor gate{five()};
    gate.submit();
    gate.cast(0, {for_withholding()}, round_id{1}, 0,
              {against(0, true), against(1, true), against(0, true)});
    CHECK(gate.refusals() == refusal_list{refusal::oversized});
}

TEST_CASE("going on, the next request names the convicted commander and doesn't ask it") {
    one_supervisor gate{five()};
    gate.submit();
    gate.submit();
    round_with(gate, {{against(1, true)}, {against(1, true)}});
    gate.submit();
    std::size_t asked = 0;
    for (const auto& [to, request] : gate.sent<round_request>()) {
        if (request.round == round_id{3}) {
            CHECK(request.convicted == std::vector{commander_id(1)});
            CHECK(to != commander_id(1));
            ++asked;
        } else {
            CHECK(request.convicted.empty());
        }
    }
    CHECK(asked == 6);
    // Its rounds end for it all the same.
    round_with(gate, {}, round_id{3});
    std::size_t ended = 0;
    for (const auto& [to, end] : gate.sent<round_end>()) {
        ended += end.round == round_id{3} ? 1 : 0;
    }
    CHECK(ended == 7);
}

TEST_CASE("a sub-round keeps the convictions that its round started with") {
    one_supervisor gate{five()};
    gate.submit();
    for (std::uint32_t j = 0; j < 5; ++j) {
        gate.cast(j, {unsure()}, round_id{1}, 0, {against(1, true)});
    }
    REQUIRE(gate.newest_level() == 1);
    CHECK(gate.machine.convicted_for_good().size() == 1);
    CHECK(gate.sent<round_request>().back().second.convicted.empty());
    CHECK(gate.sent<round_request>().back().first == commander_id(1));
}

TEST_CASE("under the policy halt what isn't started yet comes back withheld") {
    auto cluster = five(conviction_policy::halt);
    cluster.window = 2;
    one_supervisor gate{cluster};
    gate.submit();
    gate.submit();
    gate.submit({"b", "c"});
    round_with(gate, {{against(1, true)}, {against(1, true)}});
    // The first round ends; the second goes on, being started; the third comes back.
    REQUIRE(gate.closed.size() == 2);
    CHECK(gate.closed[0].submission == 1);
    CHECK_FALSE(gate.closed[0].halted);
    CHECK(gate.closed[1].submission == 3);
    CHECK(gate.closed[1].halted);
    REQUIRE(gate.closed[1].decided.size() == 2);
    CHECK(gate.closed[1].decided[0].outcome == record_outcome::withheld);
    CHECK(gate.closed[1].decided[1].outcome == record_outcome::withheld);
    CHECK(*gate.closed[1].records == std::vector<record_id>{"b", "c"});
    CHECK(gate.machine.rounds_open() == 1);
    // And so does whatever is submitted from now on.
    gate.submit();
    REQUIRE(gate.closed.size() == 3);
    CHECK(gate.closed[2].halted);
    round_with(gate, {}, round_id{2});
    REQUIRE(gate.closed.size() == 4);
    CHECK_FALSE(gate.closed[3].halted);
    CHECK(gate.machine.rounds_open() == 0);
}

TEST_CASE("a conviction for one record halts nothing") {
    one_supervisor gate{five(conviction_policy::halt)};
    gate.submit();
    round_with(gate, {{against(1, false)}, {against(1, false)}, {against(1, true)}});
    gate.submit();
    CHECK(gate.machine.rounds_open() == 1);
    CHECK(gate.closed.size() == 1);
}

TEST_CASE("a supervisor goes on from the last round and the convictions of the run before") {
    evidence proof;
    proof.first.commander = proof.second.commander = commander_id(1);
    const auto policy = GENERATE(conviction_policy::continue_, conviction_policy::halt);
    one_supervisor gate{five(policy)};
    gate.machine.resume(round_id{41}, {std::make_shared<const evidence>(proof)});
    gate.submit();
    const auto requests = gate.sent<round_request>();
    if (policy == conviction_policy::halt) {
        CHECK(requests.empty());
        REQUIRE(gate.closed.size() == 1);
        CHECK(gate.closed[0].halted);
        return;
    }
    REQUIRE(requests.size() == 6);
    for (const auto& [to, request] : requests) {
        CHECK(to != commander_id(1));
        CHECK(request.round == round_id{42});
        CHECK(request.convicted == std::vector{commander_id(1)});
        REQUIRE(request.proofs.size() == 1);
        CHECK(*request.proofs[0] == proof);
    }
    CHECK(gate.machine.convicted_for_good() == std::set{commander_id(1)});
}

} // namespace byzgate::testing
