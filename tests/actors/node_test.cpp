// Processes of a cluster without sockets: what links may do to frames, what peers may send on
// them, and what crashes may do to processes.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "protocol/wire.hpp"
#include "tests/actors/queue_network.hpp"

using namespace byzgate;
using namespace byzgate::test;
using namespace std::chrono_literals;

namespace {

const split_ids& truth() {
    static const auto ids = ids_of(generated(20));
    return ids;
}

cluster_parameters cluster_of(protocol_kind protocol, std::uint32_t commanders = 2) {
    auto cluster = small_cluster(commanders, 3);
    cluster.protocol = protocol;
    return cluster;
}

/// Each public record once, no confidential one.
void check_arrived(const stepped_nodes& nodes) {
    auto ids = nodes.arrived();
    std::sort(ids.begin(), ids.end());
    CHECK(ids == truth().public_ones);
}

nlohmann::json all_of_them() {
    return {{"type", "all"}};
}

template <class Message>
std::string bytes_of(Message m) {
    return encode(message{std::move(m)});
}

record_id_batch one_id(const record_id& id) {
    return std::make_shared<const std::vector<record_id>>(1, id);
}

} // namespace

TEST_CASE("servers in processes of their own release what is public, and tell the operator") {
    const auto protocol =
        GENERATE(as<protocol_kind>{}, protocol_kind::oral, protocol_kind::signed_);
    const auto commanders = GENERATE(as<std::uint32_t>{}, 1, 2);
    stepped_nodes nodes{cluster_of(protocol, commanders)};
    nodes.ask(all_of_them());
    REQUIRE(nodes.passes_until_done(10s));
    check_arrived(nodes);
    const auto told = nodes.told();
    CHECK(told.size() == truth().all.size());
    for (const auto& id : truth().public_ones) {
        CHECK(told.at(id) == "released");
    }
    for (const auto& id : truth().confidential) {
        CHECK(told.at(id) == "withheld");
    }
    CHECK(nodes.failures.empty());
}

TEST_CASE("sealed payloads pass between processes, and the gate hears whose shares were bad") {
    const auto protocol =
        GENERATE(as<protocol_kind>{}, protocol_kind::oral, protocol_kind::signed_);
    const auto lies = GENERATE(true, false);
    auto sealed = cluster_of(protocol);
    sealed.sealed = true;
    stepped_nodes nodes{sealed, 1, 3, [lies](const seat& at) {
                            return lies && at.self == lieutenant_id(1) ? make_behavior(
                                       at, "tampering", {{"what", std::string{"share"}}})
                                                                       : make_loyal(at);
                        }};
    nodes.ask(all_of_them());
    REQUIRE(nodes.passes_until_done(10s));
    check_arrived(nodes);
    const auto lines = content_of(nodes.received.string());
    CHECK(lines.find("\"opening\":\"") != std::string::npos);
    CHECK(nodes.failures.empty());
}

TEST_CASE("what can't be opened is not taken for received, and the rounds go on") {
    auto sealed = cluster_of(protocol_kind::oral);
    sealed.sealed = true;
    stepped_nodes nodes{sealed, 1, 3, [](const seat& at) {
                            return is_lieutenant(at.self) && at.self != lieutenant_id(0)
                                       ? make_behavior(at, "tampering",
                                                       {{"what", std::string{"share"}}})
                                       : make_loyal(at);
                        }};
    nodes.ask({{"type", "release"},
               {"ids", {truth().public_ones.at(0), truth().confidential.at(0)}},
               {"last", true}});
    nodes.pass(2s);
    CHECK(nodes.arrived().empty());
    CHECK(nodes.told().at(truth().confidential.at(0)) == "withheld");
    CHECK(nodes.failures.empty());
}

TEST_CASE("only the records that were named are decided") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    const auto& wanted = truth().public_ones.at(1);
    nodes.ask({{"type", "release"},
               {"ids", {wanted, truth().confidential.at(0), "no such record"}},
               {"last", true}});
    REQUIRE(nodes.passes_until_done(10s));
    CHECK(nodes.arrived() == std::vector{wanted});
    CHECK(nodes.told()
          == std::map<std::string, std::string>{{wanted, "released"},
                                                {truth().confidential.at(0), "withheld"},
                                                {"no such record", "withheld"}});
}

TEST_CASE("links that lose, repeat and reorder delay releases and do nothing else") {
    const auto protocol =
        GENERATE(as<protocol_kind>{}, protocol_kind::oral, protocol_kind::signed_);
    const auto seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4);
    CAPTURE(seed);
    stepped_nodes nodes{cluster_of(protocol), seed};
    nodes.network.sky = {10, 20, 30};
    nodes.ask(all_of_them());
    nodes.pass(3s);
    CHECK(nodes.network.lost > 0);
    nodes.network.sky = {};
    REQUIRE(nodes.passes_until_done(60s));
    check_arrived(nodes);
}

TEST_CASE("what a silent commander keeps from being decided is released when it is back") {
    stepped_nodes nodes{cluster_of(protocol_kind::signed_)};
    nodes.kill(commander_id(1));
    nodes.ask({{"type", "release"}, {"ids", truth().all}, {"last", true}});
    nodes.pass(3s);
    CHECK(nodes.arrived().empty());
    CHECK_FALSE(nodes.done());
    nodes.start(commander_id(1));
    REQUIRE(nodes.passes_until_done(60s));
    check_arrived(nodes);
}

TEST_CASE("a deadline ends a request, and says what is open and why") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    nodes.kill(commander_id(0));
    const auto& id = truth().public_ones.at(0);
    nodes.ask({{"type", "release"}, {"ids", {id}}, {"last", true}, {"deadline_s", 2}});
    REQUIRE(nodes.passes_until_done(5s));
    const auto last =
        nlohmann::json::parse(nodes.network.answers[stepped_nodes::an_operator].back());
    CHECK(last["late"] == true);
    CHECK(last["undecided"] == 1);
    REQUIRE(last["open"].size() == 1);
    CHECK(last["open"][0]["id"] == id);
    CHECK(last["open"][0]["reason"] == "silence");
}

TEST_CASE("every server may die and come back, and each public record arrives once") {
    const auto victims =
        GENERATE(as<std::vector<server_id>>{}, std::vector{commander_id(0)},
                 std::vector{lieutenant_id(1)}, std::vector{supervisor_id},
                 std::vector{external_party_id}, std::vector{supervisor_id, external_party_id});
    const auto at_ms = GENERATE(10, 30, 250);
    CAPTURE(victims.size(), to_string(victims.front()), at_ms);
    auto cluster = cluster_of(protocol_kind::oral);
    cluster.window = 2;
    stepped_nodes nodes{cluster};
    nodes.network.sky = {5, 0, 0};
    nodes.ask(all_of_them());
    nodes.pass(std::chrono::milliseconds{at_ms});
    for (const auto victim : victims) {
        nodes.kill(victim);
    }
    nodes.pass(300ms);
    for (const auto victim : victims) {
        nodes.start(victim);
    }
    nodes.network.sky = {};
    nodes.network.answers.clear();
    nodes.ask(all_of_them());
    REQUIRE(nodes.passes_until_done(60s));
    // What a lost receipt left in the outbox goes out again, and counts once.
    nodes.pass(10s);
    check_arrived(nodes);
}

TEST_CASE("what was written down but never acknowledged goes out after a restart, unasked") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    nodes.kill(external_party_id);
    const auto& id = truth().public_ones.at(0);
    nodes.ask({{"type", "release"}, {"ids", {id}}, {"last", true}});
    nodes.pass(2s);
    CHECK(nodes.arrived().empty());
    const auto waits = [&](const std::string& queue, int count) {
        return nodes.gate_figures.text().find(
                   fmt::format("byzgate_queue_length{{queue=\"{}\"}} {}\n", queue, count))
               != std::string::npos;
    };
    INFO(nodes.gate_figures.text());
    CHECK(waits("deliveries", 1));
    CHECK(waits("rounds", 1));
    CHECK(waits("records", 1));
    CHECK(waits("ingress", 0));
    nodes.kill(supervisor_id);
    nodes.start(supervisor_id);
    nodes.start(external_party_id);
    nodes.network.link(supervisor_id, external_party_id, true);
    nodes.pass(2s);
    CHECK(nodes.arrived() == std::vector{id});
    CHECK(waits("deliveries", 0));
    CHECK(waits("rounds", 0));
    // And is acknowledged: nothing is sent again.
    nodes.kill(supervisor_id);
    nodes.start(supervisor_id);
    nodes.pass(10s);
    CHECK(nodes.arrived() == std::vector{id});
}

TEST_CASE("an operator who gets the name of one that left hears nothing of the other's records") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    nodes.kill(external_party_id);
    const auto& first = truth().public_ones.at(0);
    const auto& second = truth().public_ones.at(1);
    nodes.ask({{"type", "release"}, {"ids", {first}}, {"last", true}});
    nodes.pass(1s);
    REQUIRE_FALSE(nodes.done());
    nodes.network.answers.clear();
    nodes.ask({{"type", "release"}, {"ids", {second}}, {"last", true}});
    nodes.start(external_party_id);
    REQUIRE(nodes.passes_until_done(20s));
    CHECK(nodes.told() == std::map<std::string, std::string>{{second, "released"}});
}

TEST_CASE("rows of the ledger are counted once, however often a record is decided") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    const auto& first = truth().public_ones.at(0);
    const auto& second = truth().public_ones.at(1);
    const auto counted = [&](int rows) {
        return nodes.gate_figures.text().find(fmt::format("byzgate_ledger_rows_total {}\n", rows))
               != std::string::npos;
    };
    nodes.ask({{"type", "release"}, {"ids", {first}}, {"last", true}});
    REQUIRE(nodes.passes_until_done(20s));
    CHECK(counted(1));
    nodes.network.answers.clear();
    nodes.ask({{"type", "release"}, {"ids", {first, second}}, {"last", true}});
    REQUIRE(nodes.passes_until_done(20s));
    CHECK(nodes.told().size() == 2);
    INFO(nodes.gate_figures.text());
    CHECK(counted(2));
}

TEST_CASE("bytes that are no message are counted, and hurt nobody") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    std::mt19937_64 chance{5};
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes(chance() % 100, '\0');
        for (auto& b : bytes) {
            b = static_cast<char>(chance());
        }
        if (!bytes.empty() && i % 2 == 0) {
            bytes[0] = static_cast<char>(wire_version);
        }
        nodes.network.inject(lieutenant_id(0), lieutenant_id(1), bytes);
        nodes.network.inject(lieutenant_id(0), supervisor_id, bytes);
        nodes.network.inject(commander_id(0), supervisor_id, bytes);
        nodes.network.inject(supervisor_id, commander_id(1), bytes);
        nodes.network.inject(external_party_id, supervisor_id, bytes);
        nodes.network.inject(supervisor_id, external_party_id, bytes);
    }
    nodes.run();
    const auto refused = nodes.at(lieutenant_id(1)).status();
    CHECK(refused.refusals[static_cast<std::size_t>(refusal::malformed)] >= 1'900);
    nodes.ask(all_of_them());
    REQUIRE(nodes.passes_until_done(10s));
    check_arrived(nodes);
}

TEST_CASE("a peer can say only what its place allows, whatever it sends") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    const auto& secret = truth().confidential.at(0);
    const auto leak = std::make_shared<const std::vector<released_record>>(
        1, released_record{secret, "1", {}, "forged", {lieutenant_id(0), lieutenant_id(1)}});
    // A lieutenant that would be gate, commander, recipient and another lieutenant.
    const auto liar = lieutenant_id(0);
    for (const auto to : {server_id{commander_id(0)}, commander_id(1), lieutenant_id(1),
                          lieutenant_id(2), supervisor_id}) {
        nodes.network.inject(liar, to, bytes_of(round_request{round_id{1}, 0, one_id(secret), {}}));
        nodes.network.inject(liar, to, bytes_of(delivery{round_id{1}, 0, leak}));
        nodes.network.inject(liar, to, bytes_of(delivery_receipt{round_id{1}, 0}));
        nodes.network.inject(liar, to, bytes_of(payload_request{round_id{1}, 0, {0}}));
        nodes.network.inject(liar, to, bytes_of(round_end{round_id{1}}));
        nodes.network.inject(liar, to, encode(catalogue_request{1, {}, true}));
        nodes.network.inject(liar, to, encode(catalogue_page{1, {{"made up", ""}}, true}));
        nodes.network.inject(liar, to, all_of_them().dump());
    }
    // It has no link to the external party, and what comes without one goes nowhere.
    nodes.network.inject(liar, external_party_id, bytes_of(delivery{round_id{1}, 0, leak}));
    nodes.run();
    CHECK(nodes.arrived().empty());
    CHECK(nodes.at(external_party_id).status().unroutable == 1);
    const auto unknown = static_cast<std::size_t>(refusal::unknown_server);
    CHECK(nodes.at(commander_id(0)).status().refusals[unknown] >= 5);
    CHECK(nodes.network.answers.empty());
    nodes.ask(all_of_them());
    REQUIRE(nodes.passes_until_done(10s));
    check_arrived(nodes);
}

TEST_CASE("a commander's catalogue can only add ids") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    nodes.kill(commander_id(1));
    nodes.ask(all_of_them());
    // Whoever answers for commander-2 guesses the numbers of the questions.
    for (std::uint64_t number = 1; number < 10; ++number) {
        nodes.network.inject(commander_id(1), supervisor_id,
                             encode(catalogue_page{number, {{"made up", ""}, {"more", ""}}, true}));
    }
    nodes.run();
    nodes.start(commander_id(1));
    REQUIRE(nodes.passes_until_done(60s));
    check_arrived(nodes);
    CHECK(nodes.told().at("made up") == "withheld");
}

TEST_CASE("what is no request is refused and forgotten") {
    stepped_nodes nodes{cluster_of(protocol_kind::oral)};
    const auto request = GENERATE(
        as<std::string>{}, "", "x", "[]", "{}", R"({"type":1})", R"({"type":"drop"})",
        R"({"type":"release"})", R"({"type":"release","ids":"r1"})",
        R"({"type":"release","ids":[1]})", R"({"type":"release","ids":[""]})",
        R"({"type":"release","ids":[],"type":"all"})", R"({"type":"all","follow":true,"more":1})",
        R"({"type":"all","deadline_s":0})", R"({"type":"all","deadline_s":-1})",
        R"({"type":"all","deadline_s":"soon"})", R"({"type":"release","ids":[["a"]]})");
    CAPTURE(request);
    nodes.network.link(supervisor_id, stepped_nodes::an_operator, true);
    nodes.network.inject(stepped_nodes::an_operator, supervisor_id, request);
    nodes.run();
    const auto& answers = nodes.network.answers[stepped_nodes::an_operator];
    REQUIRE(answers.size() == 1);
    CHECK(nlohmann::json::parse(answers[0])["type"] == "refused");
    CHECK(nodes.at(supervisor_id).status().requests == 0);
}

TEST_CASE("a peer that floods loses what is over its budget") {
    const auto budget = std::make_shared<ingress_budget>(3, 1'000);
    CHECK(budget->take(5'000)); // A first message, whatever its size.
    CHECK_FALSE(budget->take(1));
    budget->give_back(5'000);
    CHECK(budget->take(400));
    CHECK(budget->take(400));
    CHECK_FALSE(budget->take(400));
    CHECK(budget->take(100));
    CHECK_FALSE(budget->take(1));
    budget->give_back(100);
    {
        const auto held = ingress_budget::hold(budget, 100);
        CHECK(held != nullptr);
        CHECK(ingress_budget::hold(budget, 1) == nullptr);
    }
    CHECK(ingress_budget::hold(budget, 1) != nullptr);
}
