#include "crypto/blake2b.hpp"

#include <sodium.h>

#include "protocol/assert.hpp"

namespace byzgate {

blake2b_digester::blake2b_digester() {
    BYZGATE_ASSERT(sodium_init() >= 0);
}

digest blake2b_digester::digest_of(std::string_view bytes) const {
    digest result{};
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    crypto_generichash(result.data(), result.size(), data, bytes.size(), nullptr, 0);
    return result;
}

void blake2b_digester::stretch(const digest& seed, std::span<std::uint8_t> to) const {
    static_assert(sizeof(digest) == crypto_stream_chacha20_ietf_KEYBYTES);
    constexpr unsigned char nonce[crypto_stream_chacha20_ietf_NONCEBYTES]{};
    crypto_stream_chacha20_ietf(to.data(), to.size(), nonce, seed.data());
}

} // namespace byzgate
