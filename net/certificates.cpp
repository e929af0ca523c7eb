#include "net/certificates.hpp"

#include <array>
#include <ctime>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "crypto/keys.hpp"
#include "net/names.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

namespace {

constexpr long version_3 = 2;
constexpr std::uint64_t clock_difference_s = 24 * 3'600;

/// What OpenSSL only refuses when it is out of memory or broken.
template <class T>
T* made(T* p) {
    BYZGATE_ASSERT(p != nullptr);
    return p;
}
void done(int result) {
    BYZGATE_ASSERT(result == 1);
}

ossl::key fresh_key() {
    ERR_clear_error();
    return ossl::key{made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))};
}

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX about{};
    X509V3_set_ctx(&about, issuer, to, nullptr, nullptr, 0);
    auto* extension = made(X509V3_EXT_conf_nid(nullptr, &about, kind, value.c_str()));
    const auto added = X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
    done(added);
}

/// Everything but its extensions and signature.
ossl::certificate begun(std::string_view common_name, EVP_PKEY* key, certificate_times valid) {
    ossl::certificate fresh{made(X509_new())};
    auto* raw = fresh.get();
    done(X509_set_version(raw, version_3));
    // 127 bits of chance: positive, and never the same twice.
    std::array<unsigned char, 16> serial{};
    done(RAND_bytes(serial.data(), static_cast<int>(serial.size())));
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7fU) | 0x40U);
    BIGNUM* number = made(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
    made(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(raw)));
    BN_free(number);
    made(ASN1_TIME_set(X509_getm_notBefore(raw), static_cast<std::time_t>(valid.from_s)));
    made(ASN1_TIME_set(X509_getm_notAfter(raw), static_cast<std::time_t>(valid.until_s)));
    done(X509_set_pubkey(raw, key));
    done(X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0));
    return fresh;
}

std::string text_of(const ossl::bio& memory) {
    char* data = nullptr;
    const auto bytes = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(bytes)};
}

certificate_texts texts_of(X509* certificate, EVP_PKEY* key) {
    const ossl::bio open{made(BIO_new(BIO_s_mem()))};
    const ossl::bio secret{made(BIO_new(BIO_s_secmem()))};
    done(PEM_write_bio_X509(open.get(), certificate));
    done(PEM_write_bio_PKCS8PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
    return {text_of(open), text_of(secret)};
}

} // namespace

certificate_times valid_for_days(std::uint64_t days, std::uint64_t now_s) {
    return {now_s - clock_difference_s, now_s + days * seconds_a_day};
}

certificate_authority::certificate_authority(std::string_view cluster, certificate_times valid)
    : key_(fresh_key()) {
    // Only for people who look at it, so no more than what every tool shows: 64 bytes of ASCII.
    auto name = "byzgate CA of " + std::string{cluster.substr(0, 40)};
    for (auto& c : name) {
        c = c >= ' ' && c <= '~' ? c : '?';
    }
    certificate_ = begun(name, key_.get(), valid);
    auto* raw = certificate_.get();
    done(X509_set_issuer_name(raw, X509_get_subject_name(raw)));
    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(raw, raw, NID_subject_key_identifier, "hash");
    BYZGATE_ASSERT(X509_sign(raw, key_.get(), nullptr) > 0);
}

certificate_texts certificate_authority::texts() const {
    return texts_of(certificate_.get(), key_.get());
}

certificate_texts certificate_authority::issue(std::string_view name,
                                               certificate_times valid) const {
    BYZGATE_ASSERT(parse_link_name(name));
    const auto key = fresh_key();
    const auto fresh = begun(name, key.get(), valid);
    auto* raw = fresh.get();
    done(X509_set_issuer_name(raw, X509_get_subject_name(certificate_.get())));
    add_extension(raw, certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(raw, certificate_.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(raw, certificate_.get(), NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(raw, certificate_.get(), NID_subject_alt_name, "DNS:" + std::string{name});
    add_extension(raw, certificate_.get(), NID_subject_key_identifier, "hash");
    add_extension(raw, certificate_.get(), NID_authority_key_identifier, "keyid:always");
    BYZGATE_ASSERT(X509_sign(raw, key_.get(), nullptr) > 0);
    return texts_of(raw, key.get());
}

std::string certificate_authority::revoke(X509_CRL* before,
                                          const std::vector<ossl::certificate>& more,
                                          std::uint64_t now_s) const {
    const ossl::revocations list{made(X509_CRL_new())};
    auto* raw = list.get();
    done(X509_CRL_set_version(raw, 1));
    done(X509_CRL_set_issuer_name(raw, X509_get_subject_name(certificate_.get())));
    const auto set_time = [](std::uint64_t at_s, auto set) {
        ASN1_TIME* const at = made(ASN1_TIME_set(nullptr, static_cast<std::time_t>(at_s)));
        set(at);
        ASN1_TIME_free(at);
    };
    set_time(now_s, [&](ASN1_TIME* at) { done(X509_CRL_set1_lastUpdate(raw, at)); });
    // It holds until there is another; whoever looks at it with other tools wants a date.
    set_time(now_s + authority_days * seconds_a_day,
             [&](ASN1_TIME* at) { done(X509_CRL_set1_nextUpdate(raw, at)); });
    auto* earlier = before == nullptr ? nullptr : X509_CRL_get_REVOKED(before);
    for (int i = 0; i < sk_X509_REVOKED_num(earlier); ++i) {
        done(X509_CRL_add0_revoked(raw, made(X509_REVOKED_dup(sk_X509_REVOKED_value(earlier, i)))));
    }
    for (const auto& each : more) {
        if (X509_check_issued(certificate_.get(), each.get()) != X509_V_OK
            || X509_verify(each.get(), key_.get()) != 1) {
            throw key_error("this CA didn't sign the certificate to be revoked; take both from "
                            "one byzgate keygen");
        }
        if (is_revoked(raw, each.get())) {
            continue;
        }
        auto* entry = made(X509_REVOKED_new());
        done(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each.get())));
        set_time(now_s, [&](ASN1_TIME* at) { done(X509_REVOKED_set_revocationDate(entry, at)); });
        done(X509_CRL_add0_revoked(raw, entry));
    }
    done(X509_CRL_sort(raw));
    BYZGATE_ASSERT(X509_CRL_sign(raw, key_.get(), nullptr) > 0);
    const ossl::bio text{made(BIO_new(BIO_s_mem()))};
    done(PEM_write_bio_X509_CRL(text.get(), raw));
    return text_of(text);
}

bool is_revoked(X509_CRL* list, X509* certificate) {
    X509_REVOKED* found = nullptr;
    return list != nullptr && X509_CRL_get0_by_cert(list, &found, certificate) == 1;
}

certificate_times times_of(const X509* certificate) {
    const auto seconds = [](const ASN1_TIME* time) {
        std::tm parts{};
        // A time before 1970 counts as 1970: it is past either way.
        const auto value = ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
        return static_cast<std::uint64_t>(value < 0 ? 0 : value);
    };
    return {seconds(X509_get0_notBefore(certificate)), seconds(X509_get0_notAfter(certificate))};
}

} // namespace byzgate
