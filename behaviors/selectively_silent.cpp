// Serves some and not others: what a partial crash, a bad link or spite looks like from outside.
#include <algorithm>

#include "behaviors/editor.hpp"
#include "behaviors/seeded.hpp"
#include "behaviors/sendings.hpp"

namespace byzgate {

namespace {

class selectively_silent final : public editor {
public:
    selectively_silent(const seat& at, const option_reader& how)
        : at_(at), about_(how),
          probability_(how.probability("probability").value_or(how.has("to") ? 1.0 : 0.5)) {}

    void edit(effects& doing, tick) override {
        const auto kept_back = [&](const effect& e) {
            const auto* sent = std::get_if<send>(&e);
            return sent != nullptr && about_.takes(*sent)
                   && happens(probability_, drawn(at_, *sent));
        };
        doing.erase(std::remove_if(doing.begin(), doing.end(), kept_back), doing.end());
    }

private:
    seat at_;
    sending_filter about_;
    double probability_;
};

} // namespace

behavior_info describe_selectively_silent() {
    return {"selectively_silent",
            "Sends nothing to some servers, or some messages to nobody.",
            true,
            true,
            {"to", "kinds", "probability"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<selectively_silent>(at, how);
            }};
}

} // namespace byzgate
