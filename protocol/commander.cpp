#include "protocol/commander.hpp"

#include <algorithm>

#include "protocol/admit.hpp"
#include "protocol/assert.hpp"
#include "protocol/statement.hpp"
#include "protocol/wire.hpp"

namespace byzgate {

commander_machine::commander_machine(const cluster_parameters& cluster, server_id self,
                                     const digester& digests, signing_keys keys)
    : cluster_(cluster), self_(self), digests_(digests), keys_(std::move(keys)),
      closed_(cluster.limit.rounds_open_max) {
    BYZGATE_ASSERT(!cluster.is_signed() || keys_);
}

void commander_machine::on(const event& what, tick, effects& out) {
    if (const auto* came = std::get_if<received>(&what)) {
        if (came->from != supervisor_id) {
            out.push_back(refused{came->from, refusal::unknown_server});
        } else if (const auto* request = std::get_if<round_request>(&came->what)) {
            on_request(*request, out);
        } else if (const auto* end = std::get_if<round_end>(&came->what)) {
            on_end(end->round, out);
        } else {
            out.push_back(refused{came->from, refusal::malformed});
        }
    } else if (const auto* read = std::get_if<records_read>(&what)) {
        on_read(*read, out);
    }
}

void commander_machine::restore(const signed_past& past) {
    BYZGATE_ASSERT(cluster_.is_signed());
    keeps_ = true;
    closed_.raise(past_.restore(past, cluster_.limit));
}

void commander_machine::on_end(round_id round, effects& out) {
    const auto floor = closed_.floor();
    rounds_.close(round);
    closed_.insert(round);
    past_.forget(round);
    if (keeps_ && closed_.floor() != floor) {
        out.push_back(drop_kept{round_id{closed_.floor()}});
    }
}

void commander_machine::on_request(const round_request& request, effects& out) {
    if (const auto why = refusal_of_request(request, cluster_)) {
        out.push_back(refused{supervisor_id, *why});
        return;
    }
    // A round that many others passed over is open all the same.
    if (closed_.contains(request.round) && !rounds_.contains(request.round)) {
        out.push_back(refused{supervisor_id, refusal::late});
        return;
    }
    if (!rounds_.contains(request.round) && rounds_.size() >= cluster_.limit.rounds_open_max
        && !forget_answered()) {
        out.push_back(refused{supervisor_id, refusal::oversized});
        return;
    }
    auto& levels = rounds_.at(request.round).levels;
    for (const auto& level : levels) {
        if (level.number == request.level) {
            out.push_back(refused{supervisor_id, refusal::duplicate});
            return;
        }
    }
    levels.push_back({request.level, request.records});
    out.push_back(read_records{request.round, request.level, request.records});
}

bool commander_machine::forget_answered() {
    for (const auto& round : rounds_) {
        const auto& levels = round.state->levels;
        if (std::all_of(levels.begin(), levels.end(),
                        [](const asked_level& level) { return !level.records; })) {
            closed_.insert(round.id);
            rounds_.close(round.id);
            return true;
        }
    }
    return false;
}

void commander_machine::on_read(const records_read& read, effects& out) {
    auto* round = rounds_.find(read.round);
    if (round == nullptr) {
        return;
    }
    const auto asked =
        std::find_if(round->levels.begin(), round->levels.end(),
                     [&](const asked_level& level) { return level.number == read.level; });
    if (asked == round->levels.end() || !asked->records) {
        return;
    }
    const auto records = std::move(asked->records);
    asked->records.reset();
    if (past_.contains(statement_kind::claims, read.round, read.level)) {
        if (const auto* kept =
                past_.find<distribution>(statement_kind::claims, read.round, read.level)) {
            repeat(*kept, *records, read, out);
        }
        return;
    }
    if (read.records.size() != records->size()) {
        return; // The read failed: silence, which never counts as public.
    }
    const auto told = claims_about(read.records, cluster_.limit, digests_);
    const auto seal = cluster_.is_signed() ? seal_claims(keys_, digests_, self_, read.round,
                                                         read.level, *records, *told.claims)
                                           : nullptr;
    if (keeps_) {
        out.push_back(keep{
            {statement_kind::claims, read.round, read.level, 0,
             encode(message{distribution{read.round, read.level, told.claims, nullptr, seal}})}});
    }
    tell_all({read.round, read.level, told.claims, told.payloads, seal}, out);
}

void commander_machine::tell_all(const distribution& told, effects& out) const {
    for (std::uint32_t i = 0; i < cluster_.lieutenants; ++i) {
        out.push_back(send{lieutenant_id(i), told});
    }
}

void commander_machine::repeat(const distribution& kept, const std::vector<record_id>& records,
                               const records_read& read, effects& out) const {
    if (!kept.claims || !kept.seal || kept.claims->size() != records.size()) {
        return;
    }
    const auto& claims = *kept.claims;
    const auto tree = tree_over(records, claims, kept.seal->salt, digests_);
    if (!verify(
            {statement_kind::claims, self_, kept.round, kept.level, 0, tree.leaves(), tree.root()},
            kept.seal->by, keys_)) {
        return; // It was asked about other records then, and has signed all that it may here.
    }
    std::vector<std::string> payloads(claims.size());
    for (std::size_t i = 0; i < claims.size() && i < read.records.size(); ++i) {
        const auto& found = read.records[i];
        if (claims[i].is_present() && found
            && digests_.digest_of(found->payload) == claims[i].payload_digest) {
            payloads[i] = found->payload;
        }
    }
    tell_all({kept.round, kept.level, kept.claims,
              std::make_shared<const std::vector<std::string>>(std::move(payloads)), kept.seal},
             out);
}

claims_and_payloads claims_about(const std::vector<std::optional<record>>& records,
                                 const limits& limit, const digester& digests) {
    std::vector<claim> claims;
    std::vector<std::string> payloads;
    claims.reserve(records.size());
    payloads.reserve(records.size());
    for (const auto& found : records) {
        if (found
            && (found->payload.size() > limit.payload_bytes_max
                || found->version.size() > limit.record_id_bytes_max)) {
            claims.push_back(no_value());
            payloads.emplace_back();
        } else if (found) {
            claims.push_back(make_claim(found->confidentiality, found->version,
                                        digests.digest_of(found->payload)));
            payloads.push_back(found->payload);
        } else {
            claims.push_back(absent_claim());
            payloads.emplace_back();
        }
    }
    return {make_claim_batch(std::move(claims)),
            std::make_shared<const std::vector<std::string>>(std::move(payloads))};
}

} // namespace byzgate
