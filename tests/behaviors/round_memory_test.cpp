#include "behaviors/round_memory.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace byzgate;

TEST_CASE("a round memory keeps levels apart and forgets a round with all its levels") {
    round_memory<std::string> memory{8};
    memory.at(round_id{1}, 0) = "one";
    memory.at(round_id{1}, 1) = "one, level 1";
    memory.at(round_id{2}, 0) = "two";
    CHECK(*memory.find(round_id{1}, 1) == "one, level 1");
    memory.forget(round_id{1});
    CHECK(memory.find(round_id{1}, 0) == nullptr);
    CHECK(memory.find(round_id{1}, 1) == nullptr);
    CHECK(*memory.find(round_id{2}, 0) == "two");
}

TEST_CASE("a full round memory lets the oldest go") {
    round_memory<std::string> memory{3};
    for (std::uint64_t round = 1; round <= 5; ++round) {
        memory.at(round_id{round}, 0) = std::to_string(round);
    }
    CHECK(memory.find(round_id{2}, 0) == nullptr);
    CHECK(*memory.find(round_id{3}, 0) == "3");
    CHECK(*memory.find(round_id{5}, 0) == "5");
}

TEST_CASE("what a round memory begins is empty, whatever it forgot before") {
    round_memory<std::string> memory{2};
    memory.at(round_id{1}, 0) = "one";
    memory.forget(round_id{1});
    CHECK(memory.at(round_id{2}, 0).empty());
    memory.at(round_id{2}, 0) = "two";
    CHECK(memory.at(round_id{3}, 0).empty());
    CHECK(memory.at(round_id{4}, 0).empty());
}
