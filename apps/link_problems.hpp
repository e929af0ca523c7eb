/// Why links of a trial's processes are down, said once each: not while everything only starts, and
/// again only when a link was up in between or has another reason.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace byzgate {

class link_problems {
public:
    using time = std::chrono::steady_clock::time_point;

    /// What the processes say of their links that are down, all of them at one time.
    void begin();
    void add(const nlohmann::json& down, time now);
    /// Lines that are due; empty if none is.
    [[nodiscard]] std::string take(time now);

private:
    struct problem {
        std::string line;
        time since;
        bool here = true; ///< of those that were added last
        bool said = false;
    };
    std::map<std::string, problem> all_;
};

} // namespace byzgate
