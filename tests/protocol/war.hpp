/// One exchange of OM(m) on the project's own parts, k commanders side by side, with traitors that
/// say on every path and to every recipient what a seed decides: the counterpart of paper_om.hpp.
#pragma once

#include <array>
#include <memory>
#include <set>

#include "protocol/oral.hpp"
#include "tests/protocol/dice.hpp"
#include "tests/protocol/made.hpp"
#include "tests/protocol/paper_om.hpp"

namespace byzgate::testing {

/// What can be said on a path. The paper knows no difference between silence, "no value" and
/// absence: all three are its RETREAT.
enum class saying : std::uint8_t {
    silence,
    nothing,
    absence,
    public_v1,
    confidential_v1,
    public_v2,
    other_digest
};
inline constexpr std::uint32_t sayings = 7;

/// The order of the paper that it stands for.
[[nodiscard]] inline order order_of(saying s) {
    return s <= saying::absence ? retreat : static_cast<order>(s);
}

[[nodiscard]] inline claim_batch batch_of(saying s) {
    static const std::array<claim_batch, sayings> batches{
        nullptr,
        one(no_value()),
        one(absent_claim()),
        one(public_claim()),
        one(confidential_claim()),
        one(public_claim("v2")),
        one(make_claim(flag::public_, "v1", test_digests().digest_of("x")))};
    return batches[static_cast<std::size_t>(s)];
}

/// The order of the paper that a lieutenant's value stands for; -1 for one that nobody can say.
[[nodiscard]] inline order order_of(const claim& c) {
    if (!c.is_present()) {
        return retreat;
    }
    for (std::uint32_t s = 0; s < sayings; ++s) {
        const auto batch = batch_of(static_cast<saying>(s));
        if (batch && batch->front() == c) {
            return order_of(static_cast<saying>(s));
        }
    }
    return -1;
}

struct war {
    std::uint32_t commanders = 1;
    std::uint32_t lieutenants = 3;
    std::uint32_t depth = 1;
    std::set<std::uint32_t> lying_commanders;
    std::set<std::uint32_t> lying_lieutenants;
    std::uint64_t seed = 0;
    std::uint32_t ways = sayings; ///< of the sayings, the traitors use the last so many

    /// What loyal commander `x` tells everybody.
    [[nodiscard]] saying truth_of(std::uint32_t x) const {
        return static_cast<saying>(sayings - 1 - dice{mixed(seed, 77, x)}.below(sayings - 2));
    }
    /// What the traitor at the end of the chain says about commander x. Whoever sends nothing at
    /// all in a phase is silent on all of its paths.
    [[nodiscard]] saying lie(std::uint32_t x, const std::vector<general>& said_by,
                             general recipient) const {
        auto choice = mixed(seed, x + 1, recipient, said_by.size());
        for (const auto g : said_by) {
            choice = mixed(choice, g);
        }
        if (said_by.size() > 1
            && says_nothing(static_cast<std::uint32_t>(said_by.back() - 1), recipient,
                            static_cast<std::uint32_t>(said_by.size() - 1))) {
            return saying::silence;
        }
        return static_cast<saying>(sayings - 1 - dice{choice}.below(ways));
    }
    [[nodiscard]] bool says_nothing(std::uint32_t sender, general recipient,
                                    std::uint32_t phase) const {
        return ways == sayings && dice{mixed(seed, 99, sender, recipient, phase)}.chance(5);
    }
    /// F of commander `x` at every lieutenant, as the paper computes it.
    [[nodiscard]] std::map<general, order> on_paper(std::uint32_t x) const {
        paper_setting setting;
        std::set<general> all;
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            all.insert(static_cast<general>(j) + 1);
        }
        for (const auto j : lying_lieutenants) {
            setting.traitors.insert(static_cast<general>(j) + 1);
        }
        if (lying_commanders.count(x) > 0) {
            setting.traitors.insert(0);
        }
        setting.lie = [&](const std::vector<general>& said_by, general recipient) {
            return order_of(lie(x, said_by, recipient));
        };
        return paper_om(setting, depth, {0}, order_of(truth_of(x)), all);
    }

    /// The lieutenant's exchanges after the last phase.
    [[nodiscard]] std::vector<std::unique_ptr<oral_exchange>>
    fight(const std::vector<relay_plan>& plans) const {
        std::vector<std::unique_ptr<oral_exchange>> at;
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            at.push_back(std::make_unique<oral_exchange>(plans[j], commanders, 1));
            for (std::uint32_t x = 0; x < commanders; ++x) {
                const bool lies = lying_commanders.count(x) > 0;
                const auto told =
                    batch_of(lies ? lie(x, {0}, static_cast<general>(j) + 1) : truth_of(x));
                if (told) {
                    static_cast<void>(at[j]->hear(x, told));
                }
            }
        }
        for (std::uint32_t phase = 1; phase <= depth; ++phase) {
            exchange(plans, phase, at);
        }
        return at;
    }

    [[nodiscard]] static std::vector<relay_plan> plans(std::uint32_t lieutenants,
                                                       std::uint32_t depth) {
        std::vector<relay_plan> all;
        for (std::uint32_t j = 0; j < lieutenants; ++j) {
            all.emplace_back(lieutenants, depth, j);
        }
        return all;
    }

    /// What lying lieutenant `sender` relays to `recipient` in `phase`.
    [[nodiscard]] std::vector<claim_batch> lying_relay(const path_table& paths,
                                                       std::uint32_t sender,
                                                       std::uint32_t recipient,
                                                       std::uint32_t phase) const {
        std::vector<claim_batch> items;
        for (std::uint32_t x = 0; x < commanders; ++x) {
            for (const auto path : paths.owed(sender, recipient, phase)) {
                std::vector<general> said_by{0};
                for (const auto on : paths.lieutenants_on(path)) {
                    said_by.push_back(static_cast<general>(on) + 1);
                }
                said_by.push_back(static_cast<general>(sender) + 1);
                items.push_back(batch_of(lie(x, said_by, static_cast<general>(recipient) + 1)));
            }
        }
        return items;
    }

private:
    void exchange(const std::vector<relay_plan>& plans, std::uint32_t phase,
                  std::vector<std::unique_ptr<oral_exchange>>& at) const {
        for (std::uint32_t from = 0; from < lieutenants; ++from) {
            const bool lies = lying_lieutenants.count(from) > 0;
            for (std::uint32_t to = 0; to < lieutenants; ++to) {
                if (to == from
                    || (lies && says_nothing(from, static_cast<general>(to) + 1, phase))) {
                    continue;
                }
                static_cast<void>(
                    at[to]->hear(from, phase,
                                 lies ? lying_relay(plans[from].paths(), from, to, phase)
                                      : at[from]->owed_to(to, phase)));
            }
        }
    }
};

} // namespace byzgate::testing
