/// Byzantine servers by script, for a pump: what each lying commander tells whom, what each lying
/// lieutenant passes on about whom, how it votes. Whoever has no script is loyal. For batches of
/// one record, "a".
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "tests/protocol/made.hpp"

namespace byzgate::testing {

/// One item of a relay that a lying lieutenant is about to send.
struct relay_item {
    std::uint32_t recipient = 0; ///< index of the lieutenant
    level_number level = 0;
    std::uint32_t phase = 1;
    std::uint32_t commander = 0; ///< index among those asked
    std::vector<std::uint32_t> path;
    claim_batch heard;
};

class conspiracy {
public:
    /// What to tell lieutenant `recipient` at `level`; nothing for silence. Payloads fit the claim.
    using teller = std::function<std::optional<claim>(level_number level, std::uint32_t recipient)>;
    using relayer = std::function<claim_batch(const relay_item& item)>;
    using voter = std::function<std::optional<vote>(const vote& loyal)>;

    std::map<std::uint32_t, teller> commanders;
    std::map<std::uint32_t, relayer> relays;
    std::map<std::uint32_t, voter> votes;
    /// Whoever is in here says nothing at all.
    std::vector<server_id> silent;

    void join(pump& world) const {
        const auto& cluster = world.cluster();
        world.meddle = [*this, paths = path_table(cluster.lieutenants, cluster.depth)](
                           const envelope& wanted, std::vector<envelope>& instead) {
            meddle(paths, wanted, instead);
        };
    }

private:
    void meddle(const path_table& paths, const envelope& wanted,
                std::vector<envelope>& instead) const {
        for (const auto id : silent) {
            if (id == wanted.from) {
                return;
            }
        }
        const auto index = index_of(wanted.from);
        auto sent = wanted;
        if (const auto* told = std::get_if<distribution>(&wanted.what);
            told && commanders.count(index) > 0) {
            const auto said = commanders.at(index)(told->level, index_of(wanted.to));
            if (!said) {
                return;
            }
            sent.what = telling(*said, told->round, told->level);
        } else if (const auto* passed_on = std::get_if<relay>(&wanted.what);
                   passed_on && relays.count(index) > 0) {
            sent.what = lie(paths, index, index_of(wanted.to), *passed_on);
        } else if (const auto* cast = std::get_if<vote>(&wanted.what);
                   cast && votes.count(index) > 0) {
            auto instead_cast = votes.at(index)(*cast);
            if (!instead_cast) {
                return;
            }
            sent.what = std::move(*instead_cast);
        }
        instead.push_back(std::move(sent));
    }

    [[nodiscard]] relay lie(const path_table& paths, std::uint32_t self, std::uint32_t recipient,
                            relay passed_on) const {
        const auto owed = paths.owed(self, recipient, passed_on.phase);
        for (std::size_t i = 0; i < passed_on.items.size(); ++i) {
            passed_on.items[i] =
                relays.at(self)({recipient, passed_on.level, passed_on.phase,
                                 static_cast<std::uint32_t>(i / owed.size()),
                                 paths.lieutenants_on(owed[i % owed.size()]), passed_on.items[i]});
        }
        return passed_on;
    }
};

/// A vote for the release of record "a" in the version that `c` claims.
[[nodiscard]] inline conspiracy::voter voting_release(const claim& c) {
    return [c](const vote& loyal) {
        auto cast = loyal;
        cast.verdicts = std::make_shared<const std::vector<verdict>>(std::vector<verdict>{
            {decision::release, reason::enough_public, c.version, c.payload_digest}});
        cast.accusations.clear();
        return std::optional{cast};
    };
}

[[nodiscard]] inline conspiracy::voter voting_withhold() {
    return [](const vote& loyal) {
        auto cast = loyal;
        cast.verdicts =
            std::make_shared<const std::vector<verdict>>(std::vector<verdict>{verdict{}});
        cast.accusations.clear();
        return std::optional{cast};
    };
}

} // namespace byzgate::testing
