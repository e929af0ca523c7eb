#include "protocol/wire.hpp"

#include "protocol/bundles.hpp"
#include "protocol/certificate.hpp"
#include "protocol/evidence.hpp"

namespace byzgate {

namespace {

/// The fields of every message in the order in which wire_decode.cpp reads them.
class writer {
public:
    explicit writer(encoder& to) : to_(to) {}

    void operator()(const round_request& m) {
        place(m);
        all(m.records, m.convicted, m.proofs);
    }
    void operator()(const distribution& m) {
        place(m);
        all(m.claims, m.payloads, m.seal);
    }
    void operator()(const relay& m) {
        place(m);
        all(m.phase, m.items);
    }
    void operator()(const vote& m) {
        place(m);
        all(m.verdicts, m.accusations, m.seal);
    }
    void operator()(const payload_request& m) {
        place(m);
        all(m.positions);
    }
    void operator()(const payload_reply& m) {
        place(m);
        all(m.positions, m.payloads, m.grounds);
    }
    void operator()(const delivery& m) { all(m.round, m.sequence, m.records); }
    void operator()(const delivery_receipt& m) { all(m.round, m.sequence); }
    void operator()(const round_end& m) { all(m.round); }
    void operator()(const signed_relay& m) {
        place(m);
        all(m.phase, m.items, m.own);
    }

private:
    template <class Message>
    void place(const Message& m) {
        all(m.round, m.level);
    }
    template <class... Fields>
    void all(const Fields&... fields) {
        (write(fields), ...);
    }

    void write(std::uint32_t v) { to_.u32(v); }
    void write(server_id id) { to_.server(id); }
    void write(round_id id) { to_.u64(number_of(id)); }
    void write(const std::string& text) { to_.text(text); }
    void write(const digest& d) { to_.fixed(d); }
    void write(const signature& s) { to_.fixed(s); }
    void write(const claim& c) { put(to_, c); }
    void write(const verdict& v) { put(to_, v); }
    void write(const evidence& found) { to_.text(encode(found)); }
    void write(const release_certificate& of) { to_.text(encode(of)); }
    void write(const batch_seal& seal) { all(seal.salt, seal.by); }
    void write(const named_root& one) { all(one.commander, one.root); }
    void write(const relay_link& link) { all(link.lieutenant, link.phase, link.roots, link.by); }
    void write(const passed_claims& item) {
        all(item.commander, item.claims, item.seal, item.links);
    }
    void write(const reported_claim& said) { all(said.what, said.reporters); }
    void write(const accusation& a) {
        all(a.commander, a.position);
        to_.boolean(a.for_good);
        all(a.first, a.second, a.proof);
    }
    void write(const signed_claims& batch) { all(batch.commander, batch.claims, batch.seal); }
    void write(const release_grounds& grounds) { all(grounds.batches, grounds.convictions); }
    void write(const released_record& r) {
        all(r.id, r.version, r.payload_digest, r.payload, r.voters, r.certificate, r.level);
    }

    template <class T>
    void write(const std::vector<T>& list) {
        to_.u32(static_cast<std::uint32_t>(list.size()));
        for (const auto& one : list) {
            write(one);
        }
    }
    template <class T>
    void write(const std::shared_ptr<const T>& what) {
        to_.boolean(what != nullptr);
        if (what) {
            write(*what);
        }
    }

    encoder& to_;
};

} // namespace

std::string encode(const message& m) {
    encoder bytes;
    bytes.u8(wire_version).u8(static_cast<std::uint8_t>(m.index()));
    std::visit(writer{bytes}, m);
    return bytes.take();
}

} // namespace byzgate
