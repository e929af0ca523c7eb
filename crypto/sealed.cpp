#include "crypto/sealed.hpp"

#include <algorithm>

#include "crypto/transcript.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t salt_bytes = secret_256::size();
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == secret_256::size());
static_assert(nonce_bytes + salt_bytes + tag_bytes == 72);
static_assert(std::tuple_size_v<sealed_share> == 1 + secret_256::size() + crypto_box_SEALBYTES);

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}
std::string_view text_of(const secret_256& secret) {
    return text_of(secret.data(), secret.size());
}

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
}

void add_context(transcript& to, const seal_context& context) {
    BYZGATE_ASSERT(context.faulty_lieutenants_max < context.lieutenants
                   && context.lieutenants <= shares_max);
    to.add(context.id).add(context.version);
    to.add(std::uint64_t{context.lieutenants}).add(std::uint64_t{context.threshold()});
}

digest salted(std::string_view domain, std::string_view salt, const seal_context& context,
              std::uint64_t index, std::string_view content) {
    transcript all{domain};
    all.add(salt);
    add_context(all, context);
    return all.add(index).add(content).finish();
}

digest plaintext_digest(std::string_view hidden_salt, const seal_context& context,
                        std::string_view plaintext) {
    return salted("byzgate sealed plaintext 1", hidden_salt, context, 0, plaintext);
}

digest ciphertext_digest(const digest& salt, const seal_context& context,
                         std::string_view ciphertext) {
    return salted("byzgate sealed ciphertext 1", text_of(salt.data(), salt.size()), context, 0,
                  ciphertext);
}

digest share_digest(const digest& salt, const seal_context& context, const key_share& share) {
    return salted("byzgate sealed share 1", text_of(salt.data(), salt.size()), context, share.index,
                  text_of(share.value));
}

std::string associated_data(const seal_context& context) {
    transcript all{"byzgate sealed data 1"};
    add_context(all, context);
    const auto bound = all.finish();
    return std::string{text_of(bound.data(), bound.size())};
}

/// Nonce, then the encryption of hidden salt and plaintext, then its tag.
std::string encrypted(std::string_view plaintext, const secret_256& hidden_salt,
                      const secret_256& key, const secret_256& nonce, const seal_context& context) {
    std::string clear;
    clear.reserve(salt_bytes + plaintext.size());
    clear.append(text_of(hidden_salt)).append(plaintext);
    std::string ciphertext(nonce_bytes + clear.size() + tag_bytes, '\0');
    std::copy_n(nonce.data(), nonce_bytes, ciphertext.begin());
    const auto bound = associated_data(context);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        bytes_of(ciphertext) + nonce_bytes, nullptr, bytes_of(clear), clear.size(),
        bytes_of(std::string_view{bound}), bound.size(), nullptr, nonce.data(), key.data());
    wipe(clear);
    return ciphertext;
}

/// Hidden salt and plaintext; nothing if the key is another or a bit was changed.
std::optional<std::string> decrypted(std::string_view ciphertext, const secret_256& key,
                                     const seal_context& context) {
    if (ciphertext.size() < nonce_bytes + salt_bytes + tag_bytes) {
        return std::nullopt;
    }
    const auto nonce = ciphertext.substr(0, nonce_bytes);
    const auto sealed = ciphertext.substr(nonce_bytes);
    const auto bound = associated_data(context);
    std::string clear(sealed.size() - tag_bytes, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes_of(clear), nullptr, nullptr, bytes_of(sealed), sealed.size(),
            bytes_of(std::string_view{bound}), bound.size(), bytes_of(nonce), key.data())
        != 0) {
        return std::nullopt;
    }
    return clear;
}

/// The first good share of each index, and the indices of bad ones.
struct sorted_shares {
    std::vector<key_share> good;
    std::vector<std::uint8_t> bad;
};

sorted_shares sort_shares(const seal_context& context, const seal_digests& digests,
                          const std::vector<key_share>& shares) {
    sorted_shares sorted;
    for (const auto& share : shares) {
        if (!is_share_of(context, digests, share)) {
            sorted.bad.push_back(share.index);
        } else if (std::none_of(sorted.good.begin(), sorted.good.end(),
                                [&](const auto& other) { return other.index == share.index; })) {
            sorted.good.push_back(share);
        }
    }
    return sorted;
}

} // namespace

secret_256 record_secret_for(const secret_256& database_secret, std::string_view id,
                             std::string_view version) {
    return transcript{"byzgate record secret 1", database_secret}
        .add(id)
        .add(version)
        .finish_secret();
}

digest commitment_of(const seal_context& context, const seal_digests& digests) {
    transcript all{"byzgate sealed payload 1"};
    add_context(all, context);
    all.add(digests.salt).add(digests.plaintext).add(digests.ciphertext);
    all.add(static_cast<std::uint64_t>(digests.shares.size()));
    for (const auto& share : digests.shares) {
        all.add(share);
    }
    return all.finish();
}

sealed_payload seal(std::string_view plaintext, const secret_256& record_secret,
                    const seal_context& context) {
    transcript seed{"byzgate sealed root 1", record_secret};
    add_context(seed, context);
    const auto root = seed.add(plaintext).finish_secret();
    const auto derived = [&](std::string_view what) {
        return transcript{what, root}.finish_secret();
    };
    const auto key = derived("byzgate sealed key 1");
    const auto hidden_salt = derived("byzgate sealed hidden salt 1");
    sealed_payload made;
    made.digests.salt = transcript{"byzgate sealed salt 1", root}.finish();
    made.ciphertext =
        encrypted(plaintext, hidden_salt, key, derived("byzgate sealed nonce 1"), context);
    made.shares = split_key(key, context.lieutenants, context.threshold(),
                            derived("byzgate sealed coefficients 1"));
    made.digests.plaintext = plaintext_digest(text_of(hidden_salt), context, plaintext);
    made.digests.ciphertext = ciphertext_digest(made.digests.salt, context, made.ciphertext);
    made.digests.shares.reserve(made.shares.size());
    for (const auto& share : made.shares) {
        made.digests.shares.push_back(share_digest(made.digests.salt, context, share));
    }
    made.commitment = commitment_of(context, made.digests);
    return made;
}

bool is_ciphertext_of(const seal_context& context, const seal_digests& digests,
                      std::string_view ciphertext) {
    return ciphertext_digest(digests.salt, context, ciphertext) == digests.ciphertext;
}

bool is_share_of(const seal_context& context, const seal_digests& digests, const key_share& share) {
    return share.index != 0 && share.index <= digests.shares.size()
           && share_digest(digests.salt, context, share) == digests.shares[share.index - 1U];
}

bool is_plaintext_of(const seal_context& context, const seal_digests& digests,
                     const digest& hidden_salt, std::string_view payload) {
    return plaintext_digest(text_of(hidden_salt.data(), hidden_salt.size()), context, payload)
           == digests.plaintext;
}

std::string_view to_string(opening_problem problem) noexcept {
    switch (problem) {
        case opening_problem::commitment:
            return "the digests are not the released ones";
        case opening_problem::ciphertext:
            return "the ciphertext does not have its digest";
        case opening_problem::too_few_shares:
            return "too few shares have their digests";
        case opening_problem::decryption:
            return "the shares' key does not open the ciphertext";
        case opening_problem::plaintext:
            return "the payload does not have its digest";
    }
    return "unknown";
}

opening unseal(const seal_context& context, const digest& commitment, const seal_digests& digests,
               std::string_view ciphertext, const std::vector<key_share>& shares) {
    const auto needed = context.threshold();
    if (digests.shares.size() != context.lieutenants
        || commitment_of(context, digests) != commitment) {
        return {opening_failure{opening_problem::commitment, 0, needed}, {}, {}};
    }
    auto sorted = sort_shares(context, digests, shares);
    const auto good = static_cast<std::uint32_t>(sorted.good.size());
    const auto failed = [&](opening_problem why) {
        return opening{opening_failure{why, good, needed}, sorted.bad, {}};
    };
    if (!is_ciphertext_of(context, digests, ciphertext)) {
        return failed(opening_problem::ciphertext);
    }
    if (good < needed) {
        return failed(opening_problem::too_few_shares);
    }
    sorted.good.resize(needed);
    auto clear = decrypted(ciphertext, combine_shares(sorted.good), context);
    if (!clear) {
        return failed(opening_problem::decryption);
    }
    digest hidden_salt{};
    std::copy_n(clear->begin(), salt_bytes, hidden_salt.begin());
    std::string payload{clear->substr(salt_bytes)};
    const bool right = is_plaintext_of(context, digests, hidden_salt, payload);
    wipe(*clear);
    if (!right) {
        wipe(payload);
        return failed(opening_problem::plaintext);
    }
    return {std::move(payload), std::move(sorted.bad), hidden_salt};
}

sealed_share seal_share_to(const x25519_public_key& recipient, const key_share& share) {
    BYZGATE_ASSERT(sodium_init() >= 0);
    secret_bytes<1 + secret_256::size()> clear;
    clear.data()[0] = share.index;
    std::copy_n(share.value.data(), share.value.size(), clear.data() + 1);
    // crypto_box_seal step by step, but for where the ephemeral key comes from.
    const auto seed = transcript{"byzgate closed share 1", share.value}
                          .add(std::uint64_t{share.index})
                          .add(recipient)
                          .finish_secret();
    x25519_public_key ephemeral{};
    secret_256 ephemeral_secret;
    static_assert(crypto_box_SEEDBYTES == secret_256::size());
    crypto_box_seed_keypair(ephemeral.data(), ephemeral_secret.data(), seed.data());
    std::array<unsigned char, crypto_box_NONCEBYTES> nonce{};
    crypto_generichash_state of_keys;
    crypto_generichash_init(&of_keys, nullptr, 0, nonce.size());
    crypto_generichash_update(&of_keys, ephemeral.data(), ephemeral.size());
    crypto_generichash_update(&of_keys, recipient.data(), recipient.size());
    crypto_generichash_final(&of_keys, nonce.data(), nonce.size());
    sealed_share sealed{};
    std::copy(ephemeral.begin(), ephemeral.end(), sealed.begin());
    BYZGATE_ASSERT(crypto_box_easy(sealed.data() + ephemeral.size(), clear.data(), clear.size(),
                                   nonce.data(), recipient.data(), ephemeral_secret.data())
                   == 0);
    return sealed;
}

std::optional<key_share> open_share(const secret_256& sealing, const sealed_share& sealed) {
    const auto own = sealing_key_of(sealing);
    secret_bytes<1 + secret_256::size()> clear;
    if (crypto_box_seal_open(clear.data(), sealed.data(), sealed.size(), own.data(), sealing.data())
        != 0) {
        return std::nullopt;
    }
    key_share share;
    share.index = clear.data()[0];
    std::copy_n(clear.data() + 1, share.value.size(), share.value.data());
    return share;
}

} // namespace byzgate
