#include "crypto/ideal_keys.hpp"

#include <algorithm>
#include <map>

#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

class ideal_signer final : public signer {
public:
    ideal_signer(const digest& secret, const digester& digests)
        : secret_(secret), digests_(digests) {}

    [[nodiscard]] signature sign(std::string_view bytes) const override {
        encoder keyed;
        keyed.raw("ideal signature").fixed(secret_).raw(bytes);
        const auto tag = digests_.digest_of(keyed.bytes());
        signature made{};
        std::copy(tag.begin(), tag.end(), made.begin());
        return made;
    }
    [[nodiscard]] digest secret_for(std::string_view label) const override {
        encoder keyed;
        keyed.raw("ideal secret").fixed(secret_).raw(label);
        return digests_.digest_of(keyed.bytes());
    }

private:
    digest secret_;
    const digester& digests_;
};

} // namespace

class ideal_keys::table final : public key_ring {
public:
    table(const cluster_parameters& cluster, std::uint64_t seed, const digester& digests) {
        for (const auto id : cluster.servers()) {
            encoder from;
            from.raw("ideal key").u64(seed).server(id);
            signers_[id] =
                std::make_shared<const ideal_signer>(digests.digest_of(from.bytes()), digests);
        }
        encoder name;
        name.raw("ideal cluster").u64(seed).u32(cluster.commanders).u32(cluster.lieutenants);
        cluster_ = digests.digest_of(name.bytes());
    }

    [[nodiscard]] bool verify(server_id who, std::string_view bytes,
                              const signature& by) const override {
        const auto known = signers_.find(who);
        return known != signers_.end() && known->second->sign(bytes) == by;
    }

    std::map<server_id, std::shared_ptr<const ideal_signer>> signers_;
    digest cluster_{};
};

ideal_keys::ideal_keys(const cluster_parameters& cluster, std::uint64_t seed,
                       const digester& digests)
    : table_(std::make_shared<const table>(cluster, seed, digests)) {}

signing_keys ideal_keys::of(server_id id) const {
    const auto known = table_->signers_.find(id);
    return {known == table_->signers_.end() ? nullptr : known->second, table_, table_->cluster_};
}

} // namespace byzgate
