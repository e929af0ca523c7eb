// The lie of the Byzantine generals: attack to some, retreat to the others.
#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class equivocating final : public liar {
public:
    equivocating(const seat& at, const option_reader& how)
        : liar(at), by_(how.has("by")          ? how.one_of("by", {"half", "list", "seed"})
                        : how.has("public_to") ? "list"
                                               : "half"),
          public_to_(how.lieutenants("public_to")), silent_to_(how.lieutenants("silent_to")) {
        if (by_ != "list" && how.has("public_to")) {
            how.reject("public_to", "goes with by = \"list\" only");
        }
        if (by_ == "list" && !how.has("public_to")) {
            how.reject("by", "= \"list\" needs public_to, the list of lieutenants to tell public");
        }
    }

private:
    std::optional<told> tells(const occasion& o) override {
        if (holds(silent_to_, o.to)) {
            return told::silence;
        }
        return hears_public(o) ? told::public_ : told::confidential;
    }

    bool hears_public(const occasion& o) const {
        if (by_ == "list") {
            return holds(public_to_, o.to);
        }
        if (by_ == "seed") {
            return drawn(at(), o) % 2 == 0;
        }
        return index_of(o.to) < at().cluster.lieutenants / 2;
    }

    std::string by_;
    std::vector<server_id> public_to_;
    std::vector<server_id> silent_to_;
};

} // namespace

behavior_info describe_equivocating() {
    return {"equivocating",
            "Tells some lieutenants public and the others confidential.",
            true,
            false,
            {"by", "public_to", "silent_to"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<equivocating>(at, how);
            }};
}

} // namespace byzgate
