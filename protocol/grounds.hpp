/// What a voter hands over beside the payloads, checked: the commanders' signed batches that its
/// releases rest on, and the evidence against those that were left out of the count (protocol.md,
/// section 9). Any voter may have made up any of it.
///
/// Whole batches, not one proof a record: a batch's tree is computed once however many records rest
/// on it, and the claims that a certificate shows are taken out of that.
#pragma once

#include <map>
#include <memory>
#include <variant>
#include <vector>

#include "protocol/certificate.hpp"
#include "protocol/cluster.hpp"
#include "protocol/evidence.hpp"
#include "protocol/machine.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

/// A batch that the commander signed for that level of that round.
struct proven_batch {
    signed_claims what;
    batch_tree_ptr tree;
};

/// Grounds in which every batch and all evidence is good. They carry some releases, and others not.
class proven_grounds {
public:
    proven_grounds(std::vector<proven_batch> batches, std::vector<evidence_ptr> convictions)
        : batches_(std::move(batches)), convictions_(std::move(convictions)) {}

    /// The batches whose claim at that position is public and of just that version and digest, as
    /// many as fc-c+1, ascending by commander; none if there are fewer, or c > fc.
    [[nodiscard]] std::vector<const proven_batch*>
    carrying(std::uint32_t position, const verdict& released, std::uint32_t faulty_max) const;
    [[nodiscard]] const std::vector<evidence_ptr>& convictions() const noexcept {
        return convictions_;
    }

private:
    std::vector<proven_batch> batches_;     ///< ascending by commander
    std::vector<evidence_ptr> convictions_; ///< ascending by commander
};
using proven_grounds_ptr = std::shared_ptr<const proven_grounds>;

/// Proves the grounds that come for one level of a round. A batch that was found to be good is
/// remembered whole, so that it costs its digests once whoever hands it over, and nothing that
/// somebody else hands over changes what is thought of it.
class grounds_check {
public:
    struct place {
        round_id round{};
        level_number level = 0;
        const std::vector<record_id>& records; ///< of that level, in order
    };
    /// What the check of signatures needs, and the evidence that has been checked before.
    struct means {
        const cluster_parameters& cluster;
        const signing_keys& keys;
        const digester& digests;
        checked_signatures& checked;
        const std::map<server_id, evidence_ptr>& known; ///< by commander
    };

    /// One thing that is no good makes all of it no good: no loyal voter hands it over.
    [[nodiscard]] std::variant<proven_grounds_ptr, refusal>
    prove(const release_grounds& grounds, const place& at, const means& with);

    void forget() noexcept { good_.clear(); }

private:
    [[nodiscard]] batch_tree_ptr tree_of(const signed_claims& batch, const place& at,
                                         const means& with);

    /// Two of a commander are all that loyal lieutenants can differ in, but for a commander that
    /// every one of them convicts; more than that are checked, and forgotten.
    static constexpr std::size_t kept_each_max = 2;
    std::vector<proven_batch> good_;
};

} // namespace byzgate
