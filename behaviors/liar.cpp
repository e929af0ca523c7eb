#include "behaviors/liar.hpp"

#include <algorithm>

#include "behaviors/seeded.hpp"

namespace byzgate {

namespace {

constexpr std::size_t retellings_max = 32;

std::size_t levels_max(const cluster_parameters& cluster) {
    return std::max<std::size_t>(64, std::size_t{4} * cluster.window);
}

/// The claim of that commander about that record, as I heard it directly; null if it made none.
const claim* heard_claim(const std::vector<claim_batch>& by_commander, std::size_t commander,
                         std::size_t position) {
    if (commander >= by_commander.size() || !by_commander[commander]
        || position >= by_commander[commander]->size()) {
        return nullptr;
    }
    const auto& heard = (*by_commander[commander])[position];
    return heard.is_present() ? &heard : nullptr;
}

} // namespace

std::uint64_t drawn(const seat& at, const occasion& o, std::uint64_t position) {
    auto draw = seeded(at.seed, {static_cast<std::uint64_t>(at.self), number_of(o.round), o.level,
                                 static_cast<std::uint64_t>(o.commander),
                                 static_cast<std::uint64_t>(o.to), position});
    if (o.path != nullptr) {
        for (const auto lieutenant : *o.path) {
            draw = seeded(draw, {lieutenant});
        }
    }
    return draw;
}

void liar::level_memory::clear() {
    records = nullptr;
    asked.clear();
    claims.clear();
    payloads.clear();
    cast = nullptr;
}

liar::liar(const seat& at, vote_plan plan)
    : at_(at), plan_(std::move(plan)), memory_(levels_max(at.cluster)),
      invention_(make_claim(flag::public_, version_id{invented_version},
                            at.digests->digest_of(invented_payload))) {}

void liar::see(const event& what, tick) {
    if (const auto* came = std::get_if<received>(&what)) {
        remember(*came);
    }
}

void liar::remember(const received& came) {
    if (const auto* said = std::get_if<distribution>(&came.what)) {
        const auto commander = index_of(came.from);
        if (!is_lieutenant(at_.self) || !is_commander(came.from)
            || commander >= at_.cluster.commanders) {
            return;
        }
        auto& level = memory_.at(said->round, said->level);
        level.claims.resize(at_.cluster.commanders);
        level.payloads.resize(at_.cluster.commanders);
        if (!level.cast && !level.claims[commander]) {
            level.claims[commander] = said->claims;
            level.payloads[commander] = said->payloads;
        }
    } else if (came.from != supervisor_id) {
        return;
    } else if (const auto* request = std::get_if<round_request>(&came.what)) {
        auto& level = memory_.at(request->round, request->level);
        level.records = request->records;
        level.asked.clear();
        for (std::uint32_t i = 0; i < at_.cluster.commanders; ++i) {
            if (!holds(request->convicted, commander_id(i))) {
                level.asked.push_back(commander_id(i));
            }
        }
    } else if (const auto* end = std::get_if<round_end>(&came.what)) {
        memory_.forget(end->round);
    }
}

const event* liar::before(const event& what, tick, handler&) {
    // The loyal machine has no payload to hand over for a vote that it didn't cast.
    const auto* came = std::get_if<received>(&what);
    if (came != nullptr && came->from == supervisor_id) {
        if (const auto* asked = std::get_if<payload_request>(&came->what)) {
            const auto* level = memory_.find(asked->round, asked->level);
            if (level != nullptr && level->cast) {
                hand_over(*asked, *level);
                return nullptr;
            }
        }
    }
    return &what;
}

std::string liar::handed_over(const std::string& payload) const {
    if (!at_.payloads) {
        return payload;
    }
    auto part = decode_part(payload);
    auto closed = part ? at_.payloads.scheme->close_share(part->share) : std::nullopt;
    if (!closed) {
        return payload; // A commander's nonsense: there is nothing better to be had.
    }
    part->share = std::move(*closed);
    return encode_hand_over(*part);
}

void liar::hand_over(const payload_request& asked, const level_memory& level) {
    std::vector<std::string> payloads;
    payloads.reserve(asked.positions.size());
    for (const auto position : asked.positions) {
        auto& payload = payloads.emplace_back();
        if (position >= level.cast->size()) {
            continue;
        }
        const auto& promised = (*level.cast)[position].payload_digest;
        if (promised == invention_.payload_digest) {
            payload = invented_payload;
        }
        for (std::size_t c = 0; c < level.claims.size(); ++c) {
            const auto* heard = heard_claim(level.claims, c, position);
            if (heard != nullptr && heard->payload_digest == promised && level.payloads[c]
                && position < level.payloads[c]->size()) {
                payload = handed_over((*level.payloads[c])[position]);
                break;
            }
        }
    }
    handing_over_.push_back(
        send{supervisor_id,
             payload_reply{asked.round, asked.level, asked.positions,
                           std::make_shared<const std::vector<std::string>>(std::move(payloads)),
                           made_up_grounds(asked, level)}});
}

void liar::edit(effects& doing, tick) {
    retellings_.clear();
    for (auto& reply : handing_over_) {
        doing.push_back(std::move(reply));
    }
    handing_over_.clear();
    const auto dropped = [&](effect& e) {
        auto* sent = std::get_if<send>(&e);
        return sent != nullptr && !edit_message(*sent);
    };
    // Not remove_if, which promises no order in which it asks.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < doing.size(); ++i) {
        if (!dropped(doing[i])) {
            if (kept != i) {
                doing[kept] = std::move(doing[i]);
            }
            ++kept;
        }
    }
    doing.resize(kept);
}

bool liar::edit_message(send& sent) {
    if (auto* said = std::get_if<distribution>(&sent.what)) {
        return edit_distribution(sent.to, *said);
    }
    if (auto* passed_on = std::get_if<relay>(&sent.what)) {
        return edit_relay(sent.to, *passed_on);
    }
    if (auto* passed_on = std::get_if<signed_relay>(&sent.what)) {
        return edit_signed_relay(sent.to, *passed_on);
    }
    if (auto* cast = std::get_if<vote>(&sent.what)) {
        return edit_vote(*cast);
    }
    if (auto* reply = std::get_if<payload_reply>(&sent.what)) {
        return edit_reply(*reply);
    }
    return true;
}

bool liar::edit_distribution(server_id to, distribution& said) {
    const auto* level = memory_.find(said.round, said.level);
    const auto lie = retell({said.round, said.level, at_.self, nullptr, to}, said.claims, level);
    if (!lie) {
        return false;
    }
    if (lie == said.claims) {
        return true;
    }
    // Beside a claim that is not made stands no payload.
    std::vector<std::string> payloads;
    for (std::size_t i = 0; i < lie->size() && i < said.payloads->size(); ++i) {
        if (!(*lie)[i].is_present() && !(*said.payloads)[i].empty()) {
            if (payloads.empty()) {
                payloads = *said.payloads;
            }
            payloads[i].clear();
        }
    }
    if (!payloads.empty()) {
        said.payloads = std::make_shared<const std::vector<std::string>>(std::move(payloads));
    }
    said.claims = lie;
    return true;
}

bool liar::edit_relay(server_id to, relay& passed_on) {
    const auto* level = memory_.find(passed_on.round, passed_on.level);
    if (level == nullptr || !level->records || passed_on.phase == 0
        || passed_on.phase > at_.cluster.depth) {
        return true;
    }
    const auto& owed = paths(index_of(to), passed_on.phase);
    if (passed_on.items.size() != owed.size() * level->asked.size()) {
        return true;
    }
    auto* item = passed_on.items.data();
    for (const auto commander : level->asked) {
        for (const auto& path : owed) {
            *item = retell({passed_on.round, passed_on.level, commander, &path, to}, *item, level);
            ++item;
        }
    }
    return true;
}

claim_batch liar::retell(const occasion& o, const claim_batch& heard, const level_memory* level) {
    how_.clear();
    if (const auto whole = tells(o)) {
        how_.push_back(*whole);
    } else if (level != nullptr && level->records) {
        for (std::uint32_t i = 0; i < level->records->size(); ++i) {
            how_.push_back(tells_about(o, i, (*level->records)[i]));
        }
    }
    if (std::all_of(how_.begin(), how_.end(), [](told how) { return how == told::truth; })) {
        return heard;
    }
    if (how_.size() == 1 && how_.front() == told::silence) {
        return nullptr;
    }
    for (const auto& earlier : retellings_) {
        if (earlier.heard == heard.get() && earlier.commander == o.commander
            && earlier.first == how_.front()
            && std::equal(earlier.rest.begin(), earlier.rest.end(), how_.begin() + 1, how_.end())) {
            return earlier.lie;
        }
    }
    auto lie = make_lie(o, heard, level);
    if (retellings_.size() < retellings_max) {
        retellings_.push_back(
            {heard.get(), o.commander, how_.front(), {how_.begin() + 1, how_.end()}, lie});
    }
    return lie;
}

claim_batch liar::make_lie(const occasion& o, const claim_batch& heard,
                           const level_memory* level) const {
    // A commander that the database gave no record has nothing to put a flag on.
    const auto fills_in = is_lieutenant(at_.self) && level != nullptr;
    if (!heard && !fills_in) {
        return nullptr;
    }
    const auto records = heard ? heard->size() : level->records ? level->records->size() : 0;
    const auto nothing = no_value();
    std::vector<claim> lie;
    lie.reserve(records);
    auto anything = heard != nullptr;
    for (std::size_t i = 0; i < records; ++i) {
        const auto how = how_.size() == 1 ? how_.front() : i < how_.size() ? how_[i] : told::truth;
        const auto& truth = heard ? (*heard)[i] : nothing;
        if (fills_in && !truth.is_present()) {
            const auto about = content(*level, o.commander, i);
            lie.push_back(retold(how, truth, &about));
        } else {
            lie.push_back(retold(how, truth, nullptr));
        }
        anything = anything || lie.back().is_report();
    }
    return anything ? make_claim_batch(std::move(lie)) : nullptr;
}

claim liar::content(const level_memory& level, server_id commander, std::size_t position) const {
    if (const auto* own = heard_claim(level.claims, index_of(commander), position)) {
        return *own;
    }
    for (std::size_t c = 0; c < level.claims.size(); ++c) {
        if (const auto* other = heard_claim(level.claims, c, position)) {
            return *other;
        }
    }
    return invention_;
}

const std::vector<std::vector<std::uint32_t>>& liar::paths(std::uint32_t recipient,
                                                           std::uint32_t phase) {
    const auto lieutenants = at_.cluster.lieutenants;
    if (!table_) {
        const auto depth = at_.cluster.depth_at(at_.cluster.max_recursion);
        table_.emplace(lieutenants, depth);
        paths_.resize(std::size_t{lieutenants} * depth);
    }
    auto& known = paths_[std::size_t{phase - 1} * lieutenants + recipient];
    if (known.empty()) {
        for (const auto path : table_->owed(index_of(at_.self), recipient, phase)) {
            known.push_back(table_->lieutenants_on(path));
        }
    }
    return known;
}

} // namespace byzgate
