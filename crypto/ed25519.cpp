#include "crypto/ed25519.hpp"

#include <new>
#include <utility>

#include "crypto/transcript.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

static_assert(std::tuple_size_v<signature> == crypto_sign_BYTES);
static_assert(std::tuple_size_v<ed25519_public_key> == crypto_sign_PUBLICKEYBYTES);
static_assert(ed25519_seed::size() == crypto_sign_SEEDBYTES);

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

struct ed25519_signer::secrets {
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> signing;
    secret_256 labels;
};

ed25519_signer::ed25519_signer(const ed25519_seed& seed) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    auto* memory = sodium_malloc(sizeof(secrets));
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    auto* made = new (memory) secrets;
    // sodium_free() makes it writable again, wipes it and unlocks it.
    secrets_ = std::shared_ptr<const secrets>(
        made, [](const secrets* gone) { sodium_free(const_cast<secrets*>(gone)); });
    crypto_sign_seed_keypair(public_key_.data(), made->signing.data(), seed.data());
    made->labels = transcript{"byzgate label key 1", seed}.finish_secret();
    sodium_mprotect_readonly(memory);
}

signature ed25519_signer::sign(std::string_view bytes) const {
    signature made{};
    crypto_sign_detached(made.data(), nullptr, bytes_of(bytes), bytes.size(),
                         secrets_->signing.data());
    return made;
}

digest ed25519_signer::secret_for(std::string_view label) const {
    return transcript{"byzgate label 1", secrets_->labels}.add(label).finish();
}

ed25519_key_pair make_key_pair(const ed25519_seed& seed) {
    auto own = std::make_shared<const ed25519_signer>(seed);
    const auto public_key = own->public_key();
    return {public_key, std::move(own)};
}

ed25519_seed seed_from_run_seed(std::uint64_t run_seed, server_id server) {
    return transcript{"byzgate run key 1"}
        .add(run_seed)
        .add(static_cast<std::uint64_t>(server))
        .finish_secret();
}

bool is_public_key(const ed25519_public_key& key) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

ed25519_key_ring::ed25519_key_ring(std::map<server_id, ed25519_public_key> keys)
    : keys_(std::move(keys)) {
    BYZGATE_ASSERT(sodium_init() >= 0);
}

bool ed25519_key_ring::verify(server_id who, std::string_view bytes, const signature& by) const {
    const auto key = keys_.find(who);
    return key != keys_.end()
           && crypto_sign_verify_detached(by.data(), bytes_of(bytes), bytes.size(),
                                          key->second.data())
                  == 0;
}

} // namespace byzgate
