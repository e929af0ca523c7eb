/// The typed interfaces of all actors, one comment per signature, and CAF's registry of what they
/// say. Append only.
///
/// Within a process the protocol's messages share their batches by pointer. Who sent a message is
/// taken from the sender's handle, never from the message.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/caf_compat.hpp"
#include "behaviors/registry.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

struct roster;

/// A timer that a server set for itself; `at` in ticks since the cluster started.
struct wake {
    std::uint64_t at = 0;
};

/// What a server sends itself behind all that waits for it: time to make durable what it signed.
struct commit_due {
    std::uint64_t number = 0; ///< of the commit that it was sent for
};

/// Play this behaviour from now on. Obeyed only where the configuration allows faults.
struct swap_behavior {
    std::string name;
    behavior_options options;
};

/// What the supervisor tells whoever submitted: how the round ended, what it received of votes, and
/// how long the round took.
struct round_report {
    round_closed closed;
    std::shared_ptr<const std::vector<std::pair<server_id, vote>>> votes;
    tick opened_at = 0;
    tick closed_at = 0;
};

/// The external party's copy for an outside judge: what really arrived.
struct delivered {
    delivery what;
};

using server_actor = caf_compat::typed_actor<
    void(roster),           ///< who is who; first of all, from whoever spawned the cluster
    void(round_request),    ///< supervisor: decide these records
    void(distribution),     ///< commander: its claims
    void(relay),            ///< lieutenant: what it was told
    void(signed_relay),     ///< lieutenant: what it was shown
    void(vote),             ///< lieutenant: its verdicts
    void(payload_request),  ///< supervisor: hand over payloads
    void(payload_reply),    ///< lieutenant: here they are
    void(delivery),         ///< no server is owed one; a liar may send it all the same
    void(delivery_receipt), ///< external party: kept
    void(round_end),        ///< supervisor: the round is closed
    void(submission),       ///< client: decide these (obeyed by the supervisor only)
    void(swap_behavior),    ///< client: play something else (where faults are allowed)
    void(wake),             ///< itself: a deadline may be due
    void(commit_due)>;      ///< itself: all that waited before this has been handled

/// The recipient outside; only the supervisor holds a handle of it.
using external_party_actor = caf_compat::typed_actor<void(delivery)>;

/// Whoever has records decided: passes submissions on to the supervisor and gets the reports; also
/// where the external party's copies for an outside judge go.
using client_actor = caf_compat::typed_actor<void(roster),       ///< where the supervisor is
                                             void(submission),   ///< from the driver: pass it on
                                             void(round_report), ///< supervisor: a round is over
                                             void(delivered)>;   ///< external party: this arrived

/// One commander's way to the database; only that commander holds a handle of it. Detached: its
/// reads block.
using database_actor = caf_compat::typed_actor<records_read(read_records)>; ///< a read, answered

/// Handles by place. A server gets only those that its role may hold: the external party goes to
/// the supervisor alone, a database to its commander alone.
struct links {
    std::vector<server_actor> commanders;
    std::vector<server_actor> lieutenants;
    server_actor supervisor;
    external_party_actor external_party;
    database_actor database;
    client_actor client; ///< gets `round_report`s (supervisor only)
};
struct roster {
    std::shared_ptr<const links> known;
};

BYZGATE_INSPECT(wake, at)
BYZGATE_INSPECT(commit_due, number)

} // namespace byzgate

CAF_BEGIN_TYPE_ID_BLOCK(byzgate, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(byzgate, (byzgate::wake))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::roster))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::round_request))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::distribution))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::relay))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::vote))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::payload_request))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::payload_reply))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::delivery))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::delivery_receipt))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::round_end))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::submission))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::swap_behavior))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::read_records))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::records_read))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::round_report))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::delivered))
BYZGATE_ADD_LOCAL_TYPE(byzgate, (byzgate::signed_relay))
CAF_ADD_TYPE_ID(byzgate, (byzgate::commit_due))
CAF_END_TYPE_ID_BLOCK(byzgate)
