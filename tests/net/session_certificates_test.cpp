/// Two ends whose certificates are out of their time, revoked, or of another CA.
#include <catch2/catch.hpp>

#include "tests/net/stage.hpp"

using namespace byzgate;
using namespace byzgate::test;

TEST_CASE_METHOD(stage, "certificates out of their time are refused inside TLS, by either end") {
    const bool past = GENERATE(true, false);
    const auto expected =
        past ? refusal_reason::certificate_expired : refusal_reason::certificate_not_yet_valid;
    const auto t = now_s();
    const certificate_times wrong =
        past ? certificate_times{t - 9'000, t - 60} : certificate_times{t + 600, t + 90'000};
    SECTION("the one who calls") {
        names.add("commander-1", "commander-1", wrong);
        of_commander = names.of({commander});
        auto a = calling();
        auto b = answering();
        shuttle(a, b);
        CHECK(b.talk->end().ours == expected);
        CHECK(b.heard.empty());
        REQUIRE(a.talk->end().theirs);
        CHECK(a.talk->end().theirs->reason == expected);
    }
    SECTION("the one who answers") {
        names.add("lieutenant-1", "lieutenant-1", wrong);
        of_lieutenants = names.of({lieutenant});
        auto a = calling();
        auto b = answering();
        shuttle(a, b);
        CHECK(a.talk->end().ours == expected);
        REQUIRE(b.talk->end().theirs);
        CHECK(b.talk->end().theirs->reason == expected);
    }
    CHECK(names.of({past ? commander : lieutenant, other})->warnings(t).size() <= 2);
}

TEST_CASE("a clock before the CA's first day finds itself wrong, not the peer's CA") {
    const auto t = now_s();
    stage later{{t + 600, t + 90'000}};
    for (const auto* name : {"commander-1", "lieutenant-1"}) {
        later.names.add(name, name, {t + 600, t + 90'000});
    }
    later.of_commander = later.names.of({commander});
    later.of_lieutenants = later.names.of({lieutenant});
    auto a = later.calling();
    auto b = later.answering();
    shuttle(a, b);
    CHECK(a.talk->end().ours == refusal_reason::certificate_not_yet_valid);
    CHECK(b.talk->end().ours != refusal_reason::bad_certificate);
    CHECK(b.heard.empty());
}

TEST_CASE("a CA that is out of its time is told from a server's certificate that is") {
    const auto t = now_s();
    const bool past = GENERATE(true, false);
    stage gone{past ? certificate_times{t - 9'000, t - 60} : certificate_times{t + 600, t + 9'000}};
    auto a = gone.calling();
    auto b = gone.answering();
    shuttle(a, b);
    CHECK(a.talk->end().ours == refusal_reason::bad_certificate);
    CHECK_THAT(a.talk->end().detail, Catch::Contains("CA"));
    CHECK(a.heard.empty());
    CHECK(b.heard.empty());
    CHECK_FALSE(a.up());
    CHECK_FALSE(b.up());
}

TEST_CASE_METHOD(stage, "a revoked certificate is refused inside TLS, by either end") {
    const bool with_wrong_time = GENERATE(true, false);
    const auto t = now_s();
    if (with_wrong_time) {
        for (const auto* name : {"commander-1", "lieutenant-1"}) {
            names.add(name, name, {t - 9'000, t - 60});
        }
    }
    SECTION("the one who calls") {
        names.revoke({commander});
        of_lieutenants = names.of({lieutenant});
        of_commander = names.of({commander});
        if (with_wrong_time) {
            names.add(lieutenant);
            of_lieutenants = names.of({lieutenant});
        }
        auto a = calling();
        auto b = answering();
        shuttle(a, b);
        CHECK(b.talk->end().ours == refusal_reason::certificate_revoked);
        CHECK(b.heard.empty());
        REQUIRE(a.talk->end().theirs);
        CHECK(a.talk->end().theirs->reason == refusal_reason::certificate_revoked);
        CHECK(names.of({commander})->warnings(t).front().find("revoked by ca.crl")
              != std::string::npos);
    }
    SECTION("the one who answers") {
        of_lieutenants = names.of({lieutenant});
        names.revoke({lieutenant});
        if (with_wrong_time) {
            names.add(commander);
        }
        of_commander = names.of({commander});
        auto a = calling();
        auto b = answering();
        shuttle(a, b);
        CHECK(a.talk->end().ours == refusal_reason::certificate_revoked);
        REQUIRE(b.talk->end().theirs);
        CHECK(b.talk->end().theirs->reason == refusal_reason::certificate_revoked);
        CHECK(of_commander->is_revoked(a.talk->peer_serial()));
        CHECK_FALSE(of_commander->is_revoked(b.talk->peer_serial()));
    }
}

TEST_CASE_METHOD(stage, "what another certificate of the same name did doesn't revoke this one") {
    names.revoke({commander, lieutenant});
    names.add(commander);
    names.add(lieutenant);
    of_commander = names.of({commander});
    of_lieutenants = names.of({lieutenant, other});
    auto a = calling();
    auto b = answering();
    shuttle(a, b);
    CHECK(a.up());
    CHECK(b.up());
    // A list of another CA is no list, and none that can't be read is taken for an empty one.
    signed_names strangers;
    strangers.add(commander);
    strangers.revoke({commander});
    using Catch::Matchers::Contains;
    CHECK_THROWS_WITH(
        tls_identities({names.files(commander)}, names.file("ca.crt"), strangers.file("ca.crl")),
        Contains("ca.crt didn't sign this list"));
    CHECK_THROWS_WITH(
        tls_identities({names.files(commander)}, names.file("ca.crt"), names.file("ca.crt")),
        Contains("no list of revoked certificates"));
}

TEST_CASE_METHOD(stage, "a certificate of another CA is refused, and its owner told") {
    signed_names strangers;
    strangers.add(commander);
    of_commander = strangers.of({commander});
    auto a = calling();
    auto b = answering();
    shuttle(a, b);
    // The caller judges first: to it, the answering end's certificate is the wrong one.
    CHECK(a.talk->end().ours == refusal_reason::bad_certificate);
    REQUIRE(b.talk->end().theirs);
    CHECK(b.talk->end().theirs->reason == refusal_reason::bad_certificate);
    CHECK_FALSE(b.talk->peer());
}
