// The second half of the gate: a record with a quorum gets its payload from one of its voters and
// goes out, once.
#include <algorithm>

#include "protocol/assert.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate {

std::vector<std::uint32_t> supervisor_machine::voters_for(const level_state& level,
                                                          std::uint32_t position,
                                                          const verdict& released) const {
    std::vector<std::uint32_t> voters;
    voters.reserve(level.votes.size());
    for (std::uint32_t j = 0; j < level.votes.size(); ++j) {
        if (level.votes[j] && (*level.votes[j])[position].same_release(released)) {
            voters.push_back(j);
        }
    }
    return voters;
}

void supervisor_machine::ask_for_payloads(round_id id, round_state& round, level_state& level,
                                          const std::vector<std::uint32_t>& positions, tick now,
                                          effects& out) {
    std::vector<fetch> asking; // by voter, ascending
    const auto deadline = now + 2 * cluster_.phase_timeout;
    for (const auto i : positions) {
        const auto record = level.where[i];
        const auto voters = voters_for(level, i, round.decided[record].released);
        const auto& tried = round.tried[record];
        bool asked = false;
        // Start with another voter each round, so that the load spreads.
        for (std::size_t turn = 0; turn < voters.size() && !asked; ++turn) {
            const auto voter = voters[(number_of(id) + turn) % voters.size()];
            if (std::find(tried.begin(), tried.end(), voter) == tried.end()) {
                auto place = std::find_if(asking.begin(), asking.end(),
                                          [&](const fetch& f) { return f.voter >= voter; });
                if (place == asking.end() || place->voter != voter) {
                    place = asking.insert(place, {level.number, voter, {}, deadline});
                }
                place->positions.push_back(i);
                asked = true;
            }
        }
        if (!asked && level.closed) {
            round.decided[record].outcome = record_outcome::withheld;
        } else if (!asked) {
            level.starving.push_back(i);
        }
    }
    for (auto& one : asking) {
        for (const auto i : one.positions) {
            round.tried[level.where[i]].push_back(one.voter);
        }
        out.push_back(
            send{lieutenant_id(one.voter), payload_request{id, level.number, one.positions}});
        round.fetches.push_back(std::move(one));
    }
}

void supervisor_machine::feed_starving(round_id id, round_state& round, level_state& level,
                                       tick now, effects& out) {
    const auto positions = std::move(level.starving);
    level.starving.clear();
    if (!positions.empty()) {
        ask_for_payloads(id, round, level, positions, now, out);
    }
}

void supervisor_machine::on_payloads(server_id from, const payload_reply& reply, tick now,
                                     effects& out) {
    auto& round = *rounds_.find(reply.round);
    if (!reply.payloads || reply.payloads->size() != reply.positions.size()
        || !std::is_sorted(reply.positions.begin(), reply.positions.end())) {
        out.push_back(refused{from, refusal::malformed});
        return;
    }
    const auto asked =
        std::find_if(round.fetches.begin(), round.fetches.end(), [&](const fetch& f) {
            return f.voter == index_of(from) && f.level == reply.level
                   && std::includes(f.positions.begin(), f.positions.end(), reply.positions.begin(),
                                    reply.positions.end());
        });
    if (asked == round.fetches.end()) {
        out.push_back(refused{from, refusal::late});
        return;
    }
    const auto wanted = std::move(asked->positions);
    round.fetches.erase(asked);
    auto& level = round.levels[reply.level];
    std::vector<std::pair<std::uint32_t, std::string>> good;
    std::vector<std::uint32_t> again;
    std::size_t next = 0;
    bool forged = false;
    bool ungrounded = false;
    const auto grounds = cluster_.is_signed() && !reply.positions.empty()
                             ? grounds_of(from, reply, level, out)
                             : nullptr;
    for (const auto i : wanted) {
        const bool came = next < reply.positions.size() && reply.positions[next] == i;
        const auto& voted_for = round.decided[level.where[i]].released.payload_digest;
        if (came && digests_.digest_of((*reply.payloads)[next]) == voted_for) {
            if (cluster_.is_signed() && !keep_grounds(grounds, i, round, level.where[i])) {
                ungrounded = grounds != nullptr;
                again.push_back(i);
                ++next;
                continue;
            }
            good.emplace_back(i, (*reply.payloads)[next]);
        } else {
            // A voter that heard of the claim from others only has no payload, and didn't lie.
            forged = forged || came;
            again.push_back(i);
        }
        next += came ? 1 : 0;
    }
    if (ungrounded) {
        out.push_back(refused{from, refusal::bad_signature});
    }
    if (forged) {
        out.push_back(refused{from, refusal::bad_digest});
    }
    deliver(reply.round, round, level, std::move(good), out);
    if (!again.empty()) {
        ask_for_payloads(reply.round, round, level, again, now, out);
    }
}

void supervisor_machine::deliver(round_id id, round_state& round, const level_state& level,
                                 std::vector<std::pair<std::uint32_t, std::string>> good,
                                 effects& out) {
    if (good.empty()) {
        return;
    }
    std::vector<released_record> released;
    std::vector<std::uint32_t> records;
    released.reserve(good.size());
    records.reserve(good.size());
    for (auto& [i, payload] : good) {
        const auto record = level.where[i];
        const auto& voted_for = round.decided[record].released;
        released_record leaving{(*round.records)[record],
                                voted_for.version,
                                voted_for.payload_digest,
                                std::move(payload),
                                {}};
        leaving.level = level.number;
        const auto voters = voters_for(level, i, voted_for);
        leaving.voters.reserve(voters.size());
        for (const auto voter : voters) {
            leaving.voters.push_back(lieutenant_id(voter));
        }
        BYZGATE_ASSERT(leaving.voters.size() >= cluster_.quorum());
        if (cluster_.is_signed()) {
            leaving.certificate = certify(id, round, level, i);
        }
        released.push_back(std::move(leaving));
        records.push_back(record);
    }
    const auto sequence = round.next_sequence++;
    round.deliveries.push_back({sequence, std::move(records)});
    out.push_back(
        send{external_party_id,
             delivery{id, sequence,
                      std::make_shared<const std::vector<released_record>>(std::move(released))}});
}

void supervisor_machine::on_receipt(const delivery_receipt& receipt, effects& out) {
    auto& round = *rounds_.find(receipt.round);
    const auto kept =
        std::find_if(round.deliveries.begin(), round.deliveries.end(),
                     [&](const delivering& d) { return d.sequence == receipt.sequence; });
    if (kept == round.deliveries.end()) {
        out.push_back(refused{external_party_id, refusal::duplicate});
        return;
    }
    for (const auto record : kept->records) {
        round.decided[record].outcome = record_outcome::released;
    }
    round.deliveries.erase(kept);
}

} // namespace byzgate
