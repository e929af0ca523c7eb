#include "protocol/bundles.hpp"

namespace byzgate {

namespace {

/// A tree of 2^32 leaves has no longer proofs: three digests on each of 16 levels.
constexpr std::size_t proof_max = 48;

void put_proof(encoder& to, const std::vector<digest>& proof) {
    to.u32(static_cast<std::uint32_t>(proof.size()));
    for (const auto& d : proof) {
        to.fixed(d);
    }
}

std::vector<digest> read_proof(decoder& from) {
    std::vector<digest> proof(from.count(proof_max, sizeof(digest)));
    for (auto& d : proof) {
        d = from.fixed_digest();
    }
    return proof;
}

/// Claims and verdicts are shown alike.
template <class Shown, class What>
void put_shown(encoder& to, server_id by, const Shown& shown, const What& what) {
    to.server(by).u64(number_of(shown.round)).u32(shown.level).u32(shown.count);
    to.u32(shown.position).text(shown.record);
    put(to, what);
    to.fixed(shown.salt);
    put_proof(to, shown.proof);
    to.fixed(shown.by);
}

template <class Shown>
void read_place(decoder& from, Shown& shown) {
    shown.round = round_id{from.u64()};
    shown.level = from.u32();
    shown.count = from.u32();
    shown.position = from.u32();
    shown.record = from.text(id_bytes_max);
}

template <class Shown>
void read_rest(decoder& from, Shown& shown) {
    shown.salt = from.fixed<sizeof(leaf_salt)>();
    shown.proof = read_proof(from);
    shown.by = from.fixed_signature();
}

} // namespace

void put(encoder& to, const claim& c) {
    to.u8(static_cast<std::uint8_t>(c.kind));
    if (c.is_present()) {
        to.u8(static_cast<std::uint8_t>(c.says)).text(c.version).fixed(c.payload_digest);
    }
}

void put(encoder& to, const verdict& v) {
    to.u8(static_cast<std::uint8_t>(v.what)).u8(static_cast<std::uint8_t>(v.why));
    if (v.what == decision::release) {
        to.text(v.version).fixed(v.payload_digest);
    }
}

void put(encoder& to, const shown_claim& shown) {
    put_shown(to, shown.commander, shown, shown.what);
}

void put(encoder& to, const shown_verdict& shown) {
    put_shown(to, shown.lieutenant, shown, shown.what);
}

claim read_claim(decoder& from) {
    claim c;
    c.kind = from.enumerator(claim_kind::present);
    if (c.is_present()) {
        c.says = from.enumerator(flag::public_);
        c.version = from.text(id_bytes_max);
        c.payload_digest = from.fixed_digest();
    }
    return c;
}

verdict read_verdict(decoder& from) {
    verdict v;
    v.what = from.enumerator(decision::unresolved);
    v.why = from.enumerator(reason::commanders_differ);
    if (v.what == decision::release) {
        v.version = from.text(id_bytes_max);
        v.payload_digest = from.fixed_digest();
    }
    return v;
}

shown_claim read_shown_claim(decoder& from) {
    shown_claim shown;
    shown.commander = from.server();
    read_place(from, shown);
    shown.what = read_claim(from);
    read_rest(from, shown);
    return shown;
}

shown_verdict read_shown_verdict(decoder& from) {
    shown_verdict shown;
    shown.lieutenant = from.server();
    read_place(from, shown);
    shown.what = read_verdict(from);
    read_rest(from, shown);
    return shown;
}

} // namespace byzgate
