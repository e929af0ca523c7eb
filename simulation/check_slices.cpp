#include "simulation/check_slices.hpp"

#include <cstring>

namespace byzgate {

namespace {

#define BYZGATE_INLINE inline __attribute__((always_inline))

using wide = std::uint64_t __attribute__((vector_size(32)));

BYZGATE_INLINE void run_all(const instruction* first, const instruction* last, slice* slots) {
    for (; first != last; ++first) {
        wide a;
        wide b;
        std::memcpy(&a, slots[first->a].word.data(), sizeof a);
        std::memcpy(&b, slots[first->b].word.data(), sizeof b);
        switch (first->kind) {
            case gate_kind::both:
                a &= b;
                break;
            case gate_kind::only:
                a &= ~b;
                break;
            case gate_kind::neither:
                a = ~(a | b);
                break;
            case gate_kind::differ:
                a ^= b;
                break;
            case gate_kind::constant:
            case gate_kind::input:
                break;
        }
        std::memcpy(slots[first->to].word.data(), &a, sizeof a);
    }
}

BYZGATE_INLINE std::uint32_t count_all(const slice& of) {
    int count = 0;
    for (const auto word : of.word) {
        count += __builtin_popcountll(word);
    }
    return static_cast<std::uint32_t>(count);
}

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt"))) void run_wide(const instruction* first,
                                                     const instruction* last, slice* slots) {
    run_all(first, last, slots);
}
__attribute__((target("avx2,popcnt"))) std::uint32_t count_wide(const slice& of) {
    return count_all(of);
}
bool is_wide() {
    static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    return wide;
}
#endif

} // namespace

void run_instructions(const instruction* first, const instruction* last, slice* slots) {
#if defined(__x86_64__)
    if (is_wide()) {
        run_wide(first, last, slots);
        return;
    }
#endif
    run_all(first, last, slots);
}

std::uint32_t count_lanes(const slice& of) {
#if defined(__x86_64__)
    if (is_wide()) {
        return count_wide(of);
    }
#endif
    return count_all(of);
}

} // namespace byzgate
