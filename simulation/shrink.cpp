#include "simulation/shrink.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace byzgate {

namespace {

/// The search: the smallest failing settings so far, and how to try others.
class shrinking {
public:
    shrinking(const simulation_settings& failing, std::uint32_t tries_max) : tries_max_(tries_max) {
        best_.settings = failing;
        best_.settings.hooks = {};
        best_.settings.stop_when_broken = true;
        best_.result = simulate(best_.settings);
        best_.tries = 1;
        if (best_.result.broken.empty()) {
            throw std::invalid_argument("nothing to shrink: these settings break no promise");
        }
        property_ = best_.result.broken.front().property;
        settle();
    }

    [[nodiscard]] const simulation_settings& smallest() const noexcept { return best_.settings; }
    [[nodiscard]] const shrunk_run& best() const noexcept { return best_; }

    /// Keeps the change if the same property still breaks.
    bool attempt(const std::function<void(simulation_settings&)>& change) {
        auto changed = best_.settings;
        change(changed);
        if (best_.tries >= tries_max_) {
            return false;
        }
        ++best_.tries;
        try {
            auto result = simulate(changed);
            if (result.broken.empty() || result.broken.front().property != property_) {
                return false;
            }
            best_.settings = std::move(changed);
            best_.result = std::move(result);
            settle();
            return true;
        } catch (const behavior_error&) {
            return false; // An option that cannot be left out.
        } catch (const std::invalid_argument&) {
            return false;
        }
    }

    /// The smallest value of `least`…now that still fails, by halving the distance.
    template <class Number>
    void lower(Number simulation_settings::*member, Number least) {
        lower([member](simulation_settings& s) -> Number& { return s.*member; }, least);
    }
    template <class Access, class Number>
    void lower(Access access, Number least) {
        auto low = least;
        while (low < access(best_.settings)) {
            const auto middle = static_cast<Number>(low + (access(best_.settings) - low) / 2);
            if (!attempt([&](simulation_settings& s) { access(s) = middle; })) {
                low = static_cast<Number>(middle + 1);
            }
        }
    }

private:
    /// What comes after the broken round matters to nobody.
    void settle() { best_.settings.rounds = best_.result.rounds; }

    shrunk_run best_;
    std::uint32_t tries_max_;
    judged_property property_{};
};

void shrink_network(shrinking& search) {
    search.attempt([](simulation_settings& s) { s.network = {}; });
    search.attempt([](simulation_settings& s) { s.network.loss = 0.0; });
    search.attempt([](simulation_settings& s) { s.network.duplication = 0.0; });
    search.attempt([](simulation_settings& s) { s.network.reorder = false; });
    search.attempt([](simulation_settings& s) { s.network.delay_max = 0; });
    search.lower([](simulation_settings& s) -> tick& { return s.network.delay_max; }, tick{0});
    search.attempt([](simulation_settings& s) { s.database.update_probability = 0.0; });
    search.attempt([](simulation_settings& s) { s.database.deletion_probability = 0.0; });
}

bool shrink_faults(shrinking& search) {
    bool any = false;
    for (std::size_t i = 0; i < search.smallest().byzantine.size();) {
        const bool dropped = search.attempt([i](simulation_settings& s) {
            s.byzantine.erase(s.byzantine.begin() + static_cast<std::ptrdiff_t>(i));
        });
        any = any || dropped;
        i += dropped ? 0 : 1;
    }
    for (std::size_t i = 0; i < search.smallest().byzantine.size(); ++i) {
        std::vector<std::string> names;
        for (const auto& [name, value] : search.smallest().byzantine[i].options) {
            names.push_back(name);
        }
        for (const auto& name : names) {
            any = search.attempt([&](simulation_settings& s) {
                auto& options = s.byzantine[i].options;
                options.erase(options.find(name));
            }) || any;
        }
    }
    return any;
}

/// Decides the broken record alone, or at least one record at a time.
void shrink_records(shrinking& search) {
    const auto broken = search.best().result.broken.front().record;
    const auto alone = [&broken](simulation_settings& s) {
        s.database.ask = {broken};
        s.batch = 1;
    };
    search.attempt([&alone](simulation_settings& s) {
        alone(s);
        s.rounds = 1;
    });
    search.attempt(alone);
    if (search.smallest().batch > 1) {
        search.attempt([](simulation_settings& s) {
            s.rounds *= s.batch;
            s.batch = 1;
        });
        search.lower(&simulation_settings::batch, std::uint32_t{1});
    }
    search.lower([](simulation_settings& s) -> std::uint64_t& { return s.database.records; },
                 std::uint64_t{1});
    search.lower([](simulation_settings& s) -> std::uint32_t& { return s.database.payload_bytes; },
                 std::uint32_t{1});
}

/// Lies in fewer rounds, if not all of them are needed.
void shrink_ranges(shrinking& search) {
    for (std::size_t i = 0; i < search.smallest().byzantine.size(); ++i) {
        const round_id last{search.smallest().rounds + search.smallest().cluster.window};
        const auto broken = search.best().result.broken.front().round;
        search.attempt([&](simulation_settings& s) { s.byzantine[i].rounds = {broken, broken}; });
        search.attempt([&](simulation_settings& s) {
            auto& rounds = s.byzantine[i].rounds;
            rounds = {std::max(rounds.first, round_id{1}), std::min(rounds.last, last)};
        });
    }
}

} // namespace

shrunk_run shrink(const simulation_settings& failing, std::uint32_t tries_max) {
    shrinking search{failing, tries_max};
    for (bool again = true; again;) {
        const auto tries = search.best().tries;
        const auto before = search.smallest();
        again = shrink_faults(search);
        shrink_network(search);
        search.attempt([](simulation_settings& s) { s.cluster.window = 1; });
        shrink_records(search);
        search.lower(
            [](simulation_settings& s) -> std::uint32_t& { return s.cluster.max_recursion; },
            std::uint32_t{0});
        search.lower(&simulation_settings::rounds, std::uint64_t{1});
        shrink_ranges(search);
        again = (again || search.smallest().rounds < before.rounds
                 || search.smallest().database.records < before.database.records)
                && search.best().tries > tries && search.best().tries < tries_max;
    }
    return search.best();
}

} // namespace byzgate
