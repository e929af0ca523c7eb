/// The trust boundary: whether what a peer sent has the shape that its place in the protocol
/// allows. A refusal is a value; nothing here throws or asserts on what a peer sent, and nothing
/// goes back to the peer.
#pragma once

#include <optional>

#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

/// The supervisor is trusted to start rounds, but even its requests have bounds.
[[nodiscard]] std::optional<refusal> refusal_of_request(const round_request& request,
                                                        const cluster_parameters& cluster);

/// A commander's claims for a batch of `records`, who sent them being known.
[[nodiscard]] std::optional<refusal> refusal_of_distribution(const distribution& told,
                                                             std::size_t records,
                                                             const cluster_parameters& cluster);

/// A relay in which `items` items of `records` claims each are owed.
[[nodiscard]] std::optional<refusal> refusal_of_relay(const relay& passed_on, std::size_t items,
                                                      std::size_t records,
                                                      const cluster_parameters& cluster);

/// A signed relay of `from`, up to two batches of `records` claims of each of `commanders`. Whether
/// the signatures are good is another matter.
[[nodiscard]] std::optional<refusal> refusal_of_relay(const signed_relay& passed_on,
                                                      std::size_t commanders, std::size_t records,
                                                      server_id from,
                                                      const cluster_parameters& cluster);

/// A lieutenant's vote on a batch of `records`.
[[nodiscard]] std::optional<refusal> refusal_of_vote(const vote& cast, std::size_t records,
                                                     const cluster_parameters& cluster);

/// What a voter hands over beside payloads for a batch of `records`: no more than one batch of a
/// commander, in order. Whether the signatures are good is another matter.
[[nodiscard]] std::optional<refusal> refusal_of_grounds(const release_grounds& grounds,
                                                        std::size_t records,
                                                        const cluster_parameters& cluster);

/// Claims that carry content where their kind has none, or too much of it, have a shape that no
/// loyal server sends.
[[nodiscard]] bool well_formed(const claim& c, const limits& limit) noexcept;

} // namespace byzgate
