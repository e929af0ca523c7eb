#include "apps/monitoring.hpp"

#include <fmt/format.h>

#include "actors/log.hpp"

namespace byzgate {

void add_metrics_option(CLI::App& app, std::optional<std::string>& listen) {
    app.add_option("--metrics", listen, "Serve /metrics and /healthz there, such as 127.0.0.1:9464")
        ->type_name("ADDRESS:PORT");
}

monitoring::monitoring(const scenario& what, const std::optional<std::string>& listen,
                       std::function<health()> check) {
    if (what.log) {
        open_log(*what.log);
    }
    const auto& address = listen ? listen : what.metrics_listen;
    if (address) {
        figures_ = std::make_unique<metrics>(what.cluster);
        server_ = std::make_unique<metrics_server>(*address, *figures_, std::move(check));
        const auto at = fmt::format("http://{}/metrics", server_->address());
        if (what.log) {
            log_event(log_level::info, "figures", {{"at", at}});
        }
        // A log as JSON on stderr has nothing else there.
        if (!what.log || what.log->file) {
            fmt::print(stderr, "byzgate: figures at {}\n", at);
        }
    }
}

monitoring::~monitoring() {
    close_log();
}

} // namespace byzgate
