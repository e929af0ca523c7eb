#include "simulation/check_oral.hpp"

#include <algorithm>

namespace byzgate {

namespace {

using path = std::vector<server_id>;

class oral_builder final : public round_builder {
public:
    explicit oral_builder(const check_scene& scene)
        : round_builder(scene, oral_choices(scene.cluster, scene.byzantine, scene.recursion)) {}

private:
    void learn() override;
    [[nodiscard]] literal convicts(const knowledge& of, literal commanders_differ) override;

    void learn(std::uint32_t lieutenant, std::vector<knowledge>& of);
    [[nodiscard]] planes majority(const std::vector<planes>& of);
    /// What the lieutenant heard along `along`, whose last server said it.
    [[nodiscard]] planes heard(path& along, server_id by);
    [[nodiscard]] planes resolve(path& along, server_id by);
};

planes oral_builder::majority(const std::vector<planes>& of) {
    std::vector<literal> is_public;
    std::vector<literal> is_confidential;
    bool never_silent = true;
    for (const auto& value : of) {
        is_public.push_back(value.is_public);
        is_confidential.push_back(value.is_confidential);
        never_silent = never_silent && value.is_confidential == !value.is_public;
    }
    const auto all = static_cast<std::int64_t>(of.size());
    const auto most = all / 2 + 1;
    if (never_silent) {
        return {gates().at_least(is_public, most), !gates().at_least(is_public, all - most + 1)};
    }
    return {gates().at_least(is_public, most), gates().at_least(is_confidential, most)};
}

planes oral_builder::heard(path& along, server_id by) {
    const auto speaker = along.back();
    planes loyal;
    if (is_commander(speaker)) {
        loyal = constant(told_of(scene().truth));
    } else {
        along.pop_back();
        loyal = heard(along, speaker);
        along.push_back(speaker);
    }
    if (!scene().is_byzantine(speaker) || scene().is_byzantine(by)) {
        return loyal;
    }
    return said(along, by, loyal);
}

planes oral_builder::resolve(path& along, server_id by) {
    const auto own = heard(along, by);
    if (along.size() == scene().cluster.depth + 1) {
        return own;
    }
    std::vector<planes> values{own};
    for (std::uint32_t q = 0; q < scene().cluster.lieutenants; ++q) {
        const auto next = lieutenant_id(q);
        if (next != by && std::find(along.begin(), along.end(), next) == along.end()) {
            along.push_back(next);
            values.push_back(resolve(along, by));
            along.pop_back();
        }
    }
    return majority(values);
}

void oral_builder::learn() {
    for (std::size_t i = 0; i < loyal().size(); ++i) {
        learn(loyal()[i], known(i));
    }
}

void oral_builder::learn(std::uint32_t lieutenant, std::vector<knowledge>& of) {
    const auto by = lieutenant_id(lieutenant);
    for (std::uint32_t x = 0; x < scene().cluster.commanders; ++x) {
        path along{commander_id(x)};
        of[x].value = resolve(along, by);
        of[x].received = either(of[x].received, heard(along, by));
        of[x].reported.resize(scene().cluster.lieutenants);
        of[x].reported[lieutenant] = of[x].received;
        for (std::uint32_t q = 0; q < scene().cluster.lieutenants; ++q) {
            if (q != lieutenant && scene().cluster.depth >= 1) {
                along.push_back(lieutenant_id(q));
                of[x].reported[q] = either(of[x].reported[q], heard(along, by));
                along.pop_back();
            }
        }
    }
}

literal oral_builder::convicts(const knowledge& of, literal commanders_differ) {
    // There is one version, so the values are comparable; reports of all levels count, those of
    // the current one among them.
    const auto enough = scene().cluster.reporters_when_comparable();
    std::vector<literal> say_public;
    std::vector<literal> say_confidential;
    for (const auto& by : of.reported) {
        say_public.push_back(by.is_public);
        say_confidential.push_back(by.is_confidential);
    }
    const auto inconsistent =
        gates().or_(gates().and_(of.received.is_public, of.received.is_confidential),
                    gates().and_(gates().at_least(say_public, enough),
                                 gates().at_least(say_confidential, enough)));
    return gates().and_(commanders_differ, inconsistent);
}

} // namespace

check_circuit make_oral_circuit(const check_scene& scene) {
    return oral_builder(scene).build();
}

} // namespace byzgate
