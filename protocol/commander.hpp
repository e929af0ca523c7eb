/// The loyal commander: reads what the supervisor asks for, once, and tells every lieutenant the
/// same (protocol.md, section 2, step 2).
#pragma once

#include <map>
#include <utility>

#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

class commander_machine final : public machine {
public:
    /// `digests` outlives the machine.
    commander_machine(const cluster_parameters& cluster, server_id self, const digester& digests);

    void on(const event& what, tick now, effects& out) override;

private:
    void on_request(const round_request& request, effects& out);
    void on_read(const records_read& read, effects& out);

    cluster_parameters cluster_;
    server_id self_;
    const digester& digests_;
    /// Reads that are under way, so that an answer to no question is not passed on.
    std::map<std::pair<round_id, level_number>, record_id_batch> reading_;
};

/// The claims that a loyal commander makes about what it read, with the payloads beside them.
struct claims_and_payloads {
    claim_batch claims;
    payload_batch payloads;
};
[[nodiscard]] claims_and_payloads claims_about(const std::vector<std::optional<record>>& records,
                                               const digester& digests);

} // namespace byzgate
