/// One JSON object of a trace, taken apart strictly: every field is asked for by name and type, and
/// `done` refuses whatever nobody asked for. All functions throw trace_error.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "report/trace.hpp"

namespace byzgate {

class json_fields {
public:
    json_fields(const nlohmann::json& object, std::size_t line);

    [[nodiscard]] std::size_t line() const noexcept { return line_; }

    [[nodiscard]] const nlohmann::json& at(std::string_view name);
    /// Null where the object has no such field.
    [[nodiscard]] const nlohmann::json* maybe(std::string_view name);
    [[nodiscard]] const nlohmann::json& array(std::string_view name);
    /// An array, or null where the field is JSON's null.
    [[nodiscard]] const nlohmann::json* array_or_null(std::string_view name);

    [[nodiscard]] std::uint64_t
    number(std::string_view name, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    [[nodiscard]] std::uint32_t number32(std::string_view name);
    [[nodiscard]] bool boolean(std::string_view name);
    /// Any bytes: a string, or `{"hex": "…"}`.
    [[nodiscard]] std::string text(std::string_view name);
    [[nodiscard]] server_id server(std::string_view name);
    [[nodiscard]] std::vector<server_id> servers(std::string_view name);
    [[nodiscard]] digest digest_at(std::string_view name);
    [[nodiscard]] signature signature_at(std::string_view name);
    [[nodiscard]] leaf_salt leaf_salt_at(std::string_view name);
    [[nodiscard]] flag flag_at(std::string_view name);

    /// An enumerator by its name, up to and including `last`, or by the number of one that doesn't
    /// exist.
    template <class Enum>
    [[nodiscard]] Enum enumerator(std::string_view name, Enum last) {
        const auto& value = at(name);
        for (int i = 0; i <= static_cast<int>(last) && value.is_string(); ++i) {
            if (to_string(static_cast<Enum>(i)) == value.get_ref<const std::string&>()) {
                return static_cast<Enum>(i);
            }
        }
        if (value.is_string()) {
            fail(name, "is not one of the known names");
        }
        const auto found = number(name, 255);
        if (found <= static_cast<std::uint64_t>(last)) {
            fail(name, "must be a name");
        }
        return static_cast<Enum>(found);
    }

    /// Refuses fields that nobody asked for.
    void done() const;

    [[noreturn]] void fail(std::string_view name, std::string_view what) const;

private:
    template <std::size_t Bytes>
    [[nodiscard]] std::array<std::uint8_t, Bytes> bytes_at(std::string_view name);

    const nlohmann::json& object_;
    std::size_t line_;
    std::vector<std::string_view> asked_;
};

/// A JSON text that nests no deeper than any of ours. Throws trace_error.
[[nodiscard]] nlohmann::json parse_json(const std::string& text, std::size_t line,
                                        const nlohmann::json::parser_callback_t& see = nullptr);

/// The bytes that lower-case hexadecimal digits stand for; nothing for any other text.
[[nodiscard]] std::optional<std::string> bytes_of_hex(std::string_view hex);

[[nodiscard]] std::string read_bytes(const nlohmann::json& value, std::size_t line);
[[nodiscard]] server_id read_server(const nlohmann::json& value, std::size_t line);
[[nodiscard]] std::uint64_t read_number(const nlohmann::json& value, std::uint64_t most,
                                        std::size_t line);
[[nodiscard]] claim read_claim(const nlohmann::json& value, std::size_t line);
/// Null where the array is.
[[nodiscard]] claim_batch read_claims(const nlohmann::json* array, std::size_t line);
[[nodiscard]] verdict read_verdict(const nlohmann::json& value, std::size_t line);

/// The message of a `sent` event, whose common fields have been asked for already.
void read_message(json_fields& fields, std::string_view kind, round_id round, sent_event& into);

} // namespace byzgate
