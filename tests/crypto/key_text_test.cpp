/// The texts of key files: each meaning has one, and whatever else somebody wrote is refused.
#include <catch2/catch.hpp>

#include "crypto/key_files.hpp"
#include "tests/crypto/bytes.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

cluster_parameters one_and_three() {
    return {};
}

const key_set& sample_keys() {
    static const auto keys = keys_from_run_seed("sample", one_and_three(), 42);
    return keys;
}

std::string private_text(server_id server) {
    return format_private_key_file(sample_keys().own.at(server));
}

/// Whether `text` is a key file; if so, it must be the one text of what it says.
bool is_private(const std::string& text) {
    try {
        const auto keys = parse_private_key_file(text);
        CHECK(format_private_key_file(keys) == text);
        return true;
    } catch (const key_error&) {
        return false;
    }
}

bool is_public(const std::string& text) {
    try {
        const auto keys = parse_public_keys(text);
        CHECK(format_public_keys(keys) == text);
        return true;
    } catch (const key_error&) {
        return false;
    }
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

} // namespace

TEST_CASE("key files have the text that their header describes") {
    const private_keys keys{lieutenant_id(1), ed25519_seed{}, std::nullopt};
    CHECK(format_private_key_file(keys)
          == "byzgate-private-key 1\nserver lieutenant-2\nseed " + std::string(64, '0') + "\n");
    const auto text = format_public_keys(sample_keys().all);
    CHECK(text.starts_with("byzgate-cluster-keys 1\nname sample\ncommander-1 ed25519 "));
    CHECK(std::count(text.begin(), text.end(), '\n') == 9);
}

TEST_CASE("what was formatted parses to the same keys") {
    for (const auto& [server, own] : sample_keys().own) {
        CHECK(parse_private_key_file(format_private_key_file(own)) == own);
    }
    CHECK(parse_public_keys(format_public_keys(sample_keys().all)) == sample_keys().all);
}

TEST_CASE("a key file that was cut off anywhere is refused") {
    for (const auto server : {lieutenant_id(0), external_party_id}) {
        const auto text = private_text(server);
        for (std::size_t length = 0; length < text.size(); ++length) {
            CHECK_FALSE(is_private(text.substr(0, length)));
        }
    }
    const auto text = format_public_keys(sample_keys().all);
    for (std::size_t length = 0; length < text.size(); ++length) {
        CHECK_FALSE(is_public(text.substr(0, length)));
    }
    CHECK_THROWS_WITH(parse_public_keys(text.substr(0, 300)), Contains("ends too early"));
}

TEST_CASE("no second text has the same meaning, whichever byte is changed, added or removed") {
    const std::string some_bytes{"\0\n\r\t 0aAfFg1-\x7f\xff", 16};
    std::size_t accepted = 0;
    std::size_t refused = 0;
    const auto count = [&](bool good) { ++(good ? accepted : refused); };
    for (const auto server : {commander_id(0), external_party_id}) {
        const auto text = private_text(server);
        for (std::size_t at = 0; at < text.size(); ++at) {
            for (const auto byte : some_bytes) {
                auto changed = text;
                changed[at] = byte;
                count(is_private(changed));
                count(is_private(std::string{text}.insert(at, 1, byte)));
            }
            count(is_private(std::string{text}.erase(at, 1)));
        }
    }
    const auto text = format_public_keys(sample_keys().all);
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const auto byte : some_bytes) {
            auto changed = text;
            changed[at] = byte;
            count(is_public(changed));
        }
        count(is_public(std::string{text}.erase(at, 1)));
    }
    CHECK(accepted > 100); // A changed digit is another seed, which is as good.
    CHECK(refused > 1'000);
}

TEST_CASE("a refusal says where, what and how to go on, and nothing of the secret") {
    const auto text = private_text(external_party_id);
    struct mistake {
        std::string text;
        const char* place;
        const char* says;
    };
    const std::vector<mistake> mistakes{
        {"", "here:1:", "ends too early"},
        {"-----BEGIN PRIVATE KEY-----\n", "here:1:", "no private key file"},
        {replaced(text, "key 1\n", "key 2\n"), "here:1:", "version"},
        {replaced(text, "external-party", "external-part"), "here:2:", "supervisor"},
        {replaced(text, "seed ", "seed  "), "here:3:", "64"},
        {replaced(text, "sealing", "seal"), "here:4:", "sealing"},
        {text + "\n", "here:5:", "follows"},
        {text + text, "here:5:", "follows"},
        {replaced(text, "external-party", "supervisor"), "here:4:", "follows"}};
    for (const auto& wrong : mistakes) {
        std::string told;
        try {
            static_cast<void>(parse_private_key_file(wrong.text, "here"));
        } catch (const key_error& error) {
            told = error.what();
        }
        CHECK_THAT(told, Contains(wrong.place) && Contains(wrong.says));
        for (std::size_t at = text.find("seed ") + 5; at + 8 < text.size(); ++at) {
            const auto piece = text.substr(at, 8);
            if (piece.find_first_not_of("0123456789abcdef") == std::string::npos) {
                CHECK(told.find(piece) == std::string::npos);
            }
        }
    }
}

TEST_CASE("public keys that can't be are refused with their line") {
    const auto text = format_public_keys(sample_keys().all);
    const auto line_of = [&](const std::string& server) {
        const auto from = text.find("\n" + server) + 1;
        return text.substr(from, text.find('\n', from) + 1 - from);
    };
    const auto two = line_of("lieutenant-2");
    const auto zeros = "lieutenant-2 ed25519 01" + std::string(62, '0') + "\n";
    CHECK_THROWS_WITH(parse_public_keys(replaced(text, two, two + two), "k"),
                      Contains("k:6:") && Contains("second key for lieutenant-2"));
    CHECK_THROWS_WITH(parse_public_keys(replaced(text, two, zeros), "k"),
                      Contains("k:5:") && Contains("no Ed25519 public key"));
    CHECK_THROWS_WITH(parse_public_keys(text + two, "k"), Contains("k:10:"));
    CHECK_THROWS_WITH(parse_public_keys(replaced(text, "name sample", "name "), "k"),
                      Contains("k:2:"));
    CHECK_THROWS_WITH(
        parse_public_keys(replaced(text, line_of("external-party x25519"),
                                   "external-party x25519 " + std::string(64, '0') + "\n"),
                          "k"),
        Contains("k:9:") && Contains("X25519"));
    const auto disordered =
        replaced(replaced(text, two, ""), line_of("lieutenant-1"), two + line_of("lieutenant-1"));
    CHECK_THROWS_WITH(parse_public_keys(disordered, "k"), Contains("k:5:") && Contains("order"));
}

TEST_CASE("a key from the environment may lack its last line feed, and must be the server's") {
    auto text = private_text(lieutenant_id(0));
    const auto expected = sample_keys().own.at(lieutenant_id(0));
    CHECK(private_keys_from_text(text, lieutenant_id(0), "variable") == expected);
    text.pop_back();
    CHECK(private_keys_from_text(text, lieutenant_id(0), "variable") == expected);
    CHECK_THROWS_WITH(private_keys_from_text(text, lieutenant_id(1), "variable"),
                      Contains("variable") && Contains("lieutenant-1") && Contains("lieutenant-2"));
    CHECK_THROWS_AS(private_keys_from_text("", lieutenant_id(1), "variable"), key_error);
}
