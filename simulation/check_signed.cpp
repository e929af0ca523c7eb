#include "simulation/check_signed.hpp"

#include <algorithm>

namespace byzgate {

namespace {

using path = std::vector<server_id>;

class signed_builder final : public round_builder {
public:
    explicit signed_builder(const check_scene& scene)
        : round_builder(
            scene, strategy_space_of(scene.cluster, scene.byzantine, scene.recursion).choices) {
        for (const auto id : scene.byzantine) {
            if (is_lieutenant(id)) {
                liars_.push_back(id);
            }
        }
    }

private:
    void learn() override;
    /// Two values signed for one version convict, in whatever levels, and nothing else does.
    [[nodiscard]] literal convicts(const knowledge& of, literal) override {
        return gates().and_(of.received.is_public, of.received.is_confidential);
    }

    /// What Byzantine servers alone show the lieutenant on paths that go on from `along` to
    /// `relays` lieutenants in all.
    [[nodiscard]] planes shown(path& along, std::uint32_t relays, server_id to);
    /// The values of commander x that each loyal lieutenant has accepted by the end of the level.
    [[nodiscard]] std::vector<planes> accepted(std::uint32_t x);

    std::vector<server_id> liars_; ///< lieutenants
};

planes signed_builder::shown(path& along, std::uint32_t relays, server_id to) {
    if (along.size() == relays + 1U) {
        return said(along, to, constant(told_of(scene().truth)));
    }
    planes all;
    for (const auto next : liars_) {
        if (std::find(along.begin(), along.end(), next) == along.end()) {
            along.push_back(next);
            all = either(all, shown(along, relays, to));
            along.pop_back();
        }
    }
    return all;
}

std::vector<planes> signed_builder::accepted(std::uint32_t x) {
    if (!scene().is_byzantine(commander_id(x))) {
        // Nobody can sign another value in its name.
        return std::vector<planes>(loyal().size(), constant(told_of(scene().truth)));
    }
    path along{commander_id(x)};
    std::vector<planes> now;
    for (const auto by : loyal()) {
        now.push_back(shown(along, 0, lieutenant_id(by)));
    }
    for (std::uint32_t phase = 1; phase <= depth_of_level(scene().cluster, level()); ++phase) {
        // What a loyal lieutenant accepted in the last phase it relays in this one, and what it
        // accepted before, all have by now.
        planes relayed;
        for (const auto& of : now) {
            relayed = either(relayed, of);
        }
        for (std::size_t i = 0; i < loyal().size(); ++i) {
            const auto by_liars = shown(along, phase, lieutenant_id(loyal()[i]));
            now[i] = either(relayed, by_liars);
        }
    }
    return now;
}

void signed_builder::learn() {
    auto& g = gates();
    for (std::uint32_t x = 0; x < scene().cluster.commanders; ++x) {
        const auto seen = accepted(x);
        for (std::size_t i = 0; i < loyal().size(); ++i) {
            auto& of = known(i)[x];
            of.value = {g.and_(seen[i].is_public, !seen[i].is_confidential),
                        g.and_(seen[i].is_confidential, !seen[i].is_public)};
            of.received = either(of.received, seen[i]);
        }
    }
}

} // namespace

check_circuit make_signed_circuit(const check_scene& scene) {
    return signed_builder(scene).build();
}

} // namespace byzgate
