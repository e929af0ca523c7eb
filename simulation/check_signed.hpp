/// One record decided with signed messages, as a circuit over the adversary's choices: SM(m) and
/// what it proves. The rest is in check_round.hpp.
///
/// Of the choices of protocol.md, section 6, the circuit leaves out those that a loyal server
/// restricts: relays along a path X:j1…jp where X or some ji is loyal. Whether such a relay shows
/// what the path can show, or nothing, changes no outcome:
/// - It can show only the value v that its last loyal server signed. If that is X, everybody was
///   told v in phase 0. If it is ji, then i < p and ji relayed v to everybody in phase i or before,
///   for a loyal lieutenant relays each value once, in the phase after it accepted it.
/// - So every loyal lieutenant has accepted v before phase p: it accepts nothing new from the
///   relay, hence relays nothing new because of it, and neither does it miss v if it is silent.
/// So whatever one strategy of the rest comes to, it comes to with each of the 2^restricted ways
/// to choose those (strategy_space::restricted; with two values there is no choice in them).
#pragma once

#include "simulation/check_round.hpp"

namespace byzgate {

/// A choice deviates if it isn't the truth: what the path can show if Byzantine servers told each
/// other the truth. (A loyal lieutenant would leave out what it relayed in an earlier phase.)
/// F_X is no value where a lieutenant saw none or two.
[[nodiscard]] check_circuit make_signed_circuit(const check_scene& scene);

} // namespace byzgate
