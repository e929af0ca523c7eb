#include "simulation/world_trail.hpp"

#include "protocol/certificate.hpp"

#include <string_view>

namespace byzgate {

/// Puts values into the number, each in one way only, lengths before what has one.
struct world_trail::writer {
    std::uint64_t& state;

    void put(std::uint64_t word) { state = scrambled(state ^ word); }
    void put(server_id id) { put(static_cast<std::uint64_t>(id)); }
    void put(round_id id) { put(number_of(id)); }
    void put(std::string_view text) {
        put(std::uint64_t{text.size()});
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            word = word << 8 | static_cast<unsigned char>(text[i]);
            if (i % 8 == 7) {
                put(word);
                word = 0;
            }
        }
        put(word);
    }
    void put(const digest& d) {
        put(std::string_view{reinterpret_cast<const char*>(d.data()), d.size()});
    }
    void put(const claim& c) {
        put(static_cast<std::uint64_t>(c.kind) << 8 | static_cast<std::uint64_t>(c.says));
        put(c.version);
        put(c.payload_digest);
    }
    void put(const verdict& v) {
        put(static_cast<std::uint64_t>(v.what) << 8 | static_cast<std::uint64_t>(v.why));
        put(v.version);
        put(v.payload_digest);
    }
    void put(std::uint32_t number) { put(std::uint64_t{number}); }
    void put(const std::string& text) { put(std::string_view{text}); }
    void put(const record& r) {
        put(r.id);
        put(r.version);
        put(static_cast<std::uint64_t>(r.confidentiality));
        put(r.payload);
    }
    void put(const std::optional<record>& r) {
        put(std::uint64_t{r.has_value()});
        if (r) {
            put(*r);
        }
    }
    void put(const reported_claim& r) {
        put(r.what);
        put(r.reporters);
    }
    void put(const signature& s) {
        put(std::string_view{reinterpret_cast<const char*>(s.data()), s.size()});
    }
    void put(const seal_ptr& seal) {
        if (seal) {
            all(seal->salt, seal->by);
        }
    }
    void put(const named_root& r) { all(r.commander, r.root); }
    void put(const relay_link& link) { all(link.lieutenant, link.phase, link.roots, link.by); }
    void put(const std::shared_ptr<const relay_link>& link) {
        if (link) {
            put(*link);
        }
    }
    void put(const passed_claims& p) { all(p.commander, p.claims, p.seal, p.links); }
    void put(const evidence_ptr& proof) {
        if (proof) {
            put(std::string_view{encode(*proof)});
        }
    }
    void put(const signed_claims& batch) { all(batch.commander, batch.claims, batch.seal); }
    void put(const release_grounds& g) { all(g.batches, g.convictions); }
    void put(const accusation& a) {
        put(a.commander);
        put(std::uint64_t{a.position} << 1 | std::uint64_t{a.for_good});
        put(a.first);
        put(a.second);
        put(a.proof);
    }
    void put(const released_record& r) {
        put(r.id);
        put(r.version);
        put(r.payload_digest);
        put(r.payload);
        put(r.voters);
        if (r.certificate) {
            put(std::string_view{encode(*r.certificate)});
        }
    }
    template <class T>
    void put(const std::vector<T>& all) {
        put(std::uint64_t{all.size()});
        for (const auto& one : all) {
            put(one);
        }
    }
    template <class T>
    void put(const std::shared_ptr<const std::vector<T>>& all) {
        put(std::uint64_t{all != nullptr});
        if (all) {
            put(*all);
        }
    }

    void say(const round_request& m) {
        all(m.round, m.level, m.records, m.convicted);
        if (!m.proofs.empty()) {
            put(m.proofs);
        }
    }
    void say(const distribution& m) { all(m.round, m.level, m.claims, m.payloads, m.seal); }
    void say(const relay& m) { all(m.round, m.level, m.phase, m.items); }
    void say(const signed_relay& m) { all(m.round, m.level, m.phase, m.items, m.own); }
    void say(const vote& m) { all(m.round, m.level, m.verdicts, m.accusations, m.seal); }
    void say(const payload_request& m) { all(m.round, m.level, m.positions); }
    void say(const payload_reply& m) {
        all(m.round, m.level, m.positions, m.payloads);
        if (m.grounds) {
            put(*m.grounds);
        }
    }
    void say(const delivery& m) { all(m.round, m.sequence, m.records); }
    void say(const delivery_receipt& m) { all(m.round, m.sequence); }
    void say(const round_end& m) { put(m.round); }

    void say(const received& e) {
        put(e.from);
        put(std::uint64_t{e.what.index()});
        std::visit([this](const auto& m) { say(m); }, e.what);
    }
    void say(const records_read& e) { all(e.round, e.level, e.records); }
    void say(const clock_tick&) {}
    void say(const submission& e) { all(e.number, e.records); }

    template <class... Things>
    void all(const Things&... things) {
        (put(things), ...);
    }
};

void world_trail::on_event(tick now, server_id whose, const event& what) {
    writer w{state_};
    w.put(std::uint64_t{now});
    w.put(whose);
    w.put(std::uint64_t{what.index()});
    std::visit([&w](const auto& e) { w.say(e); }, what);
}

void world_trail::on_closed(const round_closed& closed) {
    writer w{state_};
    w.put(closed.round);
    for (const auto& d : closed.decided) {
        w.put(static_cast<std::uint64_t>(d.outcome));
        w.put(d.level);
        w.put(d.released);
    }
    for (const auto& c : closed.convictions) {
        w.all(c.commander, c.level, c.record, std::uint64_t{c.for_good}, c.accusers);
    }
}

} // namespace byzgate
