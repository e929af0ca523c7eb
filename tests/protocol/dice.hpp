/// Random choices of the randomized tests: seeded, printed, replayable. BYZGATE_TEST_SEED in the
/// environment moves all of them to other choices.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace byzgate::testing {

/// What the seeds of all randomized tests start from.
[[nodiscard]] inline std::uint64_t base_seed() {
    const char* given = std::getenv("BYZGATE_TEST_SEED");
    return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

/// SplitMix64: small, fast, the same everywhere (the standard's distributions are not).
class dice {
public:
    explicit dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// 0 … n-1; n is at least 1.
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(next() % n); }
    /// Between the two, both included.
    std::uint32_t between(std::uint32_t low, std::uint32_t high) {
        return low + below(high - low + 1);
    }
    bool chance(std::uint32_t percent) { return below(100) < percent; }

    /// `count` distinct numbers below `n`, ascending.
    std::vector<std::uint32_t> some_of(std::uint32_t n, std::uint32_t count) {
        std::vector<std::uint32_t> chosen;
        for (std::uint32_t i = 0; i < n && chosen.size() < count; ++i) {
            if (below(n - i) < count - chosen.size()) {
                chosen.push_back(i);
            }
        }
        return chosen;
    }

private:
    std::uint64_t state_;
};

/// A seed that depends on all of `parts`.
template <class... Parts>
[[nodiscard]] std::uint64_t mixed(std::uint64_t first, Parts... parts) {
    auto seed = first;
    ((seed = dice{seed ^ (static_cast<std::uint64_t>(parts) * 0xd6e8feb86659fd93ULL)}.next()), ...);
    return seed;
}

} // namespace byzgate::testing
