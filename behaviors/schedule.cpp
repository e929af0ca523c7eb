#include "behaviors/schedule.hpp"

#include "behaviors/resigning.hpp"

namespace byzgate {

namespace {

std::vector<ranged_editor> make_editors(const seat& at,
                                        const std::vector<scheduled_behavior>& behaviors) {
    std::vector<ranged_editor> editors;
    for (const auto& one : behaviors) {
        if (auto plays = make_editor(at, one.name, one.how)) {
            editors.push_back({one.rounds, std::move(plays)});
        }
    }
    if (!editors.empty() && at.keys) {
        editors.push_back({round_range{}, make_resigning(at)});
    }
    return editors;
}

std::string described(const std::vector<scheduled_behavior>& behaviors) {
    std::string all;
    for (const auto& one : behaviors) {
        all += all.empty() ? "" : ", ";
        all += one.name;
        if (!one.rounds.all()) {
            all += ' ';
            all += std::to_string(number_of(one.rounds.first));
            all += "..";
            all += std::to_string(number_of(one.rounds.last));
        }
    }
    return all.empty() ? "loyal" : all;
}

} // namespace

handler make_scheduled(const seat& at, const std::vector<scheduled_behavior>& behaviors) {
    return make_scheduled(at, behaviors, make_loyal(at));
}

handler make_scheduled(const seat& at, const std::vector<scheduled_behavior>& behaviors,
                       handler loyal) {
    auto editors = make_editors(at, behaviors);
    if (editors.empty()) {
        return loyal;
    }
    return std::make_unique<edited_machine>(std::move(loyal), std::move(editors));
}

swappable::swappable(const seat& at, const std::vector<scheduled_behavior>& initially,
                     handler loyal)
    : edited_machine(std::move(loyal), make_editors(at, initially)), at_(at),
      playing_(described(initially)) {}

void swappable::swap(std::string_view name, const behavior_options& how) {
    swap({{round_range{}, std::string{name}, how}});
}

void swappable::swap(const std::vector<scheduled_behavior>& behaviors) {
    replace(make_editors(at_, behaviors));
    playing_ = described(behaviors);
}

std::unique_ptr<swappable> make_swappable(const seat& at,
                                          const std::vector<scheduled_behavior>& initially) {
    return std::make_unique<swappable>(at, initially, make_loyal(at));
}

std::map<server_id, std::shared_ptr<const signer>>
accomplices_of(server_id self, const std::vector<std::pair<server_id, std::string>>& playing,
               const std::function<signing_keys(server_id)>& keys) {
    const auto shares = [](const std::string& name) {
        return name == "colluding" || name == "scripted";
    };
    std::map<server_id, std::shared_ptr<const signer>> others;
    bool in_on_it = false;
    for (const auto& [server, name] : playing) {
        in_on_it = in_on_it || (server == self && shares(name));
        if (server != self && shares(name)) {
            // Null where the other one lives in another process.
            if (auto own = keys(server).own) {
                others.emplace(server, std::move(own));
            }
        }
    }
    if (!in_on_it) {
        others.clear();
    }
    return others;
}

} // namespace byzgate
