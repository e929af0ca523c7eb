// The lie that no comparison among lieutenants can show: every one of them hears the same.
#include <algorithm>

#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class consistent_lie final : public liar {
public:
    consistent_lie(const seat& at, const option_reader& how)
        : liar(at), records_(how.texts("records")) {
        const auto says = how.one_of("flag", {"opposite", "public", "confidential"});
        lie_ = *parse_told(says);
    }

private:
    std::optional<told> tells(const occasion&) override {
        return records_.empty() ? std::optional{lie_} : std::nullopt;
    }
    told tells_about(const occasion&, std::uint32_t, const record_id& id) override {
        return std::find(records_.begin(), records_.end(), id) != records_.end() ? lie_
                                                                                 : told::truth;
    }

    told lie_;
    std::vector<record_id> records_;
};

} // namespace

behavior_info describe_consistent_lie() {
    return {"consistent_lie",
            "Tells every lieutenant the same wrong flag.",
            true,
            false,
            {"flag", "records"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<consistent_lie>(at, how);
            }};
}

} // namespace byzgate
