#include <algorithm>

#include "behaviors/editor.hpp"
#include "behaviors/registry.hpp"

namespace byzgate {

namespace {

class silent final : public editor {
public:
    void edit(effects& doing, tick) override {
        const auto says_something = [](const effect& e) { return std::holds_alternative<send>(e); };
        doing.erase(std::remove_if(doing.begin(), doing.end(), says_something), doing.end());
    }
};

} // namespace

behavior_info describe_silent() {
    return {"silent",
            "Sends nothing at all.",
            true,
            true,
            {},
            [](const seat&, const option_reader&) -> std::unique_ptr<editor> {
                return std::make_unique<silent>();
            }};
}

} // namespace byzgate
