#include "actors/log.hpp"

#include <atomic>
#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace byzgate {

namespace {

/// The process's log. Readers take a copy of the pointer, so that closing waits for nobody.
struct open_one {
    std::mutex mutex;
    std::shared_ptr<spdlog::logger> writer;
    log_format format = log_format::text;
    std::atomic<log_level> least{log_level::off};
};

open_one& the_log() {
    static open_one one;
    return one;
}

log_level level_named(const std::string& name) {
    for (const auto& [known, level] :
         {std::pair{"debug", log_level::debug}, std::pair{"info", log_level::info},
          std::pair{"warning", log_level::warning}, std::pair{"error", log_level::error}}) {
        if (name == known) {
            return level;
        }
    }
    return log_level::off;
}

spdlog::level::level_enum as_spdlog(log_level level) {
    switch (level) {
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warning:
            return spdlog::level::warn;
        default:
            return spdlog::level::err;
    }
}

std::string json_of(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// A word stands as it is; anything else in quotes, as JSON has it.
std::string text_of(const std::string& text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-_.:/@+,";
    return !text.empty() && text.find_first_not_of(plain) == std::string::npos ? text
                                                                               : json_of(text);
}

std::string value_of(const log_field& field, log_format format) {
    if (const auto* text = std::get_if<std::string>(&field.value)) {
        const bool cut = text->size() > log_field::text_bytes_max;
        const auto shown = cut ? text->substr(0, log_field::text_bytes_max) + "..." : *text;
        return format == log_format::json ? json_of(shown) : text_of(shown);
    }
    if (const auto* number = std::get_if<double>(&field.value)) {
        return nlohmann::json(*number).dump();
    }
    if (const auto* yes = std::get_if<bool>(&field.value)) {
        return *yes ? "true" : "false";
    }
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        return std::to_string(*number);
    }
    return std::to_string(std::get<std::uint64_t>(field.value));
}

} // namespace

void open_log(const log_config& how) {
    close_log();
    spdlog::sink_ptr sink;
    try {
        if (how.file) {
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(how.file->string());
        } else {
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        }
    } catch (const spdlog::spdlog_ex& failed) {
        throw std::runtime_error(
            fmt::format("the log can't be written: {}; name another file in [log]", failed.what()));
    }
    auto writer = std::make_shared<spdlog::logger>("byzgate", std::move(sink));
    writer->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        how.format == log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                       : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
        spdlog::pattern_time_type::utc));
    writer->set_level(spdlog::level::debug);
    // What was said must be there when the process is killed right after.
    writer->flush_on(spdlog::level::info);
    auto& log = the_log();
    const std::lock_guard lock{log.mutex};
    log.writer = std::move(writer);
    log.format = how.format;
    log.least = level_named(how.level);
}

void close_log() {
    auto& log = the_log();
    std::shared_ptr<spdlog::logger> writer;
    {
        const std::lock_guard lock{log.mutex};
        log.least = log_level::off;
        writer = std::move(log.writer);
        log.writer = nullptr;
    }
    if (writer) {
        writer->flush();
    }
}

bool log_wants(log_level level) noexcept {
    return level != log_level::off && level >= the_log().least.load(std::memory_order_relaxed);
}

void log_event(log_level level, std::string_view what, std::initializer_list<log_field> fields) {
    if (!log_wants(level)) {
        return;
    }
    auto& log = the_log();
    std::shared_ptr<spdlog::logger> writer;
    log_format format{};
    {
        const std::lock_guard lock{log.mutex};
        writer = log.writer;
        format = log.format;
    }
    if (!writer) {
        return;
    }
    std::string line;
    if (format == log_format::json) {
        line = fmt::format("\"event\":{}", json_of(std::string{what}));
        for (const auto& field : fields) {
            line += fmt::format(",\"{}\":{}", field.name, value_of(field, format));
        }
    } else {
        line = what;
        for (const auto& field : fields) {
            line += fmt::format(" {}={}", field.name, value_of(field, format));
        }
    }
    writer->log(as_spdlog(level), line);
}

} // namespace byzgate
