#include "actors/judge.hpp"

#include <algorithm>

#include "crypto/blake2b.hpp"

namespace byzgate {

namespace {

known_version version_of(const record& r) {
    static const blake2b_digester digests;
    return {r.version, r.confidentiality, digests.digest_of(r.payload)};
}

} // namespace

judge::judge(const cluster_parameters& cluster, std::set<server_id> byzantine, database& truth,
             bool remember_now)
    : cluster_(cluster), byzantine_(std::move(byzantine)), truth_(truth) {
    if (remember_now) {
        truth_.for_each([this](const record& r) {
            at_start_[r.id].push_back(version_of(r));
            return true;
        });
    }
}

void judge::on_delivery(const delivery& arrived) {
    auto& round = arrived_[arrived.round];
    for (const auto& record : *arrived.records) {
        if (!round.emplace(record.id, record).second) {
            ++totals_.corrupted; // The same record twice in one round is nobody's record.
        }
    }
}

std::optional<known_version> judge::known(const released_record& arrived,
                                          const std::optional<record>& current) {
    if (current && current->version == arrived.version) {
        return version_of(*current);
    }
    const auto find_in = [&](const std::vector<known_version>& versions) {
        const auto found =
            std::find_if(versions.begin(), versions.end(),
                         [&](const known_version& v) { return v.version == arrived.version; });
        return found == versions.end() ? std::nullopt : std::optional{*found};
    };
    if (auto found = find_in(truth_.versions_of(arrived.id))) {
        return found;
    }
    const auto before = at_start_.find(arrived.id);
    return before == at_start_.end() ? std::nullopt : find_in(before->second);
}

record_truth judge::judge_release(const released_record& arrived,
                                  const std::optional<record>& current) {
    static const blake2b_digester digests;
    record_truth truth;
    const auto version = known(arrived, current);
    if (version) {
        truth.confidentiality = version->confidentiality;
    }
    if (!version || version->payload_digest != digests.digest_of(arrived.payload)) {
        ++totals_.corrupted;
        truth.outcome = judgement::corrupted;
    }
    if (version && version->confidentiality == flag::confidential) {
        ++totals_.leaked;
        truth.outcome = judgement::leaked;
    }
    return truth;
}

std::vector<record_truth> judge::on_closed(const round_report& report) {
    const auto& closed = report.closed;
    const auto current = truth_.read(*closed.records);
    auto arrived = arrived_.extract(closed.round);
    std::vector<record_truth> truths(closed.records->size());
    for (std::size_t i = 0; i < closed.records->size(); ++i) {
        const auto& id = (*closed.records)[i];
        const auto& decided = closed.decided[i];
        truths[i].confidentiality =
            current[i] ? std::optional{current[i]->confidentiality} : std::nullopt;
        totals_.sub_rounds += decided.level > 0 ? 1 : 0;
        std::map<record_id, released_record>::node_type left;
        if (!arrived.empty()) {
            left = arrived.mapped().extract(id);
        }
        if (!left.empty()) {
            ++totals_.released;
            truths[i] = judge_release(left.mapped(), current[i]);
            continue;
        }
        ++totals_.withheld;
        totals_.unresolved += decided.outcome == record_outcome::unresolved ? 1 : 0;
        if (current[i] && current[i]->confidentiality == flag::public_) {
            ++totals_.denied;
            truths[i].outcome = judgement::denied;
        }
    }
    if (!arrived.empty()) {
        totals_.corrupted += arrived.mapped().size(); // Ids that this round was not about.
    }
    ++totals_.rounds;
    totals_.records += closed.records->size();
    for (const auto& accepted : closed.convictions) {
        totals_.convicted.insert(accepted.commander);
        if (accepted.for_good) {
            totals_.quarantined.insert(accepted.commander);
        }
    }
    for (const auto& found : closed.openings) {
        totals_.unopened += found.opened ? 0 : 1;
        totals_.bad_shares.insert(found.bad_shares.begin(), found.bad_shares.end());
    }
    judge_votes(report);
    return truths;
}

void judge::judge_votes(const round_report& report) {
    const auto& decided = report.closed.decided;
    std::vector<bool> differ(decided.size(), false);
    std::set<std::pair<std::size_t, server_id>> framed;
    for (level_number level = 0; level <= cluster_.max_recursion; ++level) {
        // A level is about the records that were not settled before it, in the round's order.
        std::vector<std::size_t> where;
        for (std::size_t i = 0; i < decided.size(); ++i) {
            if (decided[i].level >= level) {
                where.push_back(i);
            }
        }
        const std::vector<verdict>* first = nullptr;
        std::set<server_id> seen;
        for (const auto& [from, cast] : *report.votes) {
            if (cast.level != level || !loyal(from) || !cast.verdicts
                || cast.verdicts->size() != where.size() || !seen.insert(from).second) {
                continue;
            }
            first = first == nullptr ? cast.verdicts.get() : first;
            for (std::size_t i = 0; i < where.size(); ++i) {
                const bool releases = (*cast.verdicts)[i].what == decision::release;
                if (releases != ((*first)[i].what == decision::release)) {
                    differ[where[i]] = true;
                }
            }
            for (const auto& a : cast.accusations) {
                if (loyal(a.commander) && a.position < where.size()) {
                    framed.insert({where[a.position], a.commander});
                }
            }
        }
    }
    totals_.disagreements +=
        static_cast<std::uint64_t>(std::count(differ.begin(), differ.end(), true));
    totals_.framed += framed.size();
}

} // namespace byzgate
