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

} // namespace byzgate
