#include "tests/protocol/chaos.hpp"

#include <algorithm>

namespace byzgate::testing {

const record* history::find(const record_id& id, const version_id& version) const {
    const auto known = versions_.find(id);
    if (known == versions_.end()) {
        return nullptr;
    }
    const auto found = std::find_if(known->second.begin(), known->second.end(),
                                    [&](const record& r) { return r.version == version; });
    return found == known->second.end() ? nullptr : &*found;
}

chaos::chaos(const cluster_parameters& cluster, const history& truth, chaos_options options,
             std::uint64_t seed)
    : cluster_(cluster), truth_(truth), options_(std::move(options)), roll_(mixed(seed, 1)),
      seed_(seed) {}

void chaos::join(pump& world) {
    world.meddle = [this](const envelope& wanted, std::vector<envelope>& instead) {
        meddle(wanted, instead);
    };
}

void chaos::meddle(const envelope& wanted, std::vector<envelope>& instead) {
    if (const auto* request = std::get_if<round_request>(&wanted.what)) {
        requested_[{request->round, request->level}] = request->records;
    }
    if (lies(wanted.from)) {
        lie(wanted, instead);
        return;
    }
    if (const auto* loyal = std::get_if<vote>(&wanted.what)) {
        for (const auto& a : loyal->accusations) {
            framed_ += lies(a.commander) ? 0 : 1;
        }
    }
    carry(wanted, instead);
}

void chaos::carry(envelope sent, std::vector<envelope>& instead) {
    // Up to a quarter of Delta each way, all comes in time. The gate's own end of a round and the
    // way to the external party are never lost: no round would close.
    sent.delay = roll_.below(static_cast<std::uint32_t>(cluster_.phase_timeout) / 4);
    if (options_.lossy) {
        const bool sure = std::holds_alternative<round_end>(sent.what)
                          || sent.to == external_party_id || sent.from == external_party_id;
        if (roll_.chance(10) && !sure) {
            return;
        }
        if (roll_.chance(20)) {
            sent.delay = roll_.below(4 * static_cast<std::uint32_t>(cluster_.phase_timeout));
        }
    }
    instead.push_back(std::move(sent));
}

void chaos::lie(const envelope& wanted, std::vector<envelope>& instead) {
    if (roll_.chance(options_.garbage_percent)) {
        return;
    }
    auto sent = wanted;
    sent.what = lie_in_place_of(wanted);
    sent.delay = roll_.below(static_cast<std::uint32_t>(cluster_.phase_timeout) / 4);
    if (roll_.chance(options_.garbage_percent)) {
        sent.delay = roll_.below(4 * static_cast<std::uint32_t>(cluster_.phase_timeout));
    }
    if (roll_.chance(options_.garbage_percent)) {
        auto more = sent;
        more.what = lie_in_place_of(wanted);
        instead.push_back(more);
        more.to = supervisor_id;
        instead.push_back(more);
        more.to = lieutenant_id(roll_.below(cluster_.lieutenants));
        instead.push_back(std::move(more));
        instead.push_back({sent.from, lieutenant_id(roll_.below(cluster_.lieutenants)),
                           round_end{round_of(sent.what)}});
        instead.push_back({sent.from, supervisor_id, delivery_receipt{round_of(sent.what), 0}});
    }
    if (roll_.chance(options_.garbage_percent)) {
        garble(sent.what);
    }
    instead.push_back(std::move(sent));
}

message chaos::lie_in_place_of(const envelope& wanted) {
    if (const auto* told = std::get_if<distribution>(&wanted.what)) {
        return tell(wanted, *told);
    }
    if (const auto* passed_on = std::get_if<relay>(&wanted.what)) {
        return pass_on(wanted, *passed_on);
    }
    if (const auto* loyal = std::get_if<vote>(&wanted.what)) {
        return cast(wanted, *loyal);
    }
    if (const auto* reply = std::get_if<payload_reply>(&wanted.what)) {
        return serve(*reply);
    }
    return wanted.what;
}

std::uint64_t chaos::number_of_id(const record_id& id) {
    std::uint64_t number = 0;
    for (const char c : id) {
        number = mixed(number, static_cast<unsigned char>(c));
    }
    return number;
}

claim chaos::lie_about(const record_id& id, server_id recipient) {
    auto choice = roll_.next();
    if (options_.how == mood::conspiring) {
        choice = mixed(seed_, number_of_id(id));
    } else if (options_.how == mood::two_faced) {
        choice = mixed(seed_, number_of_id(id), recipient);
    }
    dice pick{choice};
    const auto& versions = truth_.versions_of(id);
    auto r = versions[pick.below(static_cast<std::uint32_t>(versions.size()))];
    switch (pick.below(7)) {
        case 0:
            return no_value();
        case 1:
            return absent_claim();
        case 2: // Another record's payload under this id: what a thief would want.
            r.payload = truth_.versions_of("r0").front().payload;
            r.confidentiality = flag::public_;
            break;
        case 3:
            r.version = "invented";
            r.confidentiality = flag::public_;
            break;
        case 4:
            break; // the truth, for once
        default:
            r.confidentiality = opposite(r.confidentiality);
    }
    const auto lied = claim_about(r);
    payloads_[lied.payload_digest] = r.payload;
    return lied;
}

record_id_batch chaos::records_of(round_id round, level_number level) const {
    const auto known = requested_.find({round, level});
    return known == requested_.end() ? nullptr : known->second;
}

claim_batch chaos::lies_about(server_id recipient, const record_id_batch& records) {
    std::vector<claim> claims;
    for (const auto& id : *records) {
        claims.push_back(lie_about(id, recipient));
    }
    return make_claim_batch(std::move(claims));
}

distribution chaos::tell(const envelope& wanted, const distribution& loyal) {
    auto told = loyal;
    told.claims = lies_about(wanted.to, records_of(loyal.round, loyal.level));
    std::vector<std::string> fitting;
    for (const auto& c : *told.claims) {
        const bool fits = !roll_.chance(options_.garbage_percent);
        fitting.push_back(c.is_present() && fits ? payloads_.at(c.payload_digest) : "");
    }
    told.payloads = payloads(std::move(fitting));
    return told;
}

relay chaos::pass_on(const envelope& wanted, relay loyal) {
    const auto records = records_of(loyal.round, loyal.level);
    for (auto& item : loyal.items) {
        if (roll_.chance(options_.garbage_percent)) {
            item = nullptr;
        } else if (options_.how == mood::conspiring || !roll_.chance(25)) {
            item = lies_about(wanted.to, records);
        }
    }
    return loyal;
}

vote chaos::cast(const envelope& wanted, vote loyal) {
    const auto records = records_of(loyal.round, loyal.level);
    std::vector<verdict> verdicts;
    for (std::uint32_t i = 0; i < records->size(); ++i) {
        const auto lied = lie_about((*records)[i], wanted.to);
        if (lied.is_present() && !roll_.chance(30)) {
            verdicts.push_back(
                {decision::release, reason::enough_public, lied.version, lied.payload_digest});
        } else {
            verdicts.push_back({roll_.chance(50) ? decision::withhold : decision::unresolved,
                                reason::commanders_differ,
                                {},
                                {}});
        }
        if (roll_.chance(50)) {
            const std::vector<server_id> all{lieutenant_id(0)};
            loyal.accusations.push_back({commander_id(roll_.below(cluster_.commanders)),
                                         i,
                                         roll_.chance(50),
                                         {lied, all},
                                         {no_value(), all}});
        }
    }
    loyal.accusations.resize(
        std::min(loyal.accusations.size(), records->size() * cluster_.commanders));
    loyal.verdicts = std::make_shared<const std::vector<verdict>>(std::move(verdicts));
    return loyal;
}

payload_reply chaos::serve(payload_reply loyal) {
    std::vector<std::string> served;
    for (std::size_t i = 0; i < loyal.positions.size(); ++i) {
        const bool good = roll_.chance(30) && loyal.payloads && i < loyal.payloads->size();
        served.push_back(good ? (*loyal.payloads)[i] : truth_.versions_of("r0").front().payload);
    }
    loyal.payloads = payloads(std::move(served));
    return loyal;
}

void chaos::garble(message& what) {
    const auto kind = roll_.below(options_.wrong_rounds ? 6 : 4);
    if (auto* told = std::get_if<distribution>(&what)) {
        switch (kind) {
            case 0:
                told->claims = nullptr;
                break;
            case 1:
                told->claims = make_claim_batch(std::vector<claim>(roll_.below(5)));
                break;
            case 2:
                told->payloads = nullptr;
                break;
            case 3:
                told->level += 1 + roll_.below(3);
                break;
            default:
                told->round = round_id{kind == 4 ? roll_.next() : roll_.below(60)};
        }
    } else if (auto* passed_on = std::get_if<relay>(&what)) {
        switch (kind) {
            case 0:
                passed_on->items.resize(roll_.below(9));
                break;
            case 1:
                passed_on->phase = roll_.chance(50) ? roll_.below(5) : 0xffff'ffff;
                break;
            case 2:
                passed_on->items.assign(passed_on->items.size(), make_claim_batch({}));
                break;
            case 3:
                passed_on->level += 1 + roll_.below(3);
                break;
            default:
                passed_on->round = round_id{kind == 4 ? roll_.next() : roll_.below(60)};
        }
    } else if (auto* ballot = std::get_if<vote>(&what)) {
        ballot->level += kind % 2;
        if (kind > 1) {
            ballot->verdicts = nullptr;
        }
    } else if (auto* reply = std::get_if<payload_reply>(&what)) {
        reply->positions.push_back(roll_.below(5));
        reply->payloads = kind % 2 == 0 ? nullptr : reply->payloads;
    }
}

} // namespace byzgate::testing
