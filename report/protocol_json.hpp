/// The protocol's values as JSON, for traces and pages: as they were said, lies and nonsense
/// included. Servers and enumerators that don't exist are written by number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/machine.hpp"
#include "report/json_text.hpp"
#include "report/trace.hpp"

namespace byzgate::json_text {

void put_number(std::string& out, std::string_view name, std::uint64_t number);
void put_text(std::string& out, std::string_view name, std::string_view bytes);
void put_bool(std::string& out, std::string_view name, bool value);
template <std::size_t Size>
void put_hex(std::string& out, std::string_view name, const std::array<std::uint8_t, Size>& bytes) {
    append_key(out, name);
    append_string(out, hex_of(bytes));
}
void put_flag(std::string& out, std::string_view name, flag f);
void put_server(std::string& out, std::string_view name, server_id id);
void put_servers(std::string& out, std::string_view name, const std::vector<server_id>& ids);

/// The name of an enumerator, or the number of one that doesn't exist.
template <class Enum>
void put_enum(std::string& out, std::string_view name, Enum value) {
    const auto text = to_string(value);
    if (text == "?") {
        put_number(out, name, static_cast<std::uint64_t>(value));
    } else {
        put_text(out, name, text);
    }
}

void append_server(std::string& out, server_id id);
void append_claim(std::string& out, const claim& c);
/// Null for silence.
void append_claims(std::string& out, const claim_batch& claims);
void append_verdict(std::string& out, const verdict& v);

/// The field "openings" of a receipt or a closed round, where there is anything to say.
void put_openings(std::string& out, const std::vector<opening_report>& openings);

/// Appends what a message holds beyond kind and round.
void append_content(std::string& out, const message& what, traced_payloads payloads,
                    const std::vector<relay_path>& paths);

} // namespace byzgate::json_text
