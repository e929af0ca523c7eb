/// What failed in the environment while a run went on, said from any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace byzgate {

class failure_log {
public:
    /// The same text is kept once, and so many texts at most.
    static constexpr std::size_t most = 100;

    void add(const std::string& what) {
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
    mutable std::mutex mutex_;
    std::vector<std::string> all_;
    std::atomic<bool> any_{false};
};

} // namespace byzgate
