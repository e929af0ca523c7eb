/// Messages counted on the machines' own runs against T(N,m) of protocol.md, section 5.
#include <catch2/catch.hpp>

#include "tests/protocol/made.hpp"

namespace byzgate::testing {

namespace {

struct expected_count {
    std::uint32_t generals;
    std::uint32_t depth;
    std::uint64_t messages;
};

/// T(N,m) written out, apart from the one in protocol/.
std::uint64_t messages_on_paper(std::uint64_t generals, std::uint32_t depth) {
    std::uint64_t all = 0;
    std::uint64_t of_phase = 1;
    for (std::uint32_t phase = 0; phase <= depth; ++phase) {
        of_phase *= generals - 1 - phase;
        all += of_phase;
    }
    return all;
}

std::uint64_t messages_of_a_round(std::uint32_t commanders, std::uint32_t generals,
                                  std::uint32_t depth, std::vector<record_id> batch) {
    pump world{make_cluster(commanders, generals - 1, depth)};
    world.keep_log = false;
    for (const auto& id : batch) {
        world.put(make_record(id, flag::public_));
    }
    world.submit(std::move(batch));
    world.run();
    REQUIRE(world.closed.size() == 1);
    CHECK(world.now() == 0);
    return world.messages_sent();
}

} // namespace

TEST_CASE("a round of OM(m) takes T(N,m) messages for each commander") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    const auto expected = GENERATE(values<expected_count>({{4, 1, 9}, {7, 2, 156}, {10, 3, 3609}}));
    CHECK(messages_of_a_round(commanders, expected.generals, expected.depth, {"a"})
          == commanders * expected.messages);
    CHECK(oral_message_count(expected.generals, expected.depth) == expected.messages);
}

TEST_CASE("the size of the batch changes no count") {
    CHECK(messages_of_a_round(2, 4, 1, {"a", "b", "c", "d", "e"}) == 18);
}

TEST_CASE("every size of cluster takes as many messages as the sum over the phases says") {
    for (std::uint32_t generals = 2; generals <= 8; ++generals) {
        for (std::uint32_t depth = 0; depth < generals - 1 && depth <= 3; ++depth) {
            INFO("N " << generals << ", m " << depth);
            CHECK(messages_of_a_round(1, generals, depth, {"a"})
                  == messages_on_paper(generals, depth));
            CHECK(oral_message_count(generals, depth) == messages_on_paper(generals, depth));
        }
    }
}

TEST_CASE("a silent commander is passed on as no value, path by path") {
    pump world{make_cluster(1, 3, 1)};
    world.put(make_record("a", flag::public_));
    world.meddle = [](const envelope& wanted, std::vector<envelope>& instead) {
        if (!is_commander(wanted.from)) {
            instead.push_back(wanted);
        }
    };
    world.submit({"a"});
    world.run();
    CHECK(world.messages_sent() == 6);
    CHECK(world.decided(0, 0).outcome == record_outcome::withheld);
}

TEST_CASE("a cluster too small for relays has none") {
    CHECK(oral_message_count(0, 0) == 0);
    CHECK(oral_message_count(1, 0) == 0);
    CHECK(oral_message_count(2, 5) == 1);
}

TEST_CASE("a count that no machine can hold saturates") {
    CHECK(oral_message_count(1'000, 900) == ~std::uint64_t{0});
}

} // namespace byzgate::testing
