#include "net/tls.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/certificates.hpp"
#include "net/names.hpp"
#include "net/openssl.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

struct tls_identities::state {
    std::map<server_id, ossl::context> contexts;
    std::map<server_id, certificate_times> times;
    std::vector<server_id> own_revoked;
    ossl::revocations revoked;
    std::set<std::string> revoked_serials; ///< in it
    ossl::certificate authority;
};

namespace {

/// What OpenSSL's verdict on a certificate means; nothing if only its time is wrong.
bool only_time_is_wrong(int error) {
    return error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
}

bool is_valid_now(const X509* certificate) {
    return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0
           && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

int judge_certificate(int good, X509_STORE_CTX* store) {
    if (good == 1) {
        return 1;
    }
    // The error stays in the connection's verify result, where `on_handshake_done` finds it. A
    // clock that is years off finds that of the CA wrong too, before the peer's.
    return only_time_is_wrong(X509_STORE_CTX_get_error(store)) ? 1 : 0;
}

/// TLS alerts that say something about us.
std::optional<refusal_reason> reason_of_alert(int ssl_reason) {
    switch (ssl_reason - SSL_AD_REASON_OFFSET) {
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_DECRYPT_ERROR:
            return refusal_reason::bad_certificate;
        case SSL_AD_CERTIFICATE_REQUIRED:
            return refusal_reason::no_certificate;
        case SSL_AD_CERTIFICATE_EXPIRED:
            return refusal_reason::certificate_expired;
        case SSL_AD_UNRECOGNIZED_NAME:
            return refusal_reason::not_here;
        default:
            return {};
    }
}

class tls_channel final : public secure_channel {
public:
    /// `keep` owns `revoked` and all contexts that may be chosen.
    tls_channel(std::shared_ptr<const void> keep, SSL_CTX* context, X509_CRL* revoked,
                std::optional<server_id> local, std::optional<server_id> peer)
        : keep_(std::move(keep)), revoked_(revoked), ssl_(SSL_new(context)),
          in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())), local_(local), expected_(peer) {
        BYZGATE_ASSERT(ssl_ && in_ != nullptr && out_ != nullptr);
        BIO_set_mem_eof_return(in_, -1);
        BIO_set_mem_eof_return(out_, -1);
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_ex_data(ssl_.get(), 0, this);
        if (peer) {
            SSL_set_connect_state(ssl_.get());
            const auto name = link_name(*peer);
            const auto set = SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
            BYZGATE_ASSERT(set == 1);
            advance();
        } else {
            SSL_set_accept_state(ssl_.get());
        }
    }

    void receive(std::string_view wire) override {
        if (failed_ || wire.empty()) {
            return;
        }
        BIO_write(in_, wire.data(), static_cast<int>(wire.size()));
        advance();
    }
    void send(std::string_view plain) override {
        if (failed_ || plain.empty()) {
            return;
        }
        BYZGATE_ASSERT(secure_);
        ERR_clear_error();
        std::size_t written = 0;
        // A memory BIO takes everything, so there is no half of a write.
        if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written) != 1
            || written != plain.size()) {
            fail(refusal_reason::protocol_error);
        }
    }
    std::string take_plain() override { return std::exchange(plain_, {}); }
    std::string take_wire() override {
        std::string wire(BIO_ctrl_pending(out_), '\0');
        if (!wire.empty()) {
            BIO_read(out_, wire.data(), static_cast<int>(wire.size()));
        }
        return wire;
    }
    [[nodiscard]] bool secure() const override { return secure_; }
    [[nodiscard]] bool failed() const override { return failed_; }
    [[nodiscard]] std::optional<refusal_reason> problem() const override { return problem_; }
    [[nodiscard]] std::optional<refusal_notice> told() const override { return told_; }
    [[nodiscard]] std::string detail() const override { return detail_; }
    [[nodiscard]] std::optional<server_id> peer() const override { return peer_; }
    [[nodiscard]] std::optional<server_id> local() const override { return local_; }
    [[nodiscard]] std::optional<certificate_times> peer_times() const override { return times_; }
    [[nodiscard]] std::string peer_serial() const override { return serial_; }
    [[nodiscard]] bool plain() const override { return false; }

    void choose(server_id local) { local_ = local; }

private:
    void advance() {
        ERR_clear_error();
        if (!secure_) {
            const auto done = SSL_do_handshake(ssl_.get());
            if (done != 1) {
                judge_failure(done);
                return;
            }
            on_handshake_done();
        }
        read_plain();
    }

    void read_plain() {
        std::array<char, 16U << 10> piece{};
        while (!failed_) {
            ERR_clear_error();
            std::size_t got = 0;
            const auto result = SSL_read_ex(ssl_.get(), piece.data(), piece.size(), &got);
            if (result != 1) {
                judge_failure(result);
                return;
            }
            plain_.append(piece.data(), got);
        }
    }

    void judge_failure(int result) {
        const auto error = SSL_get_error(ssl_.get(), result);
        if (error == SSL_ERROR_WANT_READ) {
            return;
        }
        if (error == SSL_ERROR_ZERO_RETURN) {
            failed_ = true;
            return;
        }
        const auto reason = ERR_GET_REASON(ERR_peek_error());
        if (const auto alert = reason_of_alert(reason)) {
            told_ = refusal_notice{*alert, 0};
        }
        const auto verdict = SSL_get_verify_result(ssl_.get());
        if (secure_) {
            fail(refusal_reason::protocol_error);
        } else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            fail(refusal_reason::bad_certificate);
            detail_ = X509_verify_cert_error_string(verdict);
        } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
            fail(refusal_reason::no_certificate);
        } else if (reason == SSL_R_CALLBACK_FAILED) {
            fail(refusal_reason::not_here);
        } else {
            fail(refusal_reason::not_tls);
        }
    }

    void fail(refusal_reason reason) {
        failed_ = true;
        problem_ = reason;
        detail_ = ossl::take_error();
    }

    void on_handshake_done() {
        secure_ = true;
        const ossl::certificate shown{SSL_get1_peer_certificate(ssl_.get())};
        peer_ = shown ? parse_link_name(ossl::only_name_of(shown.get())) : std::nullopt;
        const auto verdict = SSL_get_verify_result(ssl_.get());
        if (shown) {
            times_ = times_of(shown.get());
            serial_ = ossl::serial_of(shown.get());
        }
        if (!peer_) {
            problem_ = refusal_reason::bad_certificate;
            detail_ = "the certificate names no server";
        } else if (expected_ && link_name(*peer_) != link_name(*expected_)) {
            problem_ = refusal_reason::no_such_name;
            detail_ = "the certificate is that of " + link_name(*peer_);
        } else if (is_revoked(revoked_, shown.get())) {
            problem_ = refusal_reason::certificate_revoked;
        } else if (only_time_is_wrong(verdict) && is_valid_now(shown.get())) {
            problem_ = refusal_reason::bad_certificate;
            detail_ = std::string{"that of the CA: "} + X509_verify_cert_error_string(verdict);
        } else if (verdict == X509_V_ERR_CERT_HAS_EXPIRED) {
            problem_ = refusal_reason::certificate_expired;
        } else if (verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
            problem_ = refusal_reason::certificate_not_yet_valid;
        } else if (verdict != X509_V_OK) {
            problem_ = refusal_reason::bad_certificate;
            detail_ = X509_verify_cert_error_string(verdict);
        }
    }

    std::shared_ptr<const void> keep_;
    X509_CRL* revoked_; ///< may be null
    ossl::connection ssl_;
    BIO* in_; ///< both belong to the connection
    BIO* out_;
    std::optional<server_id> local_;
    std::optional<server_id> expected_;
    std::optional<server_id> peer_;
    std::optional<refusal_reason> problem_;
    std::optional<refusal_notice> told_;
    std::string plain_;
    std::string detail_;
    std::optional<certificate_times> times_;
    std::string serial_;
    bool secure_ = false;
    bool failed_ = false;
};

/// Which of our servers does the client want? It has to say, and to name one.
int choose_by_name(SSL* ssl, int* alert, void* contexts) {
    if (SSL_is_server(ssl) == 0) {
        return SSL_TLSEXT_ERR_OK;
    }
    const auto& own = *static_cast<const std::map<server_id, ossl::context>*>(contexts);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto wanted = name == nullptr ? std::nullopt : parse_link_name(name);
    const auto found = wanted ? own.find(*wanted) : own.end();
    if (found == own.end()) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    SSL_set_SSL_CTX(ssl, found->second.get());
    static_cast<tls_channel*>(SSL_get_ex_data(ssl, 0))->choose(found->first);
    return SSL_TLSEXT_ERR_OK;
}

ossl::context make_context(const loaded_certificate& own, X509* authority) {
    ossl::context context{SSL_CTX_new(TLS_method())};
    BYZGATE_ASSERT(context);
    auto* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, judge_certificate);
    // The CA signs servers itself: there is nothing between.
    SSL_CTX_set_verify_depth(raw, 0);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_X509_STRICT);
    const bool fits = SSL_CTX_use_certificate(raw, own.certificate.get()) == 1
                      && SSL_CTX_use_PrivateKey(raw, own.key.get()) == 1
                      && X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), authority) == 1;
    BYZGATE_ASSERT(fits);
    return context;
}

std::set<std::string> serials_in(X509_CRL* list) {
    std::set<std::string> serials;
    auto* all = list != nullptr ? X509_CRL_get_REVOKED(list) : nullptr;
    for (int i = 0; i < sk_X509_REVOKED_num(all); ++i) {
        serials.insert(
            ossl::text_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(all, i))));
    }
    return serials;
}

} // namespace

tls_identities::tls_identities(const std::vector<files>& own,
                               const std::filesystem::path& authority,
                               const std::filesystem::path& revoked)
    : state_(std::make_shared<state>()) {
    state_->authority = load_authority(authority);
    const auto& ca = state_->authority;
    state_->revoked = load_revocations(revoked, ca.get());
    state_->revoked_serials = serials_in(state_->revoked.get());
    for (const auto& each : own) {
        const auto loaded = load_certificate(each.certificate, each.key, ca.get(), authority,
                                             link_name(each.server));
        auto context = make_context(loaded, ca.get());
        SSL_CTX_set_tlsext_servername_callback(context.get(), choose_by_name);
        SSL_CTX_set_tlsext_servername_arg(context.get(), &state_->contexts);
        state_->contexts.emplace(each.server, std::move(context));
        state_->times.emplace(each.server, byzgate::times_of(loaded.certificate.get()));
        if (byzgate::is_revoked(state_->revoked.get(), loaded.certificate.get())) {
            state_->own_revoked.push_back(each.server);
        }
    }
}

tls_identities::~tls_identities() = default;

std::unique_ptr<secure_channel> tls_identities::dial(server_id local, server_id peer) const {
    return std::make_unique<tls_channel>(state_, state_->contexts.at(local).get(),
                                         state_->revoked.get(), local, peer);
}

std::unique_ptr<secure_channel> tls_identities::accept() const {
    BYZGATE_ASSERT(!state_->contexts.empty());
    return std::make_unique<tls_channel>(state_, state_->contexts.begin()->second.get(),
                                         state_->revoked.get(), std::nullopt, std::nullopt);
}

std::optional<certificate_times> tls_identities::times_of(server_id own) const {
    const auto found = state_->times.find(own);
    return found == state_->times.end() ? std::nullopt : std::optional{found->second};
}

bool tls_identities::is_revoked(const std::string& serial) const {
    return state_->revoked_serials.contains(serial);
}

bool tls_identities::forgets(const tls_identities& before) const {
    const auto& known = state_->revoked_serials;
    const auto& was = before.state_->revoked_serials;
    return X509_cmp(state_->authority.get(), before.state_->authority.get()) == 0
           && !std::includes(known.begin(), known.end(), was.begin(), was.end());
}

std::vector<std::string> tls_identities::warnings(std::uint64_t now_s) const {
    constexpr std::uint64_t soon_s = 30 * seconds_a_day;
    std::vector<std::string> lines;
    for (const auto server : state_->own_revoked) {
        lines.push_back(fmt::format("the certificate of {0} is revoked by ca.crl: copy {0}.crt and "
                                    "{0}.tls.key to this host as byzgate keygen --revoke made them",
                                    link_name(server)));
    }
    for (const auto& [server, times] : state_->times) {
        const auto name = link_name(server);
        const auto what = fmt::format("the certificate of {} is {}", name, text_of(times));
        if (now_s < times.from_s) {
            lines.push_back(fmt::format("{}, and this host's clock says {}: set the clock, or make "
                                        "the certificate anew where the clock is right",
                                        what, date_text(now_s)));
        } else if (now_s > times.until_s) {
            lines.push_back(fmt::format("{}, and this host's clock says {}: set the clock if it is "
                                        "wrong, else run: byzgate keygen CONFIG --renew {}",
                                        what, date_text(now_s), name));
        } else if (times.until_s - now_s < soon_s) {
            lines.push_back(fmt::format("{}, {} days from now: byzgate keygen CONFIG --renew {}",
                                        what, (times.until_s - now_s) / seconds_a_day, name));
        }
    }
    return lines;
}

} // namespace byzgate
