/// What a long-running subcommand shows of itself: the log of `[log]`, and `/metrics` and
/// `/healthz` at `[metrics] listen` or `--metrics`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "actors/metrics.hpp"
#include "actors/metrics_server.hpp"
#include "config/scenario.hpp"

namespace byzgate {

/// `--metrics ADDRESS`, which wins over the configuration.
void add_metrics_option(CLI::App& app, std::optional<std::string>& listen);

/// Open while the object lives. Says on stderr where the figures are to be had.
class monitoring {
public:
    /// `check` answers /healthz, from threads of its own; empty: always well. Throws
    /// std::runtime_error if log file or address can't be had.
    explicit monitoring(const scenario& what, const std::optional<std::string>& listen = {},
                        std::function<health()> check = {});
    ~monitoring();
    monitoring(const monitoring&) = delete;
    monitoring& operator=(const monitoring&) = delete;

    /// Null if nobody asked for figures.
    [[nodiscard]] metrics* figures() noexcept { return figures_.get(); }

private:
    std::unique_ptr<metrics> figures_;
    std::unique_ptr<metrics_server> server_;
};

} // namespace byzgate
