/// The outside judge of a run on actors: reads the database itself, sees what really reached the
/// external party and which votes were cast, knows who is Byzantine, and counts. No server can
/// influence it, and it influences none.
#pragma once

#include <map>
#include <set>
#include <unordered_set>
#include <vector>

#include "actors/messages.hpp"
#include "protocol/cluster.hpp"
#include "report/trace.hpp"
#include "storage/database.hpp"

namespace byzgate {

/// What the judge has counted so far (design of `run --json`).
struct judged_totals {
    std::uint64_t rounds = 0;
    std::uint64_t records = 0;
    std::uint64_t released = 0;
    std::uint64_t withheld = 0;
    std::uint64_t leaked = 0;        ///< the released version is confidential
    std::uint64_t corrupted = 0;     ///< payload, id or version is not the database's
    std::uint64_t denied = 0;        ///< withheld, and public in the database
    std::uint64_t unresolved = 0;    ///< withheld after the last level
    std::uint64_t disagreements = 0; ///< records on which loyal lieutenants' votes differ
    std::uint64_t framed = 0; ///< (record, loyal commander) pairs that a loyal lieutenant convicted
    std::uint64_t sub_rounds = 0; ///< records that went past level 0
    /// Sealed: records that the external party could not open, and whose shares were bad.
    std::uint64_t unopened = 0;
    std::set<server_id> bad_shares;
    std::set<server_id> convicted;
    std::set<server_id> quarantined;
};

class judge {
public:
    /// `truth` is the judge's own connection; it outlives the judge. With `remember_now` the judge
    /// reads the whole database first: needed where it keeps no history and may change meanwhile.
    judge(const cluster_parameters& cluster, std::set<server_id> byzantine, database& truth,
          bool remember_now);

    void on_delivery(const delivery& arrived);
    /// Judges a round that is over; one entry per record of it.
    std::vector<record_truth> on_closed(const round_report& report);

    [[nodiscard]] const judged_totals& totals() const noexcept { return totals_; }

private:
    void judge_votes(const round_report& report);
    record_truth judge_release(const released_record& arrived,
                               const std::optional<record>& current);
    [[nodiscard]] std::optional<known_version> known(const released_record& arrived,
                                                     const std::optional<record>& current);
    [[nodiscard]] bool loyal(server_id id) const { return !byzantine_.contains(id); }

    cluster_parameters cluster_;
    std::set<server_id> byzantine_;
    database& truth_;
    judged_totals totals_;
    std::map<round_id, std::map<record_id, released_record>> arrived_;
    std::map<record_id, std::vector<known_version>> at_start_;
};

} // namespace byzgate
