#include "crypto/sealing.hpp"

#include <algorithm>

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

constexpr std::size_t digest_size = sizeof(digest);
constexpr std::size_t share_size = 1 + secret_256::size();
constexpr std::size_t closed_size = std::tuple_size_v<sealed_share>;

void append(std::string& to, const digest& d) {
    to.append(reinterpret_cast<const char*>(d.data()), d.size());
}

digest take_digest(std::string_view bytes, std::size_t place) {
    digest d{};
    std::copy_n(bytes.data() + place * digest_size, digest_size, d.begin());
    return d;
}

seal_context context_of(const cluster_parameters& cluster, const payload_name& what) {
    return {std::string{what.id}, std::string{what.version}, cluster.lieutenants,
            cluster.tolerate.lieutenants};
}

class sealed_scheme final : public payload_scheme {
public:
    sealed_scheme(const cluster_parameters& cluster, const x25519_public_key& recipient)
        : cluster_(cluster), recipient_(recipient) {
        BYZGATE_ASSERT(can_be_sealed(cluster) && is_sealing_key(recipient));
    }

    [[nodiscard]] bool is_committed(const payload_name& what, std::string_view digests,
                                    std::string_view ciphertext) const override {
        const auto known = digests_from_bytes(digests, cluster_.lieutenants);
        const auto context = context_of(cluster_, what);
        return known && commitment_of(context, *known) == what.commitment
               && is_ciphertext_of(context, *known, ciphertext);
    }

    [[nodiscard]] bool is_share(const payload_name& what, std::string_view digests,
                                std::uint32_t lieutenant, std::string_view share) const override {
        const auto known = digests_from_bytes(digests, cluster_.lieutenants);
        const auto mine = share_from_bytes(share);
        return known && mine && mine->index == lieutenant + 1
               && is_share_of(context_of(cluster_, what), *known, *mine);
    }

    [[nodiscard]] std::optional<std::string> close_share(std::string_view share) const override {
        const auto open = share_from_bytes(share);
        if (!open) {
            return std::nullopt;
        }
        const auto closed = seal_share_to(recipient_, *open);
        return std::string{closed.begin(), closed.end()};
    }

    [[nodiscard]] std::size_t closed_share_bytes() const override { return closed_size; }

    [[nodiscard]] std::size_t bytes_added() const override {
        // The delivery is the longest: digests, what encryption adds, lengths, and n closed shares.
        return 256 + std::size_t{cluster_.lieutenants} * (digest_size + closed_size + 8);
    }

private:
    cluster_parameters cluster_;
    x25519_public_key recipient_;
};

class sealed_sealer final : public payload_sealer {
public:
    sealed_sealer(const cluster_parameters& cluster, const secret_256& database_secret)
        : cluster_(cluster), database_secret_(database_secret) {
        BYZGATE_ASSERT(can_be_sealed(cluster));
    }

    [[nodiscard]] sealed_record seal(const record& what) const override {
        const auto context = context_of(cluster_, {what.id, what.version, {}});
        auto sealed = byzgate::seal(
            what.payload, record_secret_for(database_secret_, what.id, what.version), context);
        sealed_record made{
            sealed.commitment, digest_bytes(sealed.digests), std::move(sealed.ciphertext), {}};
        made.shares.reserve(sealed.shares.size());
        for (const auto& share : sealed.shares) {
            made.shares.push_back(share_bytes(share));
        }
        return made;
    }

private:
    cluster_parameters cluster_;
    secret_256 database_secret_;
};

class sealed_opener final : public payload_opener {
public:
    sealed_opener(const cluster_parameters& cluster, const secret_256& sealing)
        : cluster_(cluster), sealing_(sealing) {
        BYZGATE_ASSERT(can_be_sealed(cluster));
    }

    [[nodiscard]] opened_payload open(const payload_name& what,
                                      std::string_view bytes) const override {
        const auto came = decode_sealed(bytes, cluster_.lieutenants);
        const auto digests =
            came ? digests_from_bytes(came->digests, cluster_.lieutenants) : std::nullopt;
        const auto context = context_of(cluster_, what);
        if (!digests || commitment_of(context, *digests) != what.commitment) {
            return {};
        }
        opened_payload opened;
        std::vector<key_share> shares;
        for (const auto& one : came->shares) {
            if (auto share = opened_share(one)) {
                shares.push_back(std::move(*share));
            } else {
                opened.bad_shares.push_back(one.from);
            }
        }
        auto tried = unseal(context, what.commitment, *digests, came->ciphertext, shares);
        for (const auto index : tried.bad_shares) {
            opened.bad_shares.push_back(lieutenant_id(index - 1U));
        }
        std::sort(opened.bad_shares.begin(), opened.bad_shares.end());
        if (auto* payload = std::get_if<std::string>(&tried.outcome)) {
            opened.payload = std::move(*payload);
            opened.opening = came->digests;
            append(opened.opening, tried.hidden_salt);
        }
        return opened;
    }

private:
    /// Nothing for what doesn't open, or is another lieutenant's.
    [[nodiscard]] std::optional<key_share> opened_share(const closed_share& one) const {
        sealed_share closed{};
        if (one.share.size() != closed.size()) {
            return std::nullopt;
        }
        std::copy(one.share.begin(), one.share.end(), closed.begin());
        auto share = open_share(sealing_, closed);
        return share && share->index == index_of(one.from) + 1U ? share : std::nullopt;
    }

    cluster_parameters cluster_;
    secret_256 sealing_;
};

} // namespace

bool can_be_sealed(const cluster_parameters& cluster) noexcept {
    return cluster.lieutenants <= shares_max && cluster.tolerate.lieutenants < cluster.lieutenants;
}

std::string share_bytes(const key_share& share) {
    std::string bytes(1, static_cast<char>(share.index));
    bytes.append(reinterpret_cast<const char*>(share.value.data()), share.value.size());
    return bytes;
}

std::optional<key_share> share_from_bytes(std::string_view bytes) {
    if (bytes.size() != share_size) {
        return std::nullopt;
    }
    key_share share;
    share.index = static_cast<std::uint8_t>(bytes[0]);
    std::copy(bytes.begin() + 1, bytes.end(), share.value.data());
    return share;
}

std::string digest_bytes(const seal_digests& digests) {
    std::string bytes;
    bytes.reserve(digest_size * (3 + digests.shares.size()));
    for (const auto* one : {&digests.salt, &digests.plaintext, &digests.ciphertext}) {
        append(bytes, *one);
    }
    for (const auto& share : digests.shares) {
        append(bytes, share);
    }
    return bytes;
}

std::optional<seal_digests> digests_from_bytes(std::string_view bytes, std::uint32_t lieutenants) {
    if (bytes.size() != digest_size * (3 + std::size_t{lieutenants})) {
        return std::nullopt;
    }
    seal_digests digests{take_digest(bytes, 0), take_digest(bytes, 1), take_digest(bytes, 2), {}};
    for (std::uint32_t i = 0; i < lieutenants; ++i) {
        digests.shares.push_back(take_digest(bytes, 3 + i));
    }
    return digests;
}

bool is_opened_payload(const cluster_parameters& cluster, const payload_name& what,
                       std::string_view opening, std::string_view payload) {
    if (!can_be_sealed(cluster) || opening.size() < digest_size) {
        return false;
    }
    const auto salt_at = opening.size() - digest_size;
    const auto digests = digests_from_bytes(opening.substr(0, salt_at), cluster.lieutenants);
    const auto context = context_of(cluster, what);
    return digests && commitment_of(context, *digests) == what.commitment
           && is_plaintext_of(context, *digests, take_digest(opening.substr(salt_at), 0), payload);
}

std::shared_ptr<const payload_scheme> make_payload_scheme(const cluster_parameters& cluster,
                                                          const x25519_public_key& recipient) {
    return std::make_shared<const sealed_scheme>(cluster, recipient);
}

std::shared_ptr<const payload_sealer> make_payload_sealer(const cluster_parameters& cluster,
                                                          const secret_256& database_secret) {
    return std::make_shared<const sealed_sealer>(cluster, database_secret);
}

std::shared_ptr<const payload_opener> make_payload_opener(const cluster_parameters& cluster,
                                                          const secret_256& sealing) {
    return std::make_shared<const sealed_opener>(cluster, sealing);
}

cluster_sealing make_sealing(const cluster_parameters& cluster, const secret_256& database_secret,
                             const secret_256& sealing) {
    return {make_payload_scheme(cluster, sealing_key_of(sealing)),
            make_payload_sealer(cluster, database_secret), make_payload_opener(cluster, sealing)};
}

cluster_sealing sealing_from_run_seed(const cluster_parameters& cluster, std::uint64_t run_seed) {
    return make_sealing(cluster, database_secret_from_run_seed(run_seed),
                        sealing_secret_from_run_seed(run_seed));
}

} // namespace byzgate
