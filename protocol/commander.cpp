#include "protocol/commander.hpp"

#include "protocol/admit.hpp"

namespace byzgate {

commander_machine::commander_machine(const cluster_parameters& cluster, server_id self,
                                     const digester& digests)
    : cluster_(cluster), self_(self), digests_(digests) {}

void commander_machine::on(const event& what, tick, effects& out) {
    if (const auto* came = std::get_if<received>(&what)) {
        if (came->from != supervisor_id) {
            out.push_back(refused{came->from, refusal::unknown_server});
        } else if (const auto* request = std::get_if<round_request>(&came->what)) {
            on_request(*request, out);
        } else if (const auto* end = std::get_if<round_end>(&came->what)) {
            reading_.erase(reading_.lower_bound({end->round, 0}),
                           reading_.upper_bound({end->round, ~level_number{0}}));
        } else {
            out.push_back(refused{came->from, refusal::malformed});
        }
    } else if (const auto* read = std::get_if<records_read>(&what)) {
        on_read(*read, out);
    }
}

void commander_machine::on_request(const round_request& request, effects& out) {
    if (const auto why = refusal_of_request(request, cluster_)) {
        out.push_back(refused{supervisor_id, *why});
        return;
    }
    if (reading_.size() >= cluster_.limit.rounds_open_max) {
        out.push_back(refused{supervisor_id, refusal::oversized});
        return;
    }
    if (!reading_.try_emplace({request.round, request.level}, request.records).second) {
        out.push_back(refused{supervisor_id, refusal::duplicate});
        return;
    }
    out.push_back(read_records{request.round, request.level, request.records});
}

void commander_machine::on_read(const records_read& read, effects& out) {
    const auto asked = reading_.find({read.round, read.level});
    if (asked == reading_.end()) {
        return;
    }
    const auto wanted = asked->second->size();
    reading_.erase(asked);
    if (read.records.size() != wanted) {
        return; // The read failed: silence, which never counts as public.
    }
    const auto told = claims_about(read.records, digests_);
    for (std::uint32_t i = 0; i < cluster_.lieutenants; ++i) {
        out.push_back(send{lieutenant_id(i),
                           distribution{read.round, read.level, told.claims, told.payloads}});
    }
}

claims_and_payloads claims_about(const std::vector<std::optional<record>>& records,
                                 const digester& digests) {
    std::vector<claim> claims;
    std::vector<std::string> payloads;
    claims.reserve(records.size());
    payloads.reserve(records.size());
    for (const auto& found : records) {
        if (found) {
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
