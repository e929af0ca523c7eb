#include "actors/recent_failures.hpp"

namespace byzgate {

bool recent_failures::add(const std::string& what, time_point now) {
    constexpr std::chrono::seconds repeated_after{10};
    constexpr std::size_t kept_max = 100;
    const std::lock_guard lock{mutex_};
    for (auto* of : {&told_, &met_}) {
        if (of->size() >= kept_max) {
            of->clear();
        }
    }
    met_[what] = now;
    const auto before = told_.find(what);
    if (before != told_.end() && now - before->second < repeated_after) {
        return false;
    }
    told_[what] = now;
    return true;
}

std::vector<std::string> recent_failures::at(time_point now) const {
    constexpr std::chrono::minutes recent{1};
    std::vector<std::string> all;
    const std::lock_guard lock{mutex_};
    for (const auto& [what, when] : met_) {
        if (now - when < recent) {
            all.push_back(what);
        }
    }
    return all;
}

} // namespace byzgate
