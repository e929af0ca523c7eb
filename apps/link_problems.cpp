#include "apps/link_problems.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "apps/common.hpp"

namespace byzgate {

namespace {

/// Processes that start together find each other sooner.
constexpr std::chrono::seconds patience{2};

} // namespace

void link_problems::begin() {
    for (auto& [key, one] : all_) {
        one.here = false;
    }
}

void link_problems::add(const nlohmann::json& down, time now) {
    const auto from = down.value("from", "");
    const auto to = down.value("to", "");
    const auto why = down.value("why", "");
    auto key = from + ' ' + to + ' ' + why;
    // Clocks and counts in it go on; the reason stays.
    key.erase(std::remove_if(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; }),
              key.end());
    key += from + to;
    auto& one = all_.try_emplace(key, problem{{}, now}).first->second;
    one.line = fmt::format("{} has no link to {}: {}\n", from, to, printable(why));
    one.here = true;
}

std::string link_problems::take(time now) {
    std::string text;
    for (auto it = all_.begin(); it != all_.end();) {
        auto& one = it->second;
        if (!one.here) {
            it = all_.erase(it);
            continue;
        }
        if (!one.said && now - one.since >= patience) {
            one.said = true;
            text += one.line;
        }
        ++it;
    }
    return text;
}

} // namespace byzgate
