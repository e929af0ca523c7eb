/// Sealed payloads (protocol.md, section 8): who can read them, and what a liar gets through.
#include <bit>

#include <catch2/catch.hpp>

#include "crypto/sealed.hpp"
#include "crypto/transcript.hpp"
#include "tests/crypto/bytes.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

const std::string payload = "{\"name\": \"a confidential thing\"}";

secret_256 secret_of(std::uint8_t byte) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(byte);
    return secret_256{bytes};
}

seal_context among(std::uint32_t lieutenants, std::uint32_t faulty) {
    return {"record 7", "3", lieutenants, faulty};
}

sealed_payload sample(const seal_context& context, std::string_view text = payload) {
    return seal(text, record_secret_for(secret_of(1), context.id, context.version), context);
}

opening opened(const seal_context& context, const sealed_payload& sealed,
               const std::vector<key_share>& shares) {
    return unseal(context, sealed.commitment, sealed.digests, sealed.ciphertext, shares);
}

bool is_payload(const opening& result, const std::string& expected = payload) {
    const auto* text = std::get_if<std::string>(&result.outcome);
    return text != nullptr && *text == expected;
}

bool failed_for(const opening& result, opening_problem why) {
    const auto* failure = std::get_if<opening_failure>(&result.outcome);
    return failure != nullptr && failure->why == why;
}

/// What any key makes of a ciphertext, as one does who cares for no tag: hidden salt and payload,
/// if it is the key.
std::string read_without_checks(const std::string& ciphertext, const secret_256& key) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(ciphertext.data());
    std::string clear(ciphertext.size() - 24 - 16, '\0');
    crypto_stream_xchacha20_xor_ic(reinterpret_cast<unsigned char*>(clear.data()), bytes + 24,
                                   clear.size(), bytes, 1, key.data());
    return clear;
}

/// A salted digest, put together a second time.
digest salted(std::string_view domain, std::string_view salt, const seal_context& context,
              std::uint64_t index, std::string_view content) {
    transcript all{domain};
    all.add(salt).add(context.id).add(context.version).add(context.lieutenants);
    return all.add(context.threshold()).add(index).add(content).finish();
}

template <class Bytes>
std::string_view text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<key_share> chosen(const std::vector<key_share>& shares, std::uint32_t subset) {
    std::vector<key_share> some;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        if (subset >> i & 1) {
            some.push_back(shares[i]);
        }
    }
    return some;
}

} // namespace

TEST_CASE("loyal commanders seal the same bytes") {
    for (std::uint32_t n = 1; n <= 20; ++n) {
        const auto context = among(n, (n - 1) / 2);
        CHECK(sample(context) == sample(context));
    }
    const auto context = among(5, 2);
    const auto sealed = sample(context);
    CHECK(sealed.ciphertext.size() == payload.size() + 72);
    CHECK(sealed.shares.size() == 5);
    CHECK(sealed.digests.shares.size() == 5);
    CHECK(to_hex(sealed.commitment) == to_hex(commitment_of(context, sealed.digests)));
}

TEST_CASE("another secret, payload, record, version or cluster shares nothing with the first") {
    const auto context = among(5, 2);
    const auto secret = record_secret_for(secret_of(1), context.id, context.version);
    const auto first = seal(payload, secret, context);
    auto another_id = context;
    another_id.id = "record 8";
    auto another_version = context;
    another_version.version = "4";
    for (const auto& other :
         {seal(payload, secret_of(2), context), seal(payload + " ", secret, context),
          seal(payload, secret, another_id), seal(payload, secret, another_version),
          seal(payload, secret, among(6, 2)), seal(payload, secret, among(5, 1))}) {
        CHECK(other.commitment != first.commitment);
        CHECK(other.ciphertext.substr(0, 24) != first.ciphertext.substr(0, 24));
        CHECK(other.digests.salt != first.digests.salt);
        CHECK(other.digests.plaintext != first.digests.plaintext);
        CHECK(other.digests.ciphertext != first.digests.ciphertext);
        for (std::size_t i = 0; i < 5; ++i) {
            CHECK_FALSE(other.shares[i].value == first.shares[i].value);
            CHECK(other.digests.shares[i] != first.digests.shares[i]);
        }
    }
}

TEST_CASE("a record's secret is its version's and the database's") {
    const auto secret = record_secret_for(secret_of(1), "a", "bc");
    CHECK(secret == record_secret_for(secret_of(1), "a", "bc"));
    CHECK_FALSE(secret == record_secret_for(secret_of(1), "ab", "c"));
    CHECK_FALSE(secret == record_secret_for(secret_of(1), "a", "bd"));
    CHECK_FALSE(secret == record_secret_for(secret_of(2), "a", "bc"));
}

TEST_CASE("any fl+1 lieutenants open it, and no fl do") {
    for (std::uint32_t n = 3; n <= 7; ++n) {
        for (std::uint32_t faulty = 0; faulty < n; ++faulty) {
            const auto context = among(n, faulty);
            const auto sealed = sample(context);
            for (std::uint32_t subset = 0; subset < (1U << n); ++subset) {
                const auto result = opened(context, sealed, chosen(sealed.shares, subset));
                const auto given = static_cast<std::uint32_t>(std::popcount(subset));
                CHECK(result.bad_shares.empty());
                if (given > faulty) {
                    CHECK(is_payload(result));
                    continue;
                }
                REQUIRE(failed_for(result, opening_problem::too_few_shares));
                const auto failure = std::get<opening_failure>(result.outcome);
                CHECK(failure.good_shares == given);
                CHECK(failure.needed == faulty + 1);
            }
        }
    }
}

TEST_CASE("the key that fl shares combine to decrypts nothing, that of fl+1 does") {
    for (std::uint32_t faulty = 1; faulty < 7; ++faulty) {
        const auto sealed = sample(among(7, faulty));
        for (std::uint32_t subset = 1; subset < (1U << 7); ++subset) {
            const auto given = static_cast<std::uint32_t>(std::popcount(subset));
            if (given > faulty + 1) {
                continue;
            }
            const auto key = combine_shares(chosen(sealed.shares, subset));
            const auto clear = read_without_checks(sealed.ciphertext, key);
            CHECK((clear.substr(32) == payload) == (given == faulty + 1));
        }
    }
}

TEST_CASE("up to twenty lieutenants, and payloads of any length") {
    const auto length = GENERATE(as<std::size_t>{}, 0, 1, 63, 64, 65, 100'000);
    const std::string text(length, '\xfe');
    for (std::uint32_t n = 1; n <= 20; ++n) {
        const auto context = among(n, (n - 1) / 2);
        const auto sealed = sample(context, text);
        auto last = sealed.shares;
        last.erase(last.begin(), last.end() - context.threshold());
        CHECK(is_payload(opened(context, sealed, last), text));
        last.pop_back();
        CHECK(failed_for(opened(context, sealed, last), opening_problem::too_few_shares));
    }
}

TEST_CASE("with fl = 0 one share opens it") {
    const auto context = among(3, 0);
    const auto sealed = sample(context);
    for (const auto& share : sealed.shares) {
        CHECK(is_payload(opened(context, sealed, {share})));
    }
}

TEST_CASE("wrong shares are named and do no harm while enough are right") {
    const auto context = among(5, 2);
    const auto sealed = sample(context);
    for (std::uint32_t wrong = 0; wrong < (1U << 5); ++wrong) {
        auto shares = sealed.shares;
        std::vector<std::uint8_t> expected;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (wrong >> i & 1) {
                shares[i].value.data()[(7 * i) % 32] ^= 1;
                expected.push_back(shares[i].index);
            }
        }
        const auto result = opened(context, sealed, shares);
        CHECK(result.bad_shares == expected);
        CHECK(is_payload(result) == (expected.size() <= 2));
    }
}

TEST_CASE("an index that no lieutenant has, or another one's, makes a share wrong") {
    const auto context = among(3, 1);
    const auto sealed = sample(context);
    for (const auto index : {0, 2, 3, 4, 255}) {
        auto shares = sealed.shares;
        shares[0].index = static_cast<std::uint8_t>(index);
        const auto result = opened(context, sealed, shares);
        CHECK(result.bad_shares == std::vector<std::uint8_t>{static_cast<std::uint8_t>(index)});
        CHECK(is_payload(result));
    }
}

TEST_CASE("a share that comes twice counts once") {
    const auto context = among(5, 2);
    const auto sealed = sample(context);
    const auto& all = sealed.shares;
    CHECK(failed_for(opened(context, sealed, {all[0], all[0], all[1], all[1]}),
                     opening_problem::too_few_shares));
    CHECK(is_payload(opened(context, sealed, {all[0], all[0], all[1], all[4]})));
}

TEST_CASE("a confidential record's ciphertext under a public record's digests is refused") {
    const auto context = among(3, 1);
    const auto sealed = sample(context, "public");
    const auto confidential = sample(context, "secret");
    const auto result = unseal(context, sealed.commitment, sealed.digests, confidential.ciphertext,
                               confidential.shares);
    CHECK(failed_for(result, opening_problem::ciphertext));
    CHECK(result.bad_shares == std::vector<std::uint8_t>{1, 2, 3});
    CHECK_FALSE(is_ciphertext_of(context, sealed.digests, confidential.ciphertext));
    CHECK(is_ciphertext_of(context, sealed.digests, sealed.ciphertext));
    // With its own digests it isn't what loyal commanders committed to.
    CHECK(failed_for(unseal(context, sealed.commitment, confidential.digests,
                            confidential.ciphertext, confidential.shares),
                     opening_problem::commitment));
}

TEST_CASE("a commander's message in the place of shares doesn't get through") {
    const auto context = among(5, 2);
    const auto sealed = sample(context);
    auto shares = sealed.shares;
    for (auto& share : shares) {
        const std::string message = "what was never to leave, part " + std::to_string(share.index);
        std::copy_n(message.begin(), std::min<std::size_t>(32, message.size()), share.value.data());
        CHECK_FALSE(is_share_of(context, sealed.digests, share));
    }
    const auto result = opened(context, sealed, shares);
    CHECK(failed_for(result, opening_problem::too_few_shares));
    CHECK(result.bad_shares == std::vector<std::uint8_t>{1, 2, 3, 4, 5});
    // Digests that fit the message are other digests, so another claim.
    auto fitting = sealed.digests;
    fitting.shares[0] = digest{};
    CHECK(commitment_of(context, fitting) != sealed.commitment);
    CHECK(failed_for(unseal(context, sealed.commitment, fitting, sealed.ciphertext, shares),
                     opening_problem::commitment));
}

TEST_CASE("the commitment is the same only if every digest and the context are") {
    const auto context = among(3, 1);
    const auto sealed = sample(context);
    std::size_t same = 0;
    const auto look = [&](const seal_context& other, const seal_digests& digests) {
        same += commitment_of(other, digests) == sealed.commitment ? 1 : 0;
        const auto result =
            unseal(other, sealed.commitment, digests, sealed.ciphertext, sealed.shares);
        CHECK(failed_for(result, opening_problem::commitment));
    };
    for (std::size_t bit = 0; bit < 256; ++bit) {
        auto digests = sealed.digests;
        digests.salt = with_flipped(digests.salt, bit);
        look(context, digests);
        digests = sealed.digests;
        digests.plaintext = with_flipped(digests.plaintext, bit);
        look(context, digests);
        digests = sealed.digests;
        digests.ciphertext = with_flipped(digests.ciphertext, bit);
        look(context, digests);
        digests = sealed.digests;
        digests.shares[bit % 3] = with_flipped(digests.shares[bit % 3], bit);
        look(context, digests);
    }
    auto digests = sealed.digests;
    std::swap(digests.shares[0], digests.shares[1]);
    look(context, digests);
    digests = sealed.digests;
    digests.shares.pop_back();
    look(context, digests);
    digests = sealed.digests;
    digests.shares.emplace_back();
    look(context, digests);
    look(among(4, 1), sealed.digests);
    look(among(3, 2), sealed.digests);
    auto other = context;
    other.id += 'x';
    look(other, sealed.digests);
    other = context;
    other.version += 'x';
    look(other, sealed.digests);
    CHECK(same == 0);
}

TEST_CASE("a commitment over digests that fit nothing else still opens nothing") {
    const auto context = among(3, 1);
    auto sealed = sample(context);
    SECTION("a payload that doesn't have its digest") {
        sealed.digests.plaintext[0] ^= 1;
        sealed.commitment = commitment_of(context, sealed.digests);
        CHECK(failed_for(opened(context, sealed, sealed.shares), opening_problem::plaintext));
    }
    SECTION("shares that have their digests and are not the key's") {
        for (auto& share : sealed.shares) {
            share.value.data()[0] ^= 0x80;
            sealed.digests.shares[share.index - 1U] =
                salted("byzgate sealed share 1", text_of(sealed.digests.salt), context, share.index,
                       text_of(share.value));
        }
        sealed.commitment = commitment_of(context, sealed.digests);
        const auto result = opened(context, sealed, sealed.shares);
        CHECK(failed_for(result, opening_problem::decryption));
        CHECK(result.bad_shares.empty());
    }
    SECTION("a ciphertext that is too short to be one") {
        sealed.ciphertext.resize(GENERATE(as<std::size_t>{}, 0, 23, 24, 71));
        sealed.digests.ciphertext =
            salted("byzgate sealed ciphertext 1", text_of(sealed.digests.salt), context, 0,
                   sealed.ciphertext);
        sealed.commitment = commitment_of(context, sealed.digests);
        CHECK(failed_for(opened(context, sealed, sealed.shares), opening_problem::decryption));
    }
    SECTION("the digests of another record's, bound to their own id") {
        auto other = context;
        other.id = "record 8";
        const auto result = unseal(other, commitment_of(other, sealed.digests), sealed.digests,
                                   sealed.ciphertext, sealed.shares);
        CHECK(failed_for(result, opening_problem::ciphertext));
    }
}

TEST_CASE("one changed bit anywhere in the ciphertext is noticed") {
    const auto context = among(3, 1);
    const auto sealed = sample(context);
    for (std::size_t bit = 0; bit < 8 * sealed.ciphertext.size(); ++bit) {
        const auto result = unseal(context, sealed.commitment, sealed.digests,
                                   with_flipped(sealed.ciphertext, bit), sealed.shares);
        CHECK(failed_for(result, opening_problem::ciphertext));
    }
    for (std::size_t length = 0; length < sealed.ciphertext.size(); ++length) {
        CHECK_FALSE(is_ciphertext_of(context, sealed.digests,
                                     std::string_view{sealed.ciphertext}.substr(0, length)));
    }
}

TEST_CASE("who lacks the key can't check a guess of the payload") {
    const auto context = among(3, 1);
    const auto sealed = sample(context, "yes");
    const auto clear = read_without_checks(sealed.ciphertext, combine_shares(sealed.shares));
    const auto with_salt = [&](std::string_view salt) {
        return salted("byzgate sealed plaintext 1", salt, context, 0, "yes");
    };
    CHECK(with_salt(std::string_view{clear}.substr(0, 32)) == sealed.digests.plaintext);
    CHECK(with_salt(text_of(sealed.digests.salt)) != sealed.digests.plaintext);
    CHECK(with_salt("") != sealed.digests.plaintext);
    CHECK(sealed.ciphertext.find(clear.substr(0, 32)) == std::string::npos);
}

TEST_CASE("a share that was sealed opens for its recipient only") {
    const auto secret = secret_of(5);
    const auto key = sealing_key_of(secret);
    const auto context = among(5, 2);
    const auto sealed = sample(context);
    for (const auto& share : sealed.shares) {
        const auto closed = seal_share_to(key, share);
        const auto open = open_share(secret, closed);
        REQUIRE(open.has_value());
        CHECK(*open == share);
        CHECK_FALSE(open_share(secret_of(6), closed).has_value());
        CHECK(seal_share_to(key, share) == closed);
        CHECK(seal_share_to(sealing_key_of(secret_of(6)), share) != closed);
        for (const auto& other : sealed.shares) {
            // Not even the ephemeral key is the same.
            CHECK((other == share
                   || !std::equal(closed.begin(), closed.begin() + 32,
                                  seal_share_to(key, other).begin())));
        }
        for (std::size_t bit = 0; bit < 8 * closed.size(); bit += 5) {
            CHECK_FALSE(open_share(secret, with_flipped(closed, bit)).has_value());
        }
    }
    CHECK_FALSE(open_share(secret, sealed_share{}).has_value());
}
