// The gate's part of a sealed cluster: a record is fetched from every lieutenant that voted for its
// release, because nobody but the external party can tell a good share from a bad one, and because
// it takes fl+1 good ones (protocol.md, section 8).
//
// Among 2fl+1 hand-overs at least fl+1 are good, so that many are enough at once. With fewer the
// gate waits for everybody who may still hand over, and goes by what it has then: fewer than fl+1
// open nothing, so nothing goes out.
#include <algorithm>

#include "protocol/supervisor.hpp"

namespace byzgate {

bool supervisor_machine::is_payload_of(const round_state& round, std::uint32_t record,
                                       const std::string& came) const {
    const auto& voted_for = round.decided[record].released;
    if (!cluster_.sealed) {
        return digests_.digest_of(came) == voted_for.payload_digest;
    }
    const auto handed = decode_hand_over(came);
    if (!handed || handed->share.size() != payloads_.scheme->closed_share_bytes()) {
        return false;
    }
    const auto known = round.handing.find(record);
    if (known != round.handing.end() && !known->second.came.shares.empty()) {
        // What the commitment commits to is one: the first that was checked speaks for the others.
        const auto& good = known->second.came;
        return handed->digests == good.digests && handed->ciphertext == good.ciphertext;
    }
    return payloads_.scheme->is_committed(
        {(*round.records)[record], voted_for.version, voted_for.payload_digest}, handed->digests,
        handed->ciphertext);
}

void supervisor_machine::ask_every_voter(round_id id, round_state& round, level_state& level,
                                         const std::vector<std::uint32_t>& positions, tick now,
                                         effects& out) {
    std::map<std::uint32_t, fetch> asking;
    for (const auto i : positions) {
        const auto record = level.where[i];
        round.handing.try_emplace(record, handing_over{level.number, i, {}});
        auto& tried = round.tried[record];
        for (const auto voter : voters_for(level, i, round.decided[record].released)) {
            if (std::find(tried.begin(), tried.end(), voter) == tried.end()) {
                tried.push_back(voter);
                asking.try_emplace(voter, fetch{level.number, voter, {}, 0})
                    .first->second.positions.push_back(i);
            }
        }
        level.starving.push_back(i);
    }
    for (auto& [voter, one] : asking) {
        one.deadline = now + 2 * cluster_.phase_timeout;
        std::sort(one.positions.begin(), one.positions.end());
        out.push_back(send{lieutenant_id(voter), payload_request{id, level.number, one.positions}});
        round.fetches.push_back(std::move(one));
    }
}

void supervisor_machine::keep_hand_overs(
    server_id from, round_state& round, const level_state& level,
    const std::vector<std::pair<std::uint32_t, std::string>>& good) {
    for (const auto& [i, bytes] : good) {
        const auto open = round.handing.find(level.where[i]);
        if (open == round.handing.end()) {
            continue; // It is on its way: those before were enough.
        }
        auto handed = decode_hand_over(bytes);
        auto& came = open->second.came;
        if (came.shares.empty()) {
            came.digests = std::move(handed->digests);
            came.ciphertext = std::move(handed->ciphertext);
        }
        came.shares.push_back({from, std::move(handed->share)});
    }
}

void supervisor_machine::settle_sealed(round_id id, round_state& round, level_state& level,
                                       effects& out) {
    const auto faulty = cluster_.tolerate.lieutenants;
    const auto is_owed = [&](std::uint32_t position) {
        return !level.closed
               || std::any_of(round.fetches.begin(), round.fetches.end(), [&](const fetch& f) {
                      return f.level == level.number
                             && std::binary_search(f.positions.begin(), f.positions.end(),
                                                   position);
                  });
    };
    std::vector<std::pair<std::uint32_t, std::string>> leaving;
    for (auto open = round.handing.begin(); open != round.handing.end();) {
        auto& [record, handed] = *open;
        auto& shares = handed.came.shares;
        if (handed.level != level.number
            || (shares.size() < 2 * std::size_t{faulty} + 1 && is_owed(handed.position))) {
            ++open;
            continue;
        }
        if (shares.size() > faulty) {
            std::sort(shares.begin(), shares.end(),
                      [](const auto& a, const auto& b) { return a.from < b.from; });
            leaving.emplace_back(handed.position, encode_sealed(handed.came));
        } else {
            round.decided[record].outcome = record_outcome::withheld;
        }
        open = round.handing.erase(open);
    }
    auto& starving = level.starving;
    starving.erase(
        std::remove_if(starving.begin(), starving.end(),
                       [&](std::uint32_t i) { return !round.handing.contains(level.where[i]); }),
        starving.end());
    deliver(id, round, level, std::move(leaving), out);
}

bool supervisor_machine::openings_fit(const delivery_receipt& receipt,
                                      const delivering& kept) const {
    if (!cluster_.sealed) {
        return receipt.openings.empty();
    }
    const opening_report* before = nullptr;
    for (const auto& found : receipt.openings) {
        if (found.position >= kept.records.size()
            || (before != nullptr && before->position >= found.position)
            || !std::all_of(found.bad_shares.begin(), found.bad_shares.end(), [&](server_id id) {
                   return is_lieutenant(id) && cluster_.contains(id);
               })) {
            return false;
        }
        before = &found;
    }
    return true;
}

} // namespace byzgate
