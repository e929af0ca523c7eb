/// The external party: keeps what the gate lets through and says so. It knows nobody but whoever
/// delivers, and nothing but what was released.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "protocol/payloads.hpp"

namespace byzgate {

/// Where released records go. Throws std::runtime_error with a message to act on.
class release_sink {
public:
    virtual ~release_sink() = default;
    virtual void keep(round_id round, const released_record& record) = 0;
    virtual void flush() {}
    /// A whole delivery: all of it is kept on return.
    virtual void take(const delivery& all) {
        for (const auto& record : *all.records) {
            keep(all.round, record);
        }
        flush();
    }
};

enum class release_file : std::uint8_t {
    anew,  ///< whatever was there is gone
    append ///< goes on behind the last whole line, and is on the disk after each delivery
};

/// JSON Lines: {"id", "version", "payload", "round", "voters"}, in a signed cluster "certificate"
/// too: the base64 of its canonical bytes; in a sealed one "opening": the base64 of what it takes
/// to check the payload against its digest (crypto/sealing.hpp). A payload that is not valid UTF-8
/// stands in "payload_base64" instead. `path` is a file, or `-` for standard output.
[[nodiscard]] std::unique_ptr<release_sink> open_json_lines(const std::string& path,
                                                            release_file how = release_file::anew);

/// One line of it, without the newline.
[[nodiscard]] std::string release_line(round_id round, const released_record& record);

struct external_party_settings {
    std::shared_ptr<release_sink> sink; ///< null: released records are counted and dropped
    client_actor judge;                 ///< gets a copy of each delivery; may be null
    std::function<void(const std::string&)> on_failure;
    /// After a failure the next delivery is tried all the same: whoever delivers will repeat it.
    bool keeps_trying = false;
    /// Sealed clusters: opens what came. What can't be opened is neither kept nor judged.
    std::shared_ptr<const payload_opener> opener{};
};

struct external_party_state {
    static inline const char* name = "byzgate.external_party";
    external_party_settings settings;
    bool failed = false;
};

external_party_actor::behavior_type
external_party(external_party_actor::stateful_pointer<external_party_state> self,
               external_party_settings settings);

} // namespace byzgate
