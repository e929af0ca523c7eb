/// `GET /metrics` and `GET /healthz` on one address, and nothing else. Whoever reaches the address
/// can read the figures: listen on loopback or a network of one's own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/metrics.hpp"

namespace byzgate {

/// Whether a process does its work; if not, why, as sentences for an operator.
struct health {
    std::vector<std::string> problems; ///< empty: 200, else 503
    /// What else is to be seen in the answer, such as ("links_up", 4).
    std::vector<std::pair<std::string, std::uint64_t>> figures;
};

class metrics_server {
public:
    /// `listen` is `ADDRESS:PORT`; port 0 lets the system choose. Serves until it is destroyed;
    /// `shown` and what `check` uses outlive it. Throws std::runtime_error with a message to act on
    /// if the address can't be had.
    metrics_server(const std::string& listen, const metrics& shown, std::function<health()> check);
    ~metrics_server();
    metrics_server(const metrics_server&) = delete;
    metrics_server& operator=(const metrics_server&) = delete;

    /// `ADDRESS:PORT` with the port that it got.
    [[nodiscard]] const std::string& address() const noexcept;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace byzgate
