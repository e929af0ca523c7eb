#include "crypto/ed25519.hpp"

#include <new>
#include <stdexcept>

#include <sodium.h>

#include "crypto/blake2b.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

struct ed25519_signer::secrets {
    unsigned char key[crypto_sign_SECRETKEYBYTES];
    unsigned char salts[crypto_generichash_KEYBYTES];
};

ed25519_signer::ed25519_signer(const ed25519_seed& seed) {
    if (sodium_init() < 0) {
        throw std::runtime_error("libsodium can't be initialized");
    }
    secrets_ = static_cast<secrets*>(sodium_malloc(sizeof(secrets)));
    if (secrets_ == nullptr) {
        throw std::bad_alloc{};
    }
    crypto_sign_seed_keypair(public_key_.data(), secrets_->key, seed.data());
    constexpr std::string_view domain = "byzgate salts of a server";
    crypto_generichash(secrets_->salts, sizeof secrets_->salts, bytes_of(domain), domain.size(),
                       seed.data(), seed.size());
    sodium_mprotect_readonly(secrets_);
}

ed25519_signer::~ed25519_signer() {
    sodium_free(secrets_);
}

signature ed25519_signer::sign(std::string_view bytes) const {
    signature made{};
    crypto_sign_detached(made.data(), nullptr, bytes_of(bytes), bytes.size(), secrets_->key);
    return made;
}

digest ed25519_signer::secret_for(std::string_view label) const {
    digest made{};
    crypto_generichash(made.data(), made.size(), bytes_of(label), label.size(), secrets_->salts,
                       sizeof secrets_->salts);
    return made;
}

bool ed25519_key_ring::verify(server_id who, std::string_view bytes, const signature& by) const {
    const auto known = keys_.find(who);
    return known != keys_.end()
           && crypto_sign_verify_detached(by.data(), bytes_of(bytes), bytes.size(),
                                          known->second.data())
                  == 0;
}

std::function<signing_keys(server_id)> keys_from_seed(const cluster_parameters& cluster,
                                                      std::uint64_t seed) {
    const blake2b_digester digests;
    std::map<server_id, std::shared_ptr<const ed25519_signer>> signers;
    std::map<server_id, ed25519_public_key> ring;
    encoder name;
    name.raw("byzgate cluster of a run").u64(seed);
    for (const auto id : cluster.servers()) {
        encoder from;
        from.raw("byzgate key of a run").u64(seed).server(id);
        auto made = std::make_shared<const ed25519_signer>(digests.digest_of(from.bytes()));
        ring.emplace(id, made->public_key());
        name.fixed(made->public_key());
        signers.emplace(id, std::move(made));
    }
    const auto all = std::make_shared<const ed25519_key_ring>(std::move(ring));
    const auto cluster_name = digests.digest_of(name.bytes());
    return [signers = std::move(signers), all, cluster_name](server_id id) {
        const auto own = signers.find(id);
        return signing_keys{own == signers.end() ? nullptr : own->second, all, cluster_name};
    };
}

} // namespace byzgate
