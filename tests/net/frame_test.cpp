/// Frames: what a peer writes, whole and broken.
#include "net/frame.hpp"

#include <catch2/catch.hpp>

#include <random>

#include "net/hello.hpp"

using namespace byzgate;

namespace {

std::string frames_of(std::string message) {
    message_cutter cutter;
    cutter.begin(std::move(message));
    std::string all;
    while (cutter.busy()) {
        cutter.append_chunk(all);
    }
    return all;
}

std::string header(unsigned kind, std::size_t length) {
    std::string bytes(1, static_cast<char>(kind));
    for (const unsigned shift : {16U, 8U, 0U}) {
        bytes.push_back(static_cast<char>((length >> shift) & 0xffU));
    }
    return bytes;
}

/// The messages in a stream, until its reader or joiner refuses.
struct read_stream {
    frame_reader reader;
    message_joiner joiner;
    std::vector<std::string> messages;
    bool refused = false;

    explicit read_stream(std::size_t max) : joiner(max) {}
    void feed(std::string_view bytes) {
        reader.feed(bytes);
        while (!refused) {
            const auto f = reader.next();
            if (!f) {
                break;
            }
            if (f->kind != frame_kind::chunk && f->kind != frame_kind::last) {
                continue;
            }
            const auto outcome = joiner.add(*f);
            refused = outcome == message_joiner::outcome::refused;
            if (outcome == message_joiner::outcome::complete) {
                messages.push_back(joiner.take());
            }
        }
        refused = refused || reader.failed();
    }
};

} // namespace

TEST_CASE("a message comes out as it went in, however its bytes are cut") {
    const auto size = GENERATE(as<std::size_t>{}, 0, 1, 4, chunk_bytes - 1, chunk_bytes,
                               chunk_bytes + 1, 3 * chunk_bytes, 3 * chunk_bytes + 17);
    const auto piece = GENERATE(as<std::size_t>{}, 1, 3, 4'096, 1U << 20);
    const std::string message(size, 'm');
    const auto stream = frames_of(message) + frames_of("next");
    read_stream read{1U << 20};
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        read.feed(std::string_view{stream}.substr(at, piece));
    }
    CHECK_FALSE(read.refused);
    REQUIRE(read.messages.size() == 2);
    CHECK((read.messages[0] == message));
    CHECK(read.messages[1] == "next");
}

TEST_CASE("a length over the limit of its kind is refused before its body comes") {
    for (unsigned kind = 1; kind <= 7; ++kind) {
        const auto max = body_bytes_max(static_cast<frame_kind>(kind));
        frame_reader reader;
        reader.feed(header(kind, max + 1));
        CHECK_FALSE(reader.next());
        CHECK(reader.failed());
        frame_reader fits;
        fits.feed(header(kind, max));
        CHECK(fits.next().has_value() == (max == 0));
        CHECK_FALSE(fits.failed());
    }
}

TEST_CASE("a kind that there isn't is refused at its first byte") {
    for (const unsigned kind : {0U, 8U, 22U, 71U, 255U}) {
        frame_reader reader;
        reader.feed(header(kind, 0).substr(0, 1));
        CHECK_FALSE(reader.next());
        CHECK(reader.failed());
        reader.feed(header(3, 0));
        CHECK_FALSE(reader.next());
    }
}

TEST_CASE("chunks that are not full, and messages over the limit, are refused") {
    SECTION("a small chunk that isn't the last") {
        read_stream read{1U << 20};
        read.feed(header(5, 10) + std::string(10, 'x'));
        CHECK(read.refused);
    }
    SECTION("an empty rest after a full chunk") {
        read_stream read{1U << 20};
        std::string bytes;
        append_frame(bytes, frame_kind::chunk, std::string(chunk_bytes, 'x'));
        append_frame(bytes, frame_kind::last, {});
        read.feed(bytes);
        CHECK(read.refused);
    }
    SECTION("a byte too many") {
        read_stream exact{2 * chunk_bytes};
        exact.feed(frames_of(std::string(2 * chunk_bytes, 'x')));
        CHECK(exact.messages.size() == 1);
        read_stream more{2 * chunk_bytes};
        more.feed(frames_of(std::string(2 * chunk_bytes + 1, 'x')));
        CHECK(more.refused);
        CHECK(more.joiner.held_bytes() <= 2 * chunk_bytes);
    }
}

TEST_CASE("any bytes are read or refused, and hold no more than a frame") {
    std::mt19937_64 dice{4};
    std::size_t read_whole = 0;
    for (int run = 0; run < 20'000; ++run) {
        frame_reader reader;
        auto bytes = frames_of("a") + header(3, 0) + frames_of(std::string(dice() % 300, 'b'));
        for (auto hits = dice() % 3; hits > 0; --hits) {
            bytes[dice() % bytes.size()] = static_cast<char>(dice());
        }
        reader.feed(std::string_view{bytes}.substr(0, dice() % (bytes.size() + 1)));
        while (const auto f = reader.next()) {
            REQUIRE(f->body.size() <= body_bytes_max(f->kind));
            ++read_whole;
        }
        REQUIRE(reader.held_bytes() <= 2 * chunk_bytes);
    }
    CHECK(read_whole > 1'000);
}

TEST_CASE("a hello has one encoding, and nothing else is one") {
    hello said;
    said.cluster.fill(1);
    said.config.fill(2);
    said.from = commander_id(1);
    said.to = lieutenant_id(2);
    said.credit = 77;
    said.bytes_max = 99;
    said.clock_s = 1'234'567;
    const auto bytes = encode(said);
    REQUIRE(bytes.size() <= hello_bytes_max);
    CHECK(std::get<hello>(decode_hello(bytes)) == said);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK(std::holds_alternative<not_hello>(decode_hello(bytes.substr(0, size))));
    }
    CHECK(std::holds_alternative<not_hello>(decode_hello(bytes + "x")));
    auto newer = bytes;
    newer[11] = 9;
    CHECK(std::get<other_version>(decode_hello(newer)).version == 9);
    newer[0] = 'B';
    CHECK(std::holds_alternative<not_hello>(decode_hello(newer)));
}

TEST_CASE("only reasons that one end can tell another are read from the wire") {
    for (std::size_t i = 0; i < 256; ++i) {
        refusal_notice told{static_cast<refusal_reason>(i), 5};
        const auto read = decode_refusal(encode(told));
        CHECK(read.has_value() == (told.reason <= refusal_reason_last_on_wire));
    }
    CHECK_FALSE(decode_refusal(""));
    CHECK_FALSE(decode_refusal(encode(refusal_notice{}) + "x"));
}
