#include "net/explain.hpp"

#include <fmt/format.h>

namespace byzgate {

namespace {

// Differences of clocks below this are nobody's concern.
constexpr std::uint64_t clock_tolerance_s = 60;

std::string at(const link_ends& ends) {
    return ends.address.empty() ? ends.peer : ends.peer + " at " + ends.address;
}

std::string renewal_of(const std::string& name) {
    return fmt::format("run byzgate keygen CONFIG --renew {0} where ca.key is, and copy {0}.crt "
                       "and {0}.tls.key to the host of {0}",
                       name);
}

std::string times_text(const std::optional<certificate_times>& times) {
    return times ? ", which is " + text_of(*times) + "," : std::string{};
}

/// What differs, on which side; nothing where it isn't known.
std::string digests_text(const link_ends& ends) {
    if (ends.own_digest.empty()) {
        return {};
    }
    return ends.their_digest.empty()
               ? fmt::format(" (here it is {})", ends.own_digest)
               : fmt::format(" (here it is {}, there {})", ends.own_digest, ends.their_digest);
}

/// Where to look first.
std::string odd_one_out(const link_ends& ends) {
    return ends.others_up == 0
               ? std::string{}
               : fmt::format("; {} other links of this process are up, so look there first",
                             ends.others_up);
}

/// For what is wrong with both ends alike, whoever noticed.
std::optional<std::string> explain_either(refusal_reason reason, const link_ends& ends) {
    switch (reason) {
        case refusal_reason::other_version:
            return fmt::format("{} runs another version of byzgate; install one version on both "
                               "hosts",
                               at(ends));
        case refusal_reason::other_cluster:
            return fmt::format("{} has another cluster{}: its cluster.keys or its [cluster] table "
                               "differs from that of {}; give both hosts the same files{}",
                               at(ends), digests_text(ends), ends.local, odd_one_out(ends));
        case refusal_reason::other_config:
            return fmt::format("{} has another configuration than {}{}: name, [cluster], "
                               "[convictions], [limits], [placement] or [transport] differs; give "
                               "both hosts the same file and restart the one that changes{}",
                               at(ends), ends.local, digests_text(ends), odd_one_out(ends));
        case refusal_reason::not_linked:
            return fmt::format("{} and {} have nothing to say to each other; correct the placement "
                               "on the host of the one that connects",
                               ends.local, at(ends));
        case refusal_reason::replaced:
            return fmt::format("a newer connection of {} took over; if this repeats, two processes "
                               "run as the same server: stop one",
                               at(ends));
        default:
            return {};
    }
}

/// The two clocks, and which of them has to be set if either has; `theirs_s` is 0 if not known.
std::string clocks_text(std::uint64_t theirs_s, std::uint64_t now_s) {
    if (theirs_s == 0) {
        return fmt::format("this host's clock says {}", date_text(now_s));
    }
    const auto apart = theirs_s > now_s ? theirs_s - now_s : now_s - theirs_s;
    const auto both =
        fmt::format("its clock says {}, this host's {}", date_text(theirs_s), date_text(now_s));
    return apart < clock_tolerance_s
               ? both
               : fmt::format("{}, {} s {}: set the wrong one first", both, apart,
                             theirs_s > now_s ? "behind it" : "ahead of it");
}

/// They refuse our certificate because of its time.
std::string explain_our_time(const refusal_notice& r, const link_ends& ends, std::uint64_t now_s) {
    const bool late = r.reason == refusal_reason::certificate_expired;
    const auto what = fmt::format(
        "{} refuses the certificate of {}{} as {}; {}", at(ends), ends.local, times_text(ends.own),
        late ? "expired" : "not valid yet", clocks_text(r.clock_s, now_s));
    if (ends.own && ends.own->covers(now_s)) {
        return what
               + fmt::format("; by this host's clock it is valid: set the clock of the host "
                             "of {}, or this one if it is wrong",
                             ends.peer);
    }
    return what
           + (late ? "; if both clocks are right, "
                   : "; if both clocks are right, the one "
                     "where it was made was ahead: set that, ")
           + renewal_of(ends.local);
}

/// We refuse theirs because of its time.
std::string explain_their_time(bool late, const link_ends& ends, std::uint64_t now_s) {
    return fmt::format(
        "the certificate of {}{} {}: this host's clock says {}; set this clock if it is wrong, "
        "else {}{}",
        at(ends), times_text(ends.theirs), late ? "has expired" : "is not valid yet",
        date_text(now_s), late ? "" : "set that of the host where the certificate was made, ",
        renewal_of(ends.peer));
}

} // namespace

bool needs_somebody(refusal_reason reason) noexcept {
    switch (reason) {
        case refusal_reason::other_version:
        case refusal_reason::other_cluster:
        case refusal_reason::other_config:
        case refusal_reason::wrong_name:
        case refusal_reason::not_here:
        case refusal_reason::not_linked:
        case refusal_reason::certificate_expired:
        case refusal_reason::certificate_not_yet_valid:
        case refusal_reason::certificate_revoked:
        case refusal_reason::bad_certificate:
        case refusal_reason::no_certificate:
        case refusal_reason::no_such_name:
        case refusal_reason::not_loopback:
            return true;
        default: // `not_tls` too: a bad line garbles bytes
            return false;
    }
}

std::string explain_their_refusal(const refusal_notice& r, const link_ends& ends,
                                  std::uint64_t now_s) {
    if (const auto either = explain_either(r.reason, ends)) {
        return *either;
    }
    switch (r.reason) {
        case refusal_reason::certificate_expired:
        case refusal_reason::certificate_not_yet_valid:
            return explain_our_time(r, ends, now_s);
        case refusal_reason::certificate_revoked:
            return fmt::format("{} says that the certificate of {} is revoked; if this host is "
                               "trusted again, give it a new one: {}",
                               at(ends), ends.local, renewal_of(ends.local));
        case refusal_reason::wrong_name:
            return fmt::format("{} says that this process calls itself {} but shows another's "
                               "certificate; give this host the right {}.crt",
                               at(ends), ends.local, ends.local);
        case refusal_reason::bad_certificate:
            return fmt::format("{} refuses the certificate of {}: another CA signed it; give both "
                               "hosts the files of one byzgate keygen",
                               at(ends), ends.local);
        case refusal_reason::no_certificate:
            return fmt::format("{} got no certificate from {}; is this host's process the right "
                               "one?",
                               at(ends), ends.local);
        case refusal_reason::not_here:
            return fmt::format("{} isn't in the process that answers there; correct the "
                               "placement, on this host or there",
                               at(ends));
        case refusal_reason::too_many:
            return fmt::format("{} has too many connections; it will be tried again", at(ends));
        default:
            return fmt::format("{} ended the link of {} ({}); see its log", at(ends), ends.local,
                               to_string(r.reason));
    }
}

namespace {

/// What ends a connection that was no link yet, or that nobody answers on.
std::optional<std::string> explain_silence(refusal_reason reason, const link_ends& ends) {
    switch (reason) {
        case refusal_reason::not_tls:
            return fmt::format("{} doesn't speak TLS 1.3; is another program at this address, or "
                               "one with insecure_loopback?",
                               at(ends));
        case refusal_reason::handshake_timeout:
            return fmt::format(
                "{} did not finish the handshake in time; is its host overloaded, or "
                "another program at this address?",
                at(ends));
        case refusal_reason::silence:
            return fmt::format(
                "nothing came from {} for too long; look at its host and the network", at(ends));
        case refusal_reason::stalled:
            return fmt::format("{} takes nothing any more; look at its host and the network",
                               at(ends));
        case refusal_reason::not_loopback:
            return fmt::format("insecure_loopback is for one machine, and {} is elsewhere; make "
                               "certificates with byzgate keygen",
                               at(ends));
        default:
            return {};
    }
}

} // namespace

std::string explain_our_refusal(refusal_reason reason, const link_ends& ends, std::uint64_t now_s) {
    if (const auto either = explain_either(reason, ends)) {
        return *either;
    }
    if (const auto silent = explain_silence(reason, ends)) {
        return *silent;
    }
    switch (reason) {
        case refusal_reason::certificate_expired:
        case refusal_reason::certificate_not_yet_valid:
            return explain_their_time(reason == refusal_reason::certificate_expired, ends, now_s);
        case refusal_reason::certificate_revoked:
            return fmt::format("{} shows a certificate that ca.crl here has revoked; if its host "
                               "is trusted again, {}; if not, find out who has the old one",
                               at(ends), renewal_of(ends.peer));
        case refusal_reason::wrong_name:
            return fmt::format("{} calls itself somebody else than its certificate says; give its "
                               "host the right certificate, and find out who did it",
                               at(ends));
        case refusal_reason::not_here:
            return fmt::format("{} looks for a server that isn't in this process; correct the "
                               "placement on its host",
                               at(ends));
        case refusal_reason::bad_certificate:
            return fmt::format("{} shows a certificate that ca.crt here didn't sign; give both "
                               "hosts the files of one byzgate keygen",
                               at(ends));
        case refusal_reason::no_certificate:
            return fmt::format("{} shows no certificate; every process needs its own, as byzgate "
                               "keygen makes it",
                               at(ends));
        case refusal_reason::no_such_name:
            return fmt::format("{} shows another server's certificate; correct the address "
                               "here or the certificate there",
                               at(ends));
        case refusal_reason::too_many:
            return fmt::format("{} had to make room: more connections than this process takes have "
                               "proved nothing yet, or more operators ask than "
                               "service.operators_max; it may try again",
                               at(ends));
        case refusal_reason::protocol_error:
            return fmt::format("{} sent what no loyal server sends (protocol_error); find out who "
                               "is there, or whether its [transport] is another than here",
                               at(ends));
        default:
            return fmt::format("{} sent what no loyal server sends ({}); find out who is there",
                               at(ends), to_string(reason));
    }
}

} // namespace byzgate
