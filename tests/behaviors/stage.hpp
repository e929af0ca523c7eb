/// A stage for behaviours: a seat, small machines that play the loyal part (they say a fixed thing
/// for each event, whatever they heard), and readers for what comes out.
#pragma once

#include <catch2/catch.hpp>

#include "behaviors/registry.hpp"
#include "crypto/blake2b.hpp"
#include "protocol/paths.hpp"

namespace byzgate::testing {

inline const blake2b_digester digests;

inline seat seat_of(server_id self, std::uint32_t commanders = 2, std::uint32_t lieutenants = 4,
                    std::uint32_t depth = 1) {
    seat at;
    at.self = self;
    at.cluster.commanders = commanders;
    at.cluster.lieutenants = lieutenants;
    at.cluster.depth = depth;
    at.cluster.tolerate = default_budget(commanders, lieutenants);
    at.seed = 7;
    at.digests = &digests;
    return at;
}

inline record_id_batch ids(std::vector<record_id> some) {
    return std::make_shared<const std::vector<record_id>>(std::move(some));
}

/// `r1` public, `r2` confidential, `r3` public, …
inline record make_record(std::uint32_t number) {
    const auto digits = std::to_string(number);
    return {"r" + digits, "v" + digits, number % 2 == 1 ? flag::public_ : flag::confidential,
            "payload " + digits};
}
inline std::vector<std::optional<record>> make_records(std::uint32_t count) {
    std::vector<std::optional<record>> all;
    for (std::uint32_t i = 1; i <= count; ++i) {
        all.emplace_back(make_record(i));
    }
    return all;
}
inline record_id_batch ids_of(const std::vector<std::optional<record>>& records) {
    std::vector<record_id> names;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        names.push_back(records[i] ? records[i]->id : "absent-" + std::to_string(i));
    }
    return ids(std::move(names));
}
inline claim claim_of(const record& r) {
    return make_claim(r.confidentiality, r.version, digests.digest_of(r.payload));
}
inline distribution told_truly(round_id round, const std::vector<std::optional<record>>& records,
                               level_number level = 0) {
    std::vector<claim> claims;
    std::vector<std::string> payloads;
    for (const auto& r : records) {
        claims.push_back(r ? claim_of(*r) : absent_claim());
        payloads.push_back(r ? r->payload : "");
    }
    return {round, level, make_claim_batch(std::move(claims)),
            std::make_shared<const std::vector<std::string>>(std::move(payloads))};
}

/// Tells every lieutenant what it reads.
class fake_commander final : public machine {
public:
    explicit fake_commander(const seat& at) : at_(at) {}
    void on(const event& what, tick, effects& out) override {
        if (const auto* read = std::get_if<records_read>(&what)) {
            const auto said = told_truly(read->round, read->records, read->level);
            for (std::uint32_t i = 0; i < at_.cluster.lieutenants; ++i) {
                out.push_back(send{lieutenant_id(i), said});
            }
        }
    }

private:
    seat at_;
};

/// Relays, once every commander has spoken, what each of them said to every other lieutenant, in
/// all phases at once (deeper phases repeat the commander's words); votes withhold on a tick.
class fake_lieutenant final : public machine {
public:
    explicit fake_lieutenant(const seat& at)
        : at_(at), paths_(at.cluster.lieutenants, at.cluster.depth) {}

    void on(const event& what, tick, effects& out) override {
        if (std::holds_alternative<clock_tick>(what)) {
            cast_vote(out);
        } else if (const auto* came = std::get_if<received>(&what)) {
            if (const auto* request = std::get_if<round_request>(&came->what)) {
                request_ = *request;
                heard_.assign(at_.cluster.commanders, nullptr);
            } else if (const auto* said = std::get_if<distribution>(&came->what)) {
                heard_.at(index_of(came->from)) = said->claims;
                for (const auto& claims : heard_) {
                    if (!claims) {
                        return;
                    }
                }
                pass_on(out);
            } else if (const auto* asked = std::get_if<payload_request>(&came->what)) {
                out.push_back(
                    send{supervisor_id, payload_reply{asked->round, asked->level, asked->positions,
                                                      payloads(asked->positions)}});
            }
        }
    }

private:
    void pass_on(effects& out) const {
        for (std::uint32_t phase = 1; phase <= at_.cluster.depth; ++phase) {
            for (std::uint32_t i = 0; i < at_.cluster.lieutenants; ++i) {
                if (i == index_of(at_.self)) {
                    continue;
                }
                relay passed_on{request_.round, request_.level, phase, {}};
                for (const auto& claims : heard_) {
                    const auto owed = paths_.owed(index_of(at_.self), i, phase).size();
                    passed_on.items.insert(passed_on.items.end(), owed, claims);
                }
                out.push_back(send{lieutenant_id(i), passed_on});
            }
        }
    }
    void cast_vote(effects& out) const {
        if (request_.records) {
            out.push_back(send{supervisor_id, vote{request_.round,
                                                   request_.level,
                                                   std::make_shared<const std::vector<verdict>>(
                                                       request_.records->size()),
                                                   {}}});
        }
    }
    static payload_batch payloads(const std::vector<std::uint32_t>& positions) {
        std::vector<std::string> all;
        for (const auto position : positions) {
            all.push_back("payload " + std::to_string(position + 1));
        }
        return std::make_shared<const std::vector<std::string>>(std::move(all));
    }

    seat at_;
    path_table paths_;
    round_request request_;
    std::vector<claim_batch> heard_;
};

inline handler fake(const seat& at) {
    if (is_commander(at.self)) {
        return std::make_unique<fake_commander>(at);
    }
    return std::make_unique<fake_lieutenant>(at);
}
inline handler played(const seat& at, std::string_view name, const behavior_options& how = {}) {
    return make_behavior(at, name, how, fake(at));
}

inline effects step(machine& m, const event& what, tick now = 0) {
    effects out;
    m.on(what, now, out);
    return out;
}
inline event request(std::uint64_t round, const record_id_batch& records, level_number level = 0) {
    return received{supervisor_id, round_request{round_id{round}, level, records, {}}};
}

/// Has a commander's seat decide `records` in `round`; what it sends.
inline effects ask_commander(machine& m, std::uint64_t round,
                             const std::vector<std::optional<record>>& records, tick now = 0,
                             level_number level = 0) {
    auto out = step(m, request(round, ids_of(records), level), now);
    m.on(records_read{round_id{round}, level, ids_of(records), records}, now, out);
    return out;
}
/// Has a lieutenant's seat hear `records` from `commanders` loyal commanders; what it sends.
inline effects tell_lieutenant(machine& m, std::uint64_t round,
                               const std::vector<std::optional<record>>& records,
                               std::uint32_t commanders = 2, level_number level = 0) {
    auto out = step(m, request(round, ids_of(records), level));
    for (std::uint32_t i = 0; i < commanders; ++i) {
        m.on(received{commander_id(i), told_truly(round_id{round}, records, level)}, 0, out);
    }
    return out;
}

template <class Message>
std::vector<Message> sent_to(const effects& done, server_id to) {
    std::vector<Message> all;
    for (const auto& e : done) {
        const auto* sent = std::get_if<send>(&e);
        if (sent != nullptr && sent->to == to) {
            if (const auto* what = std::get_if<Message>(&sent->what)) {
                all.push_back(*what);
            }
        }
    }
    return all;
}
template <class Message>
std::size_t count_of(const effects& done) {
    std::size_t count = 0;
    for (const auto& e : done) {
        const auto* sent = std::get_if<send>(&e);
        count += sent != nullptr && std::holds_alternative<Message>(sent->what) ? 1U : 0U;
    }
    return count;
}

/// `p`, `c`, `a` (absent), `-` (no value), one letter a record; `.` for silence about all.
inline std::string flags(const claim_batch& claims) {
    if (!claims) {
        return ".";
    }
    std::string all;
    for (const auto& c : *claims) {
        all += c.kind == claim_kind::absent ? 'a'
               : c.kind == claim_kind::none ? '-'
               : c.says_public()            ? 'p'
                                            : 'c';
    }
    return all;
}
/// What the first four lieutenants hear in phase 0, as `flags` has it, comma between.
inline std::string distributed(const effects& done, std::uint32_t lieutenants = 4) {
    std::string all;
    for (std::uint32_t i = 0; i < lieutenants; ++i) {
        const auto said = sent_to<distribution>(done, lieutenant_id(i));
        all += i == 0 ? "" : ",";
        all += said.empty() ? "." : flags(said.front().claims);
    }
    return all;
}
/// The items of the first relay of `phase` to `to`, as `flags` has it, comma between.
inline std::string relayed(const effects& done, server_id to, std::uint32_t phase = 1) {
    for (const auto& passed_on : sent_to<relay>(done, to)) {
        if (passed_on.phase == phase) {
            std::string all;
            for (const auto& item : passed_on.items) {
                all += all.empty() ? "" : ",";
                all += flags(item);
            }
            return all;
        }
    }
    return "nothing";
}
/// The vote as letters: `r`, `w`, `u`; `.` if none was sent.
inline std::string voted(const effects& done) {
    const auto cast = sent_to<vote>(done, supervisor_id);
    if (cast.empty()) {
        return ".";
    }
    std::string all;
    for (const auto& v : *cast.front().verdicts) {
        all += to_string(v.what).front();
    }
    return all;
}

} // namespace byzgate::testing
