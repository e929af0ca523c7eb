#include "simulation/check.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "protocol/promises.hpp"
#include "simulation/check_cases.hpp"
#include "simulation/check_engine.hpp"
#include "simulation/check_round.hpp"

namespace byzgate {

namespace {

/// Slices between two looks at the clock; a thread takes so many at a time.
constexpr std::uint64_t chunk_slices = 4'096;
/// Strategies played in order of deviations where a space is only sampled.
constexpr std::uint64_t search_max = std::uint64_t{1} << 20;

/// Watched literals: the properties in the order of `broken_property`, then two finer ones.
constexpr std::size_t watch_agreement_byzantine = 6;
constexpr std::size_t watch_denials_convicted = 7;
constexpr std::size_t properties = 6;

watched_literals watched_of(const check_circuit& made) {
    return {made.leaks,
            made.framings,
            made.denials,
            made.disagreements,
            made.agreement_violations,
            made.validity_violations,
            made.agreement_violations_byzantine,
            made.denials_convicted};
}

check_counts counts_of(const watch_result& seen) {
    const auto of = [&](broken_property p) { return seen.counts[static_cast<std::size_t>(p)]; };
    return {of(broken_property::leak),
            of(broken_property::denial),
            of(broken_property::disagreement),
            of(broken_property::framing),
            of(broken_property::agreement),
            of(broken_property::validity),
            seen.counts[watch_agreement_byzantine],
            seen.counts[watch_denials_convicted]};
}

/// Shares out chunks among threads, and tells how far they have come.
class worker_pool {
public:
    worker_pool(const check_settings& settings, double begin, double end)
        : settings_(settings), begin_(begin), end_(end) {}

    template <class Work>
    watch_result run(std::uint64_t chunks, const Work& work) {
        watch_result all;
        const auto drain = [&] {
            for (auto chunk = next_++; chunk < chunks; chunk = next_++) {
                const auto found = work(chunk);
                const std::lock_guard guard(lock_);
                all.add(found);
                ++done_;
                if (settings_.progress) {
                    settings_.progress(begin_
                                       + (end_ - begin_) * static_cast<double>(done_)
                                             / static_cast<double>(chunks));
                }
            }
        };
        std::vector<std::thread> helpers;
        for (std::uint64_t i = 1; i < std::min<std::uint64_t>(settings_.jobs, chunks); ++i) {
            helpers.emplace_back(drain);
        }
        drain();
        for (auto& helper : helpers) {
            helper.join();
        }
        return all;
    }

private:
    const check_settings& settings_;
    double begin_;
    double end_;
    std::atomic<std::uint64_t> next_{0};
    std::uint64_t done_ = 0;
    std::mutex lock_;
};

check_outcome outcome_of(const check_scene& scene, const check_circuit& made,
                         const std::vector<bool>& values) {
    const auto is = [&](literal of) { return circuit::value(values, of); };
    check_outcome outcome{
        is(made.leaks), is(made.denials), is(made.disagreements), is(made.framings), {}};
    const auto loyal = scene.loyal_lieutenants();
    for (const auto& level : made.levels) {
        if (!is(level.open)) {
            break;
        }
        auto& votes = outcome.votes.emplace_back();
        for (std::size_t i = 0; i < loyal.size(); ++i) {
            votes[lieutenant_id(loyal[i])] = is(level.votes[i].release)      ? decision::release
                                             : is(level.votes[i].unresolved) ? decision::unresolved
                                                                             : decision::withhold;
        }
    }
    return outcome;
}

counterexample make_counterexample(const check_scene& scene, const check_circuit& made,
                                   const std::vector<std::uint8_t>& digits) {
    const auto values = made.gates.values(digits);
    const auto told_on = [&](const planes& p) {
        return circuit::value(values, p.is_public)         ? told::public_
               : circuit::value(values, p.is_confidential) ? told::confidential
                                                           : told::silence;
    };
    counterexample example;
    example.cluster = scene.cluster;
    example.cluster.max_recursion = scene.recursion;
    example.byzantine = scene.byzantine;
    example.truth = scene.truth;
    example.values = scene.values;
    for (std::size_t i = 0; i < made.choices.size(); ++i) {
        example.table.push_back({made.choices[i], told_on(made.says[i]), told_on(made.loyal[i])});
        example.deviations += digits[i] != 0 ? 1 : 0;
    }
    example.byzantine_vote =
        scene.truth == flag::confidential ? decision::release : decision::withhold;
    example.outcome = outcome_of(scene, made, values);
    return example;
}

/// Undoes deviations one by one as long as the property stays broken.
std::vector<std::uint8_t> shrunk(const check_circuit& made, literal broken,
                                 std::vector<std::uint8_t> digits) {
    for (bool changed = true; changed;) {
        changed = false;
        for (auto& digit : digits) {
            if (digit == 0) {
                continue;
            }
            const auto before = std::exchange(digit, std::uint8_t{0});
            if (circuit::value(made.gates.values(digits), broken)) {
                changed = true;
            } else {
                digit = before;
            }
        }
    }
    return digits;
}

/// Which properties section 4 promises here, in the order of `broken_property`.
std::array<bool, properties> promises_of(const check_scene& scene, const promises& promise) {
    const bool is_public = scene.truth == flag::public_;
    return {promise.no_leak,
            promise.no_framing_when_timely,
            is_public && promise.availability,
            promise.verdict_agreement,
            promise.agreement,
            promise.validity};
}

class case_check {
public:
    case_check(const check_settings& settings, check_scene scene, std::uint64_t number)
        : settings_(settings), scene_(std::move(scene)), number_(number),
          promised_(promised(scene_.cluster,
                             {scene_.byzantine_commanders(), scene_.byzantine_lieutenants()})),
          made_(make_check_circuit(scene_)), watched_(watched_of(made_)) {}

    [[nodiscard]] check_case run(double begin, double end) {
        check_case result;
        result.byzantine = scene_.byzantine;
        result.truth = scene_.truth;
        result.within_budget = promised_.no_leak;
        const auto space = strategy_space_of(scene_.cluster, scene_.byzantine, scene_.recursion);
        result.strategies = space.count(scene_.values);
        const auto choices = result.strategies.choices;
        const auto played = strategy_count{result.strategies.values, choices}.as_number();
        result.sampled = !played || *played > settings_.budget;
        result.explored =
            result.sampled ? std::min(settings_.budget, settings_.sample_max) : *played;
        // A sampled strategy is one, whatever its restricted relays are.
        result.doublings = result.sampled ? 0 : result.strategies.doublings;

        const check_engine engine(made_.gates, watched_, result.strategies.values, choices);
        worker_pool pool(settings_, begin, end);
        const auto seen =
            result.sampled ? sample(engine, result.explored, pool) : enumerate(engine, pool);
        result.counts = counts_of(seen);
        if (result.sampled) {
            found_ = engine.search(search_max);
            shrink_into_found(seen);
        } else {
            found_ = seen;
        }
        conclude(result);
        return result;
    }

private:
    [[nodiscard]] watch_result enumerate(const check_engine& engine, worker_pool& pool) const {
        const auto slices = engine.slices();
        const auto chunks = (slices + chunk_slices - 1) / chunk_slices;
        return pool.run(chunks, [&](std::uint64_t chunk) {
            const auto first = chunk * chunk_slices;
            return engine.enumerate(first, std::min(slices, first + chunk_slices));
        });
    }

    [[nodiscard]] watch_result sample(const check_engine& engine, std::uint64_t count,
                                      worker_pool& pool) const {
        constexpr auto chunk_strategies = chunk_slices * lanes_max / 16;
        const auto chunks = (count + chunk_strategies - 1) / chunk_strategies;
        return pool.run(chunks, [&](std::uint64_t chunk) {
            const auto first = chunk * chunk_strategies;
            // Any two chunks of any two cases draw from streams of their own.
            const auto seed = (settings_.seed * 0x9e3779b97f4a7c15ULL)
                              ^ (number_ * 0xd1342543de82ef95ULL)
                              ^ ((chunk + 1) * 0x2545f4914f6cdd1dULL);
            return engine.sample(std::min(chunk_strategies, count - first), seed, first);
        });
    }

    /// What the search did not find but the sample did.
    void shrink_into_found(const watch_result& sampled) {
        for (std::size_t w = 0; w < watched_max; ++w) {
            if (!found_.witnesses[w] && sampled.witnesses[w]) {
                auto digits = shrunk(made_, watched_[w], sampled.witnesses[w]->digits);
                const auto deviations = static_cast<std::uint32_t>(
                    digits.size()
                    - static_cast<std::size_t>(std::count(digits.begin(), digits.end(), 0)));
                found_.offer(w, {deviations, 0, std::move(digits)});
            }
        }
    }

    void conclude(check_case& result) const {
        if (votes_lack_grounds(scene_.cluster, scene_.byzantine, scene_.truth)) {
            result.leaks_stopped = result.counts.leaks;
        }
        const auto promise = promises_of(scene_, promised_);
        std::array<std::size_t, properties> witness_at{};
        for (std::size_t p = 0; p < properties; ++p) {
            witness_at[p] = p;
            bool is_broken = promise[p] && found_.witnesses[p].has_value();
            if (p == static_cast<std::size_t>(broken_property::denial) && !is_broken
                && promised_.availability_when_convicted
                && found_.witnesses[watch_denials_convicted]) {
                witness_at[p] = watch_denials_convicted;
                is_broken = true;
            }
            if (is_broken) {
                result.broken_promises.push_back(static_cast<broken_property>(p));
            }
        }
        auto shown = properties;
        if (!result.broken_promises.empty()) {
            shown = static_cast<std::size_t>(result.broken_promises.front());
        } else {
            for (shown = 0; shown < properties && !found_.witnesses[shown];) {
                ++shown;
            }
        }
        if (shown < properties) {
            result.example =
                make_counterexample(scene_, made_, found_.witnesses[witness_at[shown]]->digits);
            result.example->breaks = static_cast<broken_property>(shown);
            result.example->promised = !result.broken_promises.empty();
        }
    }

    const check_settings& settings_;
    check_scene scene_;
    std::uint64_t number_;
    promises promised_;
    check_circuit made_;
    watched_literals watched_;
    watch_result found_; ///< the witnesses to choose the example from
};

/// How much of the work a set of Byzantine servers is: for the progress bar only.
double weight_of(const check_settings& settings, const std::vector<server_id>& byzantine) {
    const auto space = strategy_space_of(settings.cluster, byzantine, settings.recursion);
    const auto all = strategy_count{static_cast<std::uint32_t>(settings.values),
                                    static_cast<std::uint32_t>(space.choices.size())}
                         .as_number();
    const bool sampled = !all || *all > settings.budget;
    return 1e5
           + static_cast<double>(sampled ? std::min(settings.budget, settings.sample_max) * 8
                                         : *all);
}

} // namespace

check_result check(const check_settings& settings) {
    validate(settings);
    const auto sets = fault_sets(settings);
    std::vector<double> begins{0};
    for (const auto& set : sets) {
        begins.push_back(begins.back() + weight_of(settings, set));
    }
    check_result result;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        for (const auto truth : {flag::confidential, flag::public_}) {
            const auto half = (begins[i + 1] - begins[i]) / 2;
            const auto begin = begins[i] + (truth == flag::public_ ? half : 0);
            case_check one(settings,
                           {settings.cluster, sets[i], truth, settings.values, settings.recursion},
                           result.cases.size());
            result.cases.push_back(one.run(begin / begins.back(), (begin + half) / begins.back()));
            result.promises_held =
                result.promises_held && result.cases.back().broken_promises.empty();
        }
    }
    return result;
}

} // namespace byzgate
