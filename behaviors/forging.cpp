// Puts words into other servers' mouths: a relay is only somebody's word for somebody's word.
#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class forging final : public liar {
public:
    forging(const seat& at, const option_reader& how)
        : liar(at, read_vote_plan(how)), words_of_(how.servers("words_of")) {
        claim_ = *parse_told(how.one_of("claim", {"public", "confidential", "opposite", "absent",
                                                  "other_version", "other_digest"}));
    }

private:
    std::optional<told> tells(const occasion& o) override {
        const auto speaker = o.path->empty() ? o.commander : lieutenant_id(o.path->back());
        return words_of_.empty() || holds(words_of_, speaker) ? claim_ : told::truth;
    }

    told claim_;
    std::vector<server_id> words_of_; ///< in whose mouth the words are put; everybody's if empty
};

} // namespace

behavior_info describe_forging() {
    return {"forging",
            "Relays as others' words what they never said, silence included.",
            false,
            true,
            {"claim", "words_of", "vote", "accuse"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<forging>(at, how);
            }};
}

} // namespace byzgate
