#include "crypto/shamir.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

extern "C" {
#include <libgfshare.h>
}

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

/// Where this thread's coefficients come from while it splits a key: ChaCha20 under `seed`, a new
/// nonce for each request.
struct coefficient_stream {
    const secret_256* seed = nullptr;
    std::uint64_t requests = 0;
};
thread_local coefficient_stream stream;

/// libgfshare asks for coefficients, and for anything to overwrite memory with before freeing it.
void fill(unsigned char* to, unsigned int size) {
    if (stream.seed == nullptr) {
        sodium_memzero(to, size);
        return;
    }
    std::array<unsigned char, crypto_stream_chacha20_NONCEBYTES> nonce{};
    for (std::size_t i = 0; i < nonce.size(); ++i) {
        nonce[i] = static_cast<unsigned char>(stream.requests >> (8 * i));
    }
    ++stream.requests;
    crypto_stream_chacha20(to, size, nonce.data(), stream.seed->data());
}

/// The library has one source of randomness for the whole process. Ours is set once and never
/// changed; what differs is each thread's stream.
void prepare() {
    static const bool ready = [] {
        gfshare_fill_rand = fill;
        return sodium_init() >= 0;
    }();
    BYZGATE_ASSERT(ready);
}

struct freeing {
    void operator()(gfshare_ctx* context) const {
        stream = {};
        gfshare_ctx_free(context);
    }
};
using context = std::unique_ptr<gfshare_ctx, freeing>;

context checked(gfshare_ctx* made) {
    if (made == nullptr) {
        throw std::bad_alloc{};
    }
    return context{made};
}

} // namespace

std::vector<key_share> split_key(const secret_256& key, std::uint32_t count,
                                 std::uint32_t threshold, const secret_256& randomness) {
    BYZGATE_ASSERT(1 <= threshold && threshold <= count && count <= shares_max);
    static_assert(crypto_stream_chacha20_KEYBYTES == secret_256::size());
    prepare();
    std::vector<key_share> shares(count);
    std::vector<unsigned char> indices(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        shares[i].index = indices[i] = static_cast<unsigned char>(i + 1);
    }
    const auto encoder = checked(gfshare_ctx_init_enc(
        indices.data(), count, static_cast<unsigned char>(threshold), secret_256::size()));
    auto secret = key;
    stream = {&randomness, 0};
    gfshare_ctx_enc_setsecret(encoder.get(), secret.data());
    stream = {};
    for (std::uint32_t i = 0; i < count; ++i) {
        gfshare_ctx_enc_getshare(encoder.get(), static_cast<unsigned char>(i),
                                 shares[i].value.data());
    }
    return shares;
}

secret_256 combine_shares(const std::vector<key_share>& shares) {
    BYZGATE_ASSERT(!shares.empty() && shares.size() <= shares_max);
    prepare();
    std::vector<unsigned char> indices;
    for (const auto& share : shares) {
        BYZGATE_ASSERT(share.index != 0
                       && std::find(indices.begin(), indices.end(), share.index) == indices.end());
        indices.push_back(share.index);
    }
    const auto count = static_cast<unsigned>(shares.size());
    const auto decoder = checked(gfshare_ctx_init_dec(indices.data(), count, secret_256::size()));
    for (unsigned i = 0; i < count; ++i) {
        auto value = shares[i].value;
        gfshare_ctx_dec_giveshare(decoder.get(), static_cast<unsigned char>(i), value.data());
    }
    secret_256 key;
    gfshare_ctx_dec_extract(decoder.get(), key.data());
    return key;
}

} // namespace byzgate
