#include "actors/metrics_server.hpp"

#include <array>
#include <cstring>
#include <mutex>

#include <civetweb.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace byzgate {

namespace {

struct stop_server {
    void operator()(mg_context* running) const { mg_stop(running); }
};

void answer(mg_connection* to, int code, const char* reason, const char* type,
            const std::string& body, bool with_body) {
    const auto head = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                                  "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
                                  code, reason, type, body.size());
    const auto all = with_body ? head + body : head;
    mg_write(to, all.data(), all.size());
}

std::string health_json(const health& now) {
    nlohmann::ordered_json json = {{"status", now.problems.empty() ? "ok" : "failing"},
                                   {"problems", now.problems}};
    for (const auto& [name, value] : now.figures) {
        json[name] = value;
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace

struct metrics_server::impl {
    const metrics& shown;
    std::function<health()> check;
    std::string address;
    std::string complaint; ///< of the library while it starts
    std::mutex mutex;
    std::unique_ptr<mg_context, stop_server> running;

    void serve(mg_connection* to, const std::string& path, bool with_body) {
        if (path == "/metrics") {
            answer(to, 200, "OK", "text/plain; version=0.0.4; charset=utf-8", shown.text(),
                   with_body);
        } else if (path == "/healthz") {
            const auto now = check ? check() : health{};
            const bool well = now.problems.empty();
            answer(to, well ? 200 : 503, well ? "OK" : "Service Unavailable", "application/json",
                   health_json(now), with_body);
        } else {
            answer(to, 404, "Not Found", "text/plain", "there are /metrics and /healthz\n",
                   with_body);
        }
    }

    static int on_request(mg_connection* from) {
        const auto* request = mg_get_request_info(from);
        auto& self = *static_cast<impl*>(request->user_data);
        const std::string method = request->request_method;
        try {
            if (method != "GET" && method != "HEAD") {
                answer(from, 405, "Method Not Allowed", "text/plain", "GET only\n", true);
            } else {
                self.serve(from, request->local_uri, method == "GET");
            }
        } catch (const std::exception& failed) {
            answer(from, 500, "Internal Server Error", "text/plain",
                   std::string{failed.what()} + "\n", true);
        }
        return 1;
    }

    static int on_complaint(const mg_connection* from, const char* message) {
        const auto* context = mg_get_context(from);
        auto* self = context != nullptr ? static_cast<impl*>(mg_get_user_data(context)) : nullptr;
        if (self != nullptr) {
            const std::lock_guard lock{self->mutex};
            self->complaint = message;
        }
        return 1; // Not to stderr.
    }
};

metrics_server::metrics_server(const std::string& listen, const metrics& shown,
                               std::function<health()> check)
    : impl_(new impl{shown, std::move(check), {}, {}, {}, {}}) {
    static const unsigned library = mg_init_library(MG_FEATURES_DEFAULT);
    static_cast<void>(library);
    mg_callbacks callbacks{};
    callbacks.begin_request = impl::on_request;
    callbacks.log_message = impl::on_complaint;
    // Few threads and short patience: whoever sends nothing holds a thread for two seconds.
    std::array<const char*, 13> options{"listening_ports",
                                        listen.c_str(),
                                        "num_threads",
                                        "3",
                                        "request_timeout_ms",
                                        "2000",
                                        "enable_keep_alive",
                                        "no",
                                        "max_request_size",
                                        "4096",
                                        "connection_queue",
                                        "16",
                                        nullptr};
    mg_init_data init{&callbacks, impl_.get(), options.data()};
    impl_->running.reset(mg_start2(&init, nullptr));
    mg_server_port port{};
    if (!impl_->running || mg_get_server_ports(impl_->running.get(), 1, &port) != 1) {
        const std::lock_guard lock{impl_->mutex};
        throw std::runtime_error(fmt::format(
            "metrics: {} can't be listened on ({}); name a free port at an address of this "
            "machine, in [metrics] listen or with --metrics",
            listen, impl_->complaint.empty() ? "no such address" : impl_->complaint));
    }
    impl_->address = listen.substr(0, listen.rfind(':') + 1) + std::to_string(port.port);
}

metrics_server::~metrics_server() = default;

const std::string& metrics_server::address() const noexcept {
    return impl_->address;
}

} // namespace byzgate
