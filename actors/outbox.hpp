/// Between the gate and the external party, where they are processes: what leaves is in the ledger,
/// with its payload, before it goes out, and goes out again until the external party says that it
/// has it, over crashes of either side. A version of a record that it has does not go out again.
///
///   supervisor ──delivery──> outbox ──delivery──> external party
///       ^                     │  ^                     │
///       └──receipt (of all)───┘  └──────receipt────────┘
///
/// The supervisor's receipt comes when everything in its delivery has arrived: an external party
/// that is away holds the rounds open, and so the whole cluster.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "actors/metrics.hpp"
#include "protocol/cluster.hpp"
#include "storage/ledger.hpp"

namespace byzgate {

using outbox_actor =
    caf_compat::typed_actor<void(roster),           ///< where the external party is, first of all
                            void(delivery),         ///< supervisor: to be delivered
                            void(delivery_receipt), ///< external party: kept
                            void(link_change),      ///< the way to the external party
                            void(alarm)>;           ///< itself: look what is overdue

struct outbox_settings {
    std::string ledger; ///< its file; opened on the actor's own thread
    limits limit;
    std::function<void(const std::string&)> on_failure;
    metrics* figures = nullptr; ///< may be null; outlives the actor
    /// How many deliveries wait to be written or acknowledged. May be null.
    std::shared_ptr<std::atomic<std::uint64_t>> waiting{};
};

class outbox_state {
public:
    static inline const char* name = "byzgate.outbox";
    /// Numbers one process's deliveries apart; each holds no more than this of payloads, or one.
    static constexpr std::size_t delivery_bytes_max = 4U << 20;

    void start(outbox_actor::stateful_pointer<outbox_state> self, outbox_settings settings);
    void on_roster(const roster& known) { external_party_ = known.known->external_party; }
    void on_delivery(const delivery& leaving);
    void on_receipt(const delivery_receipt& receipt);
    void on_link(bool up);
    void on_alarm();
    void count() const;

private:
    using clock = std::chrono::steady_clock;
    using release = std::pair<record_id, version_id>;
    /// A delivery as the machine numbered it.
    using wanted = std::pair<round_id, std::uint32_t>;

    struct outgoing {
        delivery what;
        std::optional<clock::time_point> sent;
    };

    /// A delivery of the machine's, until all that is in it has arrived.
    struct awaited_delivery {
        delivery what;
        std::set<std::uint32_t> numbers;      ///< of those that bring it
        std::vector<opening_report> openings; ///< sealed: by position in `what`
    };

    void open();
    void note_openings(const delivery& arrived, const delivery_receipt& receipt);
    void write(const delivery& leaving);
    void remember(delivery what);
    void send_due();
    void settle(const wanted& which);
    template <class Action>
    bool attempt(Action&& action);

    outbox_actor::stateful_pointer<outbox_state> self_ = nullptr;
    outbox_settings settings_;
    std::optional<release_ledger> ledger_;
    server_actor supervisor_;
    external_party_actor external_party_; ///< or what stands for it here
    std::uint32_t last_number_ = 0;
    std::map<std::uint32_t, outgoing> outstanding_; ///< by number
    std::map<release, std::uint32_t> where_;        ///< which of them brings it
    std::map<wanted, awaited_delivery> waiting_;
    std::deque<delivery> unwritten_; ///< the ledger couldn't take them yet
};

outbox_actor::behavior_type outbox(outbox_actor::stateful_pointer<outbox_state> self,
                                   outbox_settings settings);

/// The row of a release, for the ledger to number and chain.
[[nodiscard]] ledger_row ledger_row_of(round_id round, const released_record& record);

} // namespace byzgate
