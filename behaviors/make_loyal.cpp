#include "behaviors/registry.hpp"
#include "protocol/assert.hpp"
#include "protocol/commander.hpp"
#include "protocol/lieutenant.hpp"

namespace byzgate {

handler make_loyal(const seat& at) {
    BYZGATE_ASSERT(at.digests != nullptr);
    if (is_commander(at.self)) {
        auto commander =
            std::make_unique<commander_machine>(at.cluster, at.self, *at.digests, at.keys);
        if (at.past) {
            commander->restore(*at.past);
        }
        return commander;
    }
    BYZGATE_ASSERT(is_lieutenant(at.self));
    auto lieutenant =
        std::make_unique<lieutenant_machine>(at.cluster, at.self, *at.digests, at.keys);
    lieutenant->resume(at.last_round);
    if (at.past) {
        lieutenant->restore(*at.past);
    }
    return lieutenant;
}

handler make_behavior(const seat& at, std::string_view name, const behavior_options& how) {
    return make_behavior(at, name, how, make_loyal(at));
}

} // namespace byzgate
