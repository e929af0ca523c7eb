/// What failed in the environment while a run went on, said from any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "actors/log.hpp"
#include "actors/metrics.hpp"

namespace byzgate {

class failure_log {
public:
    /// The same text is kept once, and so many texts at most.
    static constexpr std::size_t most = 100;

    /// `figures` counts too; may be null, outlives the log.
    explicit failure_log(metrics* figures = nullptr) : figures_(figures) {}

    void add(const std::string& what) {
        log_event(log_level::error, "failure", {{"what", what}});
        if (figures_ != nullptr) {
            figures_->on_failure();
        }
        const std::lock_guard lock{mutex_};
        if (std::find(all_.begin(), all_.end(), what) == all_.end() && all_.size() < most) {
            all_.push_back(what);
        }
        any_ = true;
    }
    [[nodiscard]] bool any() const noexcept { return any_; }
    [[nodiscard]] std::vector<std::string> all() const {
        const std::lock_guard lock{mutex_};
        return all_;
    }

private:
    metrics* figures_;
    mutable std::mutex mutex_;
    std::vector<std::string> all_;
    std::atomic<bool> any_{false};
};

} // namespace byzgate
