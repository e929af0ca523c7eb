/// Which records there are, as commanders tell the supervisor for `release --all`: a page of ids
/// at a time, in ascending order. A commander may lie; its list can only add ids to the union of
/// all, and an id alone releases nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "storage/database.hpp"

namespace byzgate {

/// The first bytes of frames that are no protocol messages, whose first byte is `wire_version`.
inline constexpr std::uint8_t catalogue_request_mark = 0xc0;
inline constexpr std::uint8_t catalogue_page_mark = 0xc1;

struct listed_record {
    record_id id;
    version_id version; ///< empty unless asked for

    bool operator==(const listed_record&) const = default;
};

struct catalogue_page {
    std::uint64_t number = 0;
    std::vector<listed_record> records; ///< ascending by id
    bool last = false;
};

inline constexpr std::size_t catalogue_page_records_max = 1'000;

[[nodiscard]] std::string encode(const catalogue_request& request);
[[nodiscard]] std::string encode(const catalogue_page& page);
/// Total on any bytes; nothing for what the encoders don't write and for what is over a limit.
[[nodiscard]] std::optional<catalogue_request> decode_catalogue_request(std::string_view bytes,
                                                                        const limits& limit);
[[nodiscard]] std::optional<catalogue_page> decode_catalogue_page(std::string_view bytes,
                                                                  const limits& limit);

/// Answers requests out of a commander's database. Detached: its reads block. What it holds is the
/// ids as of the last request from the start.
using catalogue_actor = caf_compat::typed_actor<void(catalogue_request)>;

struct catalogue_settings {
    std::function<std::unique_ptr<database>()> open;
    std::function<void(std::string)> answer; ///< a frame for whoever asked
    std::function<void(const std::string&)> on_failure;
    /// Told once, with the first list, what an operator should know about the records; may be
    /// empty.
    std::function<void(const std::string&)> on_warning{};
};

struct catalogue_state {
    static inline const char* name = "byzgate.catalogue";
    catalogue_settings settings;
    std::unique_ptr<database> opened;
    std::vector<record_id> ids;
    bool listed = false;
    bool warned = false;
};

catalogue_actor::behavior_type catalogue(catalogue_actor::stateful_pointer<catalogue_state> self,
                                         catalogue_settings settings);

} // namespace byzgate
