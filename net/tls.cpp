#include "net/tls.hpp"

#include <array>
#include <map>
#include <utility>

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
};

namespace {

/// What OpenSSL's verdict on a certificate means; nothing if only its time is wrong.
bool only_time_is_wrong(int error) {
    return error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
}

int judge_certificate(int good, X509_STORE_CTX* store) {
    if (good == 1) {
        return 1;
    }
    // The error stays in the connection's verify result, where `on_handshake_done` finds it.
    const bool leaf = X509_STORE_CTX_get_error_depth(store) == 0;
    return leaf && only_time_is_wrong(X509_STORE_CTX_get_error(store)) ? 1 : 0;
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
    tls_channel(SSL_CTX* context, std::optional<server_id> local, std::optional<server_id> peer)
        : ssl_(SSL_new(context)), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())),
          local_(local), expected_(peer) {
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
        if (!peer_) {
            problem_ = refusal_reason::bad_certificate;
            detail_ = "the certificate names no server";
        } else if (expected_ && link_name(*peer_) != link_name(*expected_)) {
            problem_ = refusal_reason::no_such_name;
            detail_ = "the certificate is that of " + link_name(*peer_);
        } else if (verdict == X509_V_ERR_CERT_HAS_EXPIRED) {
            problem_ = refusal_reason::certificate_expired;
        } else if (verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
            problem_ = refusal_reason::certificate_not_yet_valid;
        } else if (verdict != X509_V_OK) {
            problem_ = refusal_reason::bad_certificate;
            detail_ = X509_verify_cert_error_string(verdict);
        }
    }

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

} // namespace

tls_identities::tls_identities(const std::vector<files>& own,
                               const std::filesystem::path& authority)
    : state_(std::make_unique<state>()) {
    const auto ca = load_authority(authority);
    for (const auto& each : own) {
        const auto loaded = load_certificate(each.certificate, each.key, ca.get(), authority,
                                             link_name(each.server));
        auto context = make_context(loaded, ca.get());
        SSL_CTX_set_tlsext_servername_callback(context.get(), choose_by_name);
        SSL_CTX_set_tlsext_servername_arg(context.get(), &state_->contexts);
        state_->contexts.emplace(each.server, std::move(context));
        state_->times.emplace(each.server, times_of(loaded.certificate.get()));
    }
}

tls_identities::~tls_identities() = default;

std::unique_ptr<secure_channel> tls_identities::dial(server_id local, server_id peer) const {
    return std::make_unique<tls_channel>(state_->contexts.at(local).get(), local, peer);
}

std::unique_ptr<secure_channel> tls_identities::accept() const {
    BYZGATE_ASSERT(!state_->contexts.empty());
    return std::make_unique<tls_channel>(state_->contexts.begin()->second.get(), std::nullopt,
                                         std::nullopt);
}

std::vector<std::string> tls_identities::warnings(std::uint64_t now_s) const {
    std::vector<std::string> lines;
    for (const auto& [server, times] : state_->times) {
        const auto name = link_name(server);
        if (now_s < times.from_s) {
            lines.push_back("the certificate of " + name
                            + " is not valid yet by this host's "
                              "clock: set the clock, or make the certificate anew");
        } else if (now_s > times.until_s) {
            lines.push_back("the certificate of " + name
                            + " has expired: if this host's clock is "
                              "right, run: byzgate keygen CONFIG --renew "
                            + name);
        } else if (times.until_s - now_s < 30 * seconds_a_day) {
            lines.push_back("the certificate of " + name + " expires in "
                            + std::to_string((times.until_s - now_s) / seconds_a_day)
                            + " days: byzgate keygen CONFIG --renew " + name);
        }
    }
    return lines;
}

} // namespace byzgate
