// Leaves the story alone and changes the goods: a confidential payload under a public id, a digest
// or version that is not the database's.
#include <algorithm>

#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

constexpr std::size_t rounds_max = 256;
constexpr std::size_t share_bytes = 33; ///< the lieutenant's number, and 256 bits

class tampering final : public liar {
public:
    tampering(const seat& at, const option_reader& how)
        : liar(at, is_lieutenant(at.self) ? read_vote_plan(how) : vote_plan{}),
          what_(how.one_of("what", {"payload", "digest", "version", "flag", "share"})),
          keeps_digest_(how.yes_or_no("keep_digest", false)) {
        if (is_commander(at.self) && how.has("vote")) {
            how.reject("vote", "is for lieutenants: a commander doesn't vote");
        }
        if (what_ == "share" && (is_commander(at.self) || !at.cluster.sealed)) {
            how.reject("what", "can be 'share' for a lieutenant of a sealed cluster only");
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
            if (const auto* end = std::get_if<round_end>(&came->what);
                end != nullptr && came->from == supervisor_id) {
                secrets_.forget(end->round);
            } else if (const auto* said = std::get_if<distribution>(&came->what);
                       said != nullptr && is_lieutenant(at().self)) {
                overhear(*said);
            }
        }
    }

    void edit(effects& doing, tick now) override {
        goods_ = nullptr;
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
            goods_ = said.payloads;
            tamper(said);
        } else if (goods_ != said.payloads) { // Sealed: a part for each recipient.
            goods_ = said.payloads;
            swap_payloads(said);
        }
        said.claims = claims_;
        said.payloads = payloads_;
        return true;
    }

    void overhear(const distribution& said) {
        if (!said.claims || !said.payloads) {
            return;
        }
        const auto size = std::min(said.claims->size(), said.payloads->size());
        for (std::size_t i = 0; i < size; ++i) {
            if ((*said.claims)[i].is_present() && !(*said.claims)[i].says_public()) {
                secret_ = (*said.payloads)[i];
            }
        }
    }

    void tamper(const distribution& said) {
        auto claims = *said.claims;
        const auto its_digest = at().digests->digest_of(secret_for(said));
        for (auto& c : claims) {
            if (c.says_public() && !keeps_digest_) {
                c.payload_digest = its_digest;
            }
        }
        claims_ = make_claim_batch(std::move(claims));
        swap_payloads(said);
    }

    void swap_payloads(const distribution& said) {
        auto payloads = *said.payloads;
        const auto& secret = secret_for(said);
        for (std::size_t i = 0; i < payloads.size(); ++i) {
            if ((*said.claims)[i].says_public()) {
                payloads[i] = secret;
            }
        }
        payloads_ = std::make_shared<const std::vector<std::string>>(std::move(payloads));
    }

    /// One of the same batch if there is one. The same in a round's every level: two lies about one
    /// version would give the liar away.
    const std::string& secret_for(const distribution& said) {
        auto& kept = secrets_.at(said.round, 0);
        if (kept.empty()) {
            kept = secret_;
            for (std::size_t i = 0; i < said.claims->size(); ++i) {
                if ((*said.claims)[i].is_present() && !(*said.claims)[i].says_public()) {
                    kept = (*said.payloads)[i];
                }
            }
        }
        return kept;
    }

    /// A share of its own making, closed as a good one is: only the recipient can tell.
    void spoil_shares(payload_reply& reply) const {
        std::string wrong(share_bytes, '\x5a');
        wrong[0] = static_cast<char>(index_of(at().self) + 1);
        auto all = *reply.payloads;
        for (auto& bytes : all) {
            auto handed = decode_hand_over(bytes);
            const auto closed = at().payloads.scheme->close_share(wrong);
            if (handed && closed) {
                handed->share = *closed;
                bytes = encode_hand_over(*handed);
            }
        }
        reply.payloads = std::make_shared<const std::vector<std::string>>(std::move(all));
    }

    bool edit_reply(payload_reply& reply) override {
        if (what_ == "share" && reply.payloads && at().payloads) {
            spoil_shares(reply);
        }
        if (what_ == "payload" && reply.payloads) {
            reply.payloads =
                std::make_shared<const std::vector<std::string>>(reply.payloads->size(), secret_);
        }
        return true;
    }

    std::string what_;
    bool keeps_digest_;
    std::string secret_{invented_payload}; ///< of the last confidential record that came by
    round_memory<std::string> secrets_{rounds_max}; ///< used in open rounds
    claim_batch truth_;
    payload_batch goods_; ///< beside it, as a loyal commander would have sent them
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
