/// Claims and verdicts, alone or shown out of a signed batch, as canonical bytes. The decoders are
/// total on any bytes and take exactly what the encoders write.
#pragma once

#include "protocol/encoding.hpp"
#include "protocol/messages.hpp"

namespace byzgate {

void put(encoder& to, const claim& c);
void put(encoder& to, const verdict& v);
void put(encoder& to, const shown_claim& shown);
void put(encoder& to, const shown_verdict& shown);

[[nodiscard]] claim read_claim(decoder& from);
[[nodiscard]] verdict read_verdict(decoder& from);
[[nodiscard]] shown_claim read_shown_claim(decoder& from);
[[nodiscard]] shown_verdict read_shown_verdict(decoder& from);

/// Bytes of a record id or version that a decoder takes at most.
inline constexpr std::size_t id_bytes_max = 65'536;
/// Things in a list that a decoder takes at most.
inline constexpr std::size_t list_max = 65'536;

} // namespace byzgate
