// [log] and [metrics].
#include "config/readers.hpp"

#include <charconv>

namespace byzgate {

namespace {

/// `ADDRESS:PORT`, `[IPv6]:PORT`; port 0 lets the system choose.
bool is_listen_address(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0 || text.find_first_of(" ,/") != text.npos) {
        return false;
    }
    const auto host = text.substr(0, colon);
    if (host.find(':') != std::string::npos && !(host.front() == '[' && host.back() == ']')) {
        return false;
    }
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, port);
    return read.ec == std::errc{} && read.ptr == end;
}

} // namespace

void read_monitoring(table_reader& root, scenario& into) {
    if (root.has("log")) {
        log_config log;
        auto table = root.below("log");
        log.level =
            table.one_of("level", {"debug", "info", "warning", "error", "off"}).value_or(log.level);
        if (table.one_of("format", {"text", "json"}) == "json") {
            log.format = log_format::json;
        }
        if (const auto file = table.name("file"); file && *file != "stderr") {
            log.file = resolved(*file, *table.find("file"), into.file);
        }
        table.finish();
        into.log = std::move(log);
    }
    auto table = root.below("metrics");
    if (auto listen = table.name("listen")) {
        if (is_listen_address(*listen)) {
            into.metrics_listen = std::move(*listen);
        } else {
            table.reject("listen", "is no address; write one such as \"127.0.0.1:9464\"");
        }
    }
    table.finish();
}

} // namespace byzgate
