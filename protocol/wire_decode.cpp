#include <algorithm>
#include <limits>

#include "protocol/admit.hpp"
#include "protocol/bundles.hpp"
#include "protocol/certificate.hpp"
#include "protocol/evidence.hpp"
#include "protocol/wire.hpp"

namespace byzgate {

namespace {

/// What the shortest encoding of one thing in a list takes: a count that the rest of the input
/// can't hold is refused before memory is reserved for it.
template <class T>
constexpr std::size_t bytes_min = 1; // A claim of no content; the flag of something that is null.
template <>
constexpr std::size_t bytes_min<std::string> = 4;
template <>
constexpr std::size_t bytes_min<std::uint32_t> = 4;
template <>
constexpr std::size_t bytes_min<server_id> = 4;
template <>
constexpr std::size_t bytes_min<verdict> = 2;
template <>
constexpr std::size_t bytes_min<accusation> = 20;
template <>
constexpr std::size_t bytes_min<named_root> = 4 + sizeof(digest);
template <>
constexpr std::size_t bytes_min<passed_claims> = 10;
template <>
constexpr std::size_t bytes_min<signed_claims> = 6;
template <>
constexpr std::size_t bytes_min<released_record> = 53;

constexpr std::size_t any_length = std::numeric_limits<std::uint32_t>::max();

class reader {
public:
    reader(std::string_view bytes, const limits& limit) : from_(bytes), limit_(limit) {}

    /// The message whose kind has that number.
    std::optional<message> read_message() {
        if (from_.u8() != wire_version) {
            return std::nullopt;
        }
        return read_kind<0>(from_.u8());
    }

private:
    template <std::size_t Kind>
    std::optional<message> read_kind(std::size_t kind) {
        if constexpr (Kind < std::variant_size_v<message>) {
            if (kind != Kind) {
                return read_kind<Kind + 1>(kind);
            }
            std::variant_alternative_t<Kind, message> m;
            read(m);
            return from_.done() ? std::optional<message>{std::move(m)} : std::nullopt;
        } else {
            return std::nullopt;
        }
    }

    void read(round_request& m) {
        place(m);
        maybe(m.records, [&](auto& records) { texts(records, limit_.record_id_bytes_max); });
        list(m.convicted, list_max);
        list(m.proofs, list_max);
    }
    void read(distribution& m) {
        place(m);
        read(m.claims);
        payloads(m.payloads);
        read(m.seal);
    }
    void read(relay& m) {
        place(m);
        read(m.phase);
        // One for each path: as many as the input holds, for depth is no limit on a message.
        list(m.items, any_length);
    }
    void read(vote& m) {
        place(m);
        maybe(m.verdicts, [&](auto& verdicts) { list(verdicts, limit_.batch_max); });
        // Oral: one for each record and commander.
        list(m.accusations, any_length);
        read(m.seal);
    }
    void read(payload_request& m) {
        place(m);
        list(m.positions, limit_.batch_max);
    }
    void read(payload_reply& m) {
        place(m);
        list(m.positions, limit_.batch_max);
        payloads(m.payloads);
        maybe(m.grounds, [&](auto& grounds) { read(grounds); });
    }
    void read(delivery& m) {
        read(m.round);
        read(m.sequence);
        maybe(m.records, [&](auto& records) { list(records, limit_.batch_max); });
    }
    void read(delivery_receipt& m) {
        read(m.round);
        read(m.sequence);
    }
    void read(round_end& m) { read(m.round); }
    void read(signed_relay& m) {
        place(m);
        read(m.phase);
        list(m.items, list_max);
        read(m.own);
    }

    template <class Message>
    void place(Message& m) {
        read(m.round);
        read(m.level);
    }
    void payloads(payload_batch& to) {
        maybe(to, [&](auto& batch) { texts(batch, limit_.payload_bytes_max); });
    }

    void read(std::uint32_t& v) { v = from_.u32(); }
    void read(server_id& id) { id = from_.server(); }
    void read(round_id& id) { id = round_id{from_.u64()}; }
    void read(claim& c) {
        c = read_claim(from_);
        if (!well_formed(c, limit_)) {
            from_.fail();
        }
    }
    void read(verdict& v) {
        v = read_verdict(from_);
        if (!fits(v.version)) {
            from_.fail();
        }
    }
    void read(batch_seal& seal) {
        seal.salt = from_.fixed_digest();
        seal.by = from_.fixed_signature();
    }
    void read(named_root& one) {
        read(one.commander);
        one.root = from_.fixed_digest();
    }
    void read(relay_link& link) {
        read(link.lieutenant);
        read(link.phase);
        list(link.roots, list_max);
        link.by = from_.fixed_signature();
    }
    void read(passed_claims& item) {
        read(item.commander);
        read(item.claims);
        read(item.seal);
        list(item.links, list_max);
    }
    void read(reported_claim& said) {
        read(said.what);
        list(said.reporters, list_max);
    }
    void read(accusation& a) {
        read(a.commander);
        read(a.position);
        a.for_good = from_.boolean();
        read(a.first);
        read(a.second);
        read(a.proof);
    }
    void read(signed_claims& batch) {
        read(batch.commander);
        read(batch.claims);
        read(batch.seal);
    }
    void read(release_grounds& grounds) {
        list(grounds.batches, list_max);
        list(grounds.convictions, list_max);
    }
    void read(released_record& r) {
        r.id = from_.text(limit_.record_id_bytes_max);
        r.version = from_.text(limit_.record_id_bytes_max);
        r.payload_digest = from_.fixed_digest();
        r.payload = from_.text(limit_.payload_bytes_max);
        list(r.voters, list_max);
        read(r.certificate);
        read(r.level);
    }

    void read(claim_batch& batch) {
        maybe(batch, [&](auto& claims) { list(claims, limit_.batch_max); });
    }
    void read(seal_ptr& seal) {
        maybe(seal, [&](auto& what) { read(what); });
    }
    void read(std::shared_ptr<const relay_link>& link) {
        maybe(link, [&](auto& what) { read(what); });
    }
    void read(evidence_ptr& found) {
        maybe(found, [&](evidence& what) {
            auto decoded = decode_evidence(from_.text(any_length));
            if (!decoded || !within_limits(*decoded)) {
                from_.fail();
                return;
            }
            what = std::move(*decoded);
        });
    }
    void read(certificate_ptr& of) {
        maybe(of, [&](release_certificate& what) {
            auto decoded = decode_certificate(from_.text(any_length));
            if (!decoded || !within_limits(*decoded)) {
                from_.fail();
                return;
            }
            what = std::move(*decoded);
        });
    }

    [[nodiscard]] bool fits(const std::string& id) const {
        return id.size() <= limit_.record_id_bytes_max;
    }
    [[nodiscard]] bool within_limits(const shown_claim& shown) const {
        return fits(shown.record) && well_formed(shown.what, limit_);
    }
    [[nodiscard]] bool within_limits(const shown_verdict& shown) const {
        return fits(shown.record) && fits(shown.what.version);
    }
    [[nodiscard]] bool within_limits(const evidence& found) const {
        return within_limits(found.first) && within_limits(found.second);
    }
    [[nodiscard]] bool within_limits(const release_certificate& of) const {
        const auto all = [&](const auto& list) {
            return std::all_of(list.begin(), list.end(),
                               [&](const auto& one) { return within_limits(one); });
        };
        return fits(of.record) && fits(of.version) && all(of.votes) && all(of.claims)
               && all(of.convictions);
    }

    template <class T>
    void list(std::vector<T>& to, std::size_t max) {
        to.resize(from_.count(max, bytes_min<T>));
        for (auto& one : to) {
            if (from_.failed()) {
                return;
            }
            read(one);
        }
    }
    void texts(std::vector<std::string>& to, std::size_t bytes_max) {
        to.resize(from_.count(limit_.batch_max, bytes_min<std::string>));
        for (auto& one : to) {
            one = from_.text(bytes_max);
        }
    }
    template <class T, class ReadOne>
    void maybe(std::shared_ptr<const T>& to, ReadOne read_one) {
        if (from_.boolean()) {
            auto what = std::make_shared<T>();
            read_one(*what);
            to = std::move(what);
        }
    }

    decoder from_;
    const limits& limit_;
};

} // namespace

std::optional<message> decode_message(std::string_view bytes, const limits& limit) {
    return reader{bytes, limit}.read_message();
}

} // namespace byzgate
