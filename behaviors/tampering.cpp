// Leaves the story alone and changes the goods: a confidential payload under a public id, a digest
// or version that is not the database's.
#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class tampering final : public liar {
public:
    tampering(const seat& at, const option_reader& how)
        : liar(at, is_lieutenant(at.self) ? read_vote_plan(how) : vote_plan{}),
          what_(how.one_of("what", {"payload", "digest", "version", "flag"})),
          keeps_digest_(how.yes_or_no("keep_digest", false)) {
        if (is_commander(at.self) && how.has("vote")) {
            how.reject("vote", "is for lieutenants: a commander doesn't vote");
        }
    }

    void see(const event& what, tick now) override {
        liar::see(what, now);
        if (const auto* read = std::get_if<records_read>(&what)) {
            for (const auto& found : read->records) {
                if (found && found->confidentiality == flag::confidential) {
                    secret_ = found->payload;
                }
            }
        } else if (const auto* came = std::get_if<received>(&what)) {
            const auto* said = std::get_if<distribution>(&came->what);
            if (said != nullptr && said->claims && said->payloads && is_lieutenant(at().self)) {
                for (std::size_t i = 0; i < said->claims->size(); ++i) {
                    const auto& heard = (*said->claims)[i];
                    if (heard.is_present() && !heard.says_public() && i < said->payloads->size()) {
                        secret_ = (*said->payloads)[i];
                    }
                }
            }
        }
    }

    void edit(effects& doing, tick now) override {
        truth_ = nullptr; // tampered with once an event: all recipients get the same pointers
        liar::edit(doing, now);
    }

private:
    std::optional<told> tells(const occasion&) override {
        return what_ == "digest"    ? told::other_digest
               : what_ == "version" ? told::other_version
               : what_ == "flag"    ? told::opposite
                                    : told::truth;
    }

    bool edit_distribution(server_id to, distribution& said) override {
        if (what_ != "payload" || !is_commander(at().self)) {
            return liar::edit_distribution(to, said);
        }
        if (truth_ != said.claims) {
            truth_ = said.claims;
            tamper(said);
        }
        said.claims = claims_;
        said.payloads = payloads_;
        return true;
    }

    void tamper(const distribution& said) {
        auto claims = *said.claims;
        auto payloads = *said.payloads;
        auto secret = secret_;
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (claims[i].is_present() && !claims[i].says_public()) {
                secret = payloads[i];
            }
        }
        const auto its_digest = at().digests->digest_of(secret);
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (claims[i].says_public()) {
                payloads[i] = secret;
                if (!keeps_digest_) {
                    claims[i].payload_digest = its_digest;
                }
            }
        }
        claims_ = make_claim_batch(std::move(claims));
        payloads_ = std::make_shared<const std::vector<std::string>>(std::move(payloads));
    }

    bool edit_reply(payload_reply& reply) override {
        if (what_ == "payload" && reply.payloads) {
            reply.payloads =
                std::make_shared<const std::vector<std::string>>(reply.payloads->size(), secret_);
        }
        return true;
    }

    std::string what_;
    bool keeps_digest_;
    std::string secret_{invented_payload}; ///< of the last confidential record that came by
    claim_batch truth_;
    claim_batch claims_;
    payload_batch payloads_;
};

} // namespace

behavior_info describe_tampering() {
    return {"tampering",
            "Swaps a payload for a confidential one, or falsifies digest, version or flag.",
            true,
            true,
            {"what", "keep_digest", "vote", "accuse"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<tampering>(at, how);
            }};
}

} // namespace byzgate
