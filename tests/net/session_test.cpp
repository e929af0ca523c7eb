/// Two ends, or an end and a liar.
#include <catch2/catch.hpp>

#include <openssl/ssl.h>
#include <sys/stat.h>

#include "crypto/keys.hpp"
#include "protocol/encoding.hpp"
#include "tests/net/stage.hpp"

using namespace byzgate;
using namespace byzgate::test;

TEST_CASE_METHOD(stage, "two ends with their own certificates come up and talk") {
    auto a = calling();
    auto b = answering();
    shuttle(a, b);
    REQUIRE(a.up());
    REQUIRE(b.up());
    CHECK(b.talk->peer() == commander);
    send(a, "question");
    send(b, std::string(150'000, 'x'));
    shuttle(a, b);
    CHECK(b.heard == std::vector<std::string>{"question"});
    CHECK((a.heard == std::vector<std::string>{std::string(150'000, 'x')}));
}

TEST_CASE_METHOD(stage,
                 "a server of a process with several answers by the name that is asked for") {
    auto a = calling(other);
    end b{settings, of_lieutenants->accept(), other, {}};
    shuttle(a, b);
    CHECK(a.up());
    CHECK(b.talk->greeting().to == other);
    auto lost = calling(lieutenant_id(7));
    auto nobody = answering();
    shuttle(lost, nobody);
    CHECK(nobody.talk->end().ours == refusal_reason::not_here);
    REQUIRE(lost.talk->end().theirs);
    CHECK(lost.talk->end().theirs->reason == refusal_reason::not_here);
}

TEST_CASE_METHOD(stage, "each difference is told to both ends by its name") {
    auto b_settings = settings;
    refusal_reason expected{};
    SECTION("other cluster") {
        b_settings.cluster.fill(9);
        expected = refusal_reason::other_cluster;
    }
    SECTION("other configuration") {
        b_settings.config.fill(9);
        expected = refusal_reason::other_config;
    }
    auto a = calling();
    end b{b_settings, of_lieutenants->accept(), lieutenant, {}};
    shuttle(a, b);
    CHECK(b.talk->end().ours == expected);
    REQUIRE(a.talk->end().theirs);
    CHECK(a.talk->end().theirs->reason == expected);
    CHECK(a.talk->end().theirs->clock_s == b.now.clock_s);
}

TEST_CASE_METHOD(stage, "files that don't fit together are refused before anything listens") {
    const auto load = [this](const std::string& crt, const std::string& key,
                             const std::string& ca) {
        const tls_identities loaded{{{lieutenant, names.file(crt), names.file(key)}},
                                    names.file(ca)};
    };
    const auto crt = std::string{"lieutenant-1.crt"};
    const auto key = std::string{"lieutenant-1.tls.key"};
    CHECK_NOTHROW(load(crt, key, "ca.crt"));
    using Catch::Matchers::Contains;
    CHECK_THROWS_WITH(load("none.crt", key, "ca.crt"), Contains("none.crt: there is no such file"));
    CHECK_THROWS_WITH(load("lieutenant-2.crt", "lieutenant-2.tls.key", "ca.crt"),
                      Contains("certificate of lieutenant-2; give lieutenant-1"));
    CHECK_THROWS_WITH(load(crt, "lieutenant-2.tls.key", "ca.crt"), Contains("not the private key"));
    CHECK_THROWS_WITH(load(crt, key, crt), Contains("no CA's certificate"));
    CHECK_THROWS_WITH(load(key, key, "ca.crt"), Contains("no certificate (PEM)"));
    signed_names strangers;
    CHECK_THROWS_WITH(tls_identities({names.files(lieutenant)}, strangers.file("ca.crt")),
                      Contains("didn't sign it"));
    ::chmod(names.file(key).c_str(), 0640);
    CHECK_THROWS_WITH(load(crt, key, "ca.crt"), Contains("chmod 600"));
}

TEST_CASE_METHOD(stage, "without a certificate nobody gets in") {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()),
                                                              SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(context.get()), SSL_free};
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);
    SSL_set_tlsext_host_name(ssl.get(), "lieutenant-1");
    auto b = answering();
    for (int step = 0; step < 6; ++step) {
        (void)SSL_connect(ssl.get());
        std::string wire(BIO_ctrl_pending(out), '\0');
        BIO_read(out, wire.data(), static_cast<int>(wire.size()));
        b.give(wire);
        const auto back = b.take();
        BIO_write(in, back.data(), static_cast<int>(back.size()));
    }
    CHECK(b.talk->at() == session::phase::closed);
    CHECK(b.talk->end().ours == refusal_reason::no_certificate);
}

TEST_CASE_METHOD(stage, "plain text and garbage are refused at once") {
    const auto first = GENERATE(as<std::string>{}, "GET / HTTP/1.1\r\n\r\n", "\x01\x02\x03\x04\x05",
                                std::string(5'000, '\0'), std::string(70'000, '\x16'));
    auto b = answering();
    b.give(first);
    CHECK(b.talk->end().ours == refusal_reason::not_tls);
    auto a = calling();
    (void)a.take();
    a.give(first);
    CHECK(a.talk->end().ours == refusal_reason::not_tls);
}

TEST_CASE_METHOD(stage, "a hello that lies about its name is refused") {
    auto said = honest();
    refusal_reason expected{};
    SECTION("somebody else's name") {
        said.from = commander_id(1);
        expected = refusal_reason::wrong_name;
    }
    SECTION("for somebody else") {
        said.to = other;
        expected = refusal_reason::not_here;
    }
    SECTION("a credit beyond reason") {
        said.credit = ~std::uint64_t{0};
        expected = refusal_reason::protocol_error;
    }
    auto b = answering();
    auto l = inside(b);
    say(l, b, frame_kind::hello, encode(said));
    CHECK(b.talk->end().ours == expected);
    REQUIRE(l.told());
    CHECK(l.told()->reason == expected);
}

TEST_CASE_METHOD(stage, "frames out of place end the link, and only what came before counts") {
    auto b = answering();
    auto l = welcomed(b);
    say(l, b, frame_kind::last, "good");
    refusal_reason expected = refusal_reason::protocol_error;
    SECTION("a second hello") {
        say(l, b, frame_kind::hello, encode(honest()));
    }
    SECTION("a grant of nothing") {
        encoder nothing;
        nothing.u64(0);
        say(l, b, frame_kind::credit, nothing.bytes());
    }
    SECTION("half a grant") {
        say(l, b, frame_kind::credit, "1234");
    }
    SECTION("no frame") {
        l.channel->send(std::string(100, '\xff'));
        shuttle(l, b);
    }
    SECTION("a huge length") {
        l.channel->send("\x06\xff\xff\xff");
        shuttle(l, b);
    }
    SECTION("a crumb") {
        say(l, b, frame_kind::chunk, "crumb");
        expected = refusal_reason::oversized;
    }
    CHECK(b.talk->end().ours == expected);
    say(l, b, frame_kind::last, "late");
    CHECK(b.heard == std::vector<std::string>{"good"});
}

TEST_CASE_METHOD(stage, "a message before the hello is refused") {
    auto b = answering();
    auto l = inside(b);
    say(l, b, frame_kind::last, "early");
    CHECK(b.talk->end().ours == refusal_reason::protocol_error);
    CHECK(b.heard.empty());
}

TEST_CASE_METHOD(stage, "more than was granted ends the link, and waits nowhere") {
    auto b = answering();
    auto l = welcomed(b);
    std::size_t sent = 0;
    while (b.up() && sent < 1'000'000) {
        say(l, b, frame_kind::last, std::string(1'000, 'x'));
        ++sent;
    }
    CHECK(b.talk->end().ours == refusal_reason::over_credit);
    CHECK(b.credit.waiting() <= settings.limits.window_bytes);
    CHECK(b.heard.size() == settings.limits.window_bytes / cost_of(1'000));
}

TEST_CASE_METHOD(stage, "credit flows back as messages are handled, for as long as it takes") {
    auto a = calling();
    auto b = answering();
    shuttle(a, b);
    std::size_t waited = 0;
    for (int i = 0; i < 2'000; ++i) {
        const std::string message(static_cast<std::size_t>(i) % 3'000, 'x');
        if (!a.talk->can_send(message.size())) {
            ++waited;
            for (const auto& each : std::exchange(b.heard, {})) {
                b.credit.handled(cost_of(each.size()));
            }
            b.talk->grant();
            shuttle(a, b);
        }
        send(a, message);
        shuttle(a, b);
    }
    CHECK(a.up());
    CHECK(b.up());
    CHECK(waited > 3);
}

TEST_CASE_METHOD(stage, "heartbeats keep a silent link; without them it ends") {
    auto a = calling();
    auto b = answering();
    shuttle(a, b);
    for (int i = 0; i < 50; ++i) {
        a.later(settings.times.heartbeat_ms);
        b.later(settings.times.heartbeat_ms);
        shuttle(a, b);
    }
    CHECK(a.up());
    CHECK(b.up());
    b.later(settings.times.silence_ms);
    CHECK(b.talk->end().ours == refusal_reason::silence);
}

TEST_CASE_METHOD(stage, "who says nothing at all is cut off when the handshake is due") {
    auto b = answering();
    b.later(settings.times.handshake_ms - 1);
    CHECK(b.talk->at() == session::phase::handshake);
    b.later(1);
    CHECK(b.talk->end().ours == refusal_reason::handshake_timeout);
    auto c = answering();
    auto l = inside(c);
    c.later(settings.times.handshake_ms);
    CHECK(c.talk->end().ours == refusal_reason::handshake_timeout);
}

TEST_CASE_METHOD(stage, "who reads nothing is noticed though it goes on talking") {
    auto b = answering();
    auto l = welcomed(b);
    send(b, std::string(50'000, 'x'));
    (void)b.take();
    for (std::uint64_t ms = 0; ms <= settings.times.silence_ms && b.up(); ms += 500) {
        l.channel->send(std::string("\x03\0\0\0", 4));
        b.talk->receive(l.channel->take_wire(), b.now);
        b.later(500);
    }
    CHECK(b.talk->end().ours == refusal_reason::stalled);
}

TEST_CASE_METHOD(stage, "a goodbye ends both ends without a complaint") {
    auto a = calling();
    auto b = answering();
    shuttle(a, b);
    a.talk->leave();
    shuttle(a, b);
    CHECK(b.talk->end().planned);
    CHECK_FALSE(b.talk->end().ours);
}
