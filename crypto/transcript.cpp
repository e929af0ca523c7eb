#include "crypto/transcript.hpp"

#include "protocol/assert.hpp"

namespace byzgate {

transcript::transcript(std::string_view domain) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    crypto_generichash_init(&state_, nullptr, 0, sizeof(digest));
    add(domain);
}

transcript::transcript(std::string_view domain, const secret_256& key) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    crypto_generichash_init(&state_, key.data(), key.size(), sizeof(digest));
    add(domain);
}

transcript& transcript::add(std::uint64_t number) {
    std::array<unsigned char, 8> bytes{};
    for (auto& byte : bytes) {
        byte = static_cast<unsigned char>(number);
        number >>= 8;
    }
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
    return *this;
}

transcript& transcript::add(std::string_view bytes) {
    add(static_cast<std::uint64_t>(bytes.size()));
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    crypto_generichash_update(&state_, data, bytes.size());
    return *this;
}

digest transcript::finish() {
    digest result{};
    crypto_generichash_final(&state_, result.data(), result.size());
    return result;
}

secret_256 transcript::finish_secret() {
    secret_256 result;
    crypto_generichash_final(&state_, result.data(), result.size());
    return result;
}

secret_256 fresh_secret() {
    BYZGATE_ASSERT(sodium_init() >= 0);
    secret_256 result;
    randombytes_buf(result.data(), result.size());
    return result;
}

} // namespace byzgate
