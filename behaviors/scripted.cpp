#include "behaviors/scripted.hpp"

#include <map>
#include <tuple>

#include "behaviors/liar.hpp"
#include "behaviors/options.hpp"

namespace byzgate {

namespace {

class scripted final : public liar {
public:
    scripted(const seat& at, const script& plays) : liar(at, {plays.vote, {}}) {
        for (const auto& line : plays.lines) {
            const auto level = line.level ? static_cast<std::int64_t>(*line.level) : any_level;
            table_[{line.path, line.to}][level] = line.says;
        }
    }

private:
    static constexpr std::int64_t any_level = -1;

    std::optional<told> tells(const occasion& o) override {
        path_.assign(1, o.commander);
        if (o.path != nullptr) {
            for (const auto lieutenant : *o.path) {
                path_.push_back(lieutenant_id(lieutenant));
            }
        }
        const auto lines = table_.find(std::tie(path_, o.to));
        if (lines == table_.end()) {
            return told::truth;
        }
        auto line = lines->second.find(static_cast<std::int64_t>(o.level));
        if (line == lines->second.end()) {
            line = lines->second.find(any_level);
        }
        return line == lines->second.end() ? told::truth : line->second;
    }

    std::map<std::tuple<std::vector<server_id>, server_id>, std::map<std::int64_t, told>,
             std::less<>>
        table_;
    std::vector<server_id> path_; ///< kept for its capacity
};

} // namespace

behavior_info describe_scripted() {
    return {"scripted",
            "Tells exactly what a table says, line by line.",
            true,
            true,
            {"table", "vote"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<scripted>(at, parse_script(at, how.all()));
            }};
}

} // namespace byzgate
