#include "stage.hpp"

#include "behaviors/seeded.hpp"
#include "protocol/admit.hpp"

#include <set>

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

namespace {

const auto three = make_records(3); // public, confidential, public
using texts = std::vector<std::string>;

std::string all_relays(const effects& done, std::uint32_t self = 0) {
    std::string all;
    for (std::uint32_t i = 0; i < 4; ++i) {
        if (i != self) {
            all += relayed(done, lieutenant_id(i)) + ";";
        }
    }
    return all;
}

/// Whatever the machine says in a round, vote included.
std::string whole_round(machine& m, std::uint64_t round) {
    const auto relays = all_relays(tell_lieutenant(m, round, three));
    return relays + voted(step(m, clock_tick{}));
}

} // namespace

TEST_CASE("seeded draws are the numbers of splitmix64 and the same everywhere") {
    // The first outputs of the published generator for seed 0.
    CHECK(scrambled(0) == 0xe220a8397b1dcdafU);
    CHECK(scrambled(0x9e3779b97f4a7c15U) == 0x6e789e6aa1b965f4U);
    CHECK(seeded(1, {2, 3}) != seeded(1, {3, 2}));
    CHECK(seeded(1, {2}) != seeded(2, {1}));
    for (std::uint64_t i = 0; i < 1000; ++i) {
        CHECK(below(7, seeded(1, {i})) < 7);
    }
    CHECK_FALSE(happens(0.0, 0));
    CHECK(happens(1.0, ~std::uint64_t{0}));
}

TEST_CASE("a random commander makes every choice sometimes, within what receivers take") {
    const auto at = seat_of(commander_id(0));
    const auto liar = played(at, "random");
    std::set<char> letters;
    for (std::uint64_t round = 1; round <= 60; ++round) {
        const auto done = ask_commander(*liar, round, three);
        for (const auto c : distributed(done)) {
            letters.insert(c);
        }
        for (std::uint32_t i = 0; i < 4; ++i) {
            for (const auto& said : sent_to<distribution>(done, lieutenant_id(i))) {
                CHECK_FALSE(refusal_of_distribution(said, 3, at.cluster));
            }
        }
    }
    for (const char wanted : {'p', 'c', 'a', '-'}) {
        INFO(wanted);
        CHECK(letters.contains(wanted));
    }
}

TEST_CASE("a random liar's choices are fixed by seed and place, not by the order of events") {
    const auto at = seat_of(lieutenant_id(0));
    const auto one = played(at, "random");
    const auto other = played(at, "random");
    std::vector<std::string> forwards;
    std::vector<std::string> backwards;
    for (std::uint64_t round = 1; round <= 10; ++round) {
        forwards.push_back(whole_round(*one, round));
    }
    for (std::uint64_t round = 10; round >= 1; --round) {
        backwards.insert(backwards.begin(), whole_round(*other, round));
    }
    CHECK(forwards == backwards);
    auto reseeded = at;
    reseeded.seed = 8;
    CHECK(forwards.at(0) != whole_round(*played(reseeded, "random"), 1));
}

TEST_CASE("a random lieutenant tells different lieutenants different things and votes everything") {
    const auto liar = played(seat_of(lieutenant_id(0)), "random");
    auto differs = false;
    std::set<char> letters;
    for (std::uint64_t round = 1; round <= 60; ++round) {
        const auto done = tell_lieutenant(*liar, round, three);
        differs = differs || relayed(done, lieutenant_id(1)) != relayed(done, lieutenant_id(2));
        for (const auto c : voted(step(*liar, clock_tick{}))) {
            letters.insert(c);
        }
    }
    CHECK(differs);
    CHECK(letters == std::set<char>{'r', 'w', 'u', '.'});
}

TEST_CASE("a random liar keeps to the choices that it is given") {
    const auto liar = played(seat_of(lieutenant_id(0)), "random",
                             {{"choices", texts{"public"}}, {"votes", texts{"unresolved"}}});
    CHECK(all_relays(tell_lieutenant(*liar, 1, three)) == "ppp,ppp;ppp,ppp;ppp,ppp;");
    CHECK(voted(step(*liar, clock_tick{})) == "uuu");
    CHECK_THROWS_WITH(
        validate_behavior(seat_of(lieutenant_id(0)), "random", {{"choices", texts{"lies"}}}),
        Contains("other_version") && Contains("lies"));
    CHECK_THROWS_WITH(
        validate_behavior(seat_of(commander_id(0)), "random", {{"votes", texts{"harm"}}}),
        Contains("doesn't vote"));
}

TEST_CASE("random lies and babble are these very ones on every compiler") {
    const auto liar = played(seat_of(commander_id(0)), "random");
    std::string told;
    for (std::uint64_t round = 1; round <= 4; ++round) {
        told += distributed(ask_commander(*liar, round, three)) + ";";
    }
    CHECK(told == "ccp,-cp,pcp,-ap;app,paa,app,c-a;ppp,pcp,ppp,cca;pcc,-aa,pcc,ppp;");
    const auto babbler = played(seat_of(lieutenant_id(0)), "babbling");
    std::string babble;
    for (std::uint64_t round = 1; round <= 4; ++round) {
        for (const auto& e : step(*babbler, request(round, ids_of(three)))) {
            const auto& sent = std::get<send>(e);
            babble += to_string(sent.to) + " " + std::string{kind_of(sent.what)} + " "
                      + std::to_string(number_of(round_of(sent.what))) + ";";
        }
    }
    CHECK(babble
          == "commander-1 round_end 1;lieutenant-2 relay 0;commander-2 vote "
             "18446744073709551615;lieutenant-2 round_end 2;lieutenant-3 vote 2;"
             "supervisor distribution 2;supervisor distribution 2;supervisor distribution 3;"
             "commander-1 distribution 3;lieutenant-4 delivery 4;lieutenant-3 vote 4;"
             "lieutenant-3 delivery_receipt 4;");
}
