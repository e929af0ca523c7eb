/// What a process writes down about itself: events with fields, one a line, as text or JSON, to
/// stderr or a file. Payloads, keys and record ids never go in: there is no field that takes one,
/// and who adds an event keeps it that way.
///
///     log_event(log_level::warning, "link_down", {{"peer", to_string(peer)}, {"after_s", 12}});
///
/// One log a process. Until `open_log` nothing is written, and then `log_event` costs one load.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "config/scenario.hpp"

namespace byzgate {

enum class log_level : std::uint8_t { debug, info, warning, error, off };

/// A name in snake_case and a value. Texts are cut at `text_bytes_max`, and what a stranger wrote
/// is made harmless: no line breaks or other control characters, valid UTF-8.
struct log_field {
    static constexpr std::size_t text_bytes_max = 500;

    std::string_view name;
    std::variant<std::int64_t, std::uint64_t, double, bool, std::string> value;

    log_field(std::string_view field, std::string_view text)
        : name(field), value(std::string{text}) {}
    log_field(std::string_view field, const char* text) : name(field), value(std::string{text}) {}
    log_field(std::string_view field, const std::string& text) : name(field), value(text) {}
    log_field(std::string_view field, bool yes) : name(field), value(yes) {}
    log_field(std::string_view field, double number) : name(field), value(number) {}
    template <std::unsigned_integral Number>
    log_field(std::string_view field, Number number) : name(field), value(std::uint64_t{number}) {}
    template <std::signed_integral Number>
    log_field(std::string_view field, Number number) : name(field), value(std::int64_t{number}) {}
};

/// Starts the log, in the place of one that was open. Throws std::runtime_error if the file can't
/// be opened.
void open_log(const log_config& how);
/// Writes what is left and stops. Also at the end of the process.
void close_log();

/// Whether an event of this level would be written: for events that are costly to put together.
[[nodiscard]] bool log_wants(log_level level) noexcept;

/// `what` is the event's name in snake_case. From any thread.
void log_event(log_level level, std::string_view what,
               std::initializer_list<log_field> fields = {});

} // namespace byzgate
