#include "tests/protocol/any_message.hpp"

#include "protocol/certificate.hpp"
#include "protocol/evidence.hpp"

namespace byzgate::testing {

namespace {

/// Fills whatever it is given.
class filler {
public:
    explicit filler(dice& chance) : dice_(chance) {}

    void operator()(round_request& m) { all(m.round, m.level, m.records, m.convicted, m.proofs); }
    void operator()(distribution& m) { all(m.round, m.level, m.claims, m.payloads, m.seal); }
    void operator()(relay& m) { all(m.round, m.level, m.phase, m.items); }
    void operator()(vote& m) { all(m.round, m.level, m.verdicts, m.accusations, m.seal); }
    void operator()(payload_request& m) { all(m.round, m.level, m.positions); }
    void operator()(payload_reply& m) { all(m.round, m.level, m.positions, m.payloads, m.grounds); }
    void operator()(delivery& m) { all(m.round, m.sequence, m.records); }
    void operator()(delivery_receipt& m) { all(m.round, m.sequence); }
    void operator()(round_end& m) { all(m.round); }
    void operator()(signed_relay& m) { all(m.round, m.level, m.phase, m.items, m.own); }

private:
    template <class... Fields>
    void all(Fields&... fields) {
        (fill(fields), ...);
    }

    void fill(bool& v) { v = dice_.chance(50); }
    void fill(std::uint32_t& v) { v = static_cast<std::uint32_t>(dice_.next() >> dice_.below(64)); }
    void fill(server_id& id) { id = server_id{static_cast<std::uint32_t>(dice_.next())}; }
    void fill(round_id& id) { id = round_id{dice_.next() >> dice_.below(64)}; }
    void fill(std::string& text) {
        text.clear();
        for (auto left = dice_.below(6); left > 0; --left) {
            text.push_back(static_cast<char>(dice_.next()));
        }
    }
    template <std::size_t N>
    void fill(std::array<std::uint8_t, N>& bytes) {
        for (auto& b : bytes) {
            b = static_cast<std::uint8_t>(dice_.next());
        }
    }
    void fill(claim& c) {
        c = {};
        c.kind = static_cast<claim_kind>(dice_.below(3));
        if (c.is_present()) {
            c.says = dice_.chance(50) ? flag::public_ : flag::confidential;
            all(c.version, c.payload_digest);
        }
    }
    void fill(verdict& v) {
        v = {};
        v.what = static_cast<decision>(dice_.below(3));
        v.why = static_cast<reason>(dice_.below(5));
        if (v.what == decision::release) {
            all(v.version, v.payload_digest);
        }
    }
    void fill(shown_claim& s) {
        all(s.commander, s.round, s.level, s.count, s.position, s.record, s.what, s.salt, s.proof,
            s.by);
    }
    void fill(shown_verdict& s) {
        all(s.lieutenant, s.round, s.level, s.count, s.position, s.record, s.what, s.salt, s.proof,
            s.by);
    }
    void fill(evidence& e) { all(e.first, e.second); }
    void fill(release_certificate& c) {
        all(c.record, c.version, c.payload_digest, c.recipient, c.round, c.level, c.votes, c.claims,
            c.convictions);
    }
    void fill(batch_seal& s) { all(s.salt, s.by); }
    void fill(named_root& r) { all(r.commander, r.root); }
    void fill(relay_link& l) { all(l.lieutenant, l.phase, l.roots, l.by); }
    void fill(passed_claims& p) { all(p.commander, p.claims, p.seal, p.links); }
    void fill(reported_claim& r) { all(r.what, r.reporters); }
    void fill(accusation& a) {
        all(a.commander, a.position, a.for_good, a.first, a.second, a.proof);
    }
    void fill(signed_claims& b) { all(b.commander, b.claims, b.seal); }
    void fill(release_grounds& g) { all(g.batches, g.convictions); }
    void fill(released_record& r) {
        all(r.id, r.version, r.payload_digest, r.payload, r.voters, r.certificate, r.level);
    }
    template <class T>
    void fill(std::vector<T>& list) {
        list.resize(dice_.below(3));
        for (auto& one : list) {
            fill(one);
        }
    }
    template <class T>
    void fill(std::shared_ptr<const T>& to) {
        to.reset();
        if (dice_.chance(75)) {
            auto what = std::make_shared<T>();
            fill(*what);
            to = std::move(what);
        }
    }

    dice& dice_;
};

template <class T>
bool equal(const T& a, const T& b);
template <class T>
bool equal(const std::vector<T>& a, const std::vector<T>& b);
template <class T>
bool equal(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b);

bool equal_parts(const passed_claims& a, const passed_claims& b) {
    return a.commander == b.commander && equal(a.claims, b.claims) && equal(a.seal, b.seal)
           && equal(a.links, b.links);
}
bool equal_parts(const reported_claim& a, const reported_claim& b) {
    return a.what == b.what && a.reporters == b.reporters;
}
bool equal_parts(const accusation& a, const accusation& b) {
    return a.commander == b.commander && a.position == b.position && a.for_good == b.for_good
           && equal(a.first, b.first) && equal(a.second, b.second) && equal(a.proof, b.proof);
}
bool equal_parts(const signed_claims& a, const signed_claims& b) {
    return a.commander == b.commander && equal(a.claims, b.claims) && equal(a.seal, b.seal);
}
bool equal_parts(const release_grounds& a, const release_grounds& b) {
    return equal(a.batches, b.batches) && equal(a.convictions, b.convictions);
}
bool equal_parts(const release_certificate& a, const release_certificate& b) {
    return a.record == b.record && a.version == b.version && a.payload_digest == b.payload_digest
           && a.recipient == b.recipient && a.round == b.round && a.level == b.level
           && a.votes == b.votes && a.claims == b.claims && a.convictions == b.convictions;
}
bool equal_parts(const released_record& a, const released_record& b) {
    return a.id == b.id && a.version == b.version && a.payload_digest == b.payload_digest
           && a.payload == b.payload && a.voters == b.voters && equal(a.certificate, b.certificate)
           && a.level == b.level;
}
bool equal_parts(const round_request& a, const round_request& b) {
    return a.level == b.level && equal(a.records, b.records) && a.convicted == b.convicted
           && equal(a.proofs, b.proofs);
}
bool equal_parts(const distribution& a, const distribution& b) {
    return a.level == b.level && equal(a.claims, b.claims) && equal(a.payloads, b.payloads)
           && equal(a.seal, b.seal);
}
bool equal_parts(const relay& a, const relay& b) {
    return a.level == b.level && a.phase == b.phase && equal(a.items, b.items);
}
bool equal_parts(const vote& a, const vote& b) {
    return a.level == b.level && equal(a.verdicts, b.verdicts)
           && equal(a.accusations, b.accusations) && equal(a.seal, b.seal);
}
bool equal_parts(const payload_request& a, const payload_request& b) {
    return a.level == b.level && a.positions == b.positions;
}
bool equal_parts(const payload_reply& a, const payload_reply& b) {
    return a.level == b.level && a.positions == b.positions && equal(a.payloads, b.payloads)
           && equal(a.grounds, b.grounds);
}
bool equal_parts(const delivery& a, const delivery& b) {
    return a.sequence == b.sequence && equal(a.records, b.records);
}
bool equal_parts(const delivery_receipt& a, const delivery_receipt& b) {
    return a.sequence == b.sequence;
}
bool equal_parts(const round_end&, const round_end&) {
    return true;
}
bool equal_parts(const signed_relay& a, const signed_relay& b) {
    return a.level == b.level && a.phase == b.phase && equal(a.items, b.items)
           && equal(a.own, b.own);
}

template <class T>
bool equal(const T& a, const T& b) {
    if constexpr (requires { a == b; }) {
        return a == b;
    } else {
        return equal_parts(a, b);
    }
}
template <class T>
bool equal(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!equal(a[i], b[i])) {
            return false;
        }
    }
    return true;
}
template <class T>
bool equal(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
    return (a == nullptr) == (b == nullptr) && (a == nullptr || equal(*a, *b));
}

struct maker {
    std::size_t kind = 0;
    dice& chance;

    template <std::size_t Kind = 0>
    [[nodiscard]] message make() const {
        if constexpr (Kind + 1 < message_kinds) {
            if (kind != Kind) {
                return make<Kind + 1>();
            }
        }
        std::variant_alternative_t<Kind, message> m;
        filler{chance}(m);
        return m;
    }
};

} // namespace

message any_message(std::size_t kind, dice& chance) {
    return maker{kind, chance}.make();
}

bool same(const message& a, const message& b) {
    return a.index() == b.index() && round_of(a) == round_of(b)
           && std::visit(
               [&](const auto& x) {
                   return equal_parts(x, std::get<std::decay_t<decltype(x)>>(b));
               },
               a);
}

} // namespace byzgate::testing
