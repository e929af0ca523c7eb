/// BLAKE2b-256 (RFC 7693, unkeyed, 32 bytes of output) and the key stream of ChaCha20 (RFC 8439)
/// against known answers.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "crypto/blake2b.hpp"

namespace byzgate::testing {

TEST_CASE("digests are those of BLAKE2b-256") {
    std::string all_bytes;
    for (int i = 0; i < 256; ++i) {
        all_bytes.push_back(static_cast<char>(i));
    }
    const std::vector<std::pair<std::string, std::string>> known{
        {"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
        {"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
        {std::string(1, '\0'), "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"},
        {"The quick brown fox jumps over the lazy dog",
         "01718cec35cd3d796dd00020e0bfecb473ad23457d063b75eff29c0ffa2e58a9"},
        {all_bytes, "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835"},
        {std::string(1'000'000, 'a'),
         "0741850f36cba4259628355d1073e24ddb9ca0e1bfac36fd39ae5dc2101e23a4"}};
    const blake2b_digester digests;
    for (const auto& [bytes, hex] : known) {
        CHECK(to_hex(digests.digest_of(bytes)) == hex);
    }
}

TEST_CASE("an empty view without memory has the digest of the empty text") {
    const blake2b_digester digests;
    CHECK(digests.digest_of({}) == digests.digest_of(""));
}

TEST_CASE("a seed is stretched to the key stream of ChaCha20") {
    // RFC 8439, appendix A.1, test vectors 1 and 2: key and nonce of zeros, two blocks.
    const blake2b_digester digests;
    std::vector<std::uint8_t> stream(128);
    digests.stretch(digest{}, stream);
    std::string hex;
    for (std::size_t i = 0; i < stream.size(); i += sizeof(digest)) {
        digest part{};
        std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(i), part.size(), part.begin());
        hex += to_hex(part);
    }
    CHECK(hex
          == "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
             "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
             "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
             "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
}

} // namespace byzgate::testing
