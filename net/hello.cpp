#include "net/hello.hpp"

#include <fmt/format.h>

#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

// So that something else's first bytes are told from a hello of another version.
constexpr std::string_view magic = "byzgate\n";
// Differences of clocks below this are nobody's concern.
constexpr std::uint64_t clock_tolerance_s = 60;

std::string about_clocks(std::uint64_t theirs_s, std::uint64_t ours_s) {
    const auto apart = theirs_s > ours_s ? theirs_s - ours_s : ours_s - theirs_s;
    if (theirs_s == 0 || apart < clock_tolerance_s) {
        return "the two clocks agree";
    }
    return fmt::format("its clock is {} s {} ours: set the wrong one first", apart,
                       theirs_s > ours_s ? "ahead of" : "behind");
}

std::string at(const link_ends& ends) {
    return ends.address.empty() ? ends.peer : ends.peer + " at " + ends.address;
}

/// For what is wrong with both ends alike, whoever noticed.
std::optional<std::string> explain_either(refusal_reason reason, const link_ends& ends) {
    switch (reason) {
        case refusal_reason::other_version:
            return fmt::format("{} runs another version of byzgate; install one version on both "
                               "hosts",
                               at(ends));
        case refusal_reason::other_cluster:
            return fmt::format("{} has another cluster: its cluster.keys or its [cluster] table "
                               "differs from that of {}; give both hosts the same files",
                               at(ends), ends.local);
        case refusal_reason::other_config:
            return fmt::format("{} has another configuration than {}; give both hosts the same "
                               "file",
                               at(ends), ends.local);
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

} // namespace

std::string encode(const hello& h) {
    encoder out;
    out.raw(magic).u32(link_version).fixed(h.cluster).fixed(h.config);
    out.server(h.from).server(h.to).u64(h.credit).u64(h.bytes_max).u64(h.clock_s);
    return out.take();
}

std::variant<hello, other_version, not_hello> decode_hello(std::string_view bytes) {
    if (bytes.substr(0, magic.size()) != magic) {
        return not_hello{};
    }
    decoder in{bytes.substr(magic.size())};
    const auto version = in.u32();
    if (in.failed()) {
        return not_hello{};
    }
    if (version != link_version) {
        return other_version{version};
    }
    hello h;
    h.cluster = in.fixed_digest();
    h.config = in.fixed_digest();
    h.from = in.server();
    h.to = in.server();
    h.credit = in.u64();
    h.bytes_max = in.u64();
    h.clock_s = in.u64();
    if (!in.done()) {
        return not_hello{};
    }
    return h;
}

std::string_view to_string(refusal_reason reason) noexcept {
    static constexpr std::array<std::string_view, refusal_reasons> words{
        "other_version",
        "other_cluster",
        "other_config",
        "wrong_name",
        "not_here",
        "not_linked",
        "certificate_expired",
        "certificate_not_yet_valid",
        "protocol_error",
        "oversized",
        "over_credit",
        "too_many",
        "replaced",
        "bad_certificate",
        "no_certificate",
        "no_such_name",
        "not_tls",
        "handshake_timeout",
        "silence",
        "stalled",
        "not_loopback"};
    return words[static_cast<std::size_t>(reason)];
}

std::string encode(const refusal_notice& r) {
    encoder out;
    out.u8(static_cast<std::uint8_t>(r.reason)).u64(r.clock_s);
    return out.take();
}

std::optional<refusal_notice> decode_refusal(std::string_view bytes) {
    decoder in{bytes};
    refusal_notice r;
    r.reason = in.enumerator(refusal_reason_last_on_wire);
    r.clock_s = in.u64();
    if (!in.done()) {
        return {};
    }
    return r;
}

std::string explain_their_refusal(const refusal_notice& r, const link_ends& ends,
                                  std::uint64_t now_s) {
    if (const auto either = explain_either(r.reason, ends)) {
        return *either;
    }
    switch (r.reason) {
        case refusal_reason::certificate_expired:
            return fmt::format("{} says that the certificate of {} has expired; {}, else renew it: "
                               "byzgate keygen --renew {}, then copy it to this host",
                               at(ends), ends.local, about_clocks(r.clock_s, now_s), ends.local);
        case refusal_reason::certificate_not_yet_valid:
            return fmt::format("{} says that the certificate of {} is not valid yet; {}, else make "
                               "it anew where the clock is right",
                               at(ends), ends.local, about_clocks(r.clock_s, now_s));
        case refusal_reason::wrong_name:
            return fmt::format("{} says that this process calls itself {} but shows another's "
                               "certificate; give this host the right {}.crt",
                               at(ends), ends.local, ends.local);
        case refusal_reason::not_here:
            return fmt::format("another process answers there, {} isn't in it; correct the "
                               "placement, on this host or there",
                               at(ends));
        case refusal_reason::too_many:
            return fmt::format("{} has too many connections; it will be tried again", at(ends));
        default:
            return fmt::format("{} ended the link of {} ({}); see its log", at(ends), ends.local,
                               to_string(r.reason));
    }
}

std::string explain_our_refusal(refusal_reason reason, const link_ends& ends, std::uint64_t now_s) {
    if (const auto either = explain_either(reason, ends)) {
        return *either;
    }
    switch (reason) {
        case refusal_reason::certificate_expired:
            return fmt::format("the certificate of {} has expired by the clock of this host "
                               "({} s since 1970); if that is wrong, set it, else renew: byzgate "
                               "keygen --renew {}, then copy it to the host of {}",
                               at(ends), now_s, ends.peer, ends.peer);
        case refusal_reason::certificate_not_yet_valid:
            return fmt::format("the certificate of {} is not valid yet by the clock of this host "
                               "({} s since 1970); set the clock here, or the one of the host that "
                               "made the certificate and make it anew",
                               at(ends), now_s);
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
            return fmt::format("what answers there isn't {}: its certificate is another's; correct "
                               "the address here or the certificate there",
                               at(ends));
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
            return fmt::format("{} sent what no loyal server sends ({}); find out who is there",
                               at(ends), to_string(reason));
    }
}

} // namespace byzgate
