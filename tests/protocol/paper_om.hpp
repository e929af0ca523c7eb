/// OM(m) straight from section 3 of "The Byzantine Generals Problem" (Lamport, Shostak, Pease
/// 1982), written to be read beside the paper and to share nothing with protocol/oral.hpp.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace byzgate::testing {

/// A value as the paper has it: a number, 0 being the default RETREAT.
using order = int;
inline constexpr order retreat = 0;

/// Generals of the paper: 0 is the commander, 1…N-1 the lieutenants.
using general = int;

/// What a traitor says, at the end of the chain of generals `said_by` that the order went through,
/// to `recipient`. The traitor itself is the last of the chain.
using treachery = std::function<order(const std::vector<general>& said_by, general recipient)>;

struct paper_setting {
    std::set<general> traitors;
    treachery lie;
};

/// majority(v1, …, vn): the order that more than half of them are; RETREAT if there is none.
inline order paper_majority(const std::vector<order>& orders) {
    std::map<order, std::size_t> count;
    for (const auto v : orders) {
        ++count[v];
    }
    for (const auto& [v, times] : count) {
        if (2 * times > orders.size()) {
            return v;
        }
    }
    return retreat;
}

/// OM(m) with the last of `said_by` as the commander, who holds `value`. Gives what each of
/// `lieutenants` comes to use. (The traitors' entries mean nothing.)
inline std::map<general, order> paper_om(const paper_setting& setting, unsigned m,
                                         const std::vector<general>& said_by, order value,
                                         const std::set<general>& lieutenants) {
    const bool is_traitor = setting.traitors.count(said_by.back()) > 0;
    // (1) The commander sends his value to every lieutenant.
    std::map<general, order> v;
    for (const auto i : lieutenants) {
        v[i] = is_traitor ? setting.lie(said_by, i) : value;
    }
    if (m == 0) {
        return v; // OM(0) (2): each lieutenant uses the value he receives, RETREAT if none.
    }
    // (2) Lieutenant i acts as the commander in OM(m-1) to send vi to each of the n-2 others.
    std::map<general, std::map<general, order>> from;
    for (const auto i : lieutenants) {
        auto others = lieutenants;
        others.erase(i);
        auto chain = said_by;
        chain.push_back(i);
        from[i] = paper_om(setting, m - 1, chain, v[i], others);
    }
    // (3) Lieutenant i uses majority(v1, …, vn-1), vj being what he got from lieutenant j in (2).
    std::map<general, order> used;
    for (const auto i : lieutenants) {
        std::vector<order> orders{v[i]};
        for (const auto j : lieutenants) {
            if (j != i) {
                orders.push_back(from[j][i]);
            }
        }
        used[i] = paper_majority(orders);
    }
    return used;
}

} // namespace byzgate::testing
