#include "protocol/commander.hpp"

#include <algorithm>

#include "protocol/admit.hpp"
#include "protocol/assert.hpp"
#include "protocol/statement.hpp"
#include "protocol/wire.hpp"

namespace byzgate {

commander_machine::commander_machine(const cluster_parameters& cluster, server_id self,
                                     const digester& digests, signing_keys keys,
                                     payload_tools payloads)
    : cluster_(cluster), self_(self), digests_(digests), keys_(std::move(keys)),
      payloads_(std::move(payloads)), closed_(cluster.limit.rounds_open_max) {
    BYZGATE_ASSERT(!cluster.is_signed() || keys_);
    BYZGATE_ASSERT(!cluster.sealed || (payloads_ && payloads_.sealer));
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
    const auto told = tell_about(read);
    const auto seal = cluster_.is_signed() ? seal_claims(keys_, digests_, self_, read.round,
                                                         read.level, *records, *told.claims)
                                           : nullptr;
    if (keeps_) {
        out.push_back(keep{
            {statement_kind::claims, read.round, read.level, 0,
             encode(message{distribution{read.round, read.level, told.claims, nullptr, seal}})}});
    }
    tell_all({read.round, read.level, told.claims, nullptr, seal}, told.payloads, out);
}

claims_and_payloads commander_machine::tell_about(const records_read& read) const {
    return cluster_.sealed ? sealed_claims_about(read.records, cluster_, payloads_)
                           : claims_about(read.records, cluster_.limit, digests_);
}

void commander_machine::tell_all(distribution told, const std::vector<payload_batch>& payloads,
                                 effects& out) const {
    for (std::uint32_t i = 0; i < cluster_.lieutenants; ++i) {
        told.payloads = payloads[i % payloads.size()];
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
    // The database may have changed since: then the old claim has no payload any more.
    auto still = read;
    still.records.resize(claims.size());
    const auto now = tell_about(still);
    std::vector<payload_batch> payloads;
    for (const auto& batch : now.payloads) {
        auto kept_of_it = *batch;
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (!claims[i].is_present()
                || claims[i].payload_digest != (*now.claims)[i].payload_digest) {
                kept_of_it[i].clear();
            }
        }
        payloads.push_back(std::make_shared<const std::vector<std::string>>(std::move(kept_of_it)));
    }
    tell_all({kept.round, kept.level, kept.claims, nullptr, kept.seal}, payloads, out);
}

namespace {

/// What a claim about it can hold.
bool fits(const record& found, const limits& limit, std::size_t bytes_added) {
    return found.payload.size() <= limit.payload_bytes_max
           && bytes_added <= limit.payload_bytes_max - found.payload.size()
           && found.version.size() <= limit.record_id_bytes_max;
}

} // namespace

claims_and_payloads claims_about(const std::vector<std::optional<record>>& records,
                                 const limits& limit, const digester& digests) {
    std::vector<claim> claims;
    std::vector<std::string> payloads;
    claims.reserve(records.size());
    payloads.reserve(records.size());
    for (const auto& found : records) {
        if (found && !fits(*found, limit, 0)) {
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
            {std::make_shared<const std::vector<std::string>>(std::move(payloads))}};
}

claims_and_payloads sealed_claims_about(const std::vector<std::optional<record>>& records,
                                        const cluster_parameters& cluster,
                                        const payload_tools& payloads) {
    const auto bytes_added = payloads.scheme->bytes_added();
    std::vector<claim> claims;
    claims.reserve(records.size());
    std::vector<std::vector<std::string>> parts(cluster.lieutenants,
                                                std::vector<std::string>(records.size()));
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto& found = records[i];
        if (!found) {
            claims.push_back(absent_claim());
            continue;
        }
        if (!fits(*found, cluster.limit, bytes_added)) {
            claims.push_back(no_value());
            continue;
        }
        auto sealed = payloads.sealer->seal(*found);
        BYZGATE_ASSERT(sealed.shares.size() == parts.size());
        sealed_part part{std::move(sealed.digests), std::move(sealed.ciphertext), {}};
        for (std::size_t j = 0; j < parts.size(); ++j) {
            part.share = std::move(sealed.shares[j]);
            parts[j][i] = encode_part(part);
        }
        claims.push_back(make_claim(found->confidentiality, found->version, sealed.commitment));
    }
    claims_and_payloads made{make_claim_batch(std::move(claims)), {}};
    for (auto& batch : parts) {
        made.payloads.push_back(std::make_shared<const std::vector<std::string>>(std::move(batch)));
    }
    return made;
}

} // namespace byzgate
