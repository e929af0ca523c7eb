// A commander that has the means to seal and seals what must not leave under a public record's id:
// a confidential payload, or a message of its own.
//
//   payload     seals it properly, so that the claim's commitment is to the wrong payload;
//   ciphertext  keeps the loyal digests and claim, and deals the wrong ciphertext;
//   shares      keeps the loyal digests, claim and ciphertext, and deals shares that are pieces of
//   it; digests     keeps the loyal claim only: digests, ciphertext and shares are all of the wrong
//   one.
#include <algorithm>
#include <map>

#include "behaviors/editor.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

constexpr std::size_t share_bytes = 33; ///< the lieutenant's number, and 256 bits

class smuggling final : public editor {
public:
    smuggling(const seat& at, const option_reader& how)
        : at_(at), what_(how.one_of("what", {"payload", "ciphertext", "shares", "digests"})) {
        const auto messages = how.texts("message");
        if (messages.size() > 1) {
            how.reject("message", "is one text");
        }
        if (!messages.empty()) {
            goods_ = messages.front();
            found_ = true;
        }
    }

    void see(const event& what, tick) override {
        const auto* read = std::get_if<records_read>(&what);
        if (read == nullptr) {
            return;
        }
        read_ = read->records;
        sealed_.clear();
        truth_ = nullptr;
        for (const auto& r : read->records) {
            // The first that ever came by, and that for good: another one about the same version
            // would give the smuggler away.
            if (!found_ && r && r->confidentiality == flag::confidential) {
                goods_ = r->payload;
                found_ = true;
            }
        }
    }

    void edit(effects& doing, tick) override {
        for (auto& e : doing) {
            auto* sent = std::get_if<send>(&e);
            auto* said = sent != nullptr ? std::get_if<distribution>(&sent->what) : nullptr;
            if (said != nullptr && said->claims && said->payloads && found_ && at_.payloads.sealer
                && said->claims->size() == said->payloads->size()) {
                smuggle(index_of(sent->to), *said);
            }
        }
    }

private:
    void smuggle(std::uint32_t lieutenant, distribution& said) {
        const auto truth = said.claims;
        if (what_ == "payload") {
            said.claims = commit_to_goods(truth);
        }
        auto parts = *said.payloads;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto part = decode_part(parts[i]);
            if (const auto* wrong = part ? goods_for(i, (*truth)[i]) : nullptr) {
                deal(lieutenant, *wrong, *part);
                parts[i] = encode_part(*part);
            }
        }
        said.payloads = std::make_shared<const std::vector<std::string>>(std::move(parts));
    }

    void deal(std::uint32_t lieutenant, const sealed_record& wrong, sealed_part& part) const {
        if (what_ == "ciphertext") {
            part.ciphertext = wrong.ciphertext;
        } else if (what_ == "shares") {
            part.share = piece(lieutenant);
        } else {
            part = {wrong.digests, wrong.ciphertext, wrong.shares[lieutenant]};
        }
    }

    /// As much of it as one lieutenant's share can carry.
    [[nodiscard]] std::string piece(std::uint32_t lieutenant) const {
        std::string share(1, static_cast<char>(lieutenant + 1));
        const auto bytes = share_bytes - 1;
        const auto begin = std::min(goods_.size(), lieutenant * bytes);
        share += goods_.substr(begin, bytes);
        share.resize(share_bytes);
        return share;
    }

    /// What there is to deal in that record's place; null where a loyal commander claims nothing
    /// public.
    const sealed_record* goods_for(std::size_t position, const claim& truth) {
        if (!truth.says_public() || position >= read_.size() || !read_[position]) {
            return nullptr;
        }
        const auto known = sealed_.find(position);
        if (known != sealed_.end()) {
            return &known->second;
        }
        auto instead = *read_[position];
        instead.version = truth.version;
        instead.payload = goods_;
        return &sealed_.emplace(position, at_.payloads.sealer->seal(instead)).first->second;
    }

    claim_batch commit_to_goods(const claim_batch& truth) {
        if (truth_ != truth) {
            truth_ = truth;
            auto claims = *truth;
            for (std::size_t i = 0; i < claims.size(); ++i) {
                if (const auto* wrong = goods_for(i, claims[i])) {
                    claims[i].payload_digest = wrong->commitment;
                }
            }
            lie_ = make_claim_batch(std::move(claims));
        }
        return lie_;
    }

    seat at_;
    std::string what_;
    std::string goods_; ///< what is to get out
    bool found_ = false;
    std::vector<std::optional<record>> read_;     ///< in this event
    std::map<std::size_t, sealed_record> sealed_; ///< in this event, by position
    claim_batch truth_;
    claim_batch lie_; ///< the same pointer for all recipients
};

} // namespace

behavior_info describe_smuggling() {
    return {"smuggling",
            "Seals a confidential payload, or a message of its own, under public records' ids.",
            true,
            false,
            {"what", "message"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<smuggling>(at, how);
            },
            true};
}

} // namespace byzgate
