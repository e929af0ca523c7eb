/// The machines of a whole cluster in one thread: one queue in order of arrival, a logical clock, a
/// database in a map, an external party that keeps what it gets, and a hook through which a test
/// plays the adversary. Nothing here is random and nothing waits: when the queue is empty, the
/// clock jumps to the earliest deadline or arrival.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "crypto/blake2b.hpp"
#include "crypto/ideal_keys.hpp"
#include "crypto/sealing.hpp"
#include "protocol/commander.hpp"
#include "protocol/lieutenant.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate::testing {

[[nodiscard]] const digester& test_digests();

/// A message on its way; `delay` is how long it takes. In the log, `at` is when it was sent.
struct envelope {
    server_id from{};
    server_id to{};
    message what;
    tick delay = 0;
    tick at = 0;
};

/// A refusal, and who refused.
struct refusal_note {
    server_id at{};
    server_id from{};
    refusal why{};
};

class pump {
public:
    /// Puts into `instead` what is really sent in place of `wanted`: nothing (dropped), itself,
    /// something else, several. Called once for every send of every server.
    using adversary = std::function<void(const envelope& wanted, std::vector<envelope>& instead)>;
    /// What a commander's read gives.
    using reader = std::function<std::vector<std::optional<record>>(server_id commander,
                                                                    const read_records& wanted)>;

    explicit pump(const cluster_parameters& cluster);

    // -- before and between runs
    std::map<record_id, record> database;
    adversary meddle; ///< empty: everybody is loyal
    reader read;      ///< empty: reads of `database`
    bool receipts = true;
    bool keep_log = true;

    void put(record r) { database[r.id] = std::move(r); }
    /// Submits a batch; its number comes back in `round_closed`.
    std::uint64_t submit(std::vector<record_id> ids);
    /// Sends as if `from` had, past the adversary.
    void inject(server_id from, server_id to, message what, tick delay = 0);
    /// Runs until nothing is queued and nobody waits for a deadline.
    void run();
    /// Delivers what can be delivered up to `until`, deadlines included, and moves the clock there.
    void run_until(tick until);

    // -- afterwards
    std::vector<envelope> log;
    std::vector<refusal_note> refusals;
    std::vector<round_closed> closed;
    std::vector<released_record> delivered; ///< sealed: what was opened

    /// What a server of a signed cluster signs and verifies with.
    [[nodiscard]] signing_keys keys_of(server_id id) const { return keys_.of(id); }
    [[nodiscard]] const cluster_sealing& sealing() const { return sealing_; }
    [[nodiscard]] const cluster_parameters& cluster() const { return cluster_; }
    [[nodiscard]] tick now() const { return now_; }
    [[nodiscard]] supervisor_machine& supervisor() { return supervisor_; }
    [[nodiscard]] lieutenant_machine& lieutenant(std::uint32_t index) {
        return lieutenants_[index];
    }
    /// Claims and relays sent by the machines, one per path and recipient; null items don't count.
    [[nodiscard]] std::uint64_t messages_sent() const { return messages_sent_; }
    [[nodiscard]] std::size_t refused(server_id at, refusal why) const;
    /// The votes that `lieutenant` sent, in order.
    [[nodiscard]] std::vector<vote> votes_of(std::uint32_t lieutenant) const;
    /// What the record at `position` of the `round`-th closed round came to.
    [[nodiscard]] const decided_record& decided(std::size_t round, std::size_t position) const {
        return closed.at(round).decided.at(position);
    }

private:
    void post(const envelope& wanted);
    void count(const message& what);
    void step(server_id at, const event& what);
    void perform(server_id at, const effects& done);
    void deliver(const envelope& came);
    void answer(server_id commander, const read_records& wanted);
    [[nodiscard]] machine& machine_of(server_id id);
    [[nodiscard]] tick earliest_deadline() const;
    void tick_all();

    cluster_parameters cluster_;
    ideal_keys keys_;
    cluster_sealing sealing_; ///< of a sealed cluster
    supervisor_machine supervisor_;
    std::deque<commander_machine> commanders_;
    std::deque<lieutenant_machine> lieutenants_;
    std::multimap<tick, envelope> queue_; ///< by arrival; equal keys keep their order
    tick now_ = 0;
    std::uint64_t submissions_ = 0;
    std::uint64_t messages_sent_ = 0;
};

} // namespace byzgate::testing
