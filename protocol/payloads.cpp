#include "protocol/payloads.hpp"

#include <limits>

#include "protocol/assert.hpp"
#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

/// The first byte, so that no shape is ever taken for another.
enum class shape : std::uint8_t { part = 1, hand_over = 2, delivery = 3 };

constexpr std::size_t any_length = std::numeric_limits<std::uint32_t>::max();

std::string encode_as(shape kind, const sealed_part& part) {
    encoder to;
    to.u8(static_cast<std::uint8_t>(kind));
    return to.text(part.digests).text(part.ciphertext).text(part.share).take();
}

std::optional<sealed_part> decode_as(shape kind, std::string_view bytes) {
    decoder from{bytes};
    if (from.u8() != static_cast<std::uint8_t>(kind)) {
        return std::nullopt;
    }
    sealed_part part;
    part.digests = from.text(any_length);
    part.ciphertext = from.text(any_length);
    part.share = from.text(any_length);
    return from.done() ? std::optional{std::move(part)} : std::nullopt;
}

} // namespace

std::string encode_part(const sealed_part& part) {
    return encode_as(shape::part, part);
}

std::optional<sealed_part> decode_part(std::string_view bytes) {
    return decode_as(shape::part, bytes);
}

std::string encode_hand_over(const sealed_part& part) {
    return encode_as(shape::hand_over, part);
}

std::optional<sealed_part> decode_hand_over(std::string_view bytes) {
    return decode_as(shape::hand_over, bytes);
}

std::string encode_sealed(const sealed_delivery& all) {
    encoder to;
    to.u8(static_cast<std::uint8_t>(shape::delivery)).text(all.digests).text(all.ciphertext);
    to.u32(static_cast<std::uint32_t>(all.shares.size()));
    for (const auto& one : all.shares) {
        to.server(one.from).text(one.share);
    }
    return to.take();
}

std::optional<sealed_delivery> decode_sealed(std::string_view bytes, std::uint32_t lieutenants) {
    decoder from{bytes};
    if (from.u8() != static_cast<std::uint8_t>(shape::delivery)) {
        return std::nullopt;
    }
    sealed_delivery all;
    all.digests = from.text(any_length);
    all.ciphertext = from.text(any_length);
    all.shares.resize(from.count(lieutenants, 8));
    for (std::size_t i = 0; i < all.shares.size(); ++i) {
        auto& one = all.shares[i];
        one.from = from.server();
        one.share = from.text(any_length);
        if (!is_lieutenant(one.from) || index_of(one.from) >= lieutenants
            || (i > 0 && !(all.shares[i - 1].from < one.from))) {
            return std::nullopt;
        }
    }
    return from.done() ? std::optional{std::move(all)} : std::nullopt;
}

opened_delivery open_delivery(const payload_opener& opener, const delivery& came) {
    opened_delivery opened{{came.round, came.sequence, nullptr}, {came.round, came.sequence}};
    std::vector<released_record> kept;
    kept.reserve(came.records->size());
    for (std::uint32_t i = 0; i < came.records->size(); ++i) {
        const auto& sealed = (*came.records)[i];
        auto found =
            opener.open({sealed.id, sealed.version, sealed.payload_digest}, sealed.payload);
        if (!found.payload || !found.bad_shares.empty()) {
            opened.receipt.openings.push_back(
                {i, found.payload.has_value(), std::move(found.bad_shares)});
        }
        if (found.payload) {
            auto& record = kept.emplace_back(released_record{
                sealed.id, sealed.version, sealed.payload_digest, std::move(*found.payload),
                sealed.voters, sealed.certificate, sealed.level});
            record.opening = std::move(found.opening);
        }
    }
    opened.what.records = std::make_shared<const std::vector<released_record>>(std::move(kept));
    return opened;
}

bool is_part_of(const payload_scheme& scheme, const payload_name& what, std::uint32_t lieutenant,
                std::string_view bytes) {
    const auto part = decode_part(bytes);
    return part && scheme.is_committed(what, part->digests, part->ciphertext)
           && scheme.is_share(what, part->digests, lieutenant, part->share);
}

std::string hand_over(const payload_scheme& scheme, std::string_view part) {
    auto mine = decode_part(part);
    BYZGATE_ASSERT(mine.has_value());
    auto closed = scheme.close_share(mine->share);
    BYZGATE_ASSERT(closed.has_value());
    mine->share = std::move(*closed);
    return encode_hand_over(*mine);
}

} // namespace byzgate
