/// Messages as canonical bytes, for links between processes and for what a server keeps on disk.
///
/// A byte for the version of the encoding, one for the kind of the message (its place in
/// `message`), then its fields in order: bundles.hpp and encoding.hpp say how. What may be null has
/// a byte before it that says whether it is, so that silence about a batch and an empty batch
/// remain two things.
///
/// Every well-formed message has one encoding, and the decoder takes no other bytes: what it
/// returns encodes to what it was given. It is total on any bytes, and reserves no memory that
/// neither the limits nor the length of the input account for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/cluster.hpp"
#include "protocol/messages.hpp"

namespace byzgate {

inline constexpr std::uint8_t wire_version = 2;

/// A claim or verdict whose kind has no content is written without, whatever it carries.
[[nodiscard]] std::string encode(const message& m);

/// Nothing for bytes that `encode` doesn't write, and for messages over a limit. Whether what they
/// say has any place in the protocol is for admission (admit.hpp).
[[nodiscard]] std::optional<message> decode_message(std::string_view bytes, const limits& limit);

} // namespace byzgate
