#include "behaviors/registry.hpp"

#include <algorithm>

#include "behaviors/editor.hpp"
#include "behaviors/options.hpp"
#include "behaviors/resigning.hpp"

// A new behaviour adds one line here and one file that defines `describe_NAME`.
#define BYZGATE_BEHAVIORS(behavior)                                                                \
    behavior(loyal) behavior(consistent_lie) behavior(equivocating) behavior(flipping)             \
        behavior(silent) behavior(selectively_silent) behavior(delaying) behavior(replaying)       \
            behavior(tampering) behavior(forging) behavior(babbling) behavior(crashing)            \
                behavior(random) behavior(scripted) behavior(colluding) behavior(smuggling)

namespace byzgate {

#define BYZGATE_DECLARE(name) behavior_info describe_##name();
BYZGATE_BEHAVIORS(BYZGATE_DECLARE)
#undef BYZGATE_DECLARE

const std::vector<behavior_info>& known_behaviors() {
#define BYZGATE_LIST(name) describe_##name(),
    static const std::vector<behavior_info> all{BYZGATE_BEHAVIORS(BYZGATE_LIST)};
#undef BYZGATE_LIST
    return all;
}

const behavior_info& find_behavior(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& info : known_behaviors()) {
        if (info.name == name) {
            return info;
        }
        names.push_back(info.name);
    }
    throw behavior_error("unknown behavior '" + std::string{name}
                         + "'; known are: " + listed(names));
}

std::unique_ptr<editor> make_editor(const seat& at, std::string_view name,
                                    const behavior_options& how) {
    const auto& info = find_behavior(name);
    if (!(is_commander(at.self) && info.for_commanders)
        && !(is_lieutenant(at.self) && info.for_lieutenants)) {
        throw behavior_error("behavior '" + std::string{name} + "' is not one for "
                             + to_string(at.self) + ": it is for "
                             + (info.for_commanders && info.for_lieutenants
                                    ? "commanders and lieutenants"
                                : info.for_commanders ? "commanders"
                                                      : "lieutenants"));
    }
    if (info.sealed_only && !at.cluster.sealed) {
        throw behavior_error("behavior '" + std::string{name}
                             + "' is one for sealed clusters; write sealed = true in [cluster], "
                               "or choose another");
    }
    for (const auto& [option, value] : how) {
        if (std::find(info.options.begin(), info.options.end(), option) == info.options.end()) {
            throw behavior_error("behavior '" + std::string{name} + "' has no option '" + option
                                     + "'; it has: "
                                     + (info.options.empty() ? "none" : listed(info.options)),
                                 option);
        }
    }
    return info.make(at, option_reader{at, info.name, how});
}

handler make_behavior(const seat& at, std::string_view name, const behavior_options& how,
                      handler loyal) {
    auto plays = make_editor(at, name, how);
    if (!plays) {
        return loyal;
    }
    std::vector<ranged_editor> editors;
    editors.push_back({round_range{}, std::move(plays)});
    if (at.keys) {
        editors.push_back({round_range{}, make_resigning(at)});
    }
    return std::make_unique<edited_machine>(std::move(loyal), std::move(editors));
}

void validate_behavior(const seat& at, std::string_view name, const behavior_options& how) {
    static_cast<void>(make_editor(at, name, how));
}

} // namespace byzgate
