/// A small run for tests of the report layer: the real machines in one thread, every message
/// delayed by a few ticks that a counter chooses, liars by a hook on what they send.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "crypto/ideal_keys.hpp"
#include "report/trace.hpp"

namespace byzgate {

/// A digest for tests: different for different texts, nothing more.
class test_digester final : public digester {
public:
    [[nodiscard]] digest digest_of(std::string_view bytes) const override;
};

/// Changes what `from` is about to send to `to`; false drops it (the liar keeps silent).
using lie = std::function<bool(server_id from, server_id to, message& what)>;

class made_run {
public:
    made_run(std::ostream& out, const trace_header& header, std::vector<record> database,
             lie how = {}, traced_payloads payloads = traced_payloads::sizes_only);

    /// Puts a liar in that server's place.
    void replace(server_id id, handler by) { machines_[id] = std::move(by); }
    /// Decides the whole database, `header.batch` records a round, and finishes the trace.
    void decide_all();

private:
    struct arrival {
        server_id from{};
        server_id to{};
        message what;
    };

    void step(server_id at, const event& what);
    void perform(server_id at, const effects& todo);
    void read(server_id at, const read_records& wanted);
    void on_delivery(const delivery& what);
    void judge(const round_closed& what);
    [[nodiscard]] const record* find(const record_id& id) const;

    trace_header header_;
    std::vector<record> database_;
    lie how_;
    trace_writer writer_;
    trace_summary summary_;
    std::map<server_id, handler> machines_;
    std::map<std::pair<tick, std::uint64_t>, arrival> queue_;
    std::uint64_t arrivals_ = 0;
    tick now_ = 0;
};

/// The digests of every made run, and what a server of a signed one signs with.
[[nodiscard]] const digester& made_digests();
[[nodiscard]] signing_keys made_keys(const cluster_parameters& cluster, server_id id);

/// The header of a cluster of k commanders and n lieutenants with their default budget.
[[nodiscard]] trace_header make_header(const std::string& scenario, std::uint32_t commanders,
                                       std::uint32_t lieutenants, std::uint32_t depth = 1);
/// The same for signed messages.
[[nodiscard]] trace_header make_signed_header(const std::string& scenario, std::uint32_t commanders,
                                              std::uint32_t lieutenants, std::uint32_t depth = 1);

/// `record-1`…, every third of them public.
[[nodiscard]] std::vector<record> make_records(std::size_t count);

/// Tells the first half of the lieutenants `public`, the others `confidential`.
[[nodiscard]] lie equivocating(server_id liar, std::uint32_t lieutenants);
/// Tells everybody the opposite flag.
[[nodiscard]] lie consistent_lie(server_id liar);
/// Relays the opposite flag of what it heard.
[[nodiscard]] lie flipping(server_id liar);
/// Sends nothing at all.
[[nodiscard]] lie silent(server_id liar);
/// A signed cluster's: tells each lieutenant the flag that `says` makes of the true one, signed.
[[nodiscard]] lie signed_telling(const cluster_parameters& cluster, server_id liar,
                                 std::function<flag(server_id to, flag truth)> says);
/// A signed cluster's: passes on the opposite flags, which the commander never signed.
[[nodiscard]] lie forging(const cluster_parameters& cluster, server_id liar);
[[nodiscard]] lie both(lie first, lie second);

} // namespace byzgate
