/// Messages as bytes: one encoding for each, and nothing else is taken.
#include <catch2/catch.hpp>

#include "protocol/certificate.hpp"
#include "protocol/encoding.hpp"
#include "protocol/evidence.hpp"
#include "protocol/wire.hpp"
#include "tests/protocol/any_message.hpp"

namespace byzgate::testing {

namespace {

/// Every kind, `each` times, with other things in it.
template <class Check>
void for_messages(std::uint32_t each, Check check) {
    for (std::size_t kind = 0; kind < message_kinds; ++kind) {
        for (std::uint32_t i = 0; i < each; ++i) {
            dice chance{mixed(base_seed(), kind, i)};
            CAPTURE(kind, i);
            check(any_message(kind, chance));
        }
    }
}

template <class T>
std::shared_ptr<const std::vector<T>> shared_list(std::vector<T> of) {
    return std::make_shared<const std::vector<T>>(std::move(of));
}

/// Whether it is taken under these limits; one that is not must be taken under none.
bool taken(const message& m, const limits& limit) {
    const auto bytes = encode(m);
    limits wide;
    wide.batch_max = wide.payload_bytes_max = wide.record_id_bytes_max = 1U << 16;
    CHECK(decode_message(bytes, wide));
    return decode_message(bytes, limit).has_value();
}

} // namespace

TEST_CASE("every message comes back from its bytes as it was") {
    for_messages(200, [](const message& m) {
        const auto bytes = encode(m);
        const auto back = decode_message(bytes, limits{});
        REQUIRE(back);
        REQUIRE(same(*back, m));
        REQUIRE(encode(*back) == bytes);
    });
}

TEST_CASE("messages that differ have different bytes") {
    for_messages(60, [](const message& m) {
        for (std::uint32_t i = 0; i < 20; ++i) {
            dice chance{mixed(base_seed(), 99, i)};
            const auto other = any_message(m.index(), chance);
            REQUIRE((encode(other) == encode(m)) == same(other, m));
        }
    });
}

TEST_CASE("a message that is cut short anywhere is refused") {
    for_messages(30, [](const message& m) {
        const auto bytes = encode(m);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CAPTURE(length);
            // A buffer of its own, so that reading past its end is seen.
            const std::string cut = bytes.substr(0, length);
            REQUIRE_FALSE(decode_message(cut, limits{}));
        }
    });
}

TEST_CASE("a byte after the end of a message is refused") {
    for_messages(30, [](const message& m) {
        for (const char byte : {'\0', '\1', '\xff'}) {
            REQUIRE_FALSE(decode_message(encode(m) + byte, limits{}));
        }
    });
}

TEST_CASE("bytes with one bit changed are refused or are the one encoding of another message") {
    std::size_t refused = 0;
    std::size_t others = 0;
    for_messages(12, [&](const message& m) {
        auto bytes = encode(m);
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
            const auto mask = static_cast<char>(1U << bit % 8);
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
            if (const auto back = decode_message(bytes, limits{})) {
                ++others;
                if (encode(*back) != bytes || same(*back, m)) {
                    CAPTURE(bit);
                    FAIL("two encodings of one message");
                }
            } else {
                ++refused;
            }
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
        }
    });
    CHECK(refused > 1'000);
    CHECK(others > 1'000);
}

TEST_CASE("bytes at random are refused or are the one encoding of some message") {
    dice chance{mixed(base_seed(), 7)};
    for (int i = 0; i < 20'000; ++i) {
        encoder bytes;
        bytes.u8(wire_version).u8(static_cast<std::uint8_t>(chance.below(message_kinds)));
        bytes.u64(1).u32(0);
        for (auto left = chance.below(24); left > 0; --left) {
            bytes.u8(
                static_cast<std::uint8_t>(chance.chance(70) ? chance.below(2) : chance.below(256)));
        }
        if (const auto back = decode_message(bytes.bytes(), limits{})) {
            REQUIRE(encode(*back) == bytes.bytes());
        }
    }
}

TEST_CASE("another version of the encoding and an unknown kind are refused") {
    auto bytes = encode(round_end{round_id{1}});
    REQUIRE(decode_message(bytes, limits{}));
    bytes[0] = static_cast<char>(wire_version + 1);
    CHECK_FALSE(decode_message(bytes, limits{}));
    bytes[0] = static_cast<char>(wire_version);
    bytes[1] = static_cast<char>(message_kinds);
    CHECK_FALSE(decode_message(bytes, limits{}));
}

TEST_CASE("silence about a batch is not an empty batch") {
    const relay silent{round_id{1}, 0, 1, {nullptr}};
    const relay empty{round_id{1}, 0, 1, {make_claim_batch({})}};
    CHECK(encode(silent) != encode(empty));
    const auto heard = decode_message(encode(silent), limits{});
    const auto told = decode_message(encode(empty), limits{});
    REQUIRE(heard);
    REQUIRE(told);
    CHECK(std::get<relay>(*heard).items.at(0) == nullptr);
    REQUIRE(std::get<relay>(*told).items.at(0) != nullptr);
    CHECK(std::get<relay>(*told).items.at(0)->empty());
}

TEST_CASE("a claim of no value comes back without the content that a liar gave it") {
    claim odd = no_value();
    odd.version = "v1";
    odd.payload_digest[0] = 1;
    const auto back =
        decode_message(encode(relay{round_id{1}, 0, 1, {make_claim_batch({odd})}}), limits{});
    REQUIRE(back);
    CHECK(std::get<relay>(*back).items.at(0)->at(0) == no_value());
}

TEST_CASE("what is over a limit is refused") {
    limits tight;
    tight.batch_max = 2;
    tight.record_id_bytes_max = 3;
    tight.payload_bytes_max = 5;
    const round_id r{1};
    const auto claims = [](std::size_t count, const version_id& version) {
        return make_claim_batch(
            std::vector<claim>(count, make_claim(flag::public_, version, digest{})));
    };
    const auto told = [&](std::size_t count, const version_id& version, std::size_t bytes) {
        return distribution{r, 0, claims(count, version),
                            shared_list<std::string>({std::string(bytes, 'x')})};
    };
    CHECK(taken(told(2, "abc", 5), tight));
    CHECK_FALSE(taken(told(3, "abc", 5), tight));
    CHECK_FALSE(taken(told(2, "abcd", 5), tight));
    CHECK_FALSE(taken(told(2, "abc", 6), tight));

    CHECK(taken(round_request{r, 0, shared_list<record_id>({"abc", "b"}), {}}, tight));
    CHECK_FALSE(taken(round_request{r, 0, shared_list<record_id>({"a", "b", "c"}), {}}, tight));
    CHECK_FALSE(taken(round_request{r, 0, shared_list<record_id>({"abcd"}), {}}, tight));

    CHECK(taken(payload_request{r, 0, {0, 1}}, tight));
    CHECK_FALSE(taken(payload_request{r, 0, {0, 1, 2}}, tight));

    verdict released{decision::release, reason::enough_public, "abc", {}};
    CHECK(taken(vote{r, 0, shared_list<verdict>({released}), {}}, tight));
    released.version = "abcd";
    CHECK_FALSE(taken(vote{r, 0, shared_list<verdict>({released}), {}}, tight));
}

TEST_CASE("what is over a limit is refused within evidence and certificates too") {
    limits tight;
    tight.record_id_bytes_max = 3;
    evidence proof;
    proof.second.record = "abc";
    const auto with_proof = [&] {
        round_request request;
        request.proofs.push_back(std::make_shared<const evidence>(proof));
        return request;
    };
    CHECK(taken(with_proof(), tight));
    proof.second.record = "abcd";
    CHECK_FALSE(taken(with_proof(), tight));

    release_certificate of;
    of.votes.resize(1);
    of.votes[0].what = {decision::release, reason::enough_public, "abc", {}};
    const auto with_certificate = [&] {
        released_record record;
        record.certificate = std::make_shared<const release_certificate>(of);
        return delivery{round_id{1}, 0, shared_list<released_record>({record})};
    };
    CHECK(taken(with_certificate(), tight));
    of.votes[0].what.version = "abcd";
    CHECK_FALSE(taken(with_certificate(), tight));
}

TEST_CASE("a count that the input can't hold is refused") {
    for (const auto count : {1U, 2U, 1U << 16, 0x7fffffffU, 0xffffffffU}) {
        encoder bytes;
        bytes.u8(wire_version).u8(4).u64(1).u32(0).u32(count);
        CHECK_FALSE(decode_message(bytes.bytes(), limits{}));
        bytes.clear();
        bytes.u8(wire_version).u8(2).u64(1).u32(0).u32(1).u32(count);
        CHECK_FALSE(decode_message(bytes.bytes(), limits{}));
    }
}

} // namespace byzgate::testing
