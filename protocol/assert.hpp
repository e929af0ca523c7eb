/// An assertion for our own bugs, on in every build type. What a peer sent is never asserted: a lie
/// is a value (`refusal`), see admit.hpp.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace byzgate::detail {

[[noreturn]] inline void assertion_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "byzgate: internal error: %s does not hold (%s:%d)\n", what, file, line);
    std::abort();
}

} // namespace byzgate::detail

#define BYZGATE_ASSERT(condition)                                                                  \
    (static_cast<bool>(condition)                                                                  \
         ? static_cast<void>(0)                                                                    \
         : ::byzgate::detail::assertion_failed(#condition, __FILE__, __LINE__))
