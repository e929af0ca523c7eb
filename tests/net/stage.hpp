/// A commander, two lieutenants of one process, and a liar in the commander's place.
#pragma once

#include <catch2/catch.hpp>

#include "tests/net/ends.hpp"

namespace byzgate::test {

inline const auto commander = commander_id(0);
inline const auto lieutenant = lieutenant_id(0);
inline const auto other = lieutenant_id(1);

struct stage {
    signed_names names;
    session_settings settings;
    std::unique_ptr<tls_identities> of_lieutenants;
    std::unique_ptr<tls_identities> of_commander;

    explicit stage(certificate_times of_authority = valid_for_days(10, now_s()))
        : names(of_authority) {
        for (const auto server : {commander, lieutenant, other}) {
            names.add(server);
        }
        of_lieutenants = names.of({lieutenant, other});
        of_commander = names.of({commander});
        settings.cluster.fill(1);
        settings.config.fill(2);
        settings.limits.message_bytes_max = 200'000;
        settings.limits.window_bytes = 500'000;
    }
    end answering() { return {settings, of_lieutenants->accept(), lieutenant, {}}; }
    end calling(server_id whom = lieutenant) {
        return {settings, of_commander->dial(commander, whom), commander, whom};
    }
    hello honest() const {
        hello h;
        h.cluster = settings.cluster;
        h.config = settings.config;
        h.from = commander;
        h.to = lieutenant;
        h.credit = 100'000;
        h.bytes_max = 100'000;
        return h;
    }
    /// A liar that has finished the TLS handshake with `with`.
    liar inside(end& with) {
        liar l{of_commander->dial(commander, lieutenant), {}};
        shuttle(l, with);
        REQUIRE(l.channel->secure());
        return l;
    }
    void say(liar& l, end& to, frame_kind kind, std::string_view body) {
        std::string bytes;
        append_frame(bytes, kind, body);
        l.channel->send(bytes);
        shuttle(l, to);
    }
    /// One that is in.
    liar welcomed(end& with) {
        auto l = inside(with);
        say(l, with, frame_kind::hello, encode(honest()));
        REQUIRE(with.up());
        return l;
    }
};

inline void send(end& from, const std::string& message) {
    REQUIRE(from.talk->can_send(message.size()));
    from.talk->send(message);
    REQUIRE(from.talk->fill(1U << 30));
}

} // namespace byzgate::test
