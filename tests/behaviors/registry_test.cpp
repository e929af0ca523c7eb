#include "stage.hpp"

#include <set>

using namespace byzgate;
using namespace byzgate::testing;
using Catch::Contains;

TEST_CASE("loyal comes first and every behaviour has a name of its own") {
    REQUIRE_FALSE(known_behaviors().empty());
    CHECK(known_behaviors().front().name == "loyal");
    std::set<std::string_view> names;
    for (const auto& info : known_behaviors()) {
        INFO(info.name);
        CHECK(names.insert(info.name).second);
        CHECK_FALSE(info.summary.empty());
        CHECK((info.for_commanders || info.for_lieutenants));
        CHECK(info.make != nullptr);
    }
}

TEST_CASE("an unknown behaviour is an error that lists the known ones") {
    for (const auto& info : known_behaviors()) {
        CHECK_THROWS_WITH(find_behavior("equivocatin"), Contains(std::string{info.name}));
    }
    CHECK_THROWS_AS(find_behavior(""), behavior_error);
}

TEST_CASE("an unknown option is an error that lists the behaviour's options") {
    const auto at = seat_of(commander_id(0));
    try {
        validate_behavior(at, "equivocating", {{"publicto", std::string{"lieutenant-1"}}});
        FAIL("was accepted");
    } catch (const behavior_error& e) {
        CHECK(e.option() == "publicto");
        CHECK_THAT(e.what(), Contains("public_to"));
        CHECK_THAT(e.what(), Contains("silent_to"));
    }
}

TEST_CASE("a behaviour for the other role is an error that names the role") {
    CHECK_THROWS_WITH(validate_behavior(seat_of(commander_id(0)), "flipping", {}),
                      Contains("lieutenants"));
    CHECK_THROWS_WITH(validate_behavior(seat_of(lieutenant_id(0)), "equivocating", {}),
                      Contains("commanders"));
}

TEST_CASE("a server that isn't in the cluster is no value for an option") {
    const auto at = seat_of(lieutenant_id(0));
    for (const auto* name : {"lieutenant-5", "lieutenant-0", "commander-1", "nobody"}) {
        INFO(name);
        CHECK_THROWS_WITH(
            validate_behavior(at, "flipping", {{"to", std::vector<std::string>{name}}}),
            Contains("lieutenants of this cluster"));
    }
    CHECK_THROWS_AS(validate_behavior(at, "flipping", {{"to", std::int64_t{1}}}), behavior_error);
    CHECK_NOTHROW(validate_behavior(at, "flipping", {{"to", std::string{"lieutenant-2"}}}));
}

TEST_CASE("loyal leaves the loyal machine alone") {
    const auto at = seat_of(commander_id(0));
    auto loyal = fake(at);
    const auto* same = loyal.get();
    CHECK(make_behavior(at, "loyal", {}, std::move(loyal)).get() == same);
}

TEST_CASE("every behaviour passes the loyal machine's deadline on or brings its own forward") {
    class waiting final : public machine {
    public:
        void on(const event&, tick, effects&) override {}
        [[nodiscard]] tick next_deadline() const override { return 40; }
    };
    for (const auto& info : known_behaviors()) {
        INFO(info.name);
        auto at = seat_of(info.for_commanders ? commander_id(0) : lieutenant_id(0));
        if (info.sealed_only) {
            CHECK_THROWS_WITH(validate_behavior(at, info.name, {}), Contains("sealed = true"));
            at.cluster.sealed = true;
        }
        behavior_options how;
        CHECK(make_behavior(at, info.name, how, std::make_unique<waiting>())->next_deadline()
              <= 40);
    }
}
