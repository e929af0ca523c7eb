#include "net/hello.hpp"

#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

// So that something else's first bytes are told from a hello of another version.
constexpr std::string_view magic = "byzgate\n";

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
        "certificate_revoked",
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

} // namespace byzgate
