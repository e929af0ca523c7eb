// Which troubles of a link somebody has to end, and which end by themselves.
#include <catch2/catch.hpp>

#include "net/explain.hpp"

namespace byzgate {

TEST_CASE("what a bad line makes is worth another try, what people made isn't") {
    for (const auto reason : {refusal_reason::not_tls, refusal_reason::handshake_timeout,
                              refusal_reason::silence, refusal_reason::protocol_error}) {
        CHECK_FALSE(needs_somebody(reason));
    }
    for (const auto reason : {refusal_reason::other_config, refusal_reason::certificate_expired,
                              refusal_reason::bad_certificate}) {
        CHECK(needs_somebody(reason));
    }
}

} // namespace byzgate
