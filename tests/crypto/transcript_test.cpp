/// The expected values come from another implementation of BLAKE2b (RFC 7693), fed with the fields
/// as the header describes them.
#include <catch2/catch.hpp>

#include "crypto/transcript.hpp"

using namespace byzgate;

namespace {

secret_256 sevens() {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(7);
    return secret_256{bytes};
}

} // namespace

TEST_CASE("a transcript is BLAKE2b-256 of lengths, numbers and bytes") {
    CHECK(to_hex(transcript{"domain"}.add(258).add("ab").finish())
          == "e611260de2be7385ecc24b0297ba77a856668ec6cf791075ab0204a473459bce");
    CHECK(to_hex(transcript{"domain", sevens()}.add("").finish())
          == "793d97e6f10786b44d185044433ebaafeceec73be8ca5d498d97b2cf0d097abd");
}

TEST_CASE("where one field ends and the next begins makes a difference") {
    const auto reference = transcript{"domain"}.add("ab").add("c").finish();
    CHECK(transcript{"domain"}.add("a").add("bc").finish() != reference);
    CHECK(transcript{"domain"}.add("abc").finish() != reference);
    CHECK(transcript{"domain"}.add("ab").add("c").add("").finish() != reference);
    CHECK(transcript{"domai"}.add("nab").add("c").finish() != reference);
    CHECK(transcript{"domain", sevens()}.add("ab").add("c").finish() != reference);
    CHECK(transcript{"domain"}.add("ab").add("c").finish() == reference);
}

TEST_CASE("fresh secrets differ, and a copy is equal") {
    const auto one = fresh_secret();
    const auto copy = one;
    CHECK(copy == one);
    CHECK_FALSE(fresh_secret() == one);
}
