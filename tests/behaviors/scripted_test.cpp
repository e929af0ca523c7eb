#include "stage.hpp"

#include "behaviors/scripted.hpp"

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

namespace {

const auto three = make_records(3); // public, confidential, public
using texts = std::vector<std::string>;

handler scripted(const seat& at, texts table, const std::string& vote = "loyal") {
    behavior_options how{{"table", std::move(table)}};
    if (vote != "loyal") {
        how.emplace("vote", vote);
    }
    return played(at, "scripted", how);
}

} // namespace

TEST_CASE("a scripted commander tells each lieutenant what its line says, others the truth") {
    const auto at = seat_of(commander_id(0));
    const auto liar = scripted(at, {"lieutenant-1=public", "lieutenant-2=confidential",
                                    "commander-1>lieutenant-3=silent"});
    CHECK(distributed(ask_commander(*liar, 1, three)) == "ppp,ccc,.,pcp");
    CHECK(distributed(ask_commander(*liar, 2, three)) == "ppp,ccc,.,pcp");
}

TEST_CASE("a script's line with a level goes before the one without") {
    const auto at = seat_of(commander_id(0));
    const auto liar = scripted(
        at, {"lieutenant-1=public", "@1 lieutenant-1=silent", "@2 lieutenant-2=confidential"});
    CHECK(distributed(ask_commander(*liar, 1, three, 0, 0)) == "ppp,pcp,pcp,pcp");
    CHECK(distributed(ask_commander(*liar, 1, three, 0, 1)) == ".,pcp,pcp,pcp");
    CHECK(distributed(ask_commander(*liar, 1, three, 0, 2)) == "ppp,ccc,pcp,pcp");
}

TEST_CASE("a scripted lieutenant tells each lieutenant by path") {
    const auto at = seat_of(lieutenant_id(0), 2, 4, 2);
    const auto liar = scripted(at, {"commander-1>lieutenant-2=confidential",
                                    "commander-2,lieutenant-3>lieutenant-2=silent",
                                    "commander-2,lieutenant-3>lieutenant-4=public"});
    const auto done = tell_lieutenant(*liar, 1, three);
    CHECK(relayed(done, lieutenant_id(1), 1) == "ccc,pcp");
    CHECK(relayed(done, lieutenant_id(2), 1) == "pcp,pcp");
    // Items: commander-1 by lieutenants 3 and 4, commander-2 by lieutenants 3 and 4.
    CHECK(relayed(done, lieutenant_id(1), 2) == "pcp,pcp,.,pcp");
    // commander-1 by lieutenants 2 and 3, commander-2 by lieutenants 2 and 3.
    CHECK(relayed(done, lieutenant_id(3), 2) == "pcp,pcp,pcp,ppp");
}

TEST_CASE("a script fills silence with what the server knows about the record") {
    const auto at = seat_of(lieutenant_id(0));
    const auto liar =
        make_behavior(at, "scripted", {{"table", texts{"commander-2>lieutenant-2=public"}}});
    step(*liar, request(1, ids_of(three)));
    step(*liar, received{commander_id(0), told_truly(round_id{1}, three)});
    // commander-2 says nothing until the phase closes.
    const auto done = step(*liar, clock_tick{}, at.cluster.phase_timeout);
    CHECK(relayed(done, lieutenant_id(2)) == "pcp,---");
    REQUIRE(relayed(done, lieutenant_id(1)) == "pcp,ppp");
    const auto& lie = *sent_to<relay>(done, lieutenant_id(1)).at(0).items.at(1);
    CHECK(lie.at(1).version == "v2");
    CHECK(lie.at(1).payload_digest == digests.digest_of("payload 2"));
}

TEST_CASE("a scripted lieutenant votes as its script says") {
    const auto at = seat_of(lieutenant_id(0));
    const std::string vote =
        GENERATE(as<std::string>{}, "loyal", "release", "withhold", "unresolved", "harm", "silent");
    const auto liar = scripted(at, {}, vote);
    tell_lieutenant(*liar, 1, three);
    CHECK(voted(step(*liar, clock_tick{}))
          == (vote == "loyal"        ? "www"
              : vote == "release"    ? "rrr"
              : vote == "withhold"   ? "www"
              : vote == "unresolved" ? "uuu"
              : vote == "harm"       ? "wrw"
                                     : "."));
}

TEST_CASE("a script reads back as it is written") {
    const auto at = seat_of(lieutenant_id(0), 2, 4, 2);
    script plays;
    plays.lines = {
        {0, {commander_id(0)}, lieutenant_id(1), told::public_},
        {1, {commander_id(0)}, lieutenant_id(1), told::silence},
        {std::nullopt, {commander_id(1), lieutenant_id(2)}, lieutenant_id(3), told::confidential}};
    plays.vote = vote_choice::harm;
    CHECK(parse_script(at, plays.options()) == plays);
    CHECK(to_string(plays.lines.at(2)) == "commander-2,lieutenant-3>lieutenant-4=confidential");
    CHECK(to_string(plays.lines.at(1)) == "@1 commander-1>lieutenant-2=silent");
    CHECK(parse_script(at, script{}.options()) == script{});
}

TEST_CASE("a line that makes no sense is an error that says why") {
    static const auto commander = seat_of(commander_id(0), 2, 4, 2);
    static const auto lieutenant = seat_of(lieutenant_id(0), 2, 4, 2);
    struct example {
        const seat& at;
        std::string line;
        std::string complaint;
    };
    const auto wrong = GENERATE_REF(values<example>({
        {commander, "", "no '='"},
        {commander, "lieutenant-1", "no '='"},
        {commander, "lieutenant-1=maybe", "confidential"},
        {commander, "lieutenant-1=", "confidential"},
        {commander, "lieutenant-9=public", "lieutenant-9"},
        {commander, "=public", "no commander or lieutenant"},
        {commander, "commander-2=public", "hears nothing"},
        {commander, "supervisor=public", "no commander or lieutenant"},
        {commander, "commander-2>lieutenant-1=public", "itself only"},
        {commander, ">lieutenant-1=public", "no commander or lieutenant"},
        {commander, "@3 lieutenant-1=public", "@2 "},
        {commander, "@ lieutenant-1=public", "level"},
        {commander, "@1lieutenant-1=public", "level"},
        {commander, "@-1 lieutenant-1=public", "level"},
        {commander, "@99999999999 lieutenant-1=public", "level"},
        {commander, "@1", "level"},
        {lieutenant, "lieutenant-2=public", "no path"},
        {lieutenant, "commander-1>lieutenant-1=public", "hears nothing"},
        {lieutenant, "lieutenant-2>lieutenant-3=public", "begin with a commander"},
        {lieutenant, "commander-1,lieutenant-2,lieutenant-3>lieutenant-4=public", "depth = 2"},
        {lieutenant, "commander-1,lieutenant-1>lieutenant-3=public", "can't be"},
        {lieutenant, "commander-1,lieutenant-3>lieutenant-3=public", "can't be"},
        {lieutenant, "commander-1,commander-2>lieutenant-3=public", "can't be"},
        {lieutenant, "commander-1,>lieutenant-3=public", "no commander or lieutenant"},
    }));
    INFO(wrong.line);
    CHECK_THROWS_WITH(validate_behavior(wrong.at, "scripted", {{"table", texts{wrong.line}}}),
                      Contains(wrong.complaint) && Contains(wrong.line));
}

TEST_CASE("two lines about one message are an error, and so is a commander's vote") {
    const auto at = seat_of(commander_id(0));
    CHECK_THROWS_WITH(validate_behavior(at, "scripted",
                                        {{"table", texts{"lieutenant-1=public",
                                                         "commander-1>lieutenant-1=silent"}}}),
                      Contains("two lines"));
    CHECK_NOTHROW(validate_behavior(
        at, "scripted", {{"table", texts{"lieutenant-1=public", "@1 lieutenant-1=silent"}}}));
    CHECK_THROWS_WITH(validate_behavior(at, "scripted", {{"vote", std::string{"harm"}}}),
                      Contains("doesn't vote"));
}
