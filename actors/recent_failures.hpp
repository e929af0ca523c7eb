/// What fails in the environment of a process, so that a log says it often enough and not too
/// often, and /healthz says what failed lately. Any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace byzgate {

class recent_failures {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// True if a log should say so: for the first time, or again ten seconds after it did. A full
    /// disk fails many times a second.
    bool add(const std::string& what, time_point now);
    /// Of the last minute.
    [[nodiscard]] std::vector<std::string> at(time_point now) const;

private:
    using times = std::map<std::string, time_point>;

    mutable std::mutex mutex_;
    times told_; ///< when `add` was last true
    times met_;  ///< when it failed last
};

} // namespace byzgate
