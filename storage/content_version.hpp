/// The version of a record whose table has no version column.
#pragma once

#include "protocol/record.hpp"

namespace byzgate {

/// A hash of flag and payload: 32 hexadecimal digits of BLAKE2b-256, domain separated, so that it
/// is never the digest of some payload.
[[nodiscard]] version_id content_version(flag confidentiality, std::string_view payload);

} // namespace byzgate
