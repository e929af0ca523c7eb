/// Swaps as the operator writes them, and what servers play then.
#include <catch2/catch.hpp>

#include "config/swaps.hpp"
#include "tests/config/written.hpp"

using namespace byzgate;
using Catch::Matchers::Contains;

namespace {

const scenario what = parsed(with_data("[cluster]\ncommanders = 2\nlieutenants = 3\n"));

std::string complaint_about(const std::string& swap) {
    try {
        static_cast<void>(parse_swap(swap, what));
    } catch (const config_error& wrong) {
        return wrong.what();
    }
    return "";
}

byzantine_config playing(server_id server, const char* name, std::uint64_t first,
                         std::uint64_t last) {
    return {server, name, {}, {round_id{first}, round_id{last}}, 0};
}

} // namespace

TEST_CASE("a swap is a round, a server, a behaviour and its options") {
    const auto plain = parse_swap("7:lieutenant-2:silent", what);
    CHECK(plain.server == lieutenant_id(1));
    CHECK(plain.behavior == "silent");
    CHECK(plain.options.empty());
    CHECK(plain.rounds.first == round_id{7});
    CHECK(plain.rounds.last == round_range{}.last);
    const auto full = parse_swap(
        R"(1:commander-1:equivocating,by=list,public_to=["lieutenant-1", "lieutenant-3"])", what);
    CHECK(full.options
          == behavior_options{
              {"by", std::string{"list"}},
              {"public_to", std::vector<std::string>{"lieutenant-1", "lieutenant-3"}}});
}

TEST_CASE("what is no swap is told with what to write") {
    CHECK_THAT(complaint_about(""), Contains("--swap") && Contains("10:commander-1:flipping"));
    CHECK_THAT(complaint_about("1:commander-1"), Contains("ROUND:SERVER:BEHAVIOR"));
    CHECK_THAT(complaint_about("x:commander-1:silent"), Contains("from 1 on"));
    CHECK_THAT(complaint_about("1..2:commander-1:silent"), Contains("from 1 on"));
    CHECK_THAT(complaint_about("1:commander-3:silent"), Contains("not in this cluster"));
    CHECK_THAT(complaint_about("1:commander-1:flipping"), Contains("not one for commander-1"));
    CHECK_THAT(complaint_about("1:commander-1:silent,"), Contains("option=value"));
    CHECK_THAT(complaint_about("1:commander-1:silent,server=2"), Contains("no option"));
}

TEST_CASE("a swap ends what its server played, and the next swap ends it") {
    const auto all = with_swaps({playing(commander_id(0), "silent", 1, 10),
                                 playing(commander_id(0), "equivocating", 11, 20),
                                 playing(commander_id(1), "silent", 1, 10)},
                                {playing(commander_id(0), "loyal", 8, ~0ULL),
                                 playing(commander_id(0), "random", 5, ~0ULL)});
    REQUIRE(all.size() == 4);
    CHECK(all[0].rounds.last == round_id{4});
    CHECK(all[1].server == commander_id(1));
    CHECK(all[1].rounds.last == round_id{10});
    CHECK(all[2].behavior == "random");
    CHECK(all[2].rounds.last == round_id{7});
    CHECK(all[3].behavior == "loyal");
    CHECK(with_swaps({playing(commander_id(0), "silent", 1, 10)},
                     {playing(commander_id(0), "random", 1, ~0ULL)})
              .size()
          == 1);
}
