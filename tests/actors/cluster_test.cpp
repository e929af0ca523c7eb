#include <catch2/catch.hpp>

#include "actors/external_party.hpp"
#include "behaviors/schedule.hpp"
#include "tests/actors/stepped_cluster.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

std::function<handler(const seat&)> with(server_id liar, std::string name,
                                         behavior_options how = {}) {
    return [=](const seat& at) {
        return at.self == liar ? make_behavior(at, name, how) : make_loyal(at);
    };
}

/// Shouts one message at everybody whenever anything reaches it.
class shouting final : public machine {
public:
    explicit shouting(std::vector<send> all) : all_(std::move(all)) {}
    void on(const event&, tick, effects& out) override {
        for (const auto& one : all_) {
            out.push_back(one);
        }
    }

private:
    std::vector<send> all_;
};

std::vector<record_id> released_ids(const stepped_cluster& world) {
    std::vector<record_id> ids;
    for (const auto& [round, record] : world.sink->kept) {
        ids.push_back(record.id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

} // namespace

TEST_CASE("a loyal cluster on actors releases exactly the public records") {
    const auto ids = ids_of(generated(20));
    REQUIRE(!ids.public_ones.empty());
    REQUIRE(!ids.confidential.empty());
    const auto commanders = GENERATE(1U, 2U, 3U);
    stepped_cluster world{small_cluster(commanders, 3)};
    world.decide(ids.all);
    CHECK(released_ids(world) == ids.public_ones);
    REQUIRE(world.reports.size() == 1);
    CHECK(world.reports[0].votes->size() == 3);
    for (const auto& [round, record] : world.sink->kept) {
        CHECK(number_of(round) == 1);
        CHECK(record.voters.size() >= 2);
        CHECK(blake2b_digester{}.digest_of(record.payload) == record.payload_digest);
    }
}

TEST_CASE("the messages of a round on actors are as many as the paper says") {
    const auto [generals, depth, expected] =
        GENERATE(table<std::uint32_t, std::uint32_t, std::uint64_t>(
            {{4, 1, 9}, {7, 2, 156}, {10, 3, 3609}}));
    const auto commanders = GENERATE(1U, 2U);
    stepped_cluster world{small_cluster(commanders, generals - 1, depth)};
    world.decide({ids_of(generated(20)).all.front()});
    REQUIRE(world.reports.size() == 1);
    CHECK(world.cluster().messages() == commanders * expected);
    CHECK(oral_message_count(generals, depth) == expected);
}

TEST_CASE("a silent lieutenant costs its round a deadline and no more") {
    auto parameters = small_cluster(2, 3);
    parameters.phase_timeout = 1'000;
    stepped_cluster world{parameters, with(lieutenant_id(1), "silent")};
    const auto ids = ids_of(generated(20));
    world.decide(ids.all);
    CHECK(world.reports.empty());
    for (int i = 0; i < 3; ++i) {
        world.pass(std::chrono::microseconds{1'000});
    }
    REQUIRE(world.reports.size() == 1);
    CHECK(released_ids(world) == ids.public_ones);
}

TEST_CASE("a silent commander costs its round a deadline, and nothing leaves without it") {
    auto parameters = small_cluster(2, 3);
    parameters.phase_timeout = 1'000;
    stepped_cluster world{parameters, with(commander_id(1), "silent")};
    world.decide(ids_of(generated(20)).all);
    for (int i = 0; i < 12 && world.reports.empty(); ++i) {
        world.pass(std::chrono::microseconds{1'000});
    }
    REQUIRE(world.reports.size() == 1);
    CHECK(world.sink->kept.empty());
}

TEST_CASE("nobody but the supervisor reaches the external party") {
    const auto everybody_lies = [](const seat& at) -> handler {
        auto forged = std::make_shared<const std::vector<released_record>>(
            std::vector<released_record>{{"secret", "1", {}, "secret", {}}});
        return at.self == lieutenant_id(0) || is_commander(at.self) ? std::make_unique<shouting>(
                   std::vector<send>{send{external_party_id, delivery{round_id{1}, 0, forged}},
                                     send{supervisor_id, delivery{round_id{1}, 0, forged}},
                                     send{lieutenant_id(1), delivery{round_id{1}, 0, forged}}})
                                                                    : make_loyal(at);
    };
    auto parameters = small_cluster(2, 3);
    parameters.phase_timeout = 1'000;
    stepped_cluster world{parameters, everybody_lies};
    world.decide(ids_of(generated(20)).all);
    for (int i = 0; i < 12; ++i) {
        world.pass(std::chrono::microseconds{1'000});
    }
    CHECK(world.reports.size() == 1);
    CHECK(world.sink->kept.empty());
}

TEST_CASE("a stranger's messages are refused whatever they say") {
    stepped_cluster world{small_cluster(1, 3)};
    auto verdicts = std::make_shared<const std::vector<verdict>>(
        std::vector<verdict>{{decision::release, reason::enough_public, "1", {}}});
    for (int i = 0; i < 5; ++i) {
        caf_compat::anonymous_send(world.cluster().at(supervisor_id),
                                   vote{round_id{1}, 0, verdicts, {}});
        caf_compat::anonymous_send(
            world.cluster().at(supervisor_id),
            submission{9, std::make_shared<const std::vector<record_id>>(1, "x")});
        caf_compat::anonymous_send(world.cluster().at(lieutenant_id(0)), round_end{round_id{1}});
    }
    world.run();
    CHECK(world.cluster().refusals(refusal::unknown_server) == 15);
    CHECK(world.reports.empty());
    const auto ids = ids_of(generated(20));
    world.decide(ids.all);
    CHECK(released_ids(world) == ids.public_ones);
}

TEST_CASE("who is who is said once") {
    stepped_cluster world{small_cluster(1, 3)};
    for (std::uint32_t j = 0; j < 3; ++j) {
        caf_compat::anonymous_send(world.cluster().at(lieutenant_id(j)),
                                   roster{std::make_shared<const links>()});
    }
    world.run();
    const auto ids = ids_of(generated(20));
    world.decide(ids.all);
    CHECK(released_ids(world) == ids.public_ones);
}

TEST_CASE("a commander whose database fails is silent, and the failure is told") {
    auto parameters = small_cluster(1, 3);
    parameters.phase_timeout = 1'000;
    stepped_cluster world{parameters, {}, [](cluster_settings& settings) {
                              settings.open_database = []() -> std::unique_ptr<database> {
                                  throw database_error("records.db: is locked");
                              };
                          }};
    world.decide(ids_of(generated(20)).all);
    for (int i = 0; i < 4; ++i) {
        world.pass(std::chrono::microseconds{1'000});
    }
    REQUIRE(world.reports.size() == 1);
    CHECK(world.sink->kept.empty());
    REQUIRE(!world.failures.empty());
    CHECK(world.failures.front() == "records.db: is locked");
}

TEST_CASE("a control message swaps a behaviour only where faults are allowed") {
    const auto allowed = GENERATE(true, false);
    const auto ids = ids_of(generated(20));
    stepped_cluster world{small_cluster(1, 3),
                          [](const seat& at) -> handler { return make_swappable(at); },
                          [=](cluster_settings& settings) {
                              if (allowed) {
                                  settings.swap = [](machine& at, const swap_behavior& how) {
                                      dynamic_cast<swappable&>(at).swap(how.name, how.options);
                                  };
                              }
                          }};
    world.decide(ids.all);
    CHECK(released_ids(world) == ids.public_ones);

    world.sink->kept.clear();
    world.cluster().swap(commander_id(0), {"consistent_lie", {}});
    world.decide(ids.all);
    CHECK(released_ids(world) == (allowed ? ids.confidential : ids.public_ones));

    world.sink->kept.clear();
    world.cluster().swap(commander_id(0), {"no_such_lie", {}});
    world.decide(ids.all);
    CHECK(released_ids(world) == (allowed ? ids.confidential : ids.public_ones));
    CHECK(world.failures.size() == (allowed ? 1 : 0));
    CHECK(world.cluster().refusals(refusal::unknown_server) == (allowed ? 0 : 2));
}

TEST_CASE("a recipient that fails gets no more and gives no receipt") {
    stepped_cluster world{small_cluster(1, 3)};
    world.sink->fails = true;
    world.decide(ids_of(generated(20)).all);
    CHECK(world.reports.empty());
    REQUIRE(world.failures.size() == 1);
    CHECK(world.failures.front() == "the disk is full");
    CHECK(world.sink->kept.empty());
}

TEST_CASE("a release is one line of JSON, binary payloads in base64") {
    released_record record{"a\"b", "3", {}, "{\"x\":1}\n", {lieutenant_id(0), lieutenant_id(2)}};
    CHECK(release_line(round_id{7}, record)
          == R"({"id":"a\"b","version":"3","payload":"{\"x\":1}\n","round":7,)"
             R"("voters":["lieutenant-1","lieutenant-3"]})");
    record.payload = std::string{"\xff\x00\x01", 3};
    CHECK(release_line(round_id{7}, record).find(R"("payload_base64":"/wAB")")
          != std::string::npos);
}
