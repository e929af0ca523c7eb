#include "protocol/machine.hpp"

namespace byzgate {

std::string_view to_string(record_outcome o) noexcept {
    switch (o) {
        case record_outcome::open:
            return "open";
        case record_outcome::released:
            return "released";
        case record_outcome::withheld:
            return "withheld";
        case record_outcome::unresolved:
            return "unresolved";
    }
    return "?";
}

std::string_view to_string(refusal r) noexcept {
    switch (r) {
        case refusal::unknown_server:
            return "unknown_server";
        case refusal::unknown_round:
            return "unknown_round";
        case refusal::late:
            return "late";
        case refusal::duplicate:
            return "duplicate";
        case refusal::malformed:
            return "malformed";
        case refusal::oversized:
            return "oversized";
        case refusal::bad_digest:
            return "bad_digest";
        case refusal::bad_signature:
            return "bad_signature";
    }
    return "?";
}

void refusals_are_about(effects& doing, std::size_t first, const message& what) {
    std::shared_ptr<const message> shared;
    for (auto i = first; i < doing.size(); ++i) {
        auto* no = std::get_if<refused>(&doing[i]);
        if (no != nullptr && !no->about) {
            shared = shared ? shared : std::make_shared<const message>(what);
            no->about = shared;
        }
    }
}

} // namespace byzgate
