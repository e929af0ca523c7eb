/// The loyal commander: reads what the supervisor asks for, once, and tells every lieutenant the
/// same (protocol.md, section 2, step 2).
#pragma once

#include <vector>

#include "protocol/closed_rounds.hpp"
#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"
#include "protocol/open_rounds.hpp"
#include "protocol/payloads.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

/// The claims that a loyal commander makes about what it read, with the payloads beside them. What
/// is over a limit can't be told; it is no value, so that it keeps only itself from being released
/// and not its batch.
struct claims_and_payloads {
    claim_batch claims;
    /// The same for all lieutenants; sealed: one batch of parts for each.
    std::vector<payload_batch> payloads;
};
[[nodiscard]] claims_and_payloads claims_about(const std::vector<std::optional<record>>& records,
                                               const limits& limit, const digester& digests);
[[nodiscard]] claims_and_payloads
sealed_claims_about(const std::vector<std::optional<record>>& records,
                    const cluster_parameters& cluster, const payload_tools& payloads);

class commander_machine final : public machine {
public:
    /// `digests` outlives the machine.
    commander_machine(const cluster_parameters& cluster, server_id self, const digester& digests,
                      signing_keys keys = {}, payload_tools payloads = {});

    /// Asks the driver from now on to keep what it signs, and repeats what it finds in `past`.
    /// Signed clusters only, before the first event.
    void restore(const signed_past& past);

    void on(const event& what, tick now, effects& out) override;

    /// Rounds that it still holds memory for.
    [[nodiscard]] std::size_t rounds_open() const noexcept { return rounds_.size(); }

private:
    /// A level that was asked for. Once answered it stays until the round ends: a request that
    /// comes twice must not be read and told twice, for the database may have changed in between
    /// and a loyal commander would contradict itself.
    struct asked_level {
        level_number number = 0;
        record_id_batch records; ///< null once the answer has come
    };
    struct round_state {
        std::vector<asked_level> levels;
        void clear() { levels.clear(); }
    };

    void on_request(const round_request& request, effects& out);
    /// Ends the oldest round of which all is told, whose end may have been lost; false: there is
    /// none.
    [[nodiscard]] bool forget_answered();
    void on_end(round_id round, effects& out);
    void on_read(const records_read& read, effects& out);
    void repeat(const distribution& kept, const std::vector<record_id>& records,
                const records_read& read, effects& out) const;
    [[nodiscard]] claims_and_payloads tell_about(const records_read& read) const;
    void tell_all(distribution told, const std::vector<payload_batch>& payloads,
                  effects& out) const;

    cluster_parameters cluster_;
    server_id self_;
    const digester& digests_;
    signing_keys keys_;
    payload_tools payloads_;
    open_rounds<round_state> rounds_;
    closed_rounds closed_;
    bool keeps_ = false;
    past_statements past_;
};

} // namespace byzgate
