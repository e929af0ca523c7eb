/// A peer with a good certificate that keeps to nothing else. BYZGATE_HOSTILE_FRAMES says how much.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "net/explain.hpp"
#include "tests/net/stage.hpp"

using namespace byzgate;
using namespace byzgate::test;

TEST_CASE_METHOD(stage, "hostile frames after a good hello never hold memory", "[hostile]") {
    const auto* wanted = std::getenv("BYZGATE_HOSTILE_FRAMES");
    const auto frames = wanted == nullptr ? 10'000 : std::atol(wanted);
    std::mt19937_64 dice{11};
    std::map<refusal_reason, long> refused;
    auto b = std::make_unique<end>(answering());
    auto l = welcomed(*b);
    for (long i = 0; i < frames; ++i) {
        if (!b->up()) {
            REQUIRE(b->talk->end().ours);
            ++refused[*b->talk->end().ours];
            b = std::make_unique<end>(answering());
            l = welcomed(*b);
        }
        std::string bytes;
        const auto size = dice() % 100;
        switch (dice() % 200) {
            case 0:
                bytes.assign(4, static_cast<char>(dice()));
                break;
            case 1:
                append_frame(bytes, frame_kind::hello, encode(honest()));
                break;
            case 2:
                append_frame(bytes, frame_kind::chunk, std::string(chunk_bytes, 'x'));
                break;
            default:
                append_frame(bytes, dice() % 2 == 0 ? frame_kind::last : frame_kind::heartbeat, {});
                if (dice() % 2 == 0) {
                    bytes.clear();
                    append_frame(bytes, frame_kind::last, std::string(size, 'y'));
                }
        }
        l.channel->send(bytes);
        b->give(l.take());
        (void)b->take();
        b->heard.clear();
        REQUIRE(b->credit.waiting() <= settings.limits.window_bytes);
    }
    CHECK(refused[refusal_reason::protocol_error] > frames / 500);
    CHECK(refused[refusal_reason::oversized] > frames / 5'000);
}

TEST_CASE("what is wrong is said with the host that should do something") {
    const link_ends ends{"commander-1", "lieutenant-2", "host-b:4711"};
    for (std::size_t i = 0; i < refusal_reasons; ++i) {
        const auto reason = static_cast<refusal_reason>(i);
        CAPTURE(to_string(reason));
        const auto ours = explain_our_refusal(reason, ends, 100);
        CHECK(ours.find("lieutenant-2") != std::string::npos);
        const auto theirs = explain_their_refusal({reason, 100}, ends, 100);
        CHECK(theirs.find("lieutenant-2 at host-b:4711") != std::string::npos);
    }
}

TEST_CASE("a certificate out of its time is told with its times and the clocks") {
    constexpr std::uint64_t day = 86'400;
    link_ends ends{"commander-1", "lieutenant-2", "host-b:4711"};
    ends.own = ends.theirs = certificate_times{100 * day, 200 * day};
    using Catch::Matchers::Contains;
    const auto early = refusal_reason::certificate_not_yet_valid;
    const auto late = refusal_reason::certificate_expired;
    CHECK_THAT(explain_our_refusal(late, ends, 201 * day),
               Contains("valid from 1970-04-11 00:00:00 UTC to 1970-07-20 00:00:00 UTC")
                   && Contains("has expired") && Contains("says 1970-07-21 00:00:00 UTC")
                   && Contains("keygen CONFIG --renew lieutenant-2"));
    CHECK_THAT(explain_our_refusal(early, ends, 99 * day),
               Contains("is not valid yet: this host's clock says 1970-04-10")
                   && Contains("set this clock if it is wrong"));
    // The clock there is behind: the certificate is good by ours.
    CHECK_THAT(explain_their_refusal({early, 99 * day}, ends, 150 * day),
               Contains("its clock says 1970-04-10") && Contains("this host's 1970-05-31")
                   && Contains("set the clock of the host of lieutenant-2"));
    CHECK_THAT(explain_their_refusal({late, 201 * day}, ends, 201 * day + 5),
               Contains("expired") && Contains("if both clocks are right")
                   && Contains("--renew commander-1") && !Contains("set the wrong one"));
    CHECK_THAT(explain_their_refusal({late, 0xffff'ffff'ffff'ffff}, ends, 201 * day),
               Contains("9999-12-31"));
}
